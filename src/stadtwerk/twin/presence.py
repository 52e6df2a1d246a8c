"""Detectors at a street's poles and what its group makes of them: who is where, as far as anybody can tell."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from stadtwerk.kernel.clock import US
from stadtwerk.twin.traffic import APPROACH_M, SPEEDS_M_S, Trips

DRIFT = 0.15
"""A road user is looked for around the place where it would be by now, so far to both sides, share of the way since."""
SAME_FIELDS = 0.5
"""What a detector sees within so many fields of where somebody of the kind is expected is that somebody."""
HOLD_FIELDS = 2.5
"""Without being seen for so many fields (one detector missed it, the next too) somebody is taken to have left."""


@dataclass(frozen=True, slots=True)
class DetectorFigures:
    """How good detectors are: share missed, false alarms a detector and minute, error of speed (share), delay s."""

    miss: float = 0.05
    false_per_minute: float = 0.01
    speed_error: float = 0.05
    delay_min_s: float = 0.2
    delay_max_s: float = 2.0


@dataclass(frozen=True, slots=True)
class Seen:
    """Somebody a radar saw: kind, direction 1 or -1, speed m/s, place m, when, and when the group knows of it."""

    kind: int
    onward: int
    speed_m_s: float
    at_m: float
    at_us: int
    known_us: int
    times: int = 1
    """By how many detectors."""

    def place_m(self, now_us: int) -> float:
        """Return where it would be by now if it went on like this."""
        return self.at_m + self.onward * self.speed_m_s * (now_us - self.at_us) / US


class Detectors:
    """One at each field's pole, which sees who comes into the field; those at the ends look out of the street."""

    def __init__(self, fields: int, spacing_m: float, figures: DetectorFigures, rng: np.random.Generator) -> None:
        self._fields, self._spacing_m, self._figures, self._rng = fields, spacing_m, figures, rng
        self._last_us = 0
        self._waiting: list[Seen] = []

    def zones(self, places_m: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return the field of each place (k,): -1 and `fields` are the approaches, -2 is elsewhere."""
        field = np.floor(np.nan_to_num(places_m, nan=-1e9) / self._spacing_m)
        length_m = self._fields * self._spacing_m
        zone = np.where(places_m < 0, -1, np.where(places_m >= length_m, self._fields, field))
        outside = np.isnan(places_m) | (places_m < -APPROACH_M) | (places_m > length_m + APPROACH_M)
        return np.where(outside, -2, zone).astype(np.int64)

    def look(self, trips: Trips, now_us: int) -> list[Seen]:
        """Look once a second; return what the group hears of by now, oldest first."""
        if self._last_us:
            before, now_m = trips.places_m(self._last_us), trips.places_m(now_us)
            zone = self.zones(now_m)
            leaves = (zone == -1) & (trips.onward < 0) | (zone == self._fields) & (trips.onward > 0)
            new = np.flatnonzero((zone != self.zones(before)) & (zone >= -1) & ~leaves)
            for one in new[self._rng.random(len(new)) >= self._figures.miss].tolist():
                speed_m_s = float(trips.speed_m_s[one]) * (1 + self._figures.speed_error * self._rng.standard_normal())
                self._note(int(trips.kind[one]), int(trips.onward[one]), (speed_m_s, float(now_m[one])), now_us)
            self._imagine(now_us, (now_us - self._last_us) / US)
        self._last_us = now_us
        known = sorted((one for one in self._waiting if one.known_us <= now_us), key=lambda one: one.known_us)
        self._waiting = [one for one in self._waiting if one.known_us > now_us]
        return known

    def _imagine(self, now_us: int, passed_s: float) -> None:
        """Raise false alarms, of any kind and direction."""
        share = self._figures.false_per_minute * min(passed_s, 60.0) / 60.0
        for field in np.flatnonzero(self._rng.random(self._fields) < share).tolist():
            kind, onward = int(self._rng.integers(len(SPEEDS_M_S))), int(self._rng.choice((-1, 1)))
            self._note(kind, onward, (SPEEDS_M_S[kind], (field + 0.5) * self._spacing_m), now_us)

    def _note(self, kind: int, onward: int, speed_and_place: tuple[float, float], now_us: int) -> None:
        delay_s = self._rng.uniform(self._figures.delay_min_s, self._figures.delay_max_s)
        self._waiting.append(Seen(kind, onward, *speed_and_place, now_us, now_us + round(delay_s * US)))


class Presence:
    """Who is in a street as far as its group can tell; it moves on between detectors and is forgotten where it ends."""

    def __init__(self, fields: int, spacing_m: float) -> None:
        self._fields, self._spacing_m = fields, spacing_m
        self._there: list[Seen] = []

    def hear(self, seen: list[Seen], now_us: int) -> list[int]:
        """Take up what detectors saw; return the kinds of those seen by a second one: false alarms do not count."""
        counted = []
        for one in seen:
            place_m = one.place_m(now_us)
            same = [
                other
                for other in self._there
                if (other.kind, other.onward) == (one.kind, one.onward)
                and abs(other.place_m(now_us) - place_m) <= SAME_FIELDS * self._spacing_m
            ]
            times = 1
            if same:
                nearest = min(same, key=lambda other: abs(other.place_m(now_us) - place_m))
                self._there.remove(nearest)
                times = nearest.times + 1
                if times == 2:
                    counted.append(one.kind)
            self._there.append(replace(one, known_us=now_us, times=times))
        self._there = [one for one in self._there if self._stays(one, now_us)]
        return counted

    def full(self, ahead: tuple[int, ...], now_us: int) -> bytes:
        """Return which fields need the full class, a byte a field: one behind each road user, `ahead` before it."""
        pattern = bytearray(self._fields)
        for one in self._there:
            place_m = one.place_m(now_us)
            about_m = DRIFT * abs(place_m - one.at_m)
            first, last = (int((place_m + by) // self._spacing_m) for by in (-about_m, about_m))
            low, high = (first - 1, last + ahead[one.kind]) if one.onward > 0 else (first - ahead[one.kind], last + 1)
            for field in range(max(low, 0), min(high, self._fields - 1) + 1):
                pattern[field] = 1
        return bytes(pattern)

    def _stays(self, one: Seen, now_us: int) -> bool:
        hold_m = HOLD_FIELDS * self._spacing_m + (APPROACH_M if not 0 <= one.at_m < self._length_m else 0.0)
        place_m = one.place_m(now_us)
        margin_m = self._spacing_m
        inside = -APPROACH_M - margin_m <= place_m <= self._length_m + margin_m
        if one.onward < 0:
            inside = -margin_m <= place_m <= self._length_m + APPROACH_M + margin_m
        return inside and abs(place_m - one.at_m) <= hold_m

    @property
    def _length_m(self) -> float:
        return self._fields * self._spacing_m
