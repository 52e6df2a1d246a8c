"""Taking everything from one store to another, and proving that it is the same."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import msgspec

from stadtwerk.kernel.refusal import Refused
from stadtwerk.stores.sql import Sql, pages


class Contents(msgspec.Struct, frozen=True):
    """What is in a table: how many rows, and the SHA-256 of all in the order of their key, the same on every store."""

    rows: int
    sha256: str


def contents(db: Sql) -> dict[str, Contents]:
    """Count and hash each table of a store."""
    found = {}
    for name, table in sorted(db.tables().items()):
        digest, rows = hashlib.sha256(), 0
        for page in pages(db, name, table.key, columns=sorted(table.columns)):
            digest.update(b"".join(msgspec.json.encode(row) + b"\n" for row in page))
            rows += len(page)
        found[name] = Contents(rows, digest.hexdigest())
    return found


def copy(source: Sql, targets: Sequence[Sql]) -> None:
    """Copy all tables of a store into empty ones of the target that has them; refuses what none of them knows."""
    there = [target.tables() for target in targets]
    for name, table in source.tables().items():
        known = (n for n, own in enumerate(there) if name in own and set(table.columns) <= set(own[name].columns))
        place = next(known, None)
        if place is None:
            detail = f"table {name}: {', '.join(table.columns)}"
            raise Refused.of("unknown-table", "This release does not know these data", 409, detail)
        for page in pages(source, name, table.key, columns=table.columns):
            targets[place].insert(table, page)


def differences(wanted: Mapping[str, Contents], found: Mapping[str, Contents]) -> list[str]:
    """Name the tables that are not the same; one that is empty may as well not be there."""
    nothing = Contents(0, hashlib.sha256().hexdigest())
    names = sorted({*wanted, *found})
    return [name for name in names if wanted.get(name, nothing) != found.get(name, nothing)]
