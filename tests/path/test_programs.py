"""Programs end to end: saved, assigned, kept by the lamps, over a kill; a night without radio is lived by the new one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from path.running import RunningCity, eventually
from path.small_city import write_small_city
from stadtwerk.app.rebuild import check_folder
from stadtwerk.kernel.refusal import Refused

START = "2026-11-24T16:08:00Z"
"""The sun has set; from here to the morning it is dark."""
CUT, BACK = "2026-11-24T16:14:00Z", "2026-11-24T16:42:00Z"
"""The only gateway is gone; lamps keep their mains."""
LAMPS, HELD = 12, 6
DIM = {
    "id": "deep",
    "title": "Tief gedimmt",
    "on_elevation_deg": -1.5,
    "full_percent": 100,
    "dim_percent": 20,
    "dim_from": "17:16",
    "dim_until": "17:40",
}
KEPT = {"confirmed": HELD, "waiting": 0, "sent": 0, "expired": 0, "elsewhere": 0}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Twelve lamps and the drill that takes their gateway away."""
    (tmp_path / "data" / "twin").mkdir(parents=True)
    fault = {"at": CUT, "until": BACK, "kind": "gateway-lost", "gateway": "g1"}
    (tmp_path / "data" / "twin" / "drill.jsonl").write_text(json.dumps(fault) + "\n")
    write_small_city(tmp_path / "city", LAMPS, report_period_s=60)
    return tmp_path


def order(city: RunningCity, kind: str, body: dict[str, Any]) -> None:
    command = city.client.post(f"/api/commands/lighting.{kind}?wait=10", body)
    assert command["state"] == "confirmed", command


def program_of(city: RunningCity, program: str) -> dict[str, Any]:
    found: dict[str, Any] = city.client.get(f"/api/lighting/plans/{program}")
    return found


def test_lamps_confirm_keep_and_follow(folder: Path) -> None:
    """Saved, assigned, confirmed; killed, all is still there; cut off, the evening is the new program's."""
    with RunningCity(folder / "city", folder / "data", "--start", START, "--speed", "10") as city:
        eventually(lambda: city.client.get("/api/health")["observed_rows"] >= LAMPS)
        order(city, "save-program", DIM)
        order(city, "save-calendar", {"id": "week", "title": "Woche", "default_program": "deep", "rules": WEDNESDAY})
        target = {"lamps": [f"do-{n + 1:07d}" for n in range(HELD)]}
        order(city, "assign-plan", {"target": target, "plan": "week", "reason": "quiet street"})
        eventually(lambda: program_of(city, "week")["rollout"] == KEPT)
        before = city.pid("core")
        city.kill("core")
        eventually(lambda: city.pid("core") != before and is_up(city))
        assert program_of(city, "week")["rollout"] == KEPT
        assert program_of(city, "deep")["calendars"] == ["week"]
        lamp = city.client.get("/api/lighting/lamps/do-0000001")
        assert (lamp["program"]["id"], lamp["program"]["calendar"]) == ("deep", "week")
    with RunningCity(folder / "city", folder / "data", "--speed", "2000") as city:
        early, late = meters_at(city, "2026-11-24T16:13"), meters_at(city, "2026-11-24T16:46")
        assert program_of(city, "week")["rollout"] == KEPT
    report = check_folder(folder / "data")
    assert (report["chain"], report["equal"]) == ("good", True)
    spent = [after - first for first, after in zip(early, late, strict=True)]
    told, left = sum(spent[:HELD]) / HELD, sum(spent[HELD:]) / (LAMPS - HELD)
    # 33 minutes, 24 of them at 20 % light, for which a LED takes about a quarter of its power.
    assert 0.35 < told / left < 0.6


WEDNESDAY = [{"program": "all-night", "weekdays": ["we"]}]


def is_up(city: RunningCity) -> bool:
    """Tell whether the new core answers, and has its broker."""
    try:
        return bool(city.client.get("/api/health")["broker"])
    except Refused:
        return False


def meters_at(city: RunningCity, instant: str) -> list[float]:
    """Wait until an instant of the city's time and read each lamp's own meter, kWh."""
    eventually(lambda: city.client.get("/api/health")["now"] >= instant, timeout_s=100)
    lamps = (city.client.get(f"/api/lighting/lamps/do-{n + 1:07d}") for n in range(LAMPS))
    return [float(lamp["energy_kwh"]) for lamp in lamps]
