"""Where a replay may begin: what a system had decided by an entry of the journal.

A checkpoint is a help and no record: it comes from the journal alone, holds what is sealed as it is sealed, is bound to
its entry's seal and to this release, and is made anew when it is gone.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec

import stadtwerk
from stadtwerk.kernel.journal import Document, Entry
from stadtwerk.stores.sql import Sql

EVERY = 20_000
"""Events of a system from one checkpoint to the next."""
KEPT = 32
"""Checkpoints of a system; when there are more, every second one goes, so that the old ones stand further apart."""


class _Checkpoint(msgspec.Struct, frozen=True):
    """What a system's documents were after an entry."""

    release: str
    seal: bytes
    documents: tuple[Document, ...]


class Checkpoints:
    """The checkpoints of all systems in a folder, a file each."""

    def __init__(self, folder: Path, db: Sql, every: int = EVERY) -> None:
        self._folder, self._db, self.every = folder, db, every
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def newest(self, system: str, seq: int) -> int:
        """Return the entry of a system's newest checkpoint up to an entry, 0 if there is none."""
        return max((at for at in self._places(system) if at <= seq), default=0)

    def read(self, system: str, seq: int) -> tuple[int, tuple[Document, ...]]:
        """Return the newest checkpoint up to an entry that fits the journal: entry and documents; 0 and none else."""
        while at := self.newest(system, seq):
            path = self._path(system, at)
            try:
                found = msgspec.msgpack.decode(path.read_bytes(), type=_Checkpoint)
            except (OSError, msgspec.DecodeError):
                found = None
            if found and (found.release, found.seal) == (stadtwerk.__version__, self._seal(at)):
                return at, found.documents
            path.unlink(missing_ok=True)
        return 0, ()

    def put(self, system: str, entry: Entry, documents: Iterable[Document]) -> None:
        """Keep what a system's documents are after an entry."""
        body = msgspec.msgpack.encode(_Checkpoint(stadtwerk.__version__, entry.seal, tuple(documents)))
        path = self._path(system, entry.seq)
        unfinished = path.with_suffix(".new")
        unfinished.touch(mode=0o600)
        unfinished.write_bytes(body)
        unfinished.replace(path)
        places = self._places(system)
        for at in places[1:-1:2] if len(places) > KEPT else ():
            self._path(system, at).unlink(missing_ok=True)

    def _seal(self, seq: int) -> bytes | None:
        row = self._db.execute("SELECT seal FROM journal WHERE seq=?", (seq,)).fetchone()
        return bytes(row[0]) if row else None

    def _path(self, system: str, seq: int) -> Path:
        return self._folder / f"{system}-{seq}.checkpoint"

    def _places(self, system: str) -> list[int]:
        """Return the entries of a system's checkpoints, in order."""
        names = (path.stem.removeprefix(f"{system}-") for path in self._folder.glob(f"{system}-*.checkpoint"))
        return sorted(int(name) for name in names if name.isdigit())
