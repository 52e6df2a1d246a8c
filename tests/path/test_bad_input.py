"""Bad input at every door: a typed answer or a counted quarantine, and the rest goes on."""

from __future__ import annotations

import http.client
import json
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import paho.mqtt.client as mqtt
import pytest

from path.running import RunningCity, eventually
from path.small_city import write_small_city
from stadtwerk.protocols import chirpstack, columns, lampradio

SET = "/api/commands/lighting.set-level"


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCity]:
    """A village of three lamps without its simulated world: the test itself is the radio."""
    folder = tmp_path_factory.mktemp("bad")
    with RunningCity(write_small_city(folder / "city", 3), folder / "data", "--no-twin") as running:
        yield running


def soon(hours: float = 1) -> str:
    """Return a time from now."""
    return (datetime.now(UTC) + timedelta(hours=hours)).isoformat()


def order(**changes: Any) -> bytes:
    """Write a good order with changes."""
    body = {"target": {"lamp": "do-0000001"}, "level_percent": 40, "until": soon(), **changes}
    return json.dumps(body).encode()


def send(
    city: RunningCity, body: bytes, path: str = SET, method: str = "POST", **headers: str
) -> tuple[int, dict[str, Any]]:
    """Send raw bytes to the door; return status and document."""
    connection = http.client.HTTPConnection("127.0.0.1", city.port, timeout=20)
    head = {"Authorization": f"Bearer {city.key}", "Content-Type": "application/json"}
    connection.request(
        method, path, body, {**head, **{name.replace("_", "-"): value for name, value in headers.items()}}
    )
    response = connection.getresponse()
    content = response.read()
    connection.close()
    if response.status >= 400:
        assert response.headers["content-type"] == "application/problem+json"
    return response.status, json.loads(content)


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        (b"{", 400, None),
        (b"\xff\xfe", 400, None),
        (b"[" * 50_000, 422, "body"),
        (b"[]", 422, "body"),
        (order(level_percent=float("nan")), 400, None),
        (order(level_percent=101), 422, "level_percent"),
        (order(level_percent=-1), 422, "level_percent"),
        (order(level_percent="40"), 422, "level_percent"),
        (order(level_percent=10**400), 422, None),
        (order(target={"lamp": "do-9999999"}), 404, "target.lamp"),
        (order(target={}), 422, "target"),
        (order(target={"polygon": [[6, 51], [7, 52], [7, 51], [6, 52]]}), 422, "target.polygon"),
        (order(target={"polygon": [[6, 51], [7, 52], [999, 51]]}), 422, "target.polygon"),
        (order(until=soon(-1)), 422, "until"),
        (order(until=soon(24 * 40)), 422, "until"),
        (order(until="2026-11-24T10:00:00"), 422, "until"),
        (order(ramp_s=-5), 422, "ramp_s"),
        (order(colour="red"), 422, None),
        (order(reason="x" * 5_000), 422, "reason"),
    ],
    ids=range(19),  # a body with a time in it would be another name in each process
)
@pytest.mark.secures("input")
def test_bad_orders(city: RunningCity, body: bytes, status: int, field: str | None) -> None:
    """Each is answered with its problem and, where one field is wrong, that field's name."""
    got, problem = send(city, body)
    assert got == status, problem
    assert problem["status"] == status
    assert problem["title"]
    if field:
        assert any(field in fault["field"] for fault in problem["faults"]), problem


@pytest.mark.secures("limits")
def test_too_much(city: RunningCity) -> None:
    """A body of ten megabytes is refused without being read to the end."""
    connection = http.client.HTTPConnection("127.0.0.1", city.port, timeout=20)
    connection.putrequest("POST", SET)
    for name, value in (("Authorization", f"Bearer {city.key}"), ("Content-Type", "application/json")):
        connection.putheader(name, value)
    connection.putheader("Content-Length", str(10_000_000))
    connection.endheaders()
    assert connection.getresponse().status == 413
    connection.close()


def test_wrong_manners(city: RunningCity) -> None:
    """Other media types, methods, paths, keys and strangers get their status."""
    assert send(city, order(), Content_Type="text/plain")[0] == 415
    assert send(city, b"", method="DELETE")[0] == 405
    assert send(city, b"", path="/api/nothing", method="GET")[0] == 404
    assert send(city, b"", path="/api/lighting/lamps/none", method="GET")[0] == 404
    assert send(city, b"", path="/api/lighting/energy?hours=nan", method="GET")[0] == 422
    assert send(city, b"", path="/api/commands?limit=0", method="GET")[0] == 422
    assert send(city, order(), path=SET + "?wait=99h")[0] == 422
    assert send(city, order(), Idempotency_Key="not an id")[0] == 422
    assert send(city, order(), Authorization="Bearer wrong")[0] == 401
    assert send(city, order(), Authorization="")[0] == 401


