"""A storm of faults through the whole city: one alarm for each cause, within a minute of city time, whoever is killed."""

from __future__ import annotations

import csv
import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from path.running import ROOT, RunningCity, eventually
from stadtwerk.app.rebuild import check_folder
from stadtwerk.app.up import default_city
from stadtwerk.kernel.refusal import Refused

START, STORM, END = "2026-11-24T20:00:00Z", "2026-11-24T20:02:00Z", "2026-11-24T20:11:00Z"
GONE = {"dark": True, "silent": True}


def table(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def sound_city(folder: Path) -> Path:
    """Copy the small default city, in which nothing breaks by itself."""
    shutil.copytree(default_city(ROOT / "var", seed=1, lamps=5000), folder)
    city = json.loads((folder / "city.json").read_text())
    rates = (
        "dead",
        "dying",
        "day_burner",
        "radio",
        "clock",
        "circuit_out",
        "cabinet_out",
        "feeder_out",
        "gateway_lost",
    )
    city["faults"] = {f"{name}_rate": 0.0 for name in rates}
    (folder / "city.json").write_text(json.dumps(city))
    return folder


class Storm:
    """A feeder, a gateway and a cabinet elsewhere fail at once; `lamps` are those that this concerns."""

    def __init__(self, city: Path) -> None:
        lamps, cabinets = table(city, "lamps"), table(city, "cabinets")
        cabinet_of = {row["id"]: row["cabinet"] for row in table(city, "circuits")}
        feeder_of = {row["id"]: row["feeder"] for row in cabinets}
        self.feeder = Counter(feeder_of[cabinet_of[lamp["circuit"]]] for lamp in lamps).most_common(1)[0][0]
        self.gateway = Counter(
            lamp["gateway"] for lamp in lamps if feeder_of[cabinet_of[lamp["circuit"]]] != self.feeder
        ).most_common(1)[0][0]
        free = (row for row in cabinets if row["feeder"] != self.feeder and row["gateway"] != self.gateway)
        self.cabinet = next(free)["id"]
        self.lamps = [
            lamp["id"]
            for lamp in lamps
            if lamp["gateway"] == self.gateway
            or cabinet_of[lamp["circuit"]] == self.cabinet
            or feeder_of[cabinet_of[lamp["circuit"]]] == self.feeder
        ]

    def write(self, state: Path) -> None:
        """Put the drill where the twin reads it."""
        state.mkdir(parents=True)
        faults = (
            {"kind": "feeder-out", "feeder": self.feeder, **GONE},
            {"kind": "cabinet-out", "cabinet": self.cabinet, **GONE},
            {"kind": "gateway-lost", "gateway": self.gateway, "silent": True},
        )
        lines = (json.dumps({"at": STORM, "until": END, **fault}) for fault in faults)
        (state / "drill.jsonl").write_text("\n".join(lines) + "\n")

    @property
    def alarms(self) -> set[str]:
        return {
            f"lighting.feeder-out:{self.feeder}",
            f"lighting.cabinet-out:{self.cabinet}",
            f"lighting.gateway-lost:{self.gateway}",
        }


@pytest.fixture(scope="module")
def storm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RunningCity, Storm]]:
    folder = tmp_path_factory.mktemp("storm")
    city = sound_city(folder / "city")
    storm = Storm(city)
    storm.write(folder / "data" / "twin")
    with RunningCity(city, folder / "data", "--speed", "60", "--start", START) as running:
        yield running, storm


def now(city: RunningCity) -> datetime:
    return datetime.fromisoformat(city.client.get("/api/city")["clock"]["now"])


def alarms(city: RunningCity) -> dict[str, Any]:
    return {one["id"]: one for one in city.client.get("/api/alarms")["alarms"]}


def answered(ask: Callable[[], Any]) -> Any:
    """Ask a city whose core may be away."""
    try:
        return ask()
    except Refused:
        return None


