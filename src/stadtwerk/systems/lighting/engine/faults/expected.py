"""The power a healthy lamp would take: f(light asked for, mains voltage, hours burnt, air, driver model)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from stadtwerk.systems.lighting.engine.faults.fleet import Fleet, Night, Values

MAINS_V = 230.0
REFERENCE_C = 15.0
STANDBY_W = 0.5
"""Highest standby power, Regulation (EU) 2019/2020, Annex II."""
LEVELS = (10, 25, 50, 75, 100)
"""Light, percent, at which a driver's curve is given (DALI part 252 reports power at such points)."""


class Driver(NamedTuple):
    """A driver model: power at LEVELS as share of nominal, its exponent of U/230 V, share per kelvin, ageing.

    With constant light output (CLO) power rises from `new_share` at 0 h to 1 at `life_h`; without, a discharge lamp's
    power rises from 1 to `old_share` until it is changed at `life_h`. Figures are estimates; what a whole model
    takes more or less in the field is taken out by its own median.
    """

    name: str
    power: tuple[float, ...]
    volts: float
    per_kelvin: float
    life_h: float
    new_share: float
    old_share: float
    dims: bool
    clo: bool


DRIVERS = (
    Driver("led", (0.145, 0.276, 0.502, 0.742, 1.0), 0.0, -0.0005, 100_000.0, 0.92, 1.0, dims=True, clo=True),
    Driver("hst", (0.62, 0.62, 0.62, 1.0, 1.0), 2.0, 0.0, 20_000.0, 1.0, 1.05, dims=True, clo=False),
    Driver("hme", (1.0, 1.0, 1.0, 1.0, 1.0), 2.0, 0.0, 20_000.0, 1.0, 1.05, dims=False, clo=False),
)
LED = 0
"""Row of the model without an arc that a dip of the mains could put out."""


def expected_w(fleet: Fleet, night: Night) -> tuple[Values, Values]:
    """Return the expected power while lit, (n, s) W, and that at full light and 230 V, (n,) W."""
    lit = np.empty(night.power_w.shape, np.float32)
    full = np.empty(len(fleet), np.float32)
    for row, driver in enumerate(DRIVERS):
        mine = np.flatnonzero(fleet.driver == row)
        if not len(mine):
            continue
        grown = np.minimum(night.burning_h[mine] / driver.life_h, 1.0)
        aged = driver.new_share + (driver.old_share - driver.new_share) * grown
        warmed = 1.0 + driver.per_kelvin * (night.ambient_c - REFERENCE_C)
        full[mine] = fleet.nominal_w[mine] * aged
        share = np.interp(night.asked_percent[mine], LEVELS, driver.power)
        lit[mine] = full[mine, None] * share * warmed
        if driver.volts:
            lit[mine] *= (night.voltage_v[mine] / MAINS_V) ** driver.volts
    return lit, full


def life_over(fleet: Fleet, burning_h: Values) -> np.ndarray:
    """Tell which lamps (n,) have used up the reserve that keeps their light constant (CLO end)."""
    clo = np.array([driver.clo for driver in DRIVERS])
    life_h = np.array([driver.life_h for driver in DRIVERS])
    return np.asarray(clo[fleet.driver] & (burning_h >= life_h[fleet.driver]))
