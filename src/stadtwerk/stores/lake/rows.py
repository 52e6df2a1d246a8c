"""Rows of history in order: by entity, then time, one row for each of those; later arrivals complete earlier ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from stadtwerk.kernel.clock import US
from stadtwerk.kernel.observation import Observations

DAY_US = 86_400 * US
"""A day, microseconds."""
HOUR_US = 3_600 * US
"""An hour, microseconds."""
_KEY_BITS = 37
"""Bits for the time within a sort key: 2**37 us are 38 hours."""


def gather(entity_type: str, columns: Sequence[str], parts: Sequence[Observations]) -> Observations:
    """Put batches one after the other, each with all columns (NaN = not told)."""
    rows = np.concatenate([np.zeros(0, np.int32), *(part.rows for part in parts)])
    times = np.concatenate([np.zeros(0, np.int64), *(part.observed_at_us for part in parts)])
    values = {
        name: np.concatenate([np.zeros(0), *(part.columns.get(name, np.full(len(part), np.nan)) for part in parts)])
        for name in columns
    }
    return Observations(entity_type, rows, times, values)


def in_order(seen: Observations) -> Observations:
    """Sort by entity and time; of rows with the same entity and time, given in order of arrival, make one."""
    if not len(seen):
        return seen
    order = _order(seen)
    seen = seen if order is None else seen.take(order)
    same = (seen.rows[1:] == seen.rows[:-1]) & (seen.observed_at_us[1:] == seen.observed_at_us[:-1])
    if not same.any():
        return seen
    for later in (np.flatnonzero(same) + 1).tolist():
        for values in seen.columns.values():
            if np.isnan(values[later]):
                values[later] = values[later - 1]
    return seen.take(np.append(~same, True))


def _order(seen: Observations) -> NDArray[np.int64] | None:
    """Return the stable order by entity and time, None when the rows stand in it already."""
    first_us = int(seen.observed_at_us.min())
    if int(seen.observed_at_us.max()) - first_us < 1 << _KEY_BITS:
        key = (seen.rows.astype(np.int64) << _KEY_BITS) | (seen.observed_at_us - first_us)
        return None if (key[1:] > key[:-1]).all() else np.argsort(key, kind="stable")
    return np.lexsort((seen.observed_at_us, seen.rows))


def by_day(seen: Observations) -> Iterator[tuple[int, Observations]]:
    """Split by UTC day: days since 1970 and the rows of each."""
    days = seen.observed_at_us // DAY_US
    for day in np.unique(days).tolist():
        yield day, seen.take(days == day)
