"""Restore: a city again as it was when a backup was made, in a new data folder and, if wished, on another store."""

from __future__ import annotations

import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from stadtwerk.app.backup import FORMAT, MANIFEST, Manifest, hashes, observed, tables
from stadtwerk.app.home import FILES, Home, Record, write_record
from stadtwerk.app.systems import SYSTEMS
from stadtwerk.kernel.limits import RESTORE_GAP
from stadtwerk.kernel.refusal import Refused
from stadtwerk.stores.copying import contents, copy, differences
from stadtwerk.stores.decision_reader import DecisionReader
from stadtwerk.stores.postgres.address import Address
from stadtwerk.stores.postgres.tenant import Tenant
from stadtwerk.stores.sql import Sql
from stadtwerk.stores.sqlite.writer import connect, connect_reader

FOLDERS = ("lake", "photos", "city")
"""What else belongs to a city's data: archived history, photos, and the folder that describes it."""


def restore(file: Path, home: Home) -> Manifest:
    """Bring a backup into an empty data folder and store; refuses what is not whole or not empty, in words.

    Every file and every table is held against its hash, before and after.
    """
    with new_home(home) as work:
        manifest = _unpack(file, work)
        settle(home, work, manifest)
    return manifest


@contextmanager
def new_home(home: Home) -> Iterator[Path]:
    """Make sure that a data folder is empty, and give a folder in it to work in."""
    if any((home.data / name).exists() for name in (*FILES, *FOLDERS)):
        raise Refused.of("not-empty", "There is a city already", 409, f"{home.data} is in use; choose a new folder.")
    home.data.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home.data, prefix=".new-") as temp:
        yield Path(temp)


def settle(home: Home, work: Path, manifest: Manifest) -> None:
    """Move a city's databases, history and folder from where they were laid out to where they are to live."""
    refuse_wrong(differences(manifest.tables, tables(work)), "differs from what is said of it")
    if home.address:
        _into_tenant(home, home.address, work, manifest)
    else:
        _leave_gap(work)
        for name in FILES:
            (work / name).rename(home.data / name)
    for name in FOLDERS:
        if (work / name).exists():
            (work / name).rename(home.data / name)
    write_record(home.data, Record(0, str((home.data / "city").resolve()), home.store))


def _unpack(file: Path, work: Path) -> Manifest:
    """Unpack a backup and hold each file against its hash."""
    try:
        with tarfile.open(file, "r:*") as tar:
            tar.extractall(work, filter="data")
        manifest = msgspec.json.decode((work / MANIFEST).read_bytes(), type=Manifest)
    except (OSError, tarfile.TarError, EOFError, msgspec.DecodeError) as error:
        raise Refused.of("backup", "This is not a whole backup", 422, f"{file}: {error}") from error
    check_files(work, MANIFEST, manifest)
    return manifest


def check_files(folder: Path, name: str, manifest: Manifest) -> None:
    """Hold each file below a folder against its hash; refuses what is missing, changed or too much."""
    if manifest.format != FORMAT:
        raise Refused.of("backup", "This is of another format", 422, f"format {manifest.format}, not {FORMAT}")
    found = hashes(folder)
    found.pop(name)
    wrong = sorted({path for path in {*found, *manifest.files} if found.get(path) != manifest.files.get(path)})
    refuse_wrong(wrong, "is missing or was changed since")


def _into_tenant(home: Home, address: Address, work: Path, manifest: Manifest) -> None:
    """Copy both databases into an empty tenant in one transaction: all or nothing."""
    sources = [connect_reader(work / name) for name in FILES]
    for store in home.open({name: columns for source in sources for name, columns in observed(source).items()}):
        store.close()
    tenant = Tenant(address)
    session = tenant.writer("restore")
    try:
        refuse_full(session, home.store)
        tenant.begin(session)
        for source in sources:
            copy(source, [session])
        refuse_wrong(differences(manifest.tables, contents(session)), "came out different")
        _leave_gap_in(session)
        session.execute("COMMIT")
        session.execute("ANALYZE")
    finally:
        session.close()
        for source in sources:
            source.close()


def refuse_full(db: Sql, place: str) -> None:
    """Refuse a store in which there is anything."""
    full = [name for name in db.tables() if db.execute(f"SELECT 1 FROM {name} LIMIT 1").fetchone()]
    if full:
        detail = f"{place} holds {', '.join(sorted(full))}; choose an empty tenant (?tenant=NAME)."
        raise Refused.of("not-empty", "There is a city already", 409, detail)


def _leave_gap(work: Path) -> None:
    for name in FILES:
        db = connect(work / name)
        _leave_gap_in(db)
        db.execute("PRAGMA journal_mode=DELETE")
        db.close()


def _leave_gap_in(db: Sql) -> None:
    """Leave numbers out that may have been given since the backup: devices and history ignore what they had before."""
    there = db.tables()
    if "meta" in there:
        floor = max(DecisionReader(db).last_token(system.name) for system in SYSTEMS) + RESTORE_GAP
        keep = "ON CONFLICT (name) DO UPDATE SET value=excluded.value"
        db.execute(f"INSERT INTO meta VALUES ('token_floor', ?) {keep}", (str(floor),))
    if "tail" in there:
        seq = "SELECT max(seq) FROM (SELECT seq FROM tail UNION ALL SELECT seq FROM tail_archived) AS t"
        last = db.execute(seq).fetchone()[0] or 0
        keep = "ON CONFLICT (type) DO UPDATE SET seq=excluded.seq"
        db.execute(f"INSERT INTO tail_archived VALUES ('restored', ?) {keep}", (last + RESTORE_GAP,))


def refuse_wrong(wrong: list[str], what: str) -> None:
    """Refuse when anything is wrong, naming the first of it."""
    if wrong:
        raise Refused.of("backup", "These data are not whole", 422, f"{', '.join(wrong[:10])} {what}")
