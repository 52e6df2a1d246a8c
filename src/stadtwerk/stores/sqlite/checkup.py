"""Looking at a database file from outside, without changing it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from stadtwerk.stores.sqlite.writer import connect_reader

QUICK_BYTES = 300_000_000
"""A larger file is only opened unless the whole is asked for: looking at every page would take many seconds."""


def fault(path: Path, *, whole: bool = False) -> str:
    """Return what SQLite finds wrong in a file (PRAGMA quick_check), empty if nothing."""
    look = whole or path.stat().st_size <= QUICK_BYTES
    query = "PRAGMA quick_check(1)" if look else "SELECT 'ok' FROM sqlite_master"
    try:
        db = connect_reader(path)
        try:
            said = str(db.execute(query).fetchone()[0])
        finally:
            db.close()
    except sqlite3.Error as error:
        return str(error)
    return "" if said == "ok" else said.splitlines()[-1]
