"""The picture of a night: its span by the sun, means and energy from minutes, marks in order, gaps said."""

from __future__ import annotations

import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from path.small_city import write_small_city
from stadtwerk.app.folder import open_folder
from stadtwerk.kernel.clock import US, iso, parse_iso
from stadtwerk.kernel.command import Command
from stadtwerk.kernel.journal import Event
from stadtwerk.kernel.refusal import Refused
from stadtwerk.systems.lighting.inventory import read_inventory
from stadtwerk.systems.lighting.night import night_view
from stadtwerk.systems.lighting.state import Lighting, make_lighting

MORNING_US = parse_iso("2026-11-25T11:00:00Z")
MINUTE_US = 60 * US
DAY_US = 86_400 * US


def plain_sun(day: int, lon: float, lat: float) -> tuple[int, int]:
    """Noon after midnight UTC and half the day's length, microseconds: declination as a cosine of the day of the year."""
    turn = 2.0 * math.pi * (day - 81) / 364.0
    equation_min = 9.87 * math.sin(2.0 * turn) - 7.53 * math.cos(turn) - 1.5 * math.sin(turn)
    low, high = math.radians(-23.44 * math.cos(2.0 * math.pi * (day + 10) / 365.0)), math.radians(lat)
    cosine = (math.sin(math.radians(-0.833)) - math.sin(high) * math.sin(low)) / (math.cos(high) * math.cos(low))
    noon_min = 720.0 - 4.0 * lon - equation_min
    return round(noon_min * MINUTE_US), round(math.degrees(math.acos(cosine)) * 4.0 * MINUTE_US)


@pytest.fixture
def lighting(tmp_path: Path) -> Lighting:
    return make_lighting(read_inventory(open_folder(write_small_city(tmp_path / "city", 10))))


def archive(*, gap: tuple[str, str] = ("", ""), events: Any = (), commands: Any = ()) -> Any:
    """Minutes of a city that takes 60 kW all night, its programs 50, but for a gap."""

    def history(name: str, row: int, since_us: int, until_us: int) -> dict[str, Any]:
        at_us = np.arange(since_us - since_us % MINUTE_US + MINUTE_US, until_us, MINUTE_US)
        if gap[0]:
            at_us = at_us[(at_us < parse_iso(gap[0])) | (at_us >= parse_iso(gap[1]))]
        told = {"power_kw": 60.0, "program_kw": 50.0, "lit": 9.0, "faulty": 1.0, "overridden": 0.0}
        return {"at_us": at_us, **{name: np.full(len(at_us), value) for name, value in told.items()}}

    def latest(limit: int, before: int | None = None) -> list[Command]:
        older = [one for one in reversed(commands) if before is None or one.seq < before]
        return older[:limit]

    return SimpleNamespace(history=history, latest=latest, alarm_events=lambda since_us, limit: list(events))


def command(number: int, at: str) -> Command:
    """A command asked for at an instant."""
    return Command(f"c{number}", "lighting.set-level", "anna", {}, f"Befehl {number}", parse_iso(at), seq=number)


def test_a_whole_night_spans_the_dark_and_adds_up(lighting: Lighting) -> None:
    """An hour before sunset to an hour after sunrise, by minutes; the sun by a plain formula is within 5 minutes."""
    night = night_view(lighting, archive(), "", MORNING_US)
    assert night["day"] == "2026-11-24"
    lon, lat = lighting.inventory.city["centre"]
    noon_us, half_us = plain_sun(328, lon, lat)
    day_us = parse_iso("2026-11-24T00:00:00Z")
    assert abs(parse_iso(night["sun"]["sunset"]) - (day_us + noon_us + half_us)) < 5 * MINUTE_US
    assert abs(parse_iso(night["sun"]["sunrise"]) - (day_us + DAY_US + noon_us - half_us)) < 5 * MINUTE_US
    hours = (parse_iso(night["until"]) - parse_iso(night["since"])) / 3600 / US
    assert hours == pytest.approx(17.7, abs=0.2)
    assert night["summary"]["energy_kwh"] == pytest.approx(60.0 * hours, rel=0.005)
    assert night["summary"]["program_kwh"] == pytest.approx(50.0 * hours, rel=0.005)
    assert night["summary"]["observed"] == pytest.approx(1.0, abs=0.002)
    assert len(night["at"]) == len(night["power_kw"]) == len(night["sun_deg"])
    assert max(night["sun_deg"]) > 0 > min(night["sun_deg"])


def test_a_gap_is_no_light_and_no_energy(lighting: Lighting) -> None:
    """Of two hours nobody observed the first quarter holds the last value; the rest is None and no energy."""
    whole = night_view(lighting, archive(), "", MORNING_US)
    gap = ("2026-11-24T22:00:00Z", "2026-11-25T00:00:00Z")
    holed = night_view(lighting, archive(gap=gap), "", MORNING_US)
    assert [value is None for value in holed["power_kw"]].count(True) in (20, 21, 22)
    assert holed["summary"]["energy_kwh"] == pytest.approx(whole["summary"]["energy_kwh"] - 60.0 * 106 / 60, abs=0.1)
    assert holed["summary"]["observed"] < 0.9


def test_a_night_under_way_ends_now(lighting: Lighting) -> None:
    now_us = parse_iso("2026-11-24T20:00:00Z")
    night = night_view(lighting, archive(), "2026-11-24", now_us)
    assert night["end"] == iso(now_us)
    assert night["power_kw"][-1] is None


def test_marks_are_those_of_the_night_oldest_first(lighting: Lighting) -> None:
    """Only alarms people were told of count; commands of other nights do not; many are paged through."""
    raised = [
        Event(parse_iso(at), kind, f"lighting.x:{n}", "", "", {"severity": 700, "annunciated": told})
        for n, (at, kind, told) in enumerate(
            (
                ("2026-11-24T18:00:00Z", "alarm.raised", True),
                ("2026-11-24T19:00:00Z", "alarm.raised", False),
                ("2026-11-24T19:30:00Z", "alarm.returned", True),
                ("2026-11-25T10:30:00Z", "alarm.raised", True),
            )
        )
    ]
    told = [command(1, "2026-11-23T20:00:00Z"), command(2, "2026-11-24T20:00:00Z"), command(3, "2026-11-25T01:00:00Z")]
    night = night_view(lighting, archive(events=raised, commands=told), "", MORNING_US)
    assert [one["id"] for one in night["alarms"]] == ["lighting.x:0"]
    assert [one["id"] for one in night["commands"]] == ["c2", "c3"]
    assert night["more"] is False
    many = [command(n, "2026-11-24T21:00:00Z") for n in range(1, 1500)]
    full = night_view(lighting, archive(commands=many), "", MORNING_US)
    assert len(full["commands"]) == 1000
    assert full["more"] is True


@pytest.mark.parametrize(("day", "words"), [("gestern", "not a day"), ("2027-01-01", "this night begins")])
def test_days_that_are_none_or_to_come_are_refused(lighting: Lighting, day: str, words: str) -> None:
    with pytest.raises(Refused) as refused:
        night_view(lighting, archive(), day, MORNING_US)
    assert words in refused.value.refusal.detail


def test_where_the_sun_does_not_set_the_picture_goes_from_noon_to_noon(lighting: Lighting) -> None:
    lighting.inventory.city["centre"] = [18.9, 69.6]
    night = night_view(lighting, archive(), "2026-06-20", parse_iso("2026-06-25T11:00:00Z"))
    assert night["sun"] == {}
    assert (night["since"], night["until"]) == ("2026-06-20T10:00:00.000Z", "2026-06-21T10:05:00.000Z")
