"""Leaving: the whole city in open formats that foreign tools read without us, and from which it can be made again."""

from __future__ import annotations

import csv
import shutil
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from stadtwerk import __version__
from stadtwerk.app.backup import FORMAT, Manifest, copy_lake, copy_photos, hashes
from stadtwerk.app.folder import open_folder
from stadtwerk.app.home import Home
from stadtwerk.app.leave import DUMP, dump_of, foreign_lines, write_plain
from stadtwerk.app.settings import SBOM
from stadtwerk.app.systems import make_parts
from stadtwerk.context.export import entity_lines
from stadtwerk.kernel.clock import iso
from stadtwerk.kernel.command_view import command_view
from stadtwerk.kernel.system import Part
from stadtwerk.stores.copying import contents
from stadtwerk.stores.decision_reader import DecisionReader
from stadtwerk.stores.sql import Sql, Table, pages
from stadtwerk.stores.telemetry import load_state

MANIFEST = "export.json"
TOLD = ("journal", "command")
"""Tables that are told in files of their own: the commands follow from the journal."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def export_city(home: Home, folder: Path) -> dict[str, int]:
    """Write entities, state, history, journal, commands and the city's own files; return how many of each.

    Works on a running city: everything is as of one moment. `export.json` is written last and lists every hash: without
    it an export is half.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MANIFEST).unlink(missing_ok=True)
    parts = list(make_parts(open_folder(home.city)).values())
    with home.moment() as (decisions, telemetry):
        known = {**telemetry.tables(), **decisions.tables()}
        counts = {**_entities(parts, telemetry, folder), **_decided(DecisionReader(decisions), folder)}
        for part in parts:
            for name in part.system.columns:
                for kind in ("state", "history"):
                    if table := known.get(f"{kind}_{name}".lower()):
                        path = folder / f"{kind}_{name}.csv"
                        counts[path.name] = _observed(telemetry, table, path, names_of(part, name))
        rest = {name: table for name, table in known.items() if not name.startswith(("state_", "history_"))}
        for name, table in rest.items():
            if name not in TOLD:
                source = decisions if name in decisions.tables() else telemetry
                counts[f"tables/{name}.jsonl"] = _rest(source, table, folder / "tables")
        told = {**contents(telemetry), **contents(decisions)}
    counts |= write_plain(folder)
    copy_lake(home.data / "lake", folder / "lake")
    copy_photos(home.data / "photos", folder / "photos")
    shutil.copytree(home.city, folder / "city", dirs_exist_ok=True)
    if SBOM.exists():
        shutil.copy(SBOM, folder / "sbom.cdx.json")
    manifest = Manifest(FORMAT, __version__, iso(time.time_ns() // 1000), home.store or "sqlite", told, hashes(folder))
    (folder / MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(manifest)))
    return counts


def names_of(part: Part, entity_type: str) -> Sequence[str]:
    """Return the names of a type's entities by row, published or watched; nothing for one that is neither."""
    system, state = part.system, part.state
    if source := system.entities(state).get(entity_type):
        return source.ids()
    kinds = [kind.id for kind in system.alarms if kind.source_type == entity_type]
    return system.watched(state)[kinds[0]].ids if kinds else ()


def exact(at_us: int) -> str:
    """Write an instant as RFC 3339 UTC with all its microseconds."""
    return (EPOCH + timedelta(microseconds=at_us)).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _entities(parts: Iterable[Part], telemetry: Sql, folder: Path) -> dict[str, int]:
    known = telemetry.tables()
    for part in parts:
        for seen in part.system.seen(part.state):
            # A city that was kept by an older release has not observed every type yet.
            if f"state_{seen.entity_type}".lower() in known:
                load_state(telemetry, seen)
    sources = (source for part in parts for source in part.system.entities(part.state).values())
    city = (("", line) for source in sources for line in entity_lines(source))
    return _dumps(folder, chain(city, foreign_lines(telemetry)))


def _dumps(folder: Path, told: Iterable[tuple[str, bytes]]) -> dict[str, int]:
    """Write each tenant's entities, a line each, to a file of its own."""
    counts = {DUMP: 0}
    files: dict[str, BinaryIO] = {}
    with ExitStack() as open_files:
        files[""] = open_files.enter_context((folder / DUMP).open("wb"))
        for tenant, line in told:
            if tenant not in files:
                path = dump_of(folder, tenant)
                path.parent.mkdir(parents=True, exist_ok=True)
                files[tenant] = open_files.enter_context(path.open("wb"))
            files[tenant].write(line + b"\n")
            name = str(dump_of(folder, tenant).relative_to(folder))
            counts[name] = counts.get(name, 0) + 1
    return counts


def _decided(reader: DecisionReader, folder: Path) -> dict[str, int]:
    commands = (msgspec.json.encode(command_view(command)) for command in reader.all_commands())
    files = {"commands.jsonl": commands, "journal.jsonl": _journal(reader)}
    return {name: _lines(folder / name, lines) for name, lines in files.items()}


def _journal(reader: DecisionReader) -> Iterator[bytes]:
    for entry in reader.entries():
        event: dict[str, Any] = msgspec.to_builtins(entry.event())
        yield msgspec.json.encode({"seq": entry.seq, "at": iso(entry.at_us), **event, "seal": entry.seal.hex()})


def _observed(db: Sql, table: Table, path: Path, ids: Sequence[str]) -> int:
    """Write state or history of a type as a table; returns its rows."""
    n = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["id", "observed_at", *table.columns[2:]])
        for page in pages(db, table.name, table.key, columns=table.columns):
            writer.writerows([ids[ix] if ids else ix or "city", exact(at_us), *values] for ix, at_us, *values in page)
            n += len(page)
    return n


def _rest(db: Sql, table: Table, folder: Path) -> int:
    """Write any other table as it is, bytes as base64; returns its rows."""
    folder.mkdir(exist_ok=True)
    rows = (row for page in pages(db, table.name, table.key, columns=table.columns, rows=500) for row in page)
    lines = (msgspec.json.encode(dict(zip(table.columns, row, strict=True))) for row in rows)
    return _lines(folder / f"{table.name}.jsonl", lines)


def _lines(path: Path, lines: Iterator[bytes]) -> int:
    n = 0
    with path.open("wb") as file:
        for line in lines:
            file.write(line + b"\n")
            n += 1
    return n
