"""A lamp's life: it follows its program, obeys newer commands, and comes home by itself."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stadtwerk.kernel.clock import US, parse_iso
from stadtwerk.protocols import lampradio
from stadtwerk.protocols.lampradio import LampCommand
from stadtwerk.twin.city import read_city
from stadtwerk.twin.lamps import CLOCK_UNSET, DAY_BURNER, FAILED, RADIO_DEAD, UNPOWERED
from stadtwerk.twin.world import World
from twin.conftest import NOON_US, MakeWorld
from twin.folder import PERFECT_RADIO, make_city
from twin.living import call, call_one, live

NIGHT_US = parse_iso("2026-11-24T20:00:00Z")
NOON_S = NOON_US // US


def set_to(level: float, token: int, *, ramp_s: int = 0, for_s: int = 600, now_s: int = NOON_S) -> LampCommand:
    return LampCommand(lampradio.OP_SET, token, level, ramp_s, now_s + for_s)


def test_lamps_that_come_to_power_say_so_within_a_minute(make_world: MakeWorld) -> None:
    world = make_world()
    assert len({heard.eui for heard in live(world, 62)}) == 200


def test_each_lamp_reports_once_a_period_evenly_spread(make_world: MakeWorld) -> None:
    world = make_world()
    live(world, 70)
    heard = live(world, 900)
    euis, counts = np.unique([h.eui for h in heard], return_counts=True)
    assert len(euis) == 200
    assert counts.max() <= 2
    assert len(heard) < 215


def test_frame_counters_rise_by_one(make_world: MakeWorld) -> None:
    frames: dict[int, list[int]] = {}
    for heard in live(make_world(), 1900):
        frames.setdefault(heard.eui, []).append(heard.f_cnt)
    assert all(counts == list(range(1, len(counts) + 1)) for counts in frames.values())


def test_dusk_dim_and_dawn_without_any_platform(make_world: MakeWorld) -> None:
    world = make_world()
    lamps = world.lamps
    assert lamps.emitted.sum() == 0
    world.step(NIGHT_US)
    live(world, 10)
    assert (lamps.emitted == 100).all()
    world.step(parse_iso("2026-11-24T23:30:00Z"))
    live(world, 10)
    half = world.city.program == 1
    led, hst = world.city.lamp_type == 0, world.city.lamp_type == 1
    assert (lamps.emitted[half & (led | hst)] == 50).all()
    assert (lamps.emitted[~half] == 100).all()
    world.step(NOON_US + 86_400 * US)
    live(world, 10)
    assert lamps.emitted.sum() == 0


def test_a_group_obeys_and_confirms_within_back_off_and_delay(make_world: MakeWorld) -> None:
    world = make_world(radio={"uplink_loss": 0, "downlink_loss": 0, "duplicate_rate": 0})
    live(world, 100)
    call(world, "district-d0", set_to(40, 7, now_s=world.now_us // US))
    answers = {h.eui: h.status for h in live(world, 16) if h.status["token"] == 7}
    members = world.city.groups["district-d0"]
    assert set(answers) == {int(eui) for eui in world.city.dev_eui_number[members]}
    led = {int(eui) for eui in world.city.dev_eui_number[members][world.city.lamp_type[members] == 0]}
    assert all(answers[eui]["level"] == 80 for eui in led)
    assert all(status["flags"] & lampradio.OVERRIDE_ACTIVE for status in answers.values())
    assert all(status["applied"] == 1 for status in answers.values())


def test_discharge_lamps_report_the_light_they_really_give(make_world: MakeWorld) -> None:
    world = make_world()
    call(world, "city", set_to(40, 7))
    live(world, 10)
    light = {kind: set(world.lamps.emitted[world.city.lamp_type == kind]) for kind in (0, 1, 2)}
    assert light == {0: {40.0}, 1: {50.0}, 2: {100.0}}


def test_a_ramp_takes_its_time_and_ends_with_a_report(make_world: MakeWorld) -> None:
    world = make_world()
    live(world, 70)
    call_one(world, 0, set_to(100, 1, ramp_s=20))
    levels, heard = [], []
    for _ in range(30):
        heard += live(world, 1)
        levels.append(float(world.lamps.emitted[0]))
    assert levels == sorted(levels)
    assert 18 <= sum(0 < level < 100 for level in levels) <= 20
    told = [int(h.status["level"]) for h in heard if h.eui == int(world.city.dev_eui_number[0])]
    assert (len(told), told[-1]) == (2, 200)


def test_an_override_ends_by_itself_and_is_reported(make_world: MakeWorld) -> None:
    world = make_world()
    call(world, "city", set_to(60, 1, for_s=100))
    live(world, 99)
    assert world.lamps.emitted[0] == 60
    heard = live(world, 20)
    assert world.lamps.emitted.sum() == 0
    told = {h.eui for h in heard if h.status["level"] == 0 and not h.status["flags"] & lampradio.OVERRIDE_ACTIVE}
    assert len(told) == 200


def test_clear_ends_an_override(make_world: MakeWorld) -> None:
    world = make_world()
    call(world, "city", set_to(60, 1))
    live(world, 5)
    call(world, "city", LampCommand(lampradio.OP_CLEAR, 2))
    live(world, 5)
    assert world.lamps.emitted.sum() == 0
    assert (world.memory.applied == 2).all()


def test_report_now_answers_and_changes_nothing(make_world: MakeWorld) -> None:
    world = make_world()
    live(world, 70)
    call(world, "street-s3", LampCommand(lampradio.OP_REPORT, 99))
    heard = {h.eui for h in live(world, 6)}
    assert heard >= {int(eui) for eui in world.city.dev_eui_number[world.city.groups["street-s3"]]}
    assert (world.memory.token == 0).all()


def test_a_replayed_command_is_answered_but_not_obeyed(make_world: MakeWorld) -> None:
    world = make_world()
    call_one(world, 0, set_to(30, 5))
    live(world, 5)
    for replay in (set_to(90, 5), set_to(80, 4), LampCommand(lampradio.OP_CLEAR, 3)):
        call_one(world, 0, replay)
        answers = [h for h in live(world, 3) if h.eui == int(world.city.dev_eui_number[0])]
        assert [answer.status["token"] for answer in answers] == [5]
        assert answers[0].status["level"] == 60
    assert world.memory.applied[0] == 1


@settings(max_examples=25)
@given(order=st.permutations([1, 2, 3, 4, 5]), repeats=st.integers(1, 3))
def test_in_any_order_the_newest_command_wins(
    tmp_path_factory: pytest.TempPathFactory, order: list[int], repeats: int
) -> None:
    folder = tmp_path_factory.mktemp("reorder")
    city = read_city(make_city(folder / "city", 6, radio=PERFECT_RADIO))
    world = World(city, folder / "state", seed=1, now_us=NOON_US)
    for token in order * repeats:
        call_one(world, 0, set_to(token * 10, token))
        live(world, 2)
    rising = sum(token > max(order[:at], default=0) for at, token in enumerate(order))
    assert (world.memory.token[0], world.lamps.emitted[0], world.memory.applied[0]) == (5, 50, rising)


def test_a_command_that_comes_too_late_is_applied_without_effect(make_world: MakeWorld) -> None:
    world = make_world()
    call_one(world, 0, set_to(30, 5, for_s=-10))
    live(world, 5)
    assert (world.memory.token[0], world.lamps.emitted[0]) == (5, 0)


def test_energy_is_power_times_time(make_world: MakeWorld) -> None:
    world = make_world(now_us=NIGHT_US)
    before, burned = world.memory.energy_ws.copy(), world.memory.burning_s.copy()
    live(world, 100)
    np.testing.assert_allclose(world.memory.energy_ws - before, world.lamps.power_w * 100, rtol=1e-6)
    np.testing.assert_allclose(world.memory.burning_s - burned, 100)


def test_a_lamp_without_light_and_one_that_burns_for_ever(make_world: MakeWorld) -> None:
    world = make_world()
    live(world, 1)
    fault = np.zeros(200, np.uint8)
    fault[:3] = FAILED, DAY_BURNER, CLOCK_UNSET
    world.lamps.set_faults(fault)
    last = {h.eui: h.status for h in live(world, 30)}
    failed, burner, lost = (last[int(eui)] for eui in world.city.dev_eui_number[:3])
    assert (failed["flags"], failed["level"]) == (lampradio.LAMP_FAILURE, 0)
    assert (burner["flags"], burner["level"]) == (0, 200)
    assert (lost["flags"], lost["level"]) == (lampradio.CLOCK_NOT_SET, 200)
    assert lost["clock_s"] < 86_400


def test_without_mains_all_is_dark_and_silent_and_the_program_comes_back(make_world: MakeWorld) -> None:
    world = make_world(now_us=NIGHT_US)
    live(world, 70)
    world.lamps.set_faults(np.full(200, UNPOWERED, np.uint8))
    live(world, 2)
    before = world.memory.energy_ws.copy()
    call(world, "city", set_to(10, 9, now_s=NIGHT_US // US))
    assert live(world, 1000) == []
    assert (world.memory.energy_ws == before).all()
    world.lamps.set_faults(np.zeros(200, np.uint8))
    heard = live(world, 65)
    assert len({h.eui for h in heard}) == 200
    assert (world.lamps.emitted == 100).all()
    assert (world.memory.token == 0).all()


def test_a_dead_radio_keeps_the_light_but_hears_nothing(make_world: MakeWorld) -> None:
    world = make_world()
    live(world, 70)
    world.lamps.set_faults(np.full(200, RADIO_DEAD, np.uint8))
    live(world, 2)
    call(world, "city", set_to(10, 9))
    assert live(world, 100) == []
    world.step(NIGHT_US)
    live(world, 10)
    assert (world.lamps.emitted == 100).all()
