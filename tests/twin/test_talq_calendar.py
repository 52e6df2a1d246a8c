"""The city's plans, written as TALQ calendars, ask lamps behind a gateway for what the city expects of them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stadtwerk.adapters.talq.plans import Light, Place, talq_plan
from stadtwerk.kernel.clock import US
from stadtwerk.protocols.talq.programs import check_program, check_rules
from stadtwerk.protocols.talq.wire import Refused
from stadtwerk.systems.lighting.engine import program as city
from stadtwerk.twin.talq.calendar import Almanac
from stadtwerk.twin.talq.following import GRACE_S, Following

LON, LAT, ZONE = 6.7655, 51.4330, "Europe/Berlin"
FIRST = date(2026, 10, 1)
CLOCKS = st.sampled_from(["00:00", "01:30", "02:30", "04:00", "20:15", "22:00", "23:00"])
NIGHT = Light("n", -1.5, 100.0, 40.0, "23:00", "05:00")
SLACK_S = 45
"""Half a minute of rounding to whole minutes, and what two computations of the sun differ by."""


def at_us(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(ZONE)).timestamp()) * US


def lights() -> st.SearchStrategy[Light]:
    percents = st.integers(0, 100).map(float)
    return st.builds(Light, st.just("p"), st.floats(-6, 6), percents, percents, CLOCKS, CLOCKS)


@settings(max_examples=12, deadline=None)
@given(lights(), st.lists(st.integers(0, 390 * 86_400 - 1), min_size=10, max_size=10))
def test_any_program_gives_the_citys_level_at_any_instant(light: Light, seconds: list[int]) -> None:
    """The city computes with its own engine, the gateway with the twin's sun: no shared line but the calendar."""
    plan = talq_plan("p", "cms", FIRST, [light] * 400, Place(LON, LAT, ZONE))
    almanac = Almanac((LON, LAT), ZONE)
    programs = {row["id"]: row for row in plan.programs}
    for row in plan.programs:
        check_program(row)
    check_rules(plan.calendar["rules"])
    for now_us in (at_us("2026-10-01T12:00:00") + second * US for second in seconds):
        told, until_us = almanac.level(programs[almanac.program(plan.calendar, now_us)], now_us)
        span_us = (now_us - SLACK_S * US, now_us + SLACK_S * US + US)
        near = city.program_steps(city.Rule(*light[1:]), city.Place(LON, LAT, ZONE), span_us).levels
        assert told in np.rint(near).tolist()
        assert now_us < until_us <= now_us + 25 * 3_600 * US


def test_nights_of_a_calendar_go_from_noon_to_noon() -> None:
    dark = Light("d", -1.5, 0.0, 0.0, "00:00", "00:00")
    plan = talq_plan("c", "cms", FIRST, [NIGHT, dark, NIGHT], Place(LON, LAT, ZONE))
    almanac = Almanac((LON, LAT), ZONE)
    names = [almanac.program(plan.calendar, at_us(f"2026-10-0{day}T{clock}")) for day, clock in NOONS]
    assert [name.split(".")[0] for name in names] == ["n", "n", "d", "d", "n"]


NOONS = ((1, "12:00:00"), (2, "11:59:59"), (2, "12:00:00"), (3, "11:59:59"), (3, "12:00:00"))


def day_rule(**rule: Any) -> dict[str, Any]:
    return {"program": "special", **rule}


