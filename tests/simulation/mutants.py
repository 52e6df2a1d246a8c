"""Faults a platform like this could have, each a small patch on the one under simulation; all must be caught."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from simulation.disk import Disk, VirtualWriter
from stadtwerk.app.lane import Lane
from stadtwerk.stores.sql import Sql

if TYPE_CHECKING:
    from simulation.platform import Platform


def _as_it_is(platform: Platform) -> None:
    return


@dataclass(frozen=True)
class Mutant:
    """A way to be wrong: another writer under the stores, or parts of the platform replaced before its start."""

    name: str = ""
    make_writer: Callable[[Disk, str, str], VirtualWriter] = VirtualWriter
    patch: Callable[[Platform], None] = _as_it_is


NONE = Mutant()


class HastyWriter(VirtualWriter):
    """Acknowledges a write before it is durable."""

    def write(self, work: Any, rows: int = 1) -> Any:
        done = super().write(work, rows)
        done.set_result(None)
        return done


class TornWriter(VirtualWriter):
    """Leaves the beginning of a transaction behind when it is killed in it."""

    def lose(self, *, kept: bool) -> None:
        if self._group and not self._durable and not self._lost:
            whole = Counting(self._disk.db)
            self._disk.begin(self._disk.db)
            for work, _ in self._group:
                work(whole)
            self._disk.db.execute("ROLLBACK")
            self.put(Counting(self._disk.db, self._disk.chance.randint(1, max(1, whole.statements - 1))))
            self._group = []
        super().lose(kept=False)


class Counting:
    """A connection that runs only the first so many statements that write."""

    def __init__(self, db: Sql, most: int = 1 << 30) -> None:
        self._db, self._most, self.statements = db, most, 0

    def execute(self, sql: str, values: Sequence[Any] = (), /) -> Any:
        """Run a statement; those that only steer the transaction always."""
        if sql in ("BEGIN", "COMMIT") or self._more():
            return self._db.execute(sql, values)
        return self._db.execute("SELECT NULL")

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]], /) -> None:
        """Run a statement for some of its rows."""
        for row in rows:
            if self._more():
                self._db.execute(sql, row)

    def _more(self) -> bool:
        self.statements += 1
        return self.statements <= self._most


class LaxWriter(VirtualWriter):
    """Lets a store hold two commands of one id, so that it is not the table that notices."""

    def __init__(self, disk: Disk, name: str, schema: str) -> None:
        super().__init__(disk, name, schema.replace("id TEXT NOT NULL UNIQUE", "id TEXT NOT NULL"))


def _forget_ids(platform: Platform) -> None:
    """Decide every order as if its id had never been seen."""
    platform.lane.find = lambda command_id: None  # type: ignore[method-assign]


def _believe_any_frame(platform: Platform) -> None:
    """Take any frame of a lamp for its answer, also one that left before the command came."""
    take = platform.answers.take

    def any_frame() -> Any:
        rows, _ = take()
        return rows, platform.lighting.book.holder[rows].astype(np.uint32)

    platform.answers.take = any_frame  # type: ignore[method-assign]


def _skip_outbox(platform: Platform) -> None:
    """Leave what was open before the start to itself."""
    book = platform.lighting.book
    for command in book.open_commands():
        del book.commands[command.id]
        book.holder[book.holder == command.token] = 0


class _Open(Lane):
    """A lane that does not tell what it is committing."""

    committing = property(lambda lane: {}, lambda lane, batch: None)  # type: ignore[assignment]


def _call_early(platform: Platform) -> None:
    """Call lamps for a command that is decided but not yet committed; found in the platform by this simulation."""
    platform.lane.__class__ = _Open


MUTANTS = (
    Mutant("lost acknowledgement", make_writer=HastyWriter),
    Mutant("double apply", make_writer=LaxWriter, patch=_forget_ids),
    Mutant("reordered confirm", patch=_believe_any_frame),
    Mutant("torn commit", make_writer=TornWriter),
    Mutant("skipped outbox", patch=_skip_outbox),
    Mutant("early call", patch=_call_early),
)
