"""What survives a crash: one database in memory, and a writer whose commits take virtual time."""

from __future__ import annotations

import sqlite3
from concurrent.futures import Future
from typing import Any

from simulation.options import Options
from simulation.world import World
from stadtwerk.kernel.tally import Durations
from stadtwerk.stores.sql import Sql
from stadtwerk.stores.writer import Work


def _nothing() -> None:
    return


class Disk:
    """The database of a city; nothing but a commit changes it."""

    def __init__(self, world: World, options: Options) -> None:
        self.world, self.chance = world, world.chance("disk")
        self._commit_s, self._kept = options.commit_s, options.kept
        self.db = sqlite3.connect(":memory:", isolation_level=None, cached_statements=64)
        self.writers: list[VirtualWriter] = []
        self.schemas: list[str] = []
        self.commits = 0
        self.aim, self.on_aimed = "", _nothing
        """The next commit of this store is met by a kill."""

    def writer(self, name: str) -> Sql:
        """Open the database for writing."""
        return self.db

    def reader(self) -> Sql:
        """Open the database for reading: only commits are seen, since they happen in no time."""
        return self.db

    def begin(self, db: Sql) -> None:
        """Begin a transaction."""
        db.execute("BEGIN")

    def latency(self) -> float:
        """Draw how long a commit takes, seconds."""
        return self.chance.uniform(0.2, 1.8) * self._commit_s

    def crash(self) -> None:
        """Lose the process: what was being committed is kept as a whole, or lost as a whole; what waited is lost."""
        self.aim = ""
        for writer in self.writers:
            writer.lose(kept=self.chance.random() < self._kept)
        self.writers = []


class Promise(Future[Any]):
    """The answer to a write; who waits for it in the thread, as at a start, has it committed at once."""

    def __init__(self, writer: VirtualWriter) -> None:
        super().__init__()
        self._writer = writer

    def result(self, timeout: float | None = None) -> Any:
        """Return what the write returned."""
        if not self.done():
            self._writer.flush()
        return super().result(0)


class VirtualWriter:
    """Commits all that wait together, as `stores.writer.Writer` does; the world's time stands for its thread."""

    def __init__(self, disk: Disk, name: str, schema: str) -> None:
        self._disk, self._name = disk, name
        self.commit_s = Durations()
        self._queue: list[tuple[Work, Future[Any]]] = []
        self._group: list[tuple[Work, Future[Any]]] = []
        self._answers: list[Any] = []
        self._turn = 0
        self._durable = self._lost = False
        if schema not in disk.schemas:
            disk.schemas.append(schema)
            disk.db.executescript(schema)
        disk.writers.append(self)

    @property
    def waiting(self) -> int:
        """Return how many writes wait for a commit."""
        return len(self._queue)

    def write(self, work: Work, rows: int = 1) -> Future[Any]:
        """Queue a write."""
        done = Promise(self)
        self._queue.append((work, done))
        if not self._group:
            self._begin()
        return done

    def close(self) -> None:
        """Stay as it is: the disk outlives the process."""

    def _begin(self) -> None:
        self._group, self._queue, self._durable = self._queue, [], False
        self._turn += 1
        takes_s = self._disk.latency()
        self._disk.world.after(takes_s, self._commit, self._turn)
        if self._name == self._disk.aim:
            self._disk.aim = ""
            self._disk.world.after(takes_s * self._disk.chance.random(), self._disk.on_aimed)

    def _commit(self, turn: int) -> None:
        if self._lost or turn != self._turn:
            return
        self._answers = self.put(self._disk.db)
        self._durable = True
        self._disk.world.after(0.1 * self._disk.latency(), self._answer, turn)

    def flush(self) -> None:
        """Commit and answer all that waits, now."""
        while self._group:
            if not self._durable:
                self._answers = self.put(self._disk.db)
            self._answer(self._turn)

    def put(self, db: Sql) -> list[Any]:
        """Make the group durable in one transaction."""
        self._disk.begin(db)
        answers = []
        try:
            answers.extend(work(db) for work, _ in self._group)
            db.execute("COMMIT")
            self._disk.commits += 1
            newest = db.execute("SELECT seq, hex(seal) FROM journal ORDER BY seq DESC LIMIT 1").fetchone()
            self._disk.world.note("commit", self._name, len(self._group), *(newest or ()))
        except sqlite3.Error as error:
            db.execute("ROLLBACK")
            self._disk.world.broken(f"the core died of a commit: {error}")
        return answers

    def _answer(self, turn: int) -> None:
        if self._lost or turn != self._turn or self._disk.world.fault:
            return
        group, self._group = self._group, []
        self._turn += 1
        for (_, done), answer in zip(group, self._answers, strict=True):
            if not done.done():
                done.set_result(answer)
        if self._queue:
            self._begin()

    def lose(self, *, kept: bool) -> None:
        """Be killed: what is under way reached the disk in time, or not at all."""
        self._lost = True
        if self._group and not self._durable:
            self._disk.world.note("in-flight", self._name, "kept" if kept else "lost")
            if kept:
                self.put(self._disk.db)
