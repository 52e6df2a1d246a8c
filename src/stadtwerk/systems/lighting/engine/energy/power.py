"""Watts of lamps at a level, by the driver models that faults are found with, and the least watts any light costs."""

from __future__ import annotations

import numpy as np

from stadtwerk.kernel.observation import Rows, Values
from stadtwerk.systems.lighting.engine.faults.expected import (
    DRIVERS,
    LEVELS,
    MAINS_V,
    REFERENCE_C,
    STANDBY_W,
    expected_w,
)
from stadtwerk.systems.lighting.engine.faults.fleet import Fleet, Night

NAMES = tuple(driver.name for driver in DRIVERS)
LED, SODIUM = NAMES.index("led"), NAMES.index("hst")
STEP_PERCENT = 50.0
"""A sodium lamp on the second tap of its ballast gives so much light; a mercury lamp knows full light only."""
UPPER_PERCENT = 75.0
"""From this level on a sodium lamp that is asked for it gives full light."""
LEAST_PER_LIGHT = np.array([min(w / (at / 100.0) for at, w in zip(LEVELS, one.power, strict=True)) for one in DRIVERS])
"""Least power a driver takes for its light, both as shares of full, by driver: no level costs less."""


def driver_of(lamp_types: list[str]) -> Rows:
    """Return each lamp's driver model, (n,) row of `expected.DRIVERS`."""
    return np.array([NAMES.index(name) for name in lamp_types], np.int32)


def full_w(nominal_w: Values, driver: Rows, burning_h: Values) -> Values:
    """Return what each lamp takes at full light after so many hours of burning and at 230 V, (n,) W."""
    n, alone = len(nominal_w), np.zeros(len(nominal_w), np.int32)
    fleet = Fleet(nominal_w, driver, *(alone,) * 5)
    whole = np.full((n, 1), 100.0), np.full((n, 1), np.nan), np.full((n, 1), MAINS_V)
    night = Night(*whole, np.full(1, REFERENCE_C), np.nan_to_num(burning_h))
    return np.asarray(expected_w(fleet, night)[1], np.float64)


def given_percent(driver: Rows, percent: Values, *, at_least: bool = False) -> Values:
    """Return the light lamps really give when asked for a level, (n,) percent; `at_least`: no less than asked for."""
    edge = STEP_PERCENT if at_least else np.nextafter(UPPER_PERCENT, 0.0)
    stepped = np.where((driver == SODIUM) & (percent <= edge), STEP_PERCENT, 100.0)
    return np.asarray(np.where((driver == LED) | (percent <= 0.0), percent, stepped))


def drawn_w(driver: Rows, full: Values, percent: Values) -> Values:
    """Return the power of lamps at levels they really give, (n,) W; standby in the dark (Regulation (EU) 2019/2020)."""
    drawn = np.full(len(full), STANDBY_W)
    for row, model in enumerate(DRIVERS):
        lit = (driver == row) & (percent > 0.0)
        drawn[lit] = np.maximum(full[lit] * np.interp(percent[lit], LEVELS, model.power), STANDBY_W)
    return drawn