@pytest.mark.parametrize(
    ("rule", "days"),
    [
        (day_rule(startDate="2026-12-24", endDate="2026-12-26"), ["24", "25", "26"]),
        (day_rule(startDate="--12-28"), ["28", "29", "30", "31"]),
        (day_rule(condition={"type": "ccDay", "days": [{"start": 6, "end": 7}]}), ["26", "27"]),
        (day_rule(condition={"type": "ccDate", "dates": [{"start": "---24"}, {"start": "--12-31"}]}), ["24", "31"]),
    ],
)
def test_rules_mean_days(rule: dict[str, Any], days: list[str]) -> None:
    """The last days of 2026: the 24th is a Thursday."""
    calendar = {"id": "c", "rules": [rule], "defaultProgram": "else"}
    almanac = Almanac((LON, LAT), ZONE)
    found = [
        str(day) for day in range(23, 32) if almanac.program(calendar, at_us(f"2026-12-{day}T20:00:00")) == "special"
    ]
    assert found == days
    check_rules(calendar["rules"])


@pytest.mark.parametrize(
    "row",
    [
        {"activePeriods": [{"name": "AbsoluteActivePeriod", "startTime": "25:00"}]},
        {"activePeriods": [{"name": "AstroClockActivePeriod", "sunsetOffset": "x", "sunriseOffset": 1}]},
        {"activePeriods": [{"name": "AstroClockActivePeriod", "sunsetOffset": 9_999, "sunriseOffset": 1}]},
        {"activePeriods": [{}]},
        {"fixedTimeControls": [{"startTime": "noon", "command": {}}]},
    ],
)
def test_a_program_that_cannot_be_followed_is_refused(row: dict[str, Any]) -> None:
    base = {"id": "p", "ownerCMS": "c", "type": "ControlProgramOne", "activePeriods": [], "fixedTimeControls": []}
    check_program(base)
    with pytest.raises(Refused):
        check_program({**base, **row})


@pytest.mark.parametrize("condition", [7, {"type": "ccYear"}, {"days": [{}]}, {"dates": [{"start": 1}]}])
def test_a_rule_that_cannot_be_followed_is_refused(condition: Any) -> None:
    with pytest.raises(Refused):
        check_rules([day_rule(condition=condition)])


def test_a_lamp_is_held_at_each_level_and_an_override_is_waited_for() -> None:
    plan = talq_plan("c", "cms", FIRST, [NIGHT] * 3, Place(LON, LAT, ZONE))
    calendars, programs = {"c": plan.calendar}, {row["id"]: row for row in plan.programs}
    following = Following(Almanac((LON, LAT), ZONE))
    start_us = at_us("2026-10-01T22:00:00")
    following.assign(1, "c")
    following.assign(2, "c")
    following.overridden([2], start_us + 600 * US)
    first = list(following.due(calendars, programs, start_us))
    assert [(held.rows, held.level_percent) for held in first] == [((1,), 100)]
    assert first[0].until_us == at_us("2026-10-01T23:00:00") + GRACE_S * US
    assert list(following.due(calendars, programs, start_us + 599 * US)) == []
    assert [held.rows for held in following.due(calendars, programs, start_us + 600 * US)] == [(2,)]
    later = list(following.due(calendars, programs, at_us("2026-10-01T23:00:00")))
    assert [(held.rows, held.level_percent) for held in later] == [((1, 2), 40)]
    following.missed(1, at_us("2026-10-01T23:10:00"))
    assert [held.rows for held in following.due(calendars, programs, at_us("2026-10-01T23:10:01"))] == [(1,)]
    assert following.assign(1, "")
    assert not following.assign(1, "")
    assert [held.rows for held in following.due(calendars, programs, at_us("2026-10-02T05:00:00"))] == [(2,)]


def test_every_night_of_the_year_is_ruled() -> None:
    plan = talq_plan("c", "cms", FIRST, [NIGHT] * 400, Place(LON, LAT, ZONE))
    almanac = Almanac((LON, LAT), ZONE)
    names = {row["id"] for row in plan.programs}
    evenings = (FIRST + timedelta(days=n) for n in range(400))
    asked = {almanac.program(plan.calendar, at_us(f"{day.isoformat()}T20:00:00")) for day in evenings}
    assert asked == names
    assert len(names) < 20
    assert datetime.fromtimestamp(at_us("2026-10-01T12:00:00") / US, UTC).hour == 10
