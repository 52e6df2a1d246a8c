"""One writer thread per store: many writes, one durable commit."""

from __future__ import annotations

import logging
import os
import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Protocol

from stadtwerk.kernel.limits import BATCH_ROWS, WRITES_WAITING
from stadtwerk.kernel.refusal import Refused
from stadtwerk.kernel.tally import Durations
from stadtwerk.stores.sql import Database, Sql

log = logging.getLogger(__name__)
Work = Callable[[Sql], Any]


@dataclass(slots=True)
class _Item:
    work: Work
    rows: int
    done: Future[Any]


class Commits(Protocol):
    """What a store needs of whatever commits its writes."""

    commit_s: Durations

    @property
    def waiting(self) -> int:
        """Return how many writes wait for a commit."""
        ...

    def write(self, work: Work, rows: int = 1) -> Future[Any]:
        """Queue a write of so many rows; the future resolves with what it returned, after the commit."""
        ...

    def close(self) -> None:
        """Commit what waits and end."""
        ...


MakeWriter = Callable[[Database, str, str], Commits]
"""Begins to commit to a database: its name for people, and the schema to make first."""


class Writer:
    """Takes writes from anywhere and commits all that wait in one transaction; a future resolves after the commit.

    The schema is made first; what the database refuses then, the constructor raises.
    """

    def __init__(self, database: Database, name: str, schema: str) -> None:
        self._database = database
        self._waiting: queue.Queue[_Item | None] = queue.Queue(WRITES_WAITING)
        self.commit_s = Durations()
        """Wall seconds of each group commit."""
        opened: Future[None] = Future()
        self._thread = threading.Thread(
            target=self._run, args=(name, schema, opened), name=f"writer-{name}", daemon=True
        )
        self._thread.start()
        opened.result()

    @property
    def waiting(self) -> int:
        """Return how many writes wait for a commit."""
        return self._waiting.qsize()

    def write(self, work: Work, rows: int = 1) -> Future[Any]:
        """Queue a write of so many rows; refuses with 503 when too many wait."""
        done: Future[Any] = Future()
        try:
            self._waiting.put_nowait(_Item(work, rows, done))
        except queue.Full:
            raise Refused.of("busy", "The city is busy", 503, "Too many writes wait; try again.") from None
        return done

    def close(self) -> None:
        """Commit what waits and end the thread."""
        self._waiting.put(None)
        self._thread.join()

    def _run(self, name: str, schema: str, opened: Future[None]) -> None:
        try:
            self._db = self._database.writer(name)
            self._db.executescript(schema)
        except BaseException as error:  # noqa: BLE001 - raised in the thread that waits for it
            opened.set_exception(error)
            return
        opened.set_result(None)
        while (item := self._waiting.get()) is not None:
            group, rows = [item], item.rows
            while rows < BATCH_ROWS:
                try:
                    further = self._waiting.get_nowait()
                except queue.Empty:
                    break
                if further is None:
                    self._waiting.put(None)
                    break
                group.append(further)
                rows += further.rows
            self._commit(group)
        self._db.close()

    def _commit(self, group: list[_Item]) -> None:
        answers: list[Any] = []
        began = time.perf_counter()
        try:
            self._database.begin(self._db)
            answers.extend(item.work(self._db) for item in group)
            self._db.execute("COMMIT")
        except Exception:
            # Memory has moved on but the disk has not: only a restart from the disk is honest (crash-only).
            log.critical("commit failed, stopping", exc_info=True)
            os._exit(70)
        self.commit_s.note(time.perf_counter() - began)
        for item, answer in zip(group, answers, strict=True):
            item.done.set_result(answer)