def test_each_cause_is_one_alarm_within_a_minute(storm: tuple[RunningCity, Storm]) -> None:
    """Three thousand lamps are dark or silent; an operator gets three alarms, and the figures say so."""
    city, faults = storm
    began = datetime.fromisoformat(STORM)
    assert len(faults.lamps) >= 3_000
    eventually(lambda: now(city) > began + timedelta(seconds=90), timeout_s=60)
    standing = alarms(city)
    assert standing.keys() == faults.alarms
    for alarm in standing.values():
        assert began < datetime.fromisoformat(alarm["raised_at"]) <= began + timedelta(seconds=60), alarm
        assert alarm["state"] == "unacknowledged"
    assert sum(alarm["lamps"] for alarm in standing.values()) >= 3_000
    figures = city.client.get("/api/alarms/figures?days=1")
    found = {one["name"]: one["value"] for one in figures["figures"]}
    # By hand: 3 alarms told in the first window, one high, two medium, none gone, none acknowledged; no rate yet.
    assert (found["per_day"], found["peak_10_min"], found["flood"]) == (None, 3, 0)
    assert (found["standing"], found["unacknowledged"], found["stale"]) == (3, 3, 0)
    assert figures["priorities"] == {"low": 0, "medium": 2, "high": 1, "critical": 0}


def test_what_was_done_survives_a_kill_and_shelving_ends_by_itself(storm: tuple[RunningCity, Storm]) -> None:
    """After kill -9 of the core the feeder is acknowledged and the gateway shelved; its end comes on city time."""
    city, faults = storm
    feeder, gateway = f"lighting.feeder-out:{faults.feeder}", f"lighting.gateway-lost:{faults.gateway}"
    city.client.post("/api/commands/alarm.acknowledge", {"alarms": [feeder], "comment": "grid control called"})
    until = (now(city) + timedelta(minutes=4)).isoformat()
    city.client.post("/api/commands/alarm.shelve", {"alarms": [gateway], "until": until, "reason": "provider works"})
    assert alarms(city)[gateway]["state"] == "shelved"
    city.kill("core")
    again = eventually(lambda: answered(lambda: alarms(city)), timeout_s=60)
    assert (again[feeder]["state"], again[gateway]["state"]) == ("acknowledged", "shelved")
    assert again[feeder]["comment"] == "grid control called"
    assert again.keys() == faults.alarms
    eventually(lambda: alarms(city)[gateway]["state"] == "unacknowledged", timeout_s=60)
    assert now(city) >= datetime.fromisoformat(until)


def test_when_the_storm_is_over_no_late_alarm_comes(storm: tuple[RunningCity, Storm]) -> None:
    """Half an hour after power and gateway are back nothing new was told, and the journal gives the same alarms."""
    city, faults = storm
    end = datetime.fromisoformat(END)
    eventually(lambda: now(city) > end + timedelta(minutes=30), timeout_s=120)
    left = alarms(city)
    assert left.keys() <= faults.alarms
    assert not any(alarm["active"] for alarm in left.values())
    figures = city.client.get("/api/alarms/figures?days=1")
    told = {one["id"]: one["n"] for one in figures["top"]}
    assert told.keys() == faults.alarms
    # The city is about forty minutes old: that, not a day, is what its alarms are counted over.
    since, until_ = (datetime.fromisoformat(figures[name]) for name in ("since", "until"))
    assert since == datetime.fromisoformat(START)
    found, age_s = {one["name"]: one["value"] for one in figures["figures"]}, (until_ - since).total_seconds()
    assert found["per_day"] == pytest.approx(sum(told.values()) * 86_400 / age_s)
    assert found["mean_10_min"] == pytest.approx(sum(told.values()) * 600 / age_s)
    history = city.client.get(f"/api/alarms/lighting.feeder-out:{faults.feeder}")["history"]
    assert [line["kind"] for line in reversed(history)] == ["alarm.raised", "alarm.acknowledged", "alarm.returned"]
    city.client.post(
        "/api/commands/alarm.acknowledge", {"alarms": sorted(set(left) - {f"lighting.feeder-out:{faults.feeder}"})}
    )
    city.client.post(
        "/api/commands/alarm.confirm", {"alarms": [one for one, view in alarms(city).items() if not view["confirmed"]]}
    )
    assert alarms(city) == {}
    assert check_folder(city.data)["equal"]
