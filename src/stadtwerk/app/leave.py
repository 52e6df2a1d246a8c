"""Leaving with all context information: one NGSI-LD dump a tenant, the same as Parquet and as SQL."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from stadtwerk.context.entities.document import read_entity
from stadtwerk.context.entities.show import show
from stadtwerk.context.holders import tenant_and_snapshot
from stadtwerk.context.library import CORE, CORE_URL, bundled_terms
from stadtwerk.context.plain import ATTRIBUTE_COLUMNS, ENTITY_COLUMNS, attribute_rows, entity_row
from stadtwerk.stores.context import entity_rows
from stadtwerk.stores.lake.plain import write_texts
from stadtwerk.stores.sql import Sql

DUMP = "entities.ngsild.jsonl"
INSERT_ROWS = 200
"""Rows of one INSERT statement."""

_TABLES = """\
-- The city's context information, readable by PostgreSQL, SQLite and other databases; value is JSON.
CREATE TABLE entity (tenant text NOT NULL, id text NOT NULL, type text NOT NULL, scope text, PRIMARY KEY (tenant, id));
CREATE TABLE attribute (tenant text NOT NULL, entity_id text NOT NULL, name text NOT NULL, dataset_id text,
  kind text NOT NULL, value text NOT NULL, unit_code text, observed_at text);
"""


def foreign_lines(telemetry: Sql) -> Iterator[tuple[str, bytes]]:
    """Give every entity that others wrote, but no snapshots: tenant, and the entity with the core @context inside."""
    terms = bundled_terms(CORE)
    if "ngsi_entity" not in telemetry.tables():
        return
    for _, tenant, _, body in entity_rows(telemetry):
        if body is not None and not tenant_and_snapshot(tenant)[1]:
            shown = {**show(read_entity(body), terms), "@context": CORE_URL + CORE}
            yield tenant, msgspec.json.encode(shown)


def dump_of(folder: Path, tenant: str) -> Path:
    """Return where a tenant's dump is: the city's own above, others in folders of their own."""
    return folder / DUMP if not tenant else folder / "tenants" / tenant / DUMP


def write_plain(folder: Path) -> dict[str, int]:
    """Write what the dumps of a folder say as Parquet and as SQL; return the rows of each."""
    counts = {
        "entities.parquet": write_texts(folder / "entities.parquet", ENTITY_COLUMNS, _entities(folder)),
        "attributes.parquet": write_texts(folder / "attributes.parquet", ATTRIBUTE_COLUMNS, _attributes(folder)),
    }
    with (folder / "city.sql").open("w", encoding="utf-8") as file:
        file.write(_TABLES)
        counts["city.sql"] = _inserts(file, "entity", _entities(folder)) + _inserts(
            file, "attribute", _attributes(folder)
        )
    return counts


def _told(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    dumps = [("", folder / DUMP)]
    dumps += [(path.parent.name, path) for path in sorted(folder.glob(f"tenants/*/{DUMP}"))]
    for tenant, path in dumps:
        with path.open("rb") as lines:
            for line in lines:
                yield tenant or "default", msgspec.json.decode(line)


def _entities(folder: Path) -> Iterator[Sequence[str | None]]:
    return (entity_row(tenant, entity) for tenant, entity in _told(folder))


def _attributes(folder: Path) -> Iterator[Sequence[str | None]]:
    return (row for tenant, entity in _told(folder) for row in attribute_rows(tenant, entity))


def _inserts(file: Any, table: str, rows: Iterable[Sequence[str | None]]) -> int:
    n = 0
    for n, row in enumerate(rows, 1):
        first = n % INSERT_ROWS == 1
        file.write((";\n" if n > 1 else "") + f"INSERT INTO {table} VALUES\n" if first else ",\n")
        file.write("(" + ", ".join(map(_literal, row)) + ")")
    file.write(";\n" if n else "")
    return n


def _literal(text: str | None) -> str:
    """Write a text as standard SQL does (ISO 9075): quotes doubled; zero bytes, which databases refuse, left out."""
    return "NULL" if text is None else "'" + text.replace("'", "''").replace("\0", "") + "'"
