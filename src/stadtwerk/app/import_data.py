"""`stadtwerk import data`: a city made again from its export, on either store."""

from __future__ import annotations

import csv
import shutil
from base64 import b64decode
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from stadtwerk.app.backup import Manifest
from stadtwerk.app.export import EPOCH, MANIFEST, names_of
from stadtwerk.app.folder import open_folder
from stadtwerk.app.home import FILES, Home
from stadtwerk.app.rebuild import rebuild
from stadtwerk.app.restore import FOLDERS, check_files, new_home, refuse_wrong, settle
from stadtwerk.app.systems import make_parts
from stadtwerk.kernel.journal import GENESIS, Entry, Event, seal
from stadtwerk.kernel.refusal import Refused
from stadtwerk.kernel.system import Part
from stadtwerk.stores.decision_reader import command_row
from stadtwerk.stores.decisions import DecisionStore
from stadtwerk.stores.sql import Sql, Table
from stadtwerk.stores.sqlite.writer import SqliteFile
from stadtwerk.stores.telemetry import TelemetryStore

ROWS = 5_000
"""So many rows are taken over at once."""


class _Line(msgspec.Struct, frozen=True):
    """One line of the journal as it was exported."""

    seq: int
    at_us: int
    kind: str
    subject: str
    actor: str
    cause: str
    body: dict[str, Any]
    seal: str


def import_data(folder: Path, home: Home) -> Manifest:
    """Make a city anew from its export in an empty data folder and store.

    The journal's chain is verified link by link, the commands are replayed from it, and every table must come out as
    the export says; refuses a half or changed export, a broken chain and a place that is not empty, in words.
    """
    try:
        manifest = msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
    except (OSError, msgspec.DecodeError) as error:
        detail = f"{folder} has no whole {MANIFEST}: it is half an export, or none."
        raise Refused.of("export", "This is not a whole export", 422, detail) from error
    check_files(folder, MANIFEST, manifest)
    with new_home(home) as work:
        for name in FOLDERS:
            if (folder / name).exists():
                shutil.copytree(folder / name, work / name)
        try:
            _lay_out(folder, work, make_parts(open_folder(work / "city")))
        except (ValueError, KeyError) as error:
            detail = f"{type(error).__name__}: {error}"
            raise Refused.of("export", "These data cannot be read", 422, detail) from error
        settle(home, work, manifest)
    return manifest


def _lay_out(folder: Path, work: Path, parts: Mapping[str, Part]) -> None:
    """Write both databases as SQLite files."""
    types = {name: columns for part in parts.values() for name, columns in part.system.columns.items()}
    DecisionStore(SqliteFile(work / FILES[0])).close()
    TelemetryStore(SqliteFile(work / FILES[1]), types).close()
    databases = [SqliteFile(work / name).writer(name) for name in FILES]
    for db in databases:
        db.execute("BEGIN")
        for name, table in db.tables().items():
            if (path := folder / "tables" / f"{name}.jsonl").exists():
                _fill(db, table, _rows(path, db, table))
    journal = (msgspec.structs.astuple(entry) for entry in _journal(folder))
    _fill(databases[0], databases[0].tables()["journal"], journal)
    _replay(databases[0], folder, parts)
    for part in parts.values():
        for name in part.system.columns:
            rows = {entity: ix for ix, entity in enumerate(names_of(part, name))}
            for kind in ("state", "history"):
                table = databases[1].tables()[f"{kind}_{name}".lower()]
                if (path := folder / f"{kind}_{name}.csv").exists():
                    _fill(databases[1], table, _observed(path, table, rows))
    for db in databases:
        db.execute("COMMIT")
        db.execute("PRAGMA journal_mode=DELETE")
        db.close()


def _journal(folder: Path) -> Iterator[Entry]:
    """Read the journal, verifying that each entry follows from the one before."""
    before = GENESIS
    with (folder / "journal.jsonl").open("rb") as file:
        for number, text in enumerate(file, 1):
            line = msgspec.json.decode(text, type=_Line)
            event = Event(line.at_us, line.kind, line.subject, line.actor, line.cause, line.body)
            payload = event.payload()
            before = seal(before, line.seq, event, payload)
            if line.seq != number or before.hex() != line.seal:
                raise Refused.of("chain", "The journal's chain is broken", 422, f"journal.jsonl, line {number}")
            head = (line.seq, line.at_us, line.kind, line.subject, line.actor, line.cause)
            yield Entry(*head, payload, before)


def _replay(db: Sql, folder: Path, parts: Mapping[str, Part]) -> None:
    """Make the commands anew from the journal, and hold the documents against what it says."""
    first: dict[str, int] = {}

    def noted() -> Iterator[Entry]:
        for entry in _journal(folder):
            first.setdefault(entry.subject, entry.seq)
            yield entry

    commands, documents = rebuild(noted(), parts)
    for command in commands:
        command.seq = first[command.id]
    _fill(db, db.tables()["command"], (command_row(command) for command in commands))
    stored = {(one[0], one[1]): one[2] for one in db.execute("SELECT collection, id, body FROM document")}
    told = {(one.collection, one.id): one.body for one in documents}
    wrong = sorted("/".join(name) for name in {*stored, *told} if stored.get(name) != told.get(name))
    refuse_wrong(wrong, "is not what the journal says")


def _observed(path: Path, table: Table, rows: Mapping[str, int]) -> Iterator[tuple[Any, ...]]:
    """Read state or history of a type."""
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        if next(reader)[2:] != list(table.columns[2:]):
            raise Refused.of("export", "This export is of another release", 422, f"columns of {path.name}")
        for name, at, *values in reader:
            at_us = (datetime.fromisoformat(at) - EPOCH) // timedelta(microseconds=1)
            row = rows[name] if rows else 0 if name == "city" else int(name)
            yield row, at_us, *(float(value) if value else None for value in values)


def _rows(path: Path, db: Sql, table: Table) -> Iterator[tuple[Any, ...]]:
    """Read any other table."""
    facts = db.execute("SELECT name FROM pragma_table_info(?) WHERE type='BLOB'", (table.name,))
    binary = {name for (name,) in facts}
    with path.open("rb") as file:
        for text in file:
            line = msgspec.json.decode(text)
            yield tuple(
                b64decode(line[name]) if name in binary and line[name] is not None else line[name]
                for name in table.columns
            )


def _fill(db: Sql, table: Table, rows: Iterator[tuple[Any, ...]]) -> None:
    while page := list(islice(rows, ROWS)):
        db.insert(table, page)
