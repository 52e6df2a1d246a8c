"""The path: one lamp goes twin, MQTT, adapter, committed state, command, lamp, confirm; also after kill -9 of anyone."""

from __future__ import annotations

import threading
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from path.running import RunningCity, eventually
from path.small_city import write_small_city
from stadtwerk.app.rebuild import check_folder
from stadtwerk.kernel.refusal import Refused

LAMP = "do-0000001"


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCity]:
    """A village of one lamp, up and running."""
    folder = tmp_path_factory.mktemp("path")
    with RunningCity(write_small_city(folder / "city", 1), folder / "data") as running:
        yield running


def in_an_hour() -> str:
    """Return when an override should end."""
    return (datetime.now(UTC) + timedelta(hours=1)).isoformat()


def dim(city: RunningCity, percent: float, wait_s: int = 25) -> Any:
    """Dim the lamp and wait for the outcome."""
    body = {"target": {"lamp": LAMP}, "level_percent": percent, "until": in_an_hour(), "reason": "test"}
    return city.client.post(f"/api/commands/lighting.set-level?wait={wait_s}", body)


def lamp(city: RunningCity) -> Any:
    """Look at the lamp; None while the core is away."""
    try:
        return city.client.get(f"/api/lighting/lamps/{LAMP}")
    except Refused:
        return None


def test_a_lamp_is_dimmed_and_confirms(city: RunningCity) -> None:
    """The lamp reports, is commanded, confirms, and shows who asked for what; its history has it."""
    eventually(lambda: lamp(city)["observed_at"])
    command = dim(city, 40)
    assert (command["state"], command["confirmed"]) == ("confirmed", 1)
    seen = lamp(city)
    assert seen["level_percent"] == 40
    assert seen["override"]["command"] == command["id"]
    assert seen["override"]["actor"] == "operator"
    assert seen["commands"][0]["id"] == command["id"]
    assert 40 in city.client.get(f"/api/lighting/lamps/{LAMP}/history?hours=1")["level_percent"]


@pytest.mark.parametrize("victim", ["core", "broker", "twin"])
def test_the_path_survives_a_kill(city: RunningCity, victim: str) -> None:
    """After kill -9 of any process the same lamp is dimmed and confirms again; what was before is still there."""
    before = dim(city, 55)
    city.kill(victim)
    eventually(lambda: lamp(city))
    after = eventually(lambda: dim(city, 70)["state"] == "confirmed", timeout_s=90)
    assert after
    assert lamp(city)["level_percent"] == 70
    assert city.client.get(f"/api/commands/{before['id']}")["state"] == "confirmed"
    assert check_folder(city.data)["equal"]


def test_the_stream_shows_the_change(city: RunningCity) -> None:
    """A screen gets a snapshot, then the change of the lamp's level and the command's life."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{city.port}/api/stream", headers={"Authorization": f"Bearer {city.key}"}
    )
    kinds: list[str] = []
    with urllib.request.urlopen(request, timeout=30) as stream:
        worker = threading.Thread(target=dim, args=(city, 25))
        worker.start()
        for line in stream:
            if line.startswith(b"event: "):
                kinds.append(line[7:].strip().decode())
            if line.startswith(b"data: ") and b'"confirmed":1,' in line and kinds[-1] == "command":
                break
        worker.join()
    assert kinds[0] == "hello"
    assert {"levels", "totals", "command"} <= set(kinds)


def test_a_link_signs_in_once(city: RunningCity) -> None:
    """The printed link opens the control room once; then it is used up."""

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *args: Any) -> None:
            return None

    opener = urllib.request.build_opener(Stay)
    statuses = []
    for _ in range(2):
        try:
            statuses.append(opener.open(city.link, timeout=10).status)
        except urllib.error.HTTPError as answer:
            statuses.append(answer.code)
    assert statuses == [303, 401]


def test_simulated_time_stays_simulated(tmp_path: Path) -> None:
    """A data folder that saw simulated time refuses real time, in words; a lamp's override ends by the city's clock."""
    folder = write_small_city(tmp_path / "city", 1)
    data = tmp_path / "data"
    with RunningCity(folder, data, "--speed", "60", "--start", "2026-11-23T22:00:00Z") as city:
        eventually(lambda: lamp(city)["observed_at"])
        now = datetime.fromisoformat(city.client.get("/api/city")["clock"]["now"])
        body = {
            "target": {"lamp": LAMP},
            "level_percent": 10,
            "until": (now + timedelta(minutes=20)).isoformat(),
        }
        assert city.client.post("/api/commands/lighting.set-level?wait=20", body)["state"] == "confirmed"
        eventually(lambda: lamp(city)["level_percent"] == 100, timeout_s=60)
        assert lamp(city)["override"] is None
    with pytest.raises(AssertionError, match="simulated time"), RunningCity(folder, data):
        pass
