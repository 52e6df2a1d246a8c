"""What light on demand took, hour by hour, beside what always on, half-night and the least power would have taken.

Measured is the energy of the street's own meters. The rest is worked out for the hours in which its programs asked for
light: levels as power by the driver's curve, which is convex, so that no lamps of that mean level take less (Jensen).
"""

from __future__ import annotations

from base64 import b64decode
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from stadtwerk.kernel.clock import US, iso
from stadtwerk.kernel.observation import Values
from stadtwerk.systems.lighting.engine.faults.expected import DRIVERS, LED, LEVELS
from stadtwerk.systems.lighting.policy.things import KINDS, LEVEL_FULL, Plan, Policy
from stadtwerk.systems.lighting.ports import Archive
from stadtwerk.systems.lighting.state import Lighting

HOUR_US = 3_600 * US
DARK_HOURS = frozenset((23, 0, 1, 2, 3, 4))
"""Half-night halves the light in these hours of the clock, as usual in Germany (23 to 5)."""
_LED = DRIVERS[LED]
_SLOPE = (_LED.power[1] - _LED.power[0]) / (LEVELS[1] - LEVELS[0])
LEVEL_AXIS = (0.0, *map(float, LEVELS))
SHARE_AXIS = (_LED.power[0] - LEVELS[0] * _SLOPE, *_LED.power)
"""Power by light of the LED driver model, straight on below its first point."""


@dataclass(frozen=True, slots=True)
class Hours:
    """What a street's group told, by hour that ends within the span, (h,); NaN where nothing was told."""

    begin_us: NDArray[np.int64]
    kwh: Values
    lit_s: Values
    users: Values
    """(kinds, h), noised."""
    unknown_s: Values


def told_hours(told: dict[str, Values], since_us: int, until_us: int) -> Hours:
    """Gather a group's reports (columns (k,) with `at_us`, each about the time since the one before) by hour.

    Energy is a counter: the first report only says where it stood; one that runs back says nothing.
    """
    first, last = since_us // HOUR_US, max((until_us - 1) // HOUR_US, since_us // HOUR_US)
    n = int(last - first) + 1
    at_us = np.asarray(told["at_us"], np.int64)
    hour = (at_us - 1) // HOUR_US - first
    inside = (hour >= 0) & (hour < n)

    def gathered(values: Values) -> Values:
        good = inside & ~np.isnan(values)
        found = np.full(n, np.nan)
        found[np.unique(hour[good])] = 0.0
        np.add.at(found, hour[good], values[good])
        return found

    used = np.diff(told["energy_kwh"], prepend=np.nan)
    used = np.where(used < 0.0, np.nan, used)
    return Hours(
        begin_us=(first + np.arange(n)) * HOUR_US,
        kwh=gathered(used),
        lit_s=gathered(told["lit_s"]),
        users=np.stack([gathered(told[kind]) for kind in KINDS]),
        unknown_s=gathered(told["unknown_s"]),
    )


def least_level(plan: Plan, per_hour: Values) -> Values:
    """Return the least mean level, (h,) share of full light, for road users an hour (kinds, h).

    What each kind alone leaves of the way between empty and full street is multiplied: they come independently.
    """
    low, high = plan.bounds
    left = np.ones(per_hour.shape[1])
    if high > low:
        for rates, curve in zip(per_hour, plan.curves, strict=True):
            left *= np.clip((high - np.interp(rates, plan.rates, curve)) / (high - low), 0.0, 1.0)
    return np.asarray(high - (high - low) * left)


def power_share(level: Values | float) -> Values:
    """Return the power at a level, both as shares of full, of a LED lamp that is on."""
    return np.asarray(np.interp(np.asarray(level) * 100.0, LEVEL_AXIS, SHARE_AXIS))


def table_levels(plan: Plan) -> Values:
    """Return the levels of a plan's patterns, (patterns, lamps) shares of full light."""
    levels = np.frombuffer(b64decode(plan.levels), "<u2") / LEVEL_FULL
    return np.asarray(levels.reshape(len(plan.patterns), plan.fields * plan.rows))


def street_hours(lighting: Lighting, archive: Archive, policy: Policy, since_us: int, now_us: int) -> dict[str, Any]:
    """Show a street's hours in columns; None where its group told nothing or no plan was in force."""
    place = lighting.inventory.streets.index[policy.id]
    begin_us = since_us - since_us % HOUR_US
    told = archive.history("StreetLighting", place, begin_us - HOUR_US, now_us + 1)
    hours = told_hours(told, begin_us, now_us)
    rows = lighting.inventory.streets.rows(place)
    burnt_h = np.nan_to_num(lighting.seen["burning_h"][rows])
    aged = _LED.new_share + (_LED.old_share - _LED.new_share) * np.minimum(burnt_h / _LED.life_h, 1.0)
    full_w = float((lighting.inventory.power_w[rows] * aged).sum())
    zone = ZoneInfo(lighting.inventory.city["timezone"])
    half = np.array([datetime.fromtimestamp(at / US, zone).hour in DARK_HOURS for at in hours.begin_us.tolist()])
    lit_h = hours.lit_s / 3_600.0
    shown: dict[str, Any] = {"at": [iso(at) for at in hours.begin_us.tolist()], "kwh": _numbers(hours.kwh)}
    if policy.plan is not None:
        per_hour = np.maximum(hours.users, 0.0) / np.maximum(lit_h, 1.0 / 60.0)
        always = table_levels(policy.plan)[policy.plan.patterns.index("1" * policy.plan.fields)]
        always_kwh = full_w / 1000.0 * float(power_share(always).mean()) * lit_h
        halved = float(power_share(always / 2.0).mean()) / float(power_share(always).mean())
        least = full_w / 1000.0 * power_share(least_level(policy.plan, per_hour)) * lit_h
        shown["kwh_bound"] = _numbers(least)
        shown["kwh_always_on"] = _numbers(always_kwh)
        shown["kwh_half_night"] = _numbers(np.where(half, halved, 1.0) * always_kwh)
    for kind, counts in zip(KINDS, hours.users, strict=True):
        shown[kind] = [None if np.isnan(count) else max(round(float(count)), 0) for count in counts]
    shown["lit_minutes"] = _numbers(hours.lit_s / 60.0, 1)
    shown["unknown_minutes"] = _numbers(hours.unknown_s / 60.0, 1)
    shown["minutes_below"] = [
        None if np.isnan(lit_s) else round(min(_overlap_s(policy, int(at), now_us), float(lit_s)) / 60.0, 1)
        for at, lit_s in zip(hours.begin_us, hours.lit_s, strict=True)
    ]
    return shown


def _overlap_s(policy: Policy, begin_us: int, now_us: int) -> float:
    """Return for how long, s, a street was below its classes within an hour."""
    end_us = min(begin_us + HOUR_US, now_us)
    spans = [(since_us, until_us or now_us) for since_us, until_us in policy.below]
    return sum(max(min(until_us, end_us) - max(since_us, begin_us), 0) for since_us, until_us in spans) / US


def _numbers(values: Values, digits: int = 4) -> list[float | None]:
    return [None if np.isnan(value) else round(float(value), digits) for value in values]
