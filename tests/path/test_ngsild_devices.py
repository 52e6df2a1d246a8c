"""Devices over NGSI-LD: writing a lamp's light is a command, and a subscriber hears what the lamp then says."""

from __future__ import annotations

import http.client
import json
import queue
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from path.running import RunningCity, eventually
from path.small_city import write_small_city

LAMP = "urn:ngsi-ld:Streetlight:do-0000001"


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCity]:
    """A village of three lamps that answer."""
    folder = tmp_path_factory.mktemp("devices")
    with RunningCity(write_small_city(folder / "city", 3), folder / "data") as running:
        eventually(lambda: running.client.get("/api/health")["observed_rows"] >= 3, 60)
        yield running


@pytest.fixture
def receiver() -> Iterator[tuple[str, queue.Queue[dict[str, Any]]]]:
    """Somebody who is notified: the address, and what came."""
    came: queue.Queue[dict[str, Any]] = queue.Queue()

    class Notified(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            came.put(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Notified)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/told", came
    server.shutdown()
    server.server_close()


def ask(city: RunningCity, method: str, path: str, body: Any, *, key: str | None = "own") -> tuple[int, Any, Any]:
    """Send a request as whoever holds the folder's key, or as nobody."""
    connection = http.client.HTTPConnection("127.0.0.1", city.port, timeout=20)
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {city.key}"} if key else {})
    connection.request(method, f"/ngsi-ld/v1{path}", json.dumps(body), headers)
    answer = connection.getresponse()
    said = answer.read()
    return answer.status, answer.headers, json.loads(said) if said else None


def test_a_lamp_is_dimmed_confirms_and_a_subscriber_hears_it(
    city: RunningCity, receiver: tuple[str, queue.Queue[dict[str, Any]]]
) -> None:
    uri, came = receiver
    subscription = {
        "type": "Subscription",
        "entities": [{"type": "Streetlight"}],
        "watchedAttributes": ["illuminanceLevel"],
        "q": "illuminanceLevel<0.5",
        "notification": {"format": "keyValues", "endpoint": {"uri": uri, "accept": "application/json"}},
    }
    assert ask(city, "POST", "/subscriptions", subscription)[0] == 201
    status, headers, _ = ask(city, "PATCH", f"/entities/{LAMP}/attrs", {"illuminanceLevel": {"value": 0.375}})
    assert status == 204
    path, _, rest = headers["link"].partition(">")
    assert 'rel="monitor"' in rest
    command = eventually(lambda: _closed(city, path.removeprefix("<")), 60)
    assert (command["state"], command["kind"]) == ("confirmed", "lighting.set-level")
    told = came.get(timeout=30)
    while told["data"][0]["illuminanceLevel"] != 0.375:
        told = came.get(timeout=30)
    assert told["data"][0]["id"] == LAMP
    assert told["type"] == "Notification"


def _closed(city: RunningCity, path: str) -> Any:
    command = city.client.get(path)
    return command if command["state"] in ("confirmed", "expired") else None


def test_what_is_measured_cannot_be_written(city: RunningCity) -> None:
    status, _, said = ask(city, "PATCH", f"/entities/{LAMP}/attrs", {"voltage": {"value": 0}})
    assert status == 207
    assert [left["attributeName"].rpartition("/")[2] for left in said["notUpdated"]] == ["voltage"]


@pytest.mark.secures("AR-1")
def test_nobody_known_writes(city: RunningCity) -> None:
    assert ask(city, "PATCH", f"/entities/{LAMP}/attrs", {"powerState": {"value": "on"}}, key=None)[0] == 401
    assert ask(city, "POST", "/entities", {"id": "urn:x:1", "type": "Bench"}, key=None)[0] == 401


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("DELETE", f"/entities/{LAMP}", None, 422),
        ("PUT", f"/entities/{LAMP}", {"type": "Streetlight"}, 422),
        ("POST", "/entities", {"id": LAMP, "type": "Streetlight"}, 409),
        ("PATCH", f"/entities/{LAMP}/attrs/illuminanceLevel", {"value": 7}, 422),
        ("PATCH", f"/entities/{LAMP}/attrs/powerState", {"value": "blue"}, 422),
    ],
)
def test_the_citys_own_is_the_citys(city: RunningCity, method: str, path: str, body: Any, status: int) -> None:
    assert ask(city, method, path, body)[0] == status


def test_a_new_city_starts_again_with_what_was_written(tmp_path: Path) -> None:
    folder = write_small_city(tmp_path / "city", 1)
    bench = {"id": "urn:ngsi-ld:Bench:1", "type": "Bench", "seats": {"value": 4}}
    with RunningCity(folder, tmp_path / "data", "--no-twin") as city:
        assert ask(city, "POST", "/entities", bench)[0] == 201
        city.kill("core")
        eventually(lambda: _answers(city), 30)
        status, _, told = ask(city, "GET", "/entities/urn:ngsi-ld:Bench:1?options=keyValues", None)
    assert (status, told["seats"]) == (200, 4)


def _answers(city: RunningCity) -> bool:
    try:
        return ask(city, "GET", "/types", None)[0] == 200
    except OSError:
        return False