@pytest.mark.secures("AR-8")
def test_the_same_key_is_the_same_command(city: RunningCity) -> None:
    """The same key and content give the same command; other content under it is a conflict."""
    key, body = str(uuid.uuid4()), order()
    first, again = send(city, body, Idempotency_Key=key)[1], send(city, body, Idempotency_Key=key)[1]
    assert (first["id"], first["seq"]) == (again["id"], again["seq"]) == (key, first["seq"])
    status, problem = send(city, order(level_percent=50), Idempotency_Key=key)
    assert (status, problem["type"]) == (409, "urn:stadtwerk:problem:id-reused")


@pytest.fixture
def radio(city: RunningCity) -> Iterator[mqtt.Client]:
    """A foreign MQTT client (paho) with the twin's name, as a gateway would connect."""
    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
    users = json.loads((city.data / "run" / "mqtt.json").read_text())
    client.username_pw_set("twin", users["twin"])
    client.connect("127.0.0.1", city.port + 1)
    client.loop_start()
    yield client
    client.disconnect()
    client.loop_stop()


def status(level_percent: float = 40.0) -> lampradio.StatusRows:
    """Make a lamp's status."""
    values: dict[str, Any] = {"level_percent": np.array([level_percent]), "flags": np.zeros(1, np.uint8)}
    names = ("temperature_c", "power_w", "voltage_v", "energy_wh", "burning_min", "token", "clock_s", "applied")
    return lampradio.encode_status({**values, **{name: np.zeros(1) for name in names}})


def gateway_message(gateway: str, frame: int, time_us: int, eui: int = 0xA001) -> bytes:
    """Make a gateway's columnar message of one lamp."""
    ones = np.array([eui], np.uint64), np.array([frame], np.uint32), np.array([-80], np.int16)
    return columns.encode_columns(columns.GatewayColumns(gateway, time_us, *ones, status()))


def quarantine(city: RunningCity) -> dict[str, int]:
    """Return what was set aside, by reason."""
    counts: dict[str, int] = city.client.get("/api/health")["quarantine"]
    return counts


def test_bad_radio(city: RunningCity, radio: mqtt.Client) -> None:
    """Noise, replays, a clock of 1970 and two gateways claiming one lamp are counted; the good frame is taken."""
    now_us = time.time_ns() // 1000
    g1 = chirpstack.columns_topic("g1")
    for topic, body in (
        (g1, gateway_message("g1", 7, now_us)),
        (g1, gateway_message("g1", 7, now_us)),
        (g1, gateway_message("g1", 3, now_us)),
        (g1, gateway_message("g1", 8, 0)),
        (chirpstack.columns_topic("g2"), gateway_message("g2", 9, now_us)),
        (g1, gateway_message("g1", 1, now_us, eui=0xDEAD)),
        (g1, b"\x00noise"),
        (chirpstack.uplink_topic("000000000000a001"), b'{"deviceInfo":'),
    ):
        radio.publish(topic, body, qos=1).wait_for_publish(10)
    expected = {
        "replayed-frame": 2,
        "clock": 1,
        "foreign-gateway": 1,
        "unknown-device": 1,
        "columns-msgpack": 1,
        "uplink-json": 1,
    }
    eventually(lambda: quarantine(city) == expected)
    lamp = city.client.get("/api/lighting/lamps/do-0000001")
    assert lamp["level_percent"] == 40


def test_a_broken_city_is_refused(tmp_path: Path) -> None:
    """A folder that is no city, or a broken one, is refused in words."""
    broken = write_small_city(tmp_path / "city", 1)
    (broken / "lamps.csv").write_text("id,lon\nx\n")
    with pytest.raises(AssertionError, match="not a city"), RunningCity(broken, tmp_path / "data"):
        pass
    data = tmp_path / "data3"
    with RunningCity(write_small_city(tmp_path / "two", 2), data, "--no-twin"):
        pass
    with (
        pytest.raises(AssertionError, match="belongs to another city"),
        RunningCity(write_small_city(tmp_path / "three", 3), data, "--no-twin"),
    ):
        pass
    with pytest.raises(AssertionError, match="neither"), RunningCity(tmp_path / "nowhere", tmp_path / "data2"):
        pass
