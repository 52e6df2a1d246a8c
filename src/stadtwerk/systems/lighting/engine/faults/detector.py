"""The detector: a night's measurements in, the causes found out; it remembers each lamp's own power between nights."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from stadtwerk.systems.lighting.engine.faults.common import Supply, cable_breaks, supply_faults, switching_errors
from stadtwerk.systems.lighting.engine.faults.drift import Drift
from stadtwerk.systems.lighting.engine.faults.expected import life_over
from stadtwerk.systems.lighting.engine.faults.fleet import Finding, Fleet, LampFault, Mask, Night, Rows, Values
from stadtwerk.systems.lighting.engine.faults.signs import GONE, Signs, read_signs

WRONG_WATTS = 0.12
"""A lamp whose first nights differ so much (log) from its inventory has another rating; tolerance is about 3 %."""
STEP = 0.1
"""A change of power (log) from one night to the next that is no ageing: part of the LEDs, or another part fitted."""

HOLD_NIGHTS = 3
"""A cause that was found holds until it was not found for so many nights in a row: some faults rest for a night."""


class Detector:
    """Finds causes night by night for one fleet of n lamps."""

    def __init__(self, fleet: Fleet) -> None:
        n = len(fleet)
        self._fleet, self._drift = fleet, Drift(n)
        self._blinked: Rows = np.zeros(n, np.int64)
        self._gone = np.zeros(n, np.bool_)
        self._ageing = np.zeros(n, np.bool_)
        self._wrong = np.zeros(n, np.bool_)

    def night(self, night: Night) -> list[Finding]:
        """Return what is wrong after a night; what was wrong before and still is, is found again."""
        fleet = self._fleet
        supply = supply_faults(fleet, np.isfinite(night.voltage_v))
        signs = read_signs(fleet, night, np.exp(self._drift.own), supply.excused)
        gone = signs.silent_run >= GONE
        cables = cable_breaks(fleet, gone, gone & ~self._gone)
        self._gone = gone
        switching = switching_errors(fleet, signs.burning)
        shared = np.zeros(len(fleet), np.bool_)
        for one in (*cables, *switching):
            shared[list(one.lamps)] = True
        return [*supply.findings, *cables, *switching, *self._lamps(night, signs, supply, shared)]

    def learned(self) -> dict[str, Values]:
        """Return what is known of each lamp beyond one night, (n,) by `vocab.lighting.LEARNED_COLUMNS`."""
        drift, signs = self._drift, (self._gone, self._ageing, self._wrong)
        told = {"own_log": drift.own, "nights": drift.nights, "risen": drift.risen, "fallen": drift.fallen}
        bits = sum(sign * (1 << place) for place, sign in enumerate(signs))
        return {
            name: np.array(values, np.float64)
            for name, values in {**told, "blinked": self._blinked, "signs": bits}.items()
        }

    def recall(self, learned: Mapping[str, Values]) -> None:
        """Take up what was known of each lamp (n,) before this start, NaN = nothing."""
        told = {name: np.nan_to_num(values) for name, values in learned.items()}
        drift, bits = self._drift, told["signs"].astype(np.int64)
        names = ("own_log", "nights", "risen", "fallen")
        for column, name in zip((drift.own, drift.nights, drift.risen, drift.fallen), names, strict=True):
            column[:] = told[name]
        self._blinked = told["blinked"].astype(np.int64)
        self._gone, self._ageing, self._wrong = (np.asarray(bits >> place & 1, np.bool_) for place in range(3))

    def mended(self, lamps: Mask) -> None:
        """Forget what was learned of lamps (n,) on which somebody worked."""
        self._drift.forget(lamps)
        self._ageing &= ~lamps
        self._wrong &= ~lamps

    def _lamps(self, night: Night, signs: Signs, supply: Supply, shared: Mask) -> Iterator[Finding]:
        """Give each lamp its one cause, the plainest first, and learn from those that have none."""
        blinks = signs.blinks + self._blinked
        self._blinked = signs.blinks
        shift = self._drift.shift(signs.ratio)
        fresh = np.isnan(shift) & signs.steady
        stepped = signs.steady & (np.abs(shift) > STEP)
        new_wrong = fresh & (np.abs(signs.ratio) > WRONG_WATTS)
        out = signs.out & ~((blinks == 1) & signs.lit)
        causes: tuple[tuple[LampFault, Mask, Values | Rows, str], ...] = (
            ("lamp-silent", signs.silent_run >= GONE, signs.silent_run, "reports missing"),
            ("driver-silent", signs.driver_silent, signs.silent_run, "reports missing"),
            ("day-burner", signs.burning, np.exp(self._drift.own), "share of expected"),
            ("leakage", signs.leak_w > 0, signs.leak_w, "W"),
            ("cycling", blinks >= 2, blinks, "times out and on"),
            ("lamp-out", out, np.zeros(len(out)), "share of expected"),
            ("stuck-dim", signs.stuck, np.exp(signs.ratio), "share of expected"),
        )
        free = ~shared
        for kind, mask, value, measure in causes:
            yield from _each(kind, mask & free, value, measure)
            free &= ~mask
        doubtful = (signs.blinks == 1) & free
        yield from _each("cycling", doubtful, blinks, "times out and on", confirmed=False)
        free &= ~doubtful & ~signs.dark
        yield from self._powers(signs, shift, stepped & free, new_wrong & free)
        clean = free & signs.steady & ~stepped & ~supply.excused.all(axis=1)
        self._drift.learn(signs.ratio, signs.reports, clean)
        self._ageing |= self._drift.ageing()
        yield from _each("ageing", self._ageing & ~shared, np.exp(np.nan_to_num(shift)), "share of own")
        yield from _each("clo-end", life_over(self._fleet, night.burning_h), night.burning_h, "h")

    def _powers(self, signs: Signs, shift: Values, stepped: Mask, wrong: Mask) -> Iterator[Finding]:
        self._wrong |= wrong
        yield from _each("wrong-watts", self._wrong, np.exp(self._drift.own + np.where(wrong, signs.ratio, 0)), "share")
        stepped = stepped & ~self._ageing
        share = np.exp(np.nan_to_num(shift))
        yield from _each("power-low", stepped & (shift < 0), share, "share of own")
        yield from _each("power-high", stepped & (shift > 0), share, "share of own")


def _each(
    kind: LampFault, mask: Mask, value: Values | Rows, measure: str, *, confirmed: bool = True
) -> Iterator[Finding]:
    for row in np.flatnonzero(mask).tolist():
        yield Finding(kind, row, (row,), confirmed, round(float(value[row]), 3), measure)
