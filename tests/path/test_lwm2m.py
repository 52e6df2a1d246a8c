"""Lamps that speak LwM2M: ordered, confirmed, and found again after any process was killed; nonsense harms nobody."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from path.running import RunningCity, eventually
from path.small_city import write_small_city
from stadtwerk.app.rebuild import check_folder
from stadtwerk.kernel.refusal import Refused

PERIOD_S = 2


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCity]:
    """A village of four lamps, three of which speak LwM2M; all report every 2 s."""
    folder = tmp_path_factory.mktemp("lwm2m")
    place = write_small_city(
        folder / "city", 4, spoken=lambda number: "lwm2m" if number < 4 else "lorawan", report_period_s=PERIOD_S
    )
    with RunningCity(place, folder / "data") as running:
        yield running


def dim(city: RunningCity, target: dict[str, Any], percent: float) -> Any:
    until = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    body = {"target": target, "level_percent": percent, "until": until, "reason": "test"}
    return city.client.post("/api/commands/lighting.set-level?wait=25", body)


def lamp(city: RunningCity, number: int = 1) -> Any:
    try:
        return city.client.get(f"/api/lighting/lamps/do-{number:07d}")
    except Refused:
        return None


def test_lamps_of_two_radios_are_ordered_at_once(city: RunningCity) -> None:
    eventually(lambda: all(lamp(city, number)["observed_at"] for number in (1, 2, 3, 4)))
    command = dim(city, {"street": "s1"}, 40)
    assert (command["state"], command["confirmed"]) == ("confirmed", 4)
    seen = eventually(lambda: (told := lamp(city))["level_percent"] == 40 and told)
    assert seen["override"]["command"] == command["id"]
    assert seen["voltage_v"] == pytest.approx(230, abs=12)
    eventually(lambda: 0 < lamp(city)["power_now_w"] < 29)


def test_nonsense_at_the_port_is_counted_and_the_rest_goes_on(city: RunningCity) -> None:
    """Broken datagrams, a stranger's registration and a lamp of another radio are set aside with their reason."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        for datagram in (
            b"\xff",
            b"\x40\x02\0\1\xb2\xff\xfe",
            bytes(1_400),
            register("stranger"),
            register("000000000000a004"),
        ):
            stranger.sendto(datagram, ("127.0.0.1", city.port + 4))
    counts = {"coap-datagram": 2, "coap-size": 1, "lwm2m-unknown-device": 2}
    eventually(lambda: city.client.get("/api/health")["quarantine"] == counts)
    assert dim(city, {"lamp": "do-0000002"}, 55)["state"] == "confirmed"


def register(name: str) -> bytes:
    """Write a Register request by hand: POST /rd?ep=NAME&lwm2m=1.1, one token byte, no body."""
    options = [(11, b"rd"), (15, f"ep={name}".encode()), (15, b"lwm2m=1.1")]
    written, before = b"", 0
    for number, value in options:
        length = len(value)
        extended = bytes([length - 13]) if length > 12 else b""
        written += bytes([(number - before) << 4 | min(length, 13)]) + extended + value
        before = number
    return b"\x41\x02" + len(name).to_bytes(2) + b"\x07" + written


def test_after_kill_9_of_the_server_the_lamps_come_back(city: RunningCity) -> None:
    """The core loses all registrations; what it was told before is still there, and the same lamps confirm anew."""
    city.kill("core")
    eventually(lambda: lamp(city))
    assert eventually(lambda: dim(city, {"street": "s1"}, 70)["confirmed"] == 4, timeout_s=90)
    assert lamp(city)["level_percent"] == 70
    assert check_folder(city.data)["equal"]


def test_a_lost_lamp_is_shown_unheard(city: RunningCity) -> None:
    """The twin comes back after kill -9 with one radio dead: two lamps register again, the third stays unheard."""
    fault = {"at": "2026-01-01T00:00:00Z", "kind": "radio-failed", "lamp": "do-0000003", "silent": True}
    (city.data / "twin" / "drill.jsonl").write_text(json.dumps(fault) + "\n")
    city.kill("twin")
    assert eventually(lambda: dim(city, {"lamp": "do-0000001"}, 30)["confirmed"] == 1, timeout_s=60)
    eventually(lambda: city.client.get("/api/lighting/totals")["silent"] == 1, timeout_s=60)
