"""Asking history: one entity over a stretch of time, or a whole type at an instant; lake and tail as one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from stadtwerk.kernel.observation import Observations
from stadtwerk.kernel.state import ColumnState
from stadtwerk.stores.lake.duck import Duck
from stadtwerk.stores.lake.keyframes import good_hour, read_changes, read_frame
from stadtwerk.stores.lake.narrow import Narrow
from stadtwerk.stores.lake.rows import HOUR_US, gather, in_order
from stadtwerk.stores.lake.table import LakeTable, Snapshot
from stadtwerk.stores.tail import Batch

WINDOWS = 3
"""Hours of changes kept in memory: a replay reads each hour once."""


class Tail(Protocol):
    """What history needs of the tail."""

    def batches(self, entity_type: str, after: int, rows: int = 1 << 62) -> list[Batch]:
        """Return a type's batches after a number, in order of arrival."""
        ...


class LakeReader:
    """Reads the history of some types; usable from one thread at a time."""

    def __init__(self, lake: Path, types: Mapping[str, Sequence[str]], tail: Tail) -> None:
        self._types = {name: tuple(columns) for name, columns in types.items()}
        self._values = {name: LakeTable(lake / name, columns, ()) for name, columns in types.items()}
        self._frames = {
            name: LakeTable(lake / f"{name}.keyframes", columns, (), framed=True) for name, columns in types.items()
        }
        self._tail, self._duck, self._narrow = tail, Duck(), Narrow()
        self._windows: dict[tuple[str, int, int], Observations] = {}

    def first_us(self) -> int | None:
        """Return the time of the oldest observation of any type, None when there is none."""
        known: list[int] = []
        for name in self._types:
            waiting, have = self._now(name)
            known += [file.times_us[0] for file in have.files] + [int(seen.observed_at_us.min()) for seen in waiting]
        return min(known, default=None)

    def history(self, name: str, row: int, since_us: int, until_us: int) -> dict[str, np.ndarray]:
        """Return an entity's observations in [since, until): at_us (n,) int64 and its columns (n,) float64."""
        waiting, have = self._now(name)
        files = [
            file
            for file in have.files
            if file.entities[0] <= row <= file.entities[1]
            and file.times_us[0] < until_us
            and file.times_us[1] >= since_us
        ]
        span = {"after_us": since_us - 1, "until_us": until_us - 1}
        paths = self._values[name].paths(files)
        parts = [self._narrow.rows(paths, self._types[name], row=row, **span)] if files else []
        for seen in waiting:
            mine = (seen.rows == row) & (seen.observed_at_us >= since_us) & (seen.observed_at_us < until_us)
            parts += [seen.take(mine)] if mine.any() else []
        found = in_order(gather(name, self._types[name], parts))
        return {"at_us": found.observed_at_us, **found.columns}

    def fill(self, state: ColumnState, at_us: int) -> None:
        """Make a working copy what it was at an instant, as all that is known now tells."""
        name = state.entity_type
        waiting, have = self._now(name)
        table, frames = self._frames[name], self._frames[name].snapshot()
        late = min((int(seen.observed_at_us.min()) for seen in waiting), default=at_us + 1)
        hour = good_hour(have, frames, min(at_us, late - 1))
        _empty(state)
        if hour is None:
            parts = [read_changes(self._values[name], self._duck, have, -1, at_us)]
        else:
            state.apply(_known(read_frame(table, self._duck, frames, hour), state, at_us))
            parts = [self._window(name, have, start) for start in range(hour, at_us, HOUR_US)]
        state.apply(_known(gather(name, self._types[name], parts + waiting), state, at_us))

    def _window(self, name: str, have: Snapshot, start_us: int) -> Observations:
        """Read an hour of changes; the last few are kept, so that a replay reads each once."""
        key = (name, have.version, start_us)
        if key not in self._windows:
            while len(self._windows) >= WINDOWS:
                del self._windows[next(iter(self._windows))]
            end_us = start_us + HOUR_US
            self._windows[key] = read_changes(self._values[name], self._duck, have, start_us, end_us)
        return self._windows[key]

    def _now(self, name: str) -> tuple[list[Observations], Snapshot]:
        """Return what waits in the tail and what the lake has: the tail is read first, so nothing falls between."""
        waiting = self._tail.batches(name, 0)
        have = self._values[name].snapshot()
        return [seen for seq, seen in waiting if seq > have.mark], have

    def close(self) -> None:
        """Let go of memory and files."""
        self._duck.close()
        self._narrow.close()


def _empty(state: ColumnState) -> None:
    state.observed_at_us[:] = 0
    for values in state.columns.values():
        values[:] = np.nan


def _known(seen: Observations, state: ColumnState, at_us: int) -> Observations:
    """Return what was observed up to an instant of entities that a working copy has."""
    keep = (seen.observed_at_us <= at_us) & (seen.rows < len(state))
    return seen if keep.all() else seen.take(keep)
