"""Collects a night: every hour what the lamps last said, and what was asked of them when they said it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from stadtwerk.kernel.clock import US
from stadtwerk.kernel.observation import Values
from stadtwerk.systems.lighting.engine.faults.expected import DRIVERS, REFERENCE_C
from stadtwerk.systems.lighting.engine.faults.fleet import Fleet, Night
from stadtwerk.systems.lighting.plans.rollout import CONFIRMED
from stadtwerk.systems.lighting.state import OVERRIDE_ACTIVE, Lighting

EVERY_S = 3_600
SAMPLES = 24
LEAST = 16
"""A night with fewer samples tells too little: the platform was away."""
MORNING_H = 9
"""The night ends at this local hour."""
LATE_SHARE = 4 / 3
"""A report counts for a sample while it is no older than so many report periods."""
SETTLE_MIN = 5
"""What a lamp says within so many minutes of a change of its program tells nothing, minutes."""
PHASES = ("L1", "L2", "L3")


class Collector:
    """Samples of n lamps since the last morning; 14 MB for 50,000 lamps."""

    def __init__(self, lighting: Lighting) -> None:
        self._lighting = lighting
        self._zone = ZoneInfo(lighting.inventory.city["timezone"])
        self.hour = 0
        """Of which hour of Unix time the last sample is."""
        self._asked: list[Values] = []
        self._power: list[Values] = []
        self._volts: list[Values] = []

    def look(self, now_us: int) -> Night | None:
        """Take a sample when an hour of city time has begun; return the night when it is morning."""
        hour = now_us // (EVERY_S * US)
        if hour == self.hour:
            return None
        self.hour = hour
        self._sample(now_us)
        if not self._is_morning(hour):
            return None
        night = self._night() if len(self._power) >= LEAST else None
        self._asked, self._power, self._volts = [], [], []
        return night

    def kept(self) -> dict[str, npt.NDArray[Any]]:
        """Return the samples so far, each (n, hours), and the last `hour` of Unix time: for `recall` after a start."""
        series = {"asked": self._asked, "power": self._power, "volts": self._volts}
        none = np.empty((len(self._lighting.inventory), 0), np.float32)
        arrays = {name: np.stack(kept, axis=1) if kept else none for name, kept in series.items()}
        return {"hour": np.array(self.hour), **arrays}

    def recall(self, kept: Mapping[str, npt.NDArray[Any]], now_us: int) -> None:
        """Go on with samples of before, if they are of these lamps and of the night that is not over yet."""
        hour = int(kept["hour"])
        until = next(later for later in range(hour + 1, hour + 1 + 2 * SAMPLES) if self._is_morning(later))
        if len(kept["power"]) != len(self._lighting.inventory) or not hour <= now_us // (EVERY_S * US) <= until:
            return
        self.hour = hour
        self._asked, self._power, self._volts = ([*kept[name].T] for name in ("asked", "power", "volts"))

    def _is_morning(self, hour: int) -> bool:
        return datetime.fromtimestamp(hour * EVERY_S, self._zone).hour == MORNING_H

    def _sample(self, now_us: int) -> None:
        seen, city = self._lighting.seen, self._lighting.inventory.city
        back = round(LATE_SHARE * city["radio"]["report_period_s"])
        fresh = seen.observed_at_us > now_us - back * US
        for kept, values in (
            (self._asked, self._asked_percent(now_us, back)),
            (self._power, np.where(fresh, seen["power_w"], np.nan)),
            (self._volts, np.where(fresh, seen["voltage_v"], np.nan)),
        ):
            kept.append(values.astype(np.float32))
            del kept[:-SAMPLES]

    def _asked_percent(self, now_us: int, back_s: int) -> Values:
        """Return what each lamp's program asked for when it spoke, (n,) percent.

        NaN near a change, under an override, on demand, and where a lamp does not keep the program it is to follow.
        """
        plans = self._lighting.plans
        minutes = back_s // 60 + 2 * SETTLE_MIN + 1
        begin_us = now_us - (back_s // 60 + SETTLE_MIN) * 60 * US
        levels, lamps = plans.expected_over([begin_us + m * 60 * US for m in range(minutes)])
        width = 2 * SETTLE_MIN + 1
        around = np.lib.stride_tricks.sliding_window_view(levels, width, axis=1)
        steady = np.where((around == around[:, :, :1]).all(axis=2), around[:, :, 0], np.nan)
        age_us = np.clip(now_us - self._lighting.seen.observed_at_us, 0, back_s * US)
        minute = steady.shape[1] - 1 - age_us // (60 * US)
        asked = steady[lamps, np.maximum(minute, 0)]
        overridden = (self._lighting.flags() & OVERRIDE_ACTIVE) != 0
        elsewhere = overridden | (self._lighting.rollout.state != CONFIRMED) | self._lighting.on_demand()
        return np.asarray(np.where(elsewhere, np.nan, asked))

    def _night(self) -> Night:
        burning_h = np.nan_to_num(self._lighting.seen["burning_h"])
        ambient = np.full(len(self._power), REFERENCE_C)
        asked, power, volts = (np.stack(kept, axis=1) for kept in (self._asked, self._power, self._volts))
        return Night(asked, power, volts, ambient, burning_h)


def fleet_of(lighting: Lighting) -> Fleet:
    """Return the lamps as the detector sees them; along a cable they stand in the inventory's order."""
    inventory, supply = lighting.inventory, lighting.supply
    circuit = inventory.circuits.of_lamp
    names = [driver.name for driver in DRIVERS]
    phases = [row.get("phase", "") for row in inventory.circuits.extra]
    phase = np.array([PHASES.index(name) if name in PHASES else 0 for name in phases], np.int64)
    order = np.zeros(len(inventory), np.int64)
    for place in range(len(inventory.circuits.ids)):
        rows = inventory.circuits.rows(place)
        order[rows] = np.arange(len(rows))
    return Fleet(
        nominal_w=inventory.power_w,
        driver=np.array([names.index(name) for name in inventory.text["lamp_type"]], np.int64),
        circuit=circuit,
        cabinet=supply.cabinet_of_lamp,
        phase=phase[circuit],
        order=order,
        gateway=supply.gateway_of_lamp,
    )
