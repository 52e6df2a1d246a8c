"""What nights taught of the lamps, as the stores keep it: told when it changed, taken up after a start."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from stadtwerk.kernel.clock import US
from stadtwerk.kernel.observation import Observations
from stadtwerk.kernel.state import ColumnState
from stadtwerk.systems.lighting.engine.faults.fleet import Mask, Values

LEARNED = "LampLearned"
"""Type under which it is kept beside what lamps observe."""
DAY_US = 86_400 * US


def taught(known: ColumnState, now: Mapping[str, Values], heard: Mask, at_us: int) -> Observations:
    """Return what is known `now` (n,) of the lamps for which it differs from what was known before.

    A lamp is watched from the first searched night on in which it was `heard` (n,).
    """
    before = known["watched_since_d"]
    since = np.where(np.isnan(before) & heard, at_us // DAY_US, before)
    told = {**now, "watched_since_d": since}
    changed = ~np.all([np.equal(told[name], known[name]) | np.isnan(told[name]) for name in told], axis=0)
    rows = np.flatnonzero(changed).astype(np.int32)
    values = {name: column[rows] for name, column in told.items()}
    return Observations(LEARNED, rows, np.full(len(rows), at_us), values)
