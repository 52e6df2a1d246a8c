"""Schedules of a whole running city: killed as hard as can be around an occurrence, each is ordered once."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from path.running import RunningCity, eventually
from path.small_city import write_small_city
from stadtwerk.app.rebuild import check_folder
from stadtwerk.kernel.refusal import Refused

START, SPEED = "2026-12-24T22:00:00+01:00", "30"
LIGHT = {
    "kind": "lighting.set-level",
    "content": {"target": {"street": "s1"}, "level_percent": 40, "until": {"$clock": "06:00"}},
}


def plan(running: RunningCity, plan_id: str) -> dict[str, Any]:
    """Ask for a schedule as often as it takes; a city that was just killed does not answer."""

    def asked() -> Any:
        try:
            return running.client.get(f"/api/schedule/plans/{plan_id}")
        except Refused:
            return None

    found: dict[str, Any] = eventually(asked)
    return found


def newest(running: RunningCity) -> str:
    """Return the newest occurrence that was ordered, empty when there is none yet."""
    return next((run["at"] for run in plan(running, "tick")["runs"]), "")


@pytest.mark.parametrize(
    ("kills", "seed"),
    [pytest.param(2, 1, id="two kills"), pytest.param(20, 2, id="twenty kills", marks=pytest.mark.slow)],
)
def test_kills_around_occurrences_give_each_one_command(tmp_path: Path, kills: int, seed: int) -> None:
    """A schedule for every minute of city time, two seconds of the wall; the core dies again and again."""
    rng = random.Random(seed)
    city = write_small_city(tmp_path / "city", 40)
    with RunningCity(city, tmp_path / "data", "--start", START, "--speed", SPEED) as running:
        rule = {"interval": {"every_s": 60}}
        running.client.post(
            "/api/commands/schedule.create",
            {"id": "tick", "title": "Tick", "rule": rule, "order": LIGHT, "grace_s": 3600},
        )
        for _ in range(kills):
            before = newest(running)
            eventually(lambda before=before: newest(running) > before)
            # The next occurrence is up to two seconds away: die before, at and after it.
            eventually(lambda: rng.random() < 0.2, pause_s=0.15)
            running.kill("core")
        last = plan(running, "tick")["runs"][0]["at"]
        eventually(lambda: plan(running, "tick")["runs"][0]["at"] > last)
        found = []
        before: int | None = None
        while page := running.client.get("/api/commands?limit=200" + (f"&before={before}" if before else ""))[
            "commands"
        ]:
            found += page
            before = page[-1]["seq"]
        ordered = [command["id"] for command in found if command["actor"] == "schedule"]
    # Ids name the occurrence: each once, and none left out from the first to the last.
    moments = sorted(datetime.strptime(name[-16:], "%Y%m%dT%H%M%SZ") for name in ordered)  # noqa: DTZ007
    # A screen may see a run that dies with its core before it is durable: it comes again, and counts once.
    assert len(moments) > kills / 2
    assert {two - one for one, two in pairwise(moments)} == {timedelta(minutes=1)}
    report = check_folder(tmp_path / "data")
    assert (report["chain"], report["equal"]) == ("good", True)


def test_the_door_knows_schedules(tmp_path: Path) -> None:
    """Made, shown, tried out, refused, run by hand and deleted over HTTP; nobody may take the city's own ids."""
    city = write_small_city(tmp_path / "city", 40)
    with RunningCity(city, tmp_path / "data", "--start", START, "--speed", SPEED) as running:
        client = running.client
        rule = {"times": ["23:00"], "holidays": "only"}
        made = client.post(
            "/api/commands/schedule.create", {"id": "feast", "title": "Feast", "rule": rule, "order": LIGHT}
        )
        assert (made["state"], made["title"], made["targets"]) == ("confirmed", "Feast", 0)
        shown = plan(running, "feast")
        assert shown["next"][:2] == ["2026-12-25T22:00:00.000Z", "2026-12-26T22:00:00.000Z"]
        assert client.get("/api/schedule/plans")["schedules"][0]["id"] == "feast"
        week = client.get("/api/schedule/week?since=2026-12-24")
        assert [day["holiday"] and day["holiday"]["en"] for day in week["days"]][:3] == [
            None,
            "Christmas Day",
            "Second Day of Christmas",
        ]
        assert week["schedules"][0]["marks"][0] == {
            "at": "2026-12-25T22:00:00.000Z",
            "until": "2026-12-26T05:00:00.000Z",
        }
        preview = client.get("/api/schedule/preview?rule=%7B%22times%22%3A%5B%2223%3A00%22%5D%7D")
        assert len(preview["next"]) == 8
        assert preview["rrule"] == ["FREQ=DAILY;BYHOUR=23;BYMINUTE=0;BYSECOND=0"]
        for bad in ("%7B", "%7B%7D", "%7B%22times%22%3A%5B%2225%3A00%22%5D%7D"):
            with pytest.raises(Refused):
                client.get(f"/api/schedule/preview?rule={bad}")
        assert client.get("/api/schedule/rrule?text=FREQ%3DDAILY%3BBYHOUR%3D5")["rule"] == {"times": ["05:00:00"]}
        with pytest.raises(Refused, match="own"):
            client.post("/api/commands/schedule.disable", {"id": "feast"}, key="schedule-feast-20261225T220000Z")
        with pytest.raises(Refused, match="nowhere"):
            client.post(
                "/api/commands/schedule.create",
                {
                    "title": "x",
                    "rule": rule,
                    "order": {**LIGHT, "content": {**LIGHT["content"], "target": {"street": "nowhere"}}},
                },
            )
        client.post("/api/commands/schedule.run-now", {"id": "feast"})
        run = eventually(lambda: plan(running, "feast")["runs"])[0]
        assert run["by_hand"]
        eventually(lambda: plan(running, "feast")["runs"][0].get("outcome") == "confirmed")
        client.post("/api/commands/schedule.delete", {"id": "feast"})
        assert client.get("/api/schedule/plans")["schedules"] == []
        rules = client.get("/api/react/rules")["rules"]
        assert "lighting.repeat-after-outage" in [rule["id"] for rule in rules]
        client.post("/api/commands/react.switch", {"rule": "lighting.repeat-after-outage", "on": False})
        assert [
            rule["on"]
            for rule in client.get("/api/react/rules")["rules"]
            if rule["id"] == "lighting.repeat-after-outage"
        ] == [False]
