"""Who is on the way in a street: seeded Poisson arrivals by hour, each at its own speed; the same at every start."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from stadtwerk.kernel.clock import US

SPEEDS_M_S = (13.9, 5.0, 1.4)
"""Cars, cyclists, walkers."""
SPEED_SPREAD = 0.1
"""Standard deviation of a speed, share of its mean, at most three of them; estimate."""
PER_HOUR = {
    "primary": (300.0, 20.0, 20.0),
    "secondary": (150.0, 15.0, 20.0),
    "tertiary": (60.0, 10.0, 15.0),
    "residential": (15.0, 4.0, 10.0),
    "living_street": (6.0, 3.0, 10.0),
    "pedestrian": (0.0, 6.0, 40.0),
    "footway": (0.0, 2.0, 10.0),
    "cycleway": (0.0, 15.0, 3.0),
}
"""Road users in the busiest hour by highway class; estimates."""
USUAL = (10.0, 3.0, 8.0)
OF_DAY = (12, 8, 5, 4, 6, 15, 40, 80, 90, 70, 65, 70, 75, 75, 75, 85, 95, 100, 90, 70, 50, 40, 30, 20)
"""Traffic of each hour of the local day, percent of the busiest; the shape of German urban counts, estimated."""
APPROACH_M = 60.0
"""Road users come into being so far outside an end; the detectors at the ends look so far out (radar: 50 to 80 m)."""
MIDWAY = 0.3
"""Share of walkers that step out of a house anywhere."""
HOUR_US = 3_600 * US


@dataclass(frozen=True, slots=True)
class Trips:
    """Ways through a street (k,): begin, kind, speed m/s, direction 1 or -1, begin in m from the first field."""

    begin_us: NDArray[np.int64]
    kind: NDArray[np.int64]
    speed_m_s: NDArray[np.float64]
    onward: NDArray[np.int64]
    from_m: NDArray[np.float64]

    def places_m(self, at_us: int) -> NDArray[np.float64]:
        """Return where each is at a time, (k,) m, NaN before it begins."""
        passed_s = (at_us - self.begin_us) / US
        return np.where(passed_s < 0, np.nan, self.from_m + self.onward * self.speed_m_s * passed_s)


class Traffic:
    """The traffic of one street of so many metres, hour by hour."""

    def __init__(self, seed: tuple[int, ...], highway: str, length_m: float, timezone: str) -> None:
        self._seed, self._length_m, self._zone = seed, length_m, ZoneInfo(timezone)
        self._per_hour = PER_HOUR.get(highway, USUAL)
        self._hour = -1
        self._trips: list[Trips] = []

    def trips(self, now_us: int) -> Trips:
        """Return the ways that began in this hour or the one before."""
        hour = now_us // HOUR_US
        if hour != self._hour:
            known = self._trips[-1:] if hour == self._hour + 1 else [self._drawn(hour - 1)]
            self._trips, self._hour = [*known, self._drawn(hour)], hour
            self._both = Trips(
                *(
                    np.concatenate([getattr(one, name) for one in self._trips])
                    for name in ("begin_us", "kind", "speed_m_s", "onward", "from_m")
                )
            )
        return self._both

    def _drawn(self, hour: int) -> Trips:
        """Draw an hour: the same whoever asks, whenever."""
        rng = np.random.default_rng([*self._seed, hour])
        share = OF_DAY[datetime.fromtimestamp(hour * 3_600, self._zone).hour] / 100
        counts = rng.poisson(np.array(self._per_hour) * share)
        kind = np.repeat(np.arange(len(counts)), counts)
        n = len(kind)
        speed = np.array(SPEEDS_M_S)[kind] * (1 + SPEED_SPREAD * np.clip(rng.standard_normal(n), -3, 3))
        onward = np.where(rng.random(n) < 0.5, 1, -1)
        ends = np.where(onward > 0, -APPROACH_M, self._length_m + APPROACH_M)
        midway = (kind == len(counts) - 1) & (rng.random(n) < MIDWAY)
        from_m = np.where(midway, rng.uniform(0, self._length_m, n), ends)
        begin_us = hour * HOUR_US + rng.integers(0, HOUR_US, n)
        return Trips(begin_us, kind, speed, onward, from_m)
