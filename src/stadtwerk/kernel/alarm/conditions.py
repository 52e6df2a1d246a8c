"""Conditions on arrays: delays, deadband and what is explained by something else turn measurements into transitions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from stadtwerk.kernel.alarm.kind import AlarmKind
from stadtwerk.kernel.clock import US
from stadtwerk.kernel.observation import Rows, Times, Values

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Sensed:
    """How n things are now: in the condition (`on`), surely out of it (`off`), or between (neither); masks (n,)."""

    on: Mask
    off: Mask


@dataclass(frozen=True, slots=True)
class Watched:
    """The n things a kind of alarm watches: ids, names for people, and what on the map each stands for.

    `explained_by` names kinds whose alarm explains this one, with the row there of each thing (n,), -1 for none.
    `lamps` is how many lamps hang on each (n,).
    """

    ids: Sequence[str]
    names: Sequence[str]
    place: str
    lamps: NDArray[np.int64]
    explained_by: Mapping[str, Rows] = field(default_factory=dict)


def yes_or_no(on: Mask) -> Sensed:
    """Sense a condition that has no between."""
    return Sensed(on, ~on)


def outside(values: Values, *, low: float, high: float, deadband: float) -> Sensed:
    """Sense which values (n,) have left their limits; back means inside by the deadband, NaN is neither."""
    on = (values < low) | (values > high)
    off = (values >= low + deadband) & (values <= high - deadband)
    return Sensed(on, off)


class Conditions:
    """The n conditions of one kind: which are active, and since when each has been otherwise."""

    def __init__(self, kind: AlarmKind, watched: Watched) -> None:
        n = len(watched.ids)
        self.kind, self.watched = kind, watched
        self.active: Mask = np.zeros(n, np.bool_)
        self._since_us: Times = np.zeros(n, np.int64)
        self._waiting = False
        self._on_us, self._off_us = round(kind.on_delay_s * US), round(kind.off_delay_s * US)
        self.row_of = {source: row for row, source in enumerate(watched.ids)}

    def __len__(self) -> int:
        return len(self.active)

    def step(self, sensed: Sensed, blocked: Mask | None, now_us: int) -> tuple[Rows, Rows]:
        """Return the rows that become active and those that return to normal now; what is blocked is not raised."""
        starts = sensed.on & ~self.active
        if blocked is not None:
            starts &= ~blocked
        wants = starts | (sensed.off & self.active)
        if not wants.any():
            if self._waiting:
                self._since_us[:] = 0
                self._waiting = False
            return _NONE, _NONE
        self._waiting = True
        self._since_us[~wants] = 0
        rows = np.flatnonzero(wants)
        since = self._since_us[rows]
        since[since == 0] = now_us
        self._since_us[rows] = since
        was = self.active[rows]
        due = now_us - since >= np.where(was, self._off_us, self._on_us)
        changed = rows[due]
        self.active[changed] = ~self.active[changed]
        self._since_us[changed] = 0
        return rows[due & ~was].astype(np.int32), rows[due & was].astype(np.int32)


_NONE: Rows = np.zeros(0, np.int32)
