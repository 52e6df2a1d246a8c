"""One writer thread per database: many writes, one durable commit."""

from __future__ import annotations

import logging
import os
import queue
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stadtwerk.kernel.limits import BATCH_ROWS, WRITES_WAITING
from stadtwerk.kernel.refusal import Refused

log = logging.getLogger(__name__)
Connection = sqlite3.Connection
Work = Callable[[Connection], Any]


def connect(path: Path) -> sqlite3.Connection:
    """Open a database for writing: WAL, and every commit on disk before it returns (synchronous=FULL)."""
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=256)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=FULL")
    db.execute("PRAGMA wal_autocheckpoint=4000")
    db.execute("PRAGMA cache_size=-65536")
    return db


def connect_reader(path: Path) -> sqlite3.Connection:
    """Open a database for reading only, usable from any one thread at a time."""
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None, check_same_thread=False)
    db.execute("PRAGMA query_only=1")
    return db


@dataclass(slots=True)
class _Item:
    work: Work
    rows: int
    done: Future[Any]


class Writer:
    """Takes writes from anywhere and commits all that wait in one transaction; a future resolves after the commit."""

    def __init__(self, db: sqlite3.Connection, name: str) -> None:
        self._db = db
        self._waiting: queue.Queue[_Item | None] = queue.Queue(WRITES_WAITING)
        self._thread = threading.Thread(target=self._run, name=f"writer-{name}", daemon=True)
        self._thread.start()

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
        self._db.close()

    def _run(self) -> None:
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

    def _commit(self, group: list[_Item]) -> None:
        answers: list[Any] = []
        try:
            self._db.execute("BEGIN IMMEDIATE")
            answers.extend(item.work(self._db) for item in group)
            self._db.execute("COMMIT")
        except Exception:
            # Memory has moved on but the disk has not: only a restart from the disk is honest (crash-only).
            log.critical("commit failed, stopping", exc_info=True)
            os._exit(70)
        for item, answer in zip(group, answers, strict=True):
            item.done.set_result(answer)
