"""Lamps behind TALQ gateways, through real sockets: like any lamp for whoever gives orders, whoever is killed."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from path.running import RunningCity, eventually
from path.small_city import write_small_city
from stadtwerk.kernel.refusal import Refused

LAMPS = 30


def radio(number: int) -> str:
    """Let the second half of the village be behind the second gateway, which speaks TALQ."""
    return "lorawan" if number <= LAMPS // 2 else "talq"


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCity]:
    """A village with two gateways, up and running."""
    folder = tmp_path_factory.mktemp("talq")
    small = write_small_city(folder / "city", LAMPS, gateways=2, spoken=radio)
    with RunningCity(small, folder / "data") as running:
        yield running


def in_an_hour() -> str:
    return (datetime.now(UTC) + timedelta(hours=1)).isoformat()


def dim(city: RunningCity, percent: float, *, wait_s: int = 25, **target: Any) -> Any:
    body = {"target": target, "level_percent": percent, "until": in_an_hour(), "reason": "test", "despite": ""}
    return city.client.post(f"/api/commands/lighting.set-level?wait={wait_s}", body)


def lamp(city: RunningCity, number: int) -> Any:
    """Look at a lamp; None while the core is away."""
    try:
        return city.client.get(f"/api/lighting/lamps/do-{number:07d}")
    except Refused:
        return None


def test_a_street_of_both_radios_is_dimmed_and_confirms(city: RunningCity) -> None:
    eventually(lambda: city.client.get("/api/health")["observed_rows"])
    command = dim(city, 40, street="s1")
    assert (command["state"], command["confirmed"]) == ("confirmed", LAMPS)
    for number in (1, LAMPS):
        seen = lamp(city, number)
        assert seen["level_percent"] == 40
        assert seen["override"]["command"] == command["id"]
        assert 220 < seen["voltage_v"] < 240
        assert seen["power_w"] > 5


def test_an_override_is_ended(city: RunningCity) -> None:
    dim(city, 70, lamp="do-0000020")
    body = {"target": {"lamp": "do-0000020"}, "reason": "test"}
    ended = city.client.post("/api/commands/lighting.clear?wait=25", body)
    assert ended["state"] == "confirmed"
    assert not lamp(city, 20)["override"]


def test_core_killed_knows_its_gateways_and_loses_nothing(city: RunningCity) -> None:
    before = lamp(city, 20)["observed_at"]
    assert city.kill("core")
    eventually(lambda: lamp(city, 20), 60)
    command = dim(city, 55, district="d1")
    assert (command["state"], command["confirmed"]) == ("confirmed", LAMPS)
    assert lamp(city, 20)["observed_at"] > before


def test_gateway_killed_comes_in_again(city: RunningCity) -> None:
    assert city.kill("twin")
    command = dim(city, 65, wait_s=30, lamp="do-0000020")
    assert command["state"] == "confirmed"
    assert os.kill(city.pid("twin"), signal.SIG_DFL) is None


@pytest.mark.slow
def test_a_gateway_lost_is_told_of_and_its_lamps_obey_when_it_is_back(tmp_path: Path) -> None:
    """In simulated time: for five minutes a gateway neither answers nor speaks; who waits for its lamps is told."""
    lost = {"at": "2026-11-26T22:01:00Z", "until": "2026-11-26T22:06:00Z", "kind": "gateway-lost", "gateway": "g2"}
    (tmp_path / "data" / "twin").mkdir(parents=True)
    (tmp_path / "data" / "twin" / "drill.jsonl").write_text(json.dumps({**lost, "silent": True}) + "\n")
    small = write_small_city(tmp_path / "city", LAMPS, gateways=2, spoken=radio)
    with RunningCity(small, tmp_path / "data", "--start", "2026-11-26T22:00:00Z", "--speed", "60") as running:
        told = eventually(lambda: [row for row in alarms(running) if row["kind"] == "lighting.gateway-lost"], 60)
        assert [row["source"] for row in told] == ["g2"]
        body = {"target": {"district": "d1"}, "level_percent": 30, "until": "2026-11-27T04:00:00Z", "reason": "test"}
        during = running.client.post("/api/commands/lighting.set-level?wait=25", body)
        assert (during["state"], during["confirmed"]) == ("expired", LAMPS // 2)
        eventually(lambda: not alarms(running), 60)
        after = running.client.post("/api/commands/lighting.set-level?wait=25", body)
        assert (after["state"], after["confirmed"]) == ("confirmed", LAMPS)
        follows_a_new_program(running)


def follows_a_new_program(city: RunningCity) -> None:
    """Let all lamps follow a program that is made now: those behind the gateway do it by a TALQ calendar."""
    light = {"on_elevation_deg": -1.5, "full_percent": 60, "dim_percent": 60}
    made = {"id": "soft", "title": "Soft", **light, "reason": "test"}
    assert city.client.post("/api/commands/lighting.save-program?wait=10", made)["state"] == "confirmed"
    given = {"target": {"district": "d1"}, "plan": "soft", "reason": "test"}
    assert city.client.post("/api/commands/lighting.assign-plan?wait=10", given)["state"] == "confirmed"
    ended = {"target": {"district": "d1"}, "reason": "test"}
    assert city.client.post("/api/commands/lighting.clear?wait=25", ended)["state"] == "confirmed"
    eventually(lambda: {lamp(city, number)["level_percent"] for number in range(16, LAMPS + 1)} == {60.0}, 60)
    assert not lamp(city, LAMPS)["override"]
    assert lamp(city, LAMPS)["program"]["id"] == "soft"


def alarms(city: RunningCity) -> list[Any]:
    """Return the alarms whose condition holds."""
    return [row for row in city.client.get("/api/alarms")["alarms"] if row["active"]]
