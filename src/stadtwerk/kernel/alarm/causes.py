"""One alarm per cause: the kinds of all systems together, stepped from cause to consequence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from stadtwerk.kernel.alarm.conditions import Conditions, Mask, Sensed
from stadtwerk.kernel.alarm.kind import alarm_id
from stadtwerk.kernel.observation import Rows


@dataclass(frozen=True, slots=True)
class Change:
    """What came of one look: names of alarms raised and returned, and of standing ones now explained, with by whom."""

    raised: Sequence[str] = ()
    returned: Sequence[str] = ()
    explained: Mapping[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.raised or self.returned or self.explained)


class Causes:
    """The conditions of all kinds; an alarm is not raised while another one explains it."""

    def __init__(self, conditions: Mapping[str, Conditions]) -> None:
        self._conditions = conditions
        self._order = _causes_first(conditions)

    def look(self, sensed: Mapping[str, Sensed], now_us: int) -> Change:
        """Take what was sensed of each kind now, and say what changed."""
        down: dict[str, Mask] = {}
        raised: list[tuple[str, Rows]] = []
        returned: list[str] = []
        for kind in self._order:
            if kind not in sensed:
                continue
            conditions = self._conditions[kind]
            blocked = self._blocked(kind, down)
            up, back = conditions.step(sensed[kind], blocked, now_us)
            down[kind] = sensed[kind].on | conditions.active
            if blocked is not None:
                down[kind] |= blocked
            if len(up):
                raised.append((kind, up))
            returned += self._names(kind, back)
        names = [name for kind, rows in raised for name in self._names(kind, rows)]
        return Change(names, returned, self._merged(raised))

    def _names(self, kind: str, rows: Rows) -> list[str]:
        ids = self._conditions[kind].watched.ids
        return [alarm_id(kind, ids[row]) for row in rows.tolist()]

    def _blocked(self, kind: str, down: Mapping[str, Mask]) -> Mask | None:
        """Mark the rows (n,) that something down explains; None when nothing does."""
        blocked: Mask | None = None
        for cause, rows in self._conditions[kind].watched.explained_by.items():
            if cause in down and down[cause].any():
                hit = down[cause][rows] & (rows >= 0)
                blocked = hit if blocked is None else blocked | hit
        return blocked

    def _merged(self, raised: Sequence[tuple[str, Rows]]) -> dict[str, str]:
        """Find the standing alarms that those raised now explain."""
        found: dict[str, str] = {}
        for cause, rows in raised:
            names = self._names(cause, rows)
            self._explain(cause, dict(zip(rows.tolist(), names, strict=True)), found)
        return found

    def _explain(self, cause: str, by: Mapping[int, str], found: dict[str, str]) -> None:
        """Go down from rows of a cause to all that hangs on them."""
        for kind in self._order:
            parent = self._conditions[kind].watched.explained_by.get(cause)
            if parent is None:
                continue
            hit = np.flatnonzero(np.isin(parent, list(by)))
            below = {row: by[int(parent[row])] for row in hit.tolist()}
            active = self._conditions[kind].active
            ids = self._conditions[kind].watched.ids
            for row, name in below.items():
                if active[row]:
                    found.setdefault(alarm_id(kind, ids[row]), name)
            if below:
                self._explain(kind, below, found)


def _causes_first(conditions: Mapping[str, Conditions]) -> list[str]:
    """Order the kinds so that what explains comes before what it explains; refuses a circle."""
    order: list[str] = []
    left = dict(conditions)
    while left:
        free = [kind for kind, one in left.items() if not any(cause in left for cause in one.watched.explained_by)]
        if not free:
            raise ValueError(f"alarms explain each other in a circle: {', '.join(sorted(left))}")
        for kind in free:
            order.append(kind)
            del left[kind]
    return order
