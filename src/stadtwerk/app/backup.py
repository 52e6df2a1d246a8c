"""Backup while the city runs: all its data as of one moment in one file, whatever store they are in.

A backup is a plain tar of `decisions.db` and `telemetry.db` (SQLite, from either store), `lake/` (the archived
history), `photos/` of work on the spot, `city/` (the folder that describes it) and `backup.json`, which is written last
and lists every hash. The keys of persons and the folder's secrets are not in it: they are kept apart.
"""

from __future__ import annotations

import hashlib
import shutil
import tarfile
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from stadtwerk import __version__
from stadtwerk.app.home import FILES, Home
from stadtwerk.kernel.clock import iso
from stadtwerk.kernel.refusal import Refused
from stadtwerk.stores.copying import Contents, contents, copy
from stadtwerk.stores.decisions import DecisionStore
from stadtwerk.stores.sql import Sql
from stadtwerk.stores.sqlite.moment import load_file, save_file, seal_file
from stadtwerk.stores.sqlite.writer import Connection, SqliteFile, connect_reader
from stadtwerk.stores.telemetry import TelemetryStore

FORMAT = 1
MANIFEST = "backup.json"


class Manifest(msgspec.Struct, frozen=True):
    """What a backup holds: each table's rows and hash, each file's hash."""

    format: int
    release: str
    made_at: str
    store: str
    tables: dict[str, Contents]
    files: dict[str, str]


def back_up(home: Home, file: Path) -> Manifest:
    """Write a backup of a city, also while it runs; refuses to write over a file."""
    if file.exists():
        raise Refused.of("exists", "The backup is there already", 409, f"{file} exists; choose another name.")
    file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=file.parent, prefix=f".{file.name}-") as temp:
        work = Path(temp)
        _databases(home, work)
        copy_lake(home.data / "lake", work / "lake")
        copy_photos(home.data / "photos", work / "photos")
        shutil.copytree(home.city, work / "city")
        manifest = Manifest(
            FORMAT, __version__, iso(time.time_ns() // 1000), home.store or "sqlite", tables(work), hashes(work)
        )
        (work / MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(manifest)))
        part = work / "part.tar"
        with tarfile.open(part, "w") as tar:
            for name in [*manifest.files, MANIFEST]:
                tar.add(work / name, name)
        save_file(part)
        part.replace(file)
    return manifest


def tables(folder: Path) -> dict[str, Contents]:
    """Count and hash the tables of both databases in a folder."""
    found = {}
    for name in FILES:
        db = connect_reader(folder / name)
        found.update(contents(db))
        db.close()
    return found


def hashes(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of each file below a folder, by its path."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            with path.open("rb") as file:
                found[str(path.relative_to(folder))] = hashlib.file_digest(file, "sha256").hexdigest()
    return found


def _databases(home: Home, work: Path) -> None:
    """Bring both databases as of one moment into SQLite files."""
    with home.moment() as (decisions, telemetry):
        if isinstance(decisions, Connection) and isinstance(telemetry, Connection):
            for name, source in zip(FILES, (decisions, telemetry), strict=True):
                load_file(source, work / name)
        else:
            _from_tenant(decisions, work)
    for name in FILES:
        seal_file(work / name)


def _from_tenant(source: Sql, work: Path) -> None:
    """Copy a tenant's tables into SQLite files of the same form."""
    DecisionStore(SqliteFile(work / FILES[0])).close()
    TelemetryStore(SqliteFile(work / FILES[1]), observed(source)).close()
    targets = [SqliteFile(work / name).writer(name) for name in FILES]
    for target in targets:
        target.execute("BEGIN")
    copy(source, targets)
    for target in targets:
        target.execute("COMMIT")
        target.close()


def observed(source: Sql) -> dict[str, tuple[str, ...]]:
    """Return the observed types of a store and their columns, as its tables tell them."""
    states = (table for name, table in source.tables().items() if name.startswith("state_"))
    return {table.name.removeprefix("state_"): table.columns[2:] for table in states}


def copy_lake(lake: Path, target: Path) -> None:
    """Copy archived history: first what it says it holds, then the files, which stay for an hour after their end."""
    if not lake.exists():
        return
    for path in _said_first(lake):
        copied = target / path.relative_to(lake)
        copied.parent.mkdir(parents=True, exist_ok=True)
        if not copied.exists() and path.exists():
            shutil.copy2(path, copied)


def copy_photos(photos: Path, target: Path) -> None:
    """Copy photos: each is there before the journal names it, whole and never changed."""
    for path in sorted(photos.glob("*/*.jpg")):
        copied = target / path.relative_to(photos)
        copied.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, copied)


def _said_first(lake: Path) -> Iterator[Path]:
    yield from sorted(lake.glob("*.json"))
    for log in sorted(lake.glob("*/_delta_log")):
        yield from sorted(path for path in log.rglob("*") if path.is_file())
    yield from sorted(path for path in lake.rglob("*.parquet") if "_delta_log" not in path.parts)
