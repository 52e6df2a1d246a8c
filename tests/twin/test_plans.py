"""Plans over the air: lamps follow them alone, by calendar, over restarts and losses, and say which one they keep."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pvlib import spa

from stadtwerk.kernel.clock import US, parse_iso
from stadtwerk.protocols import chirpstack
from stadtwerk.protocols.chirpstack import DownlinkCommand, MulticastDownlink
from stadtwerk.protocols.lampplan import (
    PROGRAM_PORT,
    LampPlan,
    LampProgram,
    ProgramPart,
    encode_plan,
    mark_of,
    parts_of,
)
from stadtwerk.twin.lamps import RADIO_DEAD, UNPOWERED
from stadtwerk.twin.plan_memory import OPEN_MAX, PlanMemory
from stadtwerk.twin.world import SPREAD_S, World
from twin.conftest import MakeWorld
from twin.living import live

NIGHT_US = parse_iso("2026-11-24T20:00:00Z")
DIM = LampProgram(-1.5, 40.0, 40.0, 0, 0)
FULL = LampProgram(-1.5, 100.0, 100.0, 0, 0)
HALF = LampProgram(-1.5, 100.0, 50.0, 23 * 60, 5 * 60)
EPOCH = date(1970, 1, 1)


def tell(world: World, group: str, plan: LampPlan, serial: int, only: slice = slice(None)) -> int:
    """Send the parts of a plan to a group; return its mark."""
    body = encode_plan(plan)
    for part in parts_of(body, serial)[only]:
        world.hear(chirpstack.multicast_topic(group), chirpstack.encode(MulticastDownlink(group, PROGRAM_PORT, part)))
    return mark_of(body)


def calendar(nights: int = 120, first: date = date(2026, 11, 20)) -> LampPlan:
    """Nights of three programs in turn, in more than one part."""
    return LampPlan((FULL, HALF, DIM), (first - EPOCH).days, tuple(n % 3 for n in range(nights)))


def test_lamps_that_are_told_follow_and_say_so(make_world: MakeWorld) -> None:
    world = make_world(40, now_us=NIGHT_US)
    assert {int(heard.status["program_mark"]) for heard in live(world, 70)} == {0}
    mark = tell(world, "street-s3", LampPlan((DIM,)), 7)
    told = {heard.eui: int(heard.status["program_mark"]) for heard in live(world, 15)}
    mine = world.city.groups["street-s3"]
    assert told == {int(world.city.dev_eui_number[ix]): mark for ix in mine}
    assert (world.lamps.asked[mine] == 40.0).all()
    others = np.setdiff1d(np.arange(40), mine)
    assert (world.lamps.asked[others] == 100.0).all()


def test_a_plan_counts_once_all_its_parts_are_there(make_world: MakeWorld) -> None:
    world = make_world(20, now_us=NIGHT_US)
    live(world, 70)
    mark = tell(world, "city", calendar(), 7, slice(1, None))
    live(world, 15)
    assert (world.lamps.asked == 100.0).all()
    assert tell(world, "city", calendar(), 9, slice(0, 1)) == mark
    heard = live(world, 15)
    assert {int(one.status["program_mark"]) for one in heard} == {mark}
    assert len({one.eui for one in heard}) == 20


def test_what_is_older_is_left_and_what_is_known_is_confirmed_again(make_world: MakeWorld) -> None:
    world = make_world(20, now_us=NIGHT_US)
    live(world, 70)
    mark = tell(world, "city", LampPlan((DIM,)), 9)
    live(world, 15)
    tell(world, "city", LampPlan((HALF,)), 8)
    assert len(live(world, 15)) < 5
    tell(world, "city", LampPlan((DIM,)), 9)
    assert len(live(world, 15)) < 5
    (part,) = parts_of(encode_plan(LampPlan((DIM,))), 9)
    eui = world.city.dev_eui[3]
    world.hear(chirpstack.downlink_topic(eui), chirpstack.encode(DownlinkCommand(eui, PROGRAM_PORT, part)))
    assert int(eui, 16) in {one.eui for one in live(world, 3) if one.status["program_mark"] == mark}
    assert (world.lamps.asked == 40.0).all()


def test_who_hears_nothing_keeps_what_it_had(make_world: MakeWorld) -> None:
    world = make_world(20, now_us=NIGHT_US)
    live(world, 70)
    fault = np.zeros(20, np.uint16)
    fault[3], fault[4] = UNPOWERED, RADIO_DEAD
    world.lamps.set_faults(fault)
    tell(world, "city", LampPlan((DIM,)), 7)
    live(world, 15)
    assert np.flatnonzero(world.lamps.asked != 40.0).tolist() == [3, 4]
    world.lamps.set_faults(np.zeros(20, np.uint16))
    mark = tell(world, "city", LampPlan((DIM,)), 8)
    assert {int(one.status["program_mark"]) for one in live(world, 70)} == {mark}
    assert (world.lamps.asked == 40.0).all()


def test_plans_outlive_the_twin(make_world: MakeWorld, tmp_path: Path) -> None:
    """Whatever ends the process: who was told still follows, who was not still has the factory's program."""
    world = make_world(20, now_us=NIGHT_US)
    live(world, 70)
    mark = tell(world, "district-d1", calendar(), 7)
    live(world, 15)
    mine = world.city.groups["district-d1"]
    tell(world, "district-d1", LampPlan((HALF,)), 8)
    again = make_world(20, now_us=world.now_us + US)
    told = {heard.eui: int(heard.status["program_mark"]) for heard in live(again, 70)}
    assert {told[int(again.city.dev_eui_number[ix])] for ix in mine} == {mark}
    assert set(told.values()) == {mark, 0}
    again.step(parse_iso("2026-11-26T20:00:00Z"))
    assert set(again.lamps.asked[mine].tolist()) == {100.0}
    (kept,) = (tmp_path / "state" / "plans").glob("*.plan")
    kept.unlink()
    lost = make_world(20, now_us=again.now_us + US)
    assert {int(heard.status["program_mark"]) for heard in live(lost, 70)} == {0}


