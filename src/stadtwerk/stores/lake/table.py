"""One Delta table: its files now, and the commits that change them; each commit says how far the tail is archived."""

from __future__ import annotations

import time as wall
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, Transaction
from deltalake.transaction import AddAction, RemoveAction

from stadtwerk.stores.lake.files import EPOCH, LakeFile, day_text, micros, schema

APP = "stadtwerk.tail"
"""Name under which commits carry the number of the newest batch they hold (Delta: application transaction)."""
SETTINGS = {
    "delta.checkpointInterval": "50",
    "delta.logRetentionDuration": "interval 1 days",
    "delta.enableExpiredLogCleanup": "true",
}
TICK_NS = 100_000_000
"""File times of commits closer together than this may be equal, ns."""
VACUUM_H = 1
"""Files that nothing points to any more are kept this long for those who still read them, hours of wall time."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A table at one version: its files in order of arrival, and the number up to which the tail is in them."""

    version: int
    mark: int
    files: tuple[LakeFile, ...]


EMPTY = Snapshot(-1, 0, ())


class LakeTable:
    """A table in a folder, partitioned by UTC day; one process writes, any number read."""

    def __init__(self, folder: Path, columns: Sequence[str], whole: Sequence[str], *, framed: bool = False) -> None:
        self.folder, self.columns = folder, tuple(columns)
        self.shape = schema(columns, whole, framed=framed)
        self._delta: DeltaTable | None = None
        self._snapshot = EMPTY
        self._looked_ns = 0

    def snapshot(self) -> Snapshot:
        """Return the table as it is now."""
        changed_ns = self._changed_ns()
        if changed_ns and changed_ns == self._looked_ns:
            return self._snapshot
        if self._delta is None:
            if not DeltaTable.is_deltatable(str(self.folder)):
                return EMPTY
            self._delta = DeltaTable(str(self.folder))
        else:
            self._delta.update_incremental()
        if self._delta.version() != self._snapshot.version:
            actions = pa.table(self._delta.get_add_actions(flatten=True)).to_pylist()
            files = sorted((_file(action) for action in actions), key=lambda file: (file.seq, file.path))
            mark = self._delta.transaction_version(APP) or 0
            self._snapshot = Snapshot(self._delta.version(), mark, tuple(files))
        self._looked_ns = changed_ns
        return self._snapshot

    def _changed_ns(self) -> int:
        """Return when the log last changed, 0 when there is none, or so lately that another change would not show."""
        try:
            changed_ns = (self.folder / "_delta_log").stat().st_mtime_ns
        except FileNotFoundError:
            return 0
        return changed_ns if wall.time_ns() - changed_ns > TICK_NS else 0

    def commit(
        self,
        add: Sequence[AddAction],
        drop: Sequence[LakeFile] = (),
        *,
        mark: int | None = None,
        changes: bool = True,
    ) -> None:
        """Change the table's files in one step; a mark says that the tail is archived up to there.

        `changes` is false when the same rows only stand in other files.
        """
        delta = self._open()
        now_ms = int(wall.time() * 1000)
        removed = [RemoveAction(one.path, changes, now_ms, one.size, {"day": day_text(one.day)}) for one in drop]
        for action in add:
            action.data_change = changes
        carried = CommitProperties(app_transactions=None if mark is None else [Transaction(APP, mark)])
        delta.create_write_transaction([*removed, *add], "append", delta.schema(), ["day"], commit_properties=carried)

    def vacuum(self) -> int:
        """Delete files that no version of the last hour points to, also those of commits that never came about."""
        if self.snapshot() is EMPTY or self._delta is None:
            return 0
        return len(self._delta.vacuum(VACUUM_H, dry_run=False, enforce_retention_duration=False, full=True))

    def paths(self, files: Sequence[LakeFile]) -> list[str]:
        """Return where files are."""
        return [str(self.folder / file.path) for file in files]

    def _open(self) -> DeltaTable:
        """Return the table at its newest version, made if need be."""
        if self.snapshot() is EMPTY:
            shape = self.shape.append(pa.field("day", pa.date32()))
            self.folder.mkdir(parents=True, exist_ok=True)
            self._delta = DeltaTable.create(
                str(self.folder), shape, partition_by=["day"], configuration=SETTINGS, name=self.folder.name
            )
        return self._delta or DeltaTable(str(self.folder))


def _file(action: dict[str, Any]) -> LakeFile:
    path = action["path"]
    clock = "at" if "min.at" in action else "observed_at"
    seq, _, rest = path.rpartition("/")[2].partition("-")
    return LakeFile(
        path=path,
        day=(action["partition.day"] - EPOCH).days,
        rows=action["num_records"],
        size=action["size_bytes"],
        entities=(action["min.ix"], action["max.ix"]),
        times_us=(micros(action[f"min.{clock}"]), micros(action[f"max.{clock}"])),
        seq=int(seq),
        level=rest[0],
    )
