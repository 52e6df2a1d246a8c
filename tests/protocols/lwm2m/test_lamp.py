"""What a lamp is told and tells: commands as resources and back, units, levels converted exactly once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stadtwerk.protocols import lampradio
from stadtwerk.protocols.lampradio import LampCommand
from stadtwerk.protocols.lwm2m import lamp
from stadtwerk.protocols.lwm2m.model import LAMP, METER, OBJECTS, Path, Value, kind_of
from stadtwerk.protocols.malformed import Malformed


def test_a_command_opens_the_window_and_clearing_closes_it() -> None:
    hold = LampCommand(lampradio.OP_SET, 7, level_percent=62.5, ramp_s=8, until_s=1_800_000_000)
    told = lamp.writes(hold, 0)
    assert told == {
        Path(3416, 0, 1): 63,
        Path(3416, 0, 50): 0,
        Path(3416, 0, 51): 1_800_000_000,
        Path(3416, 0, 52): 8.0,
    }
    assert lamp.follows(hold, told, 0)
    assert not lamp.follows(hold, {**told, Path(3416, 0, 1): 62}, 0)
    assert not lamp.follows(hold, {**told, Path(3416, 0, 51): 0}, 0)
    clear = LampCommand(lampradio.OP_CLEAR, 8)
    assert lamp.writes(clear, 0) == {Path(3416, 0, 51): 0}
    assert lamp.follows(clear, {Path(3416, 0, 51): 0}, 0)
    assert not lamp.follows(clear, told, 0)
    with pytest.raises(Malformed, match="lwm2m-command"):
        lamp.writes(LampCommand(lampradio.OP_REPORT, 0), 0)


@given(st.integers(0, 200))
def test_a_level_is_at_most_half_a_percent_off(half_percents: int) -> None:
    whole = lamp.whole_percent(half_percents / 2)
    assert abs(whole - half_percents / 2) <= 0.5
    assert 0 <= whole <= 100


def test_what_a_lamp_says_comes_back_in_the_citys_units() -> None:
    said = {
        "level_percent": 40.0,
        "power_w": 12.3,
        "energy_kwh": 1.234,
        "burning_h": 99.25,
        "temperature_c": 21.0,
        "voltage_v": 229.4,
        "flags": float(lampradio.LAMP_FAILURE | lampradio.OVERRIDE_ACTIVE),
    }
    assert lamp.columns(lamp.report(said)) == pytest.approx(said)


def test_the_two_energies_have_two_units() -> None:
    """The registry gives 3416/47 in kWh and 3418/6 in Wh."""
    assert lamp.columns({Path(LAMP, 0, lamp.ENERGY): 5.5}) == {"energy_kwh": 5.5}
    assert lamp.columns({Path(METER, 0, lamp.SUPPLY_WH): 5500.0}) == {"energy_kwh": 5.5}
    units = [(kind_of(Path(LAMP, 0, lamp.ENERGY)), "kWh"), (kind_of(Path(METER, 0, lamp.SUPPLY_WH)), "Wh")]
    assert all(kind is not None and kind.unit == unit for kind, unit in units)


@pytest.mark.parametrize(
    ("resource", "flag"),
    [(5, lampradio.LAMP_FAILURE), (7, lampradio.DRIVER_FAILURE), (9, lampradio.DRIVER_FAILURE), (54, 4)],
)
def test_failures_become_flags(resource: int, flag: int) -> None:
    assert lamp.columns({Path(LAMP, 0, resource): True}) == {"flags": flag}
    assert lamp.columns({Path(LAMP, 0, resource): False}) == {"flags": 0}


def test_who_says_little_says_only_that() -> None:
    silent: dict[Path, Value] = {Path(LAMP, 0, lamp.POWER): float("nan")}
    assert lamp.columns(silent) == {}


def test_all_resources_that_are_named_are_what_the_registry_says() -> None:
    kinds = {one.id: (one.operations, one.kind) for one in OBJECTS[LAMP].resources}
    expected = {
        lamp.COMMAND: ("RW", "Integer"),
        lamp.LEVEL: ("R", "Integer"),
        lamp.LAMP_FAILED: ("R", "Boolean"),
        lamp.HOURS: ("R", "Float"),
        lamp.HOURS_RESET: ("E", ""),
        lamp.START: ("RW", "Time"),
        lamp.END: ("RW", "Time"),
        lamp.FADE: ("RW", "Float"),
        lamp.DURATION: ("RW", "Integer"),
        lamp.ACTIVE: ("R", "Boolean"),
    }
    assert {number: kinds[number] for number in expected} == expected
