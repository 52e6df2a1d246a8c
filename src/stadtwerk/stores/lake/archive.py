"""History of one observed type: takes batches over from the tail once, keeps files few and days in order."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
from deltalake.transaction import AddAction

from stadtwerk.kernel.observation import Observations
from stadtwerk.stores.lake.duck import Duck
from stadtwerk.stores.lake.files import APPENDED, CLOSED, MERGED, LakeFile, Place, arrow, write
from stadtwerk.stores.lake.keyframes import Keyframes
from stadtwerk.stores.lake.rows import DAY_US, HOUR_US, by_day, gather, in_order
from stadtwerk.stores.lake.table import LakeTable
from stadtwerk.stores.tail import Batch

MERGE_FROM = 4
"""So many files of an open day are merged into one at the hour."""
CLOSE_AFTER_US = HOUR_US
"""A day is put in order so long after its end: what comes later costs a second pass."""
CLOSED_SPAN_US = 6 * HOUR_US
"""A closed day stands in files of six hours: an entity's day is in four places, the city's instant in a quarter."""
CHUNK_CELLS = 6_000_000
"""Most values in memory while files are merged (48 MB, a few times over)."""


class LostRowsError(Exception):
    """Not all rows of files to be replaced were read: the files stay as they are."""


class Archive:
    """Writes the two tables of one type, values and keyframes; only one process may."""

    def __init__(self, lake: Path, entity_type: str, columns: Sequence[str], whole: Sequence[str], duck: Duck) -> None:
        self.entity_type, self.columns = entity_type, tuple(columns)
        self.table = LakeTable(lake / entity_type, columns, whole)
        self._keyframes = Keyframes(LakeTable(lake / f"{entity_type}.keyframes", columns, whole, framed=True), duck)
        self._duck = duck

    @property
    def mark(self) -> int:
        """Return the number of the newest batch that is archived."""
        return self.table.snapshot().mark

    def take(self, batches: Sequence[Batch]) -> None:
        """Archive batches; those that are archived already are left out, so that each counts once."""
        fresh = [(seq, seen) for seq, seen in batches if seq > self.mark]
        if not fresh:
            return
        seq = fresh[-1][0]
        rows = gather(self.entity_type, self.columns, [seen for _, seen in fresh])
        add = [
            write(Place(self.table.folder, day, seq, APPENDED), [arrow(in_order(part), self.table.shape)])
            for day, part in by_day(rows)
        ]
        self.table.commit(add, mark=seq)

    def tidy(self, now_us: int) -> bool:
        """Bring keyframes up to the hour, then merge what is loose; tell whether there was anything to do."""
        if not self._keyframes.bring_up(self.table, now_us):
            return False
        through = self._keyframes.mark
        for day, files in self._days().items():
            loose = [file for file in files if file.level == APPENDED and file.seq <= through]
            if len(loose) >= MERGE_FROM:
                self._merge(day, loose, MERGED)
        return True

    def close_days(self, now_us: int, keep_days: int) -> None:
        """Put days that are over in order, and let go of those kept long enough."""
        today = now_us // DAY_US
        through = self._keyframes.mark
        for day, files in self._days().items():
            is_over = (day + 1) * DAY_US + CLOSE_AFTER_US <= now_us
            is_loose = any(file.level != CLOSED for file in files)
            if is_over and is_loose and all(file.seq <= through for file in files):
                self._merge(day, files, CLOSED)
        self._keyframes.merge_days(before=today)
        for table in (self.table, self._keyframes.table):
            old = [file for file in table.snapshot().files if file.day < today - keep_days]
            if old:
                table.commit([], old)
            table.vacuum()

    def _days(self) -> dict[int, list[LakeFile]]:
        days: dict[int, list[LakeFile]] = {}
        for file in self.table.snapshot().files:
            days.setdefault(file.day, []).append(file)
        return days

    def _merge(self, day: int, files: Sequence[LakeFile], level: str) -> None:
        """Write the rows of files anew in order, so many entities at a time, and put them in place of the old."""
        low, high = min(file.entities[0] for file in files), max(file.entities[1] for file in files)
        place = Place(self.table.folder, day, max(file.seq for file in files), level)
        span_us = CLOSED_SPAN_US if level == CLOSED else DAY_US
        cells = sum(file.rows for file in files) * (len(self.columns) + 2) * span_us // DAY_US
        chunks = cells // CHUNK_CELLS + 1
        edges = np.unique(np.linspace(low, high + 1, chunks + 1).astype(np.int64)).tolist()
        add: list[AddAction] = []
        read = 0
        for start_us in range(day * DAY_US, (day + 1) * DAY_US, span_us):
            for first, end in pairwise(edges):
                rows = self._read(files, (start_us, start_us + span_us), (first, end - 1))
                read += len(rows)
                if len(rows):
                    add.append(write(place, [arrow(in_order(rows), self.table.shape)]))
        if read != sum(file.rows for file in files):
            raise LostRowsError(f"{self.entity_type}, day {day}: {read} rows read of {files}")
        self.table.commit(add, files, changes=False)

    def _read(self, files: Sequence[LakeFile], span: tuple[int, int], entities: tuple[int, int]) -> Observations:
        """Read rows of files within a span of time [from, until)."""
        within = [file for file in files if file.times_us[0] < span[1] and file.times_us[1] >= span[0]]
        if not within:
            return Observations("", np.zeros(0, np.int32), np.zeros(0, np.int64), {})
        between = {"after_us": span[0] - 1, "until_us": span[1] - 1}
        return self._duck.rows(self.table.paths(within), self.columns, entities=entities, **between)
