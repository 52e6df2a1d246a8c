"""Several SQLite files read at one and the same moment, while others write them."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from stadtwerk.stores.sqlite.writer import Connection, connect_reader


@contextmanager
def one_moment(paths: Sequence[Path]) -> Iterator[list[Connection]]:
    """Open files for reading as they were at one moment; writers wait for the milliseconds that takes."""
    with ExitStack() as stack:
        readers = [stack.enter_context(closing(connect_reader(path))) for path in paths]
        with ExitStack() as held:
            for path in paths:
                held.enter_context(closing(_hold(path)))
            for reader in readers:
                reader.execute("BEGIN")
                reader.execute("SELECT count(*) FROM sqlite_master").fetchone()
        yield readers


def load_file(source: Connection, path: Path) -> None:
    """Copy all of a database, as a connection sees it, to a new file."""
    target = sqlite3.connect(path, isolation_level=None)
    source.backup(target)
    target.close()


def seal_file(path: Path) -> None:
    """Make a database one file without a log beside it, on the disk."""
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA journal_mode=DELETE")
    db.close()
    save_file(path)


def save_file(path: Path) -> None:
    """Make sure that a file is on the disk."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _hold(path: Path) -> sqlite3.Connection:
    """Keep everybody from writing a file until the connection is closed."""
    db = sqlite3.connect(f"file:{path}?mode=rw", uri=True, isolation_level=None, timeout=10)
    db.execute("BEGIN IMMEDIATE")
    return db
