"""Keyframes: the whole state of a type at every full hour, so that any instant is a keyframe and a few changes.

A keyframe holds what was observed up to and at its hour. The table's mark says up to which batch the keyframes know
what arrived; a keyframe is good as long as no later batch tells of a time before it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from deltalake.transaction import AddAction

from stadtwerk.kernel.clock import US
from stadtwerk.kernel.observation import Observations
from stadtwerk.kernel.state import ColumnState
from stadtwerk.stores.lake.duck import Duck
from stadtwerk.stores.lake.files import APPENDED, CLOSED, LakeFile, Place, arrow, write
from stadtwerk.stores.lake.rows import DAY_US, HOUR_US
from stadtwerk.stores.lake.table import LakeTable, Snapshot

GRACE_US = 120 * US
"""A keyframe waits so long after its hour for what is still on its way."""
GROUP_ROWS = 65_536


class Keyframes:
    """Writes the keyframes of one type."""

    def __init__(self, table: LakeTable, duck: Duck) -> None:
        self.table, self._duck = table, duck

    @property
    def mark(self) -> int:
        """Return the number of the newest batch the keyframes know."""
        return self.table.snapshot().mark

    def bring_up(self, values: LakeTable, now_us: int) -> bool:
        """Write the keyframes that are due and, where something came late, those it changes; tell whether any was."""
        have, frames = values.snapshot(), self.table.snapshot()
        if not have.files:
            return False
        last = (now_us - GRACE_US) // HOUR_US * HOUR_US
        first = self._first_due(have, frames)
        if first > last and not (frames.files and first <= _span(frames.files)[1]):
            return False
        last = max(last, _span(frames.files)[1]) if frames.files else last
        stale = [file for file in frames.files if file.times_us[1] >= first]
        first = min([first, *(file.times_us[0] for file in stale)])
        state = self._before(first, have, frames)
        add: list[AddAction] = []
        for day in range(first // DAY_US, last // DAY_US + 1):
            hours = range(max(first, day * DAY_US), min(last, (day + 1) * DAY_US - 1) + 1, HOUR_US)
            place = Place(self.table.folder, day, have.mark, APPENDED)
            add.append(write(place, self._frames(state, values, have, hours), GROUP_ROWS))
        self.table.commit(add, stale, mark=have.mark)
        return True

    def _first_due(self, have: Snapshot, frames: Snapshot) -> int:
        """Return the first hour whose keyframe is missing or does not know what came since."""
        fresh = [file.times_us[0] for file in have.files if file.seq > frames.mark]
        touched = -(-min(fresh) // HOUR_US) * HOUR_US if fresh else None
        if not frames.files:
            return -(-min(file.times_us[0] for file in have.files) // HOUR_US) * HOUR_US
        due = _span(frames.files)[1] + HOUR_US
        return due if touched is None else min(due, touched)

    def _before(self, first: int, have: Snapshot, frames: Snapshot) -> ColumnState:
        """Return the state at the hour before, empty when there is none."""
        n = max(file.entities[1] for file in have.files) + 1
        state = ColumnState("", n, self.table.columns)
        state.apply(read_frame(self.table, self._duck, frames, first - HOUR_US))
        return state

    def _frames(
        self, state: ColumnState, values: LakeTable, have: Snapshot, hours: Sequence[int]
    ) -> Iterator[pa.Table]:
        """Move the state from hour to hour and write it down at each."""
        for hour in hours:
            state.apply(read_changes(values, self._duck, have, hour - HOUR_US, hour))
            heard = np.flatnonzero(state.observed_at_us).astype(np.int32)
            columns = {name: told[heard] for name, told in state.columns.items()}
            seen = Observations("", heard, state.observed_at_us[heard], columns)
            yield arrow(seen, self.table.shape, hour)

    def merge_days(self, before: int) -> None:
        """Put the keyframes of each day that is over into one file."""
        days: dict[int, list[LakeFile]] = {}
        for file in sorted(self.table.snapshot().files, key=lambda file: file.times_us):
            days.setdefault(file.day, []).append(file)
        for day, files in days.items():
            if day < before and len(files) > 1:
                tables = (pq.read_table(path, partitioning=None) for path in self.table.paths(files))
                place = Place(self.table.folder, day, max(file.seq for file in files), CLOSED)
                self.table.commit([write(place, tables, GROUP_ROWS)], files, changes=False)


def _span(files: Sequence[LakeFile]) -> tuple[int, int]:
    return min(file.times_us[0] for file in files), max(file.times_us[1] for file in files)


def good_hour(have: Snapshot, frames: Snapshot, at_us: int) -> int | None:
    """Return the hour of the newest keyframe up to an instant that knows all archived before it, None without one."""
    fresh = [file.times_us[0] for file in have.files if file.seq > frames.mark]
    limit = min([at_us, *(first - 1 for first in fresh)])
    hours = [min(limit, file.times_us[1]) // HOUR_US * HOUR_US for file in frames.files if file.times_us[0] <= limit]
    return max(hours, default=None)


def read_frame(table: LakeTable, duck: Duck, frames: Snapshot, hour: int) -> Observations:
    """Read the keyframe of an hour; empty when there is none."""
    files = [file for file in frames.files if file.times_us[0] <= hour <= file.times_us[1]]
    if not files:
        return _nothing(table.columns)
    return duck.rows(table.paths(files), table.columns, after_us=-1, until_us=hour, at_us=hour)


def read_changes(table: LakeTable, duck: Duck, have: Snapshot, after_us: int, until_us: int) -> Observations:
    """Read what was observed in (after, until], in order of arrival."""
    files = [file for file in have.files if file.times_us[0] <= until_us and file.times_us[1] > after_us]
    if not files:
        return _nothing(table.columns)
    return duck.rows(table.paths(files), table.columns, after_us=after_us, until_us=until_us)


def _nothing(columns: Sequence[str]) -> Observations:
    empty = {name: np.zeros(0) for name in columns}
    return Observations("", np.zeros(0, np.int32), np.zeros(0, np.int64), empty)
