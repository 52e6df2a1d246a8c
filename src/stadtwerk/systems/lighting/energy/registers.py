"""What the lamps' own meters said at an instant, and the energy between two of them."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
import numpy as np

from stadtwerk.kernel.clock import US
from stadtwerk.kernel.observation import Times, Values
from stadtwerk.systems.lighting.energy.window import HOUR_US
from stadtwerk.systems.lighting.state import Lighting

LATE_PERIODS = 4 / 3
"""A lamp's last word is carried on for so many report periods: its power stayed what it was."""
NOON_S = 3 * 3_600
"""At noon lamps are dark, so that a reading may be so old there, seconds; what it lacks is standby."""
MOST_SHARE = 1.5
"""A lamp that metered more than so many times its nominal power through the whole time has a meter that jumped."""

COLUMNS = {"at_us": "<i8", "energy_kwh": "<f8", "power_w": "<f8", "burning_h": "<f8"}


@dataclass(frozen=True, slots=True)
class Registers:
    """n lamps' last words up to an instant: when (0 = never), meter kWh, power W and hours burnt (NaN = not told)."""

    at_us: Times
    energy_kwh: Values
    power_w: Values
    burning_h: Values


@dataclass(frozen=True, slots=True)
class Metered:
    """What n lamps took between two instants, (n,) kWh, and up to when that is known; 0 kWh from the begin on else."""

    kwh: Values
    known_us: Times


def registers_of(lighting: Lighting) -> Registers:
    """Return the lamps' last words as the working copy has them."""
    seen = lighting.seen
    told = {name: seen[name].copy() for name in COLUMNS if name != "at_us"}
    return Registers(seen.observed_at_us.copy(), **told)


def read_registers(body: bytes) -> Registers:
    """Read the columnar answer of `/lighting/energy/registers`."""
    head = msgspec.json.decode(body[4 : 4 + int.from_bytes(body[:4], "little")])
    found = {
        one["name"]: np.frombuffer(body, one["dtype"], one["length"], one["offset"])
        for one in head["columns"]
        if one["name"] in COLUMNS
    }
    return Registers(**found)


def metered(
    first: Registers, last: Registers, span_us: tuple[int, int], *, nominal_w: Values, period_s: float
) -> Metered:
    """Return the energy between two instants by the lamps' meters, each carried on from its last word.

    Known is a lamp that spoke within `NOON_S` before the begin and after it, whose meter neither ran back nor jumped.
    """
    carry_us = round(LATE_PERIODS * period_s * US)
    begin_us, end_us = span_us
    kwh = _carried(last, end_us, carry_us) - _carried(first, begin_us, carry_us)
    most = MOST_SHARE * nominal_w * (end_us - np.minimum(first.at_us, begin_us)) / HOUR_US / 1000.0
    fresh = (first.at_us > 0) & (begin_us - first.at_us <= NOON_S * US) & (last.at_us > begin_us)
    sound = fresh & np.isfinite(kwh) & (kwh >= 0.0) & (kwh <= most)
    known_us = np.where(sound, np.minimum(last.at_us + carry_us, end_us), begin_us)
    return Metered(np.where(sound, np.nan_to_num(kwh), 0.0), known_us)


def _carried(told: Registers, at_us: int, carry_us: int) -> Values:
    age_us = np.clip(at_us - told.at_us, 0, carry_us)
    return np.asarray(told.energy_kwh + np.nan_to_num(told.power_w) * age_us / HOUR_US / 1000.0)