def test_another_city_does_not_take_over_plans(tmp_path: Path) -> None:
    memory = PlanMemory(tmp_path, 5, renew=False)
    body = encode_plan(LampPlan((DIM,)))
    ready, plan = memory.hear(np.arange(3), ProgramPart(0, 1, mark_of(body), 5, body))
    assert (ready.tolist(), plan) == ([0, 1, 2], LampPlan((DIM,)))
    assert [(ix.tolist(), kept) for ix, kept in PlanMemory(tmp_path, 5, renew=False).plans()] == [
        ([0, 1, 2], LampPlan((DIM,)))
    ]
    assert PlanMemory(tmp_path, 5, renew=True).plans() == []
    assert list(tmp_path.glob("*.plan")) == []


def test_what_is_no_plan_is_forgotten_and_beginnings_are_few(tmp_path: Path) -> None:
    memory, lamps = PlanMemory(tmp_path, 5, renew=False), np.arange(5)
    for body, mark in ((b"\x00", mark_of(b"\x00")), (encode_plan(LampPlan((DIM,))), 1)):
        assert memory.hear(lamps, ProgramPart(0, 1, mark, 5, body))[1] is None
    for mark in range(OPEN_MAX + 1):
        memory.hear(lamps, ProgramPart(0, 2, mark, 5, b"x"))
    body = encode_plan(LampPlan((DIM,)))
    assert memory.hear(lamps, ProgramPart(1, 2, mark_of(body), 5, body[4:]))[1] is None
    ready, plan = memory.hear(lamps, ProgramPart(0, 2, mark_of(body), 6, body[:4]))
    assert (len(ready), plan) == (5, LampPlan((DIM,)))
    assert memory.marks.tolist() == [mark_of(body)] * 5


def by_the_book(world: World, plan: LampPlan, at_s: int) -> float:
    """Return what a calendar has for a second: night by pandas' wall time, the sun by SPA."""
    lon, lat = world.city.centre
    sun_deg = spa.solar_position(np.array([float(at_s)]), lat, lon, 0, 1013.25, 12, 70.0, 0.0)[3][0]
    local = pd.Timestamp(at_s, unit="s", tz="UTC").tz_convert(world.city.timezone)
    evening = (local.tz_localize(None) - pd.Timedelta(hours=12)).normalize()
    number = (evening.date() - EPOCH).days - plan.first_day
    one = plan.programs[plan.nights[number] if 0 <= number < len(plan.nights) else 0]
    if sun_deg > one.on_elevation_deg:
        return 0.0
    for ahead in (-1, 0):
        day = local.tz_localize(None).normalize() + pd.Timedelta(days=ahead)
        over = 1440 if one.dim_until_min < one.dim_from_min else 0
        start, stop = (
            (day + pd.Timedelta(minutes=m)).tz_localize(
                world.city.timezone, ambiguous=True, nonexistent="shift_forward"
            )
            for m in (one.dim_from_min, one.dim_until_min + over)
        )
        if start <= local < stop:
            return one.dim_percent
    return one.full_percent


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(["2026-03-27", "2026-10-23", "2026-12-30", "2028-02-28"]),
    st.integers(1, 5),
    st.lists(st.integers(0, 2), min_size=1, max_size=6),
    st.integers(-2, 2),
)
def test_a_cut_off_lamp_follows_its_calendar_alone(
    tmp_path_factory: pytest.TempPathFactory,
    make_world: MakeWorld,
    first: str,
    every_h: int,
    nights: list[int],
    ahead: int,
) -> None:
    """Several nights around clock changes, the year's end and 29 February, without a word from outside."""
    evening = date.fromisoformat(first)
    start_us = parse_iso(f"{first}T18:30:00Z")
    state = tmp_path_factory.mktemp("state")
    world = make_world(2, now_us=start_us, state=str(state))
    plan = LampPlan((FULL, HALF, DIM), (evening + timedelta(days=ahead) - EPOCH).days, tuple(nights))
    tell(world, "city", plan, 7)
    live(world, 6)
    for step in range(72 // every_h):
        at_us = start_us + (step * every_h + 1) * 3600 * US + 17 * 60 * US
        world.step(at_us)
        around = {by_the_book(world, plan, at_us // US + shift) for shift in (-SPREAD_S - 30, 0, SPREAD_S + 30)}
        assert set(world.lamps.asked.tolist()) <= around
