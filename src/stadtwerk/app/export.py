"""Leaving: the whole city in open formats that foreign tools read without us."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from stadtwerk.app.folder import open_folder
from stadtwerk.app.systems import make_parts
from stadtwerk.context.export import entity_lines
from stadtwerk.kernel.clock import iso
from stadtwerk.kernel.command_view import command_view
from stadtwerk.kernel.refusal import Refused
from stadtwerk.stores.sqlite.decision_reader import DecisionReader
from stadtwerk.stores.sqlite.telemetry import load_state
from stadtwerk.stores.sqlite.writer import Connection, connect_reader


def export_city(data: Path, folder: Path) -> dict[str, int]:
    """Write entities, history, journal, commands and the city's own files; return how many of each.

    Works on a running city: each database is read at one moment.
    """
    folder.mkdir(parents=True, exist_ok=True)
    decisions, telemetry = _open(data / "decisions.db"), _open(data / "telemetry.db")
    city = Path(msgspec.json.decode((data / "run" / "core.json").read_bytes())["city"])
    parts = make_parts(open_folder(city)).values()
    for part in parts:
        for seen in part.system.seen(part.state):
            load_state(telemetry, seen)
    reader = DecisionReader(decisions)
    counts = {
        "entities.ngsild.jsonl": _lines(
            folder / "entities.ngsild.jsonl",
            (
                line
                for part in parts
                for source in part.system.entities(part.state).values()
                for line in entity_lines(source)
            ),
        ),
        "commands.jsonl": _lines(
            folder / "commands.jsonl", (msgspec.json.encode(command_view(c)) for c in reader.all_commands())
        ),
        "journal.jsonl": _lines(folder / "journal.jsonl", _journal(reader)),
    }
    for part in parts:
        for name in part.system.columns:
            path = folder / f"history_{name}.csv"
            source = part.system.entities(part.state).get(name)
            counts[path.name] = _history(telemetry, name, path, source.ids() if source else ())
    shutil.copytree(city, folder / "city", dirs_exist_ok=True)
    decisions.close()
    telemetry.close()
    return counts


def _open(path: Path) -> Connection:
    if not path.exists():
        raise Refused.of("data", "There is nothing to export", 404, f"{path} is not there; start the city first.")
    db = connect_reader(path)
    db.execute("BEGIN")
    return db


def _lines(path: Path, lines: Iterator[bytes]) -> int:
    n = 0
    with path.open("wb") as file:
        for line in lines:
            file.write(line + b"\n")
            n += 1
    return n


def _journal(reader: DecisionReader) -> Iterator[bytes]:
    for entry in reader.entries():
        event: dict[str, Any] = msgspec.to_builtins(entry.event())
        yield msgspec.json.encode({"seq": entry.seq, "at": iso(entry.at_us), **event, "seal": entry.seal.hex()})


def _history(db: Connection, name: str, path: Path, ids: Sequence[str]) -> int:
    rows = db.execute(f"SELECT * FROM history_{name} ORDER BY ix, at_us")
    columns = [column[0] for column in rows.description]
    n = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["id", "observed_at", *columns[2:]])
        for ix, at_us, *values in rows:
            writer.writerow([ids[ix] if ids else "city", iso(at_us), *values])
            n += 1
    return n
