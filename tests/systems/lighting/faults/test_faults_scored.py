"""The detector is scored on made nights, and each cause it can name is shown by itself."""

from __future__ import annotations

import os
from dataclasses import replace

import numpy as np
import pytest

from stadtwerk.systems.lighting.engine.faults.detector import Detector
from stadtwerk.systems.lighting.engine.faults.fleet import Fleet, Night
from systems.lighting.faults.judge import run
from systems.lighting.faults.nights import HOURS, LIT

N, S = 120, len(HOURS)


def fleet() -> Fleet:
    """Make 120 lamps of 50 W in two cabinets of two cables, phases in turn along each, one gateway."""
    rows = np.arange(N)
    circuit = rows // 30
    return Fleet(np.full(N, 50.0), np.zeros(N, int), circuit, circuit // 2, rows % 3, rows % 30, np.zeros(N, int))


def night() -> Night:
    """Return a night in which every lamp takes what is expected, half of it dimmed."""
    asked = np.where(LIT, np.where((HOURS < 6) | (HOURS > 22), 50.0, 100.0), 0.0) * np.ones((N, 1))
    power = np.where(asked == 100, 46.0, np.where(asked == 50, 46.0 * 0.502, 0.4))
    return Night(asked, power, np.full((N, S), 230.0), np.full(S, 15.0), np.zeros(N))


def found(given: Night) -> list[tuple[str, int, int]]:
    """Return what a detector finds that sees one sound night before."""
    detector = Detector(fleet())
    assert not detector.night(night())
    return [one.key for one in detector.night(given) if one.confirmed]


@pytest.mark.judge("faults")
def test_faults_of_any_seed_are_found_by_their_cause(record_property: pytest.RecordProperty) -> None:
    """`./dev score faults --seed N`: recall, false jobs, nights to detection and alarms a supply fault."""
    told = run(8_000, 20, int(os.environ.get("STADTWERK_SEED", "1")))
    record_property("judge_total", int(sum(told.scripted.values())))
    record_property("judge_passed", int(sum(told.found.values())))
    assert told.recall >= 0.98
    assert told.false_per_10k <= 1.0
    assert max(told.alarms) <= 1


def test_a_sound_city_has_no_faults() -> None:
    """Nothing is found where all lamps do what is expected."""
    assert found(night()) == []


def test_a_cabinet_a_circuit_and_a_phase_are_each_one_cause() -> None:
    """All lamps of what feeds them fall silent together: one finding, none for its lamps."""
    for lamps, key in (
        (np.arange(60), ("cabinet-out", 0, -1)),
        (np.arange(30), ("circuit-out", 0, -1)),
        (np.arange(60)[np.arange(60) % 3 == 1], ("phase-out", 0, 1)),
        (np.arange(N), ("gateway-lost", 0, -1)),
    ):
        given = night()
        given.power_w[lamps, 3:] = given.voltage_v[lamps, 3:] = np.nan
        assert found(given) == [key]


def test_a_dark_tail_is_a_cable_broken_before_it() -> None:
    """Lamps 18 to 29 of a cable fall silent: it is broken between the 17th and the 18th."""
    given = night()
    given.power_w[48:60] = given.voltage_v[48:60] = np.nan
    detector = Detector(fleet())
    detector.night(night())
    (one,) = detector.night(given)
    assert (one.kind, one.place, one.after, one.before) == ("cable-break", 1, 47, 48)
    assert one.lamps == tuple(range(48, 60))


def test_one_broken_phase_of_a_cable_is_told_from_the_whole_cable() -> None:
    """Every third lamp of the tail is silent."""
    given = night()
    tail = np.arange(16, 30)[np.arange(16, 30) % 3 == 2]
    given.power_w[tail] = given.voltage_v[tail] = np.nan
    assert found(given) == [("cable-break", 0, 2)]


def test_each_lamp_fault_has_its_own_cause() -> None:
    """One measurement changed is one cause named, and no other."""
    lit, off = np.flatnonzero(LIT), np.flatnonzero(~LIT)
    dark, stuck, blink, leak, silent, low, burns = (night() for _ in range(7))
    dark.power_w[5, lit] = 0.4
    stuck.power_w[5, lit] = 46.0
    blink.power_w[5, lit[1::2]] = 0.4
    leak.power_w[5] += 4.0
    silent.power_w[5] = np.nan
    low.power_w[5, lit] *= 0.7
    burns.power_w[5, off] = 46.0
    for given, kind in (
        (dark, "lamp-out"),
        (stuck, "stuck-dim"),
        (blink, "cycling"),
        (leak, "leakage"),
        (silent, "driver-silent"),
        (low, "power-low"),
        (burns, "day-burner"),
    ):
        assert found(given) == [(kind, 5, -1)]


def test_lamps_that_burn_by_day_all_together_are_one_switching_error() -> None:
    """The cabinet is named, not its sixty lamps."""
    given = night()
    given.power_w[:60, ~LIT] = 46.0
    assert found(given) == [("switching-error", 0, -1)]


def test_a_dip_of_the_mains_is_nobodys_fault() -> None:
    """Arcs that a dip put out, and that burn again by the next report but one, are excused."""
    sodium = replace(fleet(), driver=np.ones(N, int))
    calm = night()
    calm = replace(calm, power_w=np.where(calm.asked_percent == 100, 50.0, np.where(calm.asked_percent > 0, 31.0, 0.4)))
    dip = replace(calm, power_w=calm.power_w.copy(), voltage_v=calm.voltage_v.copy())
    dip.voltage_v[:, 5] = 150.0
    dip.power_w[:, 5:7] = 0.4
    detector = Detector(sodium)
    detector.night(calm)
    assert detector.night(dip) == []


def test_wrong_watts_the_end_of_constant_light_and_a_mended_lamp() -> None:
    """Watts are doubted from the first night, hours tell the end of the reserve, a mended lamp is learned anew."""
    detector, given = Detector(fleet()), night()
    given.power_w[7, LIT] *= 1.5
    given.burning_h[9] = 100_000
    given.power_w[9, LIT] /= 0.92
    assert [one.key for one in detector.night(given)] == [("wrong-watts", 7, -1), ("clo-end", 9, -1)]
    detector.mended(np.arange(N) == 7)
    assert [one.key for one in detector.night(night())] == []


def test_slow_ageing_is_found_before_a_tenth_is_lost() -> None:
    """0.4 % a night is found when it has taken between 2 and 6 %."""
    detector, first = Detector(fleet()), 0
    for day in range(30):
        given = night()
        given.power_w[3, LIT] *= 1 - 0.004 * max(day - 12, 0)
        if not first and ("ageing", 3, -1) in [one.key for one in detector.night(given)]:
            first = day
    assert 5 <= first - 12 <= 15
