"""The physics is monotone, honest about what a lamp can do, and of the right size."""

from __future__ import annotations

import numpy as np
import pytest

from stadtwerk.kernel.clock import US, parse_iso
from stadtwerk.twin import luminaire
from stadtwerk.twin.luminaire import HME, HST, LED

LEVELS = np.arange(0, 100.5, 0.5)


def power(lamp_type: int, full_w: float = 60.0) -> np.ndarray:
    n = len(LEVELS)
    return luminaire.power_w(LEVELS, np.full(n, lamp_type, np.uint8), np.full(n, full_w))


@pytest.mark.parametrize("lamp_type", [LED, HST, HME])
def test_more_light_never_costs_less(lamp_type: int) -> None:
    drawn = power(lamp_type)
    assert (np.diff(drawn) >= 0).all()
    assert drawn[0] == luminaire.STANDBY_W
    assert drawn[-1] == pytest.approx(60.0)


def test_a_led_saves_light_almost_in_proportion_but_pays_for_its_driver() -> None:
    drawn = power(LED)
    half = drawn[LEVELS == 50][0]
    assert 0.47 * 60 < half < 0.55 * 60
    assert drawn[LEVELS == 0.5][0] > luminaire.NO_LOAD_SHARE * 60


def test_discharge_lamps_know_only_their_steps() -> None:
    asked = np.array([0.0, 1.0, 40.0, 74.5, 75.0, 100.0])
    types = [np.full(6, kind, np.uint8) for kind in (LED, HST, HME)]
    led, hst, hme = (luminaire.achievable_percent(asked, kind) for kind in types)
    assert led.tolist() == asked.tolist()
    assert hst.tolist() == [0, 50, 50, 50, 100, 100]
    assert hme.tolist() == [0, 100, 100, 100, 100, 100]


def test_ageing_costs_power() -> None:
    hours = np.linspace(0, 19_999, 50)
    for kind in (LED, HST, HME):
        drawn = luminaire.full_power_w(
            np.full(50, 70.0), np.full(50, kind, np.uint8), burning_h=hours, voltage_v=np.full(50, 230.0)
        )
        assert (np.diff(drawn) > 0).all()
        assert (drawn > 60).all()
        assert (drawn < 75).all()


def test_only_discharge_lamps_feel_the_mains() -> None:
    kinds = np.array([LED, HST, HME], np.uint8)
    low, high = (
        luminaire.full_power_w(np.full(3, 70.0), kinds, burning_h=np.zeros(3), voltage_v=np.full(3, volts))
        for volts in (220.0, 240.0)
    )
    assert high[0] == low[0]
    assert (high[1:] > low[1:]).all()


def test_the_air_is_colder_in_january_nights_than_in_july_afternoons() -> None:
    winter = luminaire.ambient_c(parse_iso("2026-01-18T03:00:00Z"), 6.8)
    summer = luminaire.ambient_c(parse_iso("2026-07-18T15:00:00Z"), 6.8)
    assert -5 < winter < 2
    assert 18 < summer < 25
    year = [luminaire.ambient_c(parse_iso("2026-01-01T00:00:00Z") + h * 3600 * US, 6.8) for h in range(8760)]
    assert -2 <= min(year) <= max(year) <= 23


def test_a_lamp_that_draws_more_is_warmer() -> None:
    warm = luminaire.temperature_c(10.0, np.array([0.0, 20.0, 60.0, 150.0]))
    assert warm[0] == 10
    assert warm[2] == 35
    assert (np.diff(warm) > 0).all()
