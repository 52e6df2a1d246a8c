"""Foreign entities, their history and what belongs to them, in the telemetry database: one writer, one commit.

`ngsi_entity` holds each entity as it now is (body NULL: gone, its history stays), `ngsi_change` what every write told,
`ngsi_kept` subscriptions, registrations, contexts and their like. An entity is known by its number, so that a row's
place never depends on how long its id is.

An update whose change tells all there is to know need not write the entity's row as well: `ngsi_late` then names the
first change that the row does not hold, and whoever reads entities does it and those after it again. Rows follow
later, many updates for the price of one. So do the changes by entity, `ngsi_change_of`, which hold all up to
`ngsi_change_upto`: brought up to date before anybody reads them, and when many are missing.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from stadtwerk.context.entities.document import read_entity, write_entity
from stadtwerk.context.temporal.told import retold
from stadtwerk.stores.sql import Sql, pages
from stadtwerk.stores.writer import Commits, Work

SCHEMA = """
CREATE TABLE IF NOT EXISTS ngsi_entity (number INTEGER PRIMARY KEY, tenant TEXT NOT NULL, id TEXT NOT NULL, body BLOB);
CREATE TABLE IF NOT EXISTS ngsi_change (
  seq INTEGER PRIMARY KEY, number INTEGER NOT NULL, at_us INTEGER NOT NULL, body BLOB NOT NULL);
DROP INDEX IF EXISTS ngsi_change_entity;
CREATE TABLE IF NOT EXISTS ngsi_change_of (
  number INTEGER NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (number, seq)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS ngsi_change_upto (one INTEGER PRIMARY KEY, seq INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS ngsi_late (since INTEGER PRIMARY KEY, number INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS ngsi_kept (
  tenant TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, body BLOB NOT NULL, PRIMARY KEY (tenant, kind, id));
"""

EntityRow = tuple[int, str, str, bytes | None]
ChangeRow = tuple[int, int, int, bytes]


@dataclass(slots=True)
class Writes:
    """What one commit takes: of an entity only its last state counts, of its changes every one."""

    entities: dict[int, EntityRow] = field(default_factory=dict)
    changes: list[ChangeRow] = field(default_factory=list)
    late: list[tuple[int, int]] = field(default_factory=list)
    """Entities whose rows begin to be late: their first change without a row, their number."""
    settled: list[tuple[int]] = field(default_factory=list)
    """Such first changes that rows hold now."""
    kept: dict[tuple[str, str, str], bytes | None] = field(default_factory=dict)
    further: list[Work] = field(default_factory=list)
    """Work of others that belongs to the same commit, in order, after the rows above."""

    def __len__(self) -> int:
        return len(self.entities) + len(self.changes) + len(self.kept) + len(self.further)

    def work(self, db: Sql) -> None:
        """Write it all; called in the writer's thread, inside a transaction."""
        db.put("ngsi_entity", list(self.entities.values()), "ON CONFLICT (number) DO UPDATE SET body=excluded.body")
        db.put("ngsi_change", self.changes)
        db.put("ngsi_late", self.late)
        db.executemany("DELETE FROM ngsi_late WHERE since=?", self.settled)
        gone = [key for key, body in self.kept.items() if body is None]
        there = [(*key, body) for key, body in self.kept.items() if body is not None]
        db.executemany("DELETE FROM ngsi_kept WHERE tenant=? AND kind=? AND id=?", gone)
        db.executemany(
            "INSERT INTO ngsi_kept VALUES (?, ?, ?, ?) ON CONFLICT (tenant, kind, id) DO UPDATE SET body=excluded.body",
            there,
        )
        for work in self.further:
            work(db)


class ContextStore:
    """Reads and writes the tables above through the telemetry database's writer and a reader."""

    def __init__(self, writer: Commits, reader: Sql) -> None:
        self._writer, self.reader = writer, reader

    def write(self, writes: Writes) -> Future[Any]:
        """Commit; the future resolves when all is durable."""
        return self._writer.write(writes.work, 1)

    def entities(self) -> Iterator[tuple[EntityRow, int]]:
        """Give every entity that is or was, with the first change its row does not hold yet (0: holds all)."""
        return _entities(self.reader)

    def kept(self) -> Iterator[tuple[str, str, str, bytes]]:
        """Give every kept thing: tenant, kind, id, body."""
        for tenant, kind, thing_id, body in self.reader.execute("SELECT tenant, kind, id, body FROM ngsi_kept"):
            yield tenant, kind, thing_id, bytes(body)

    def last_numbers(self) -> tuple[int, int]:
        """Return the highest number of an entity and of a change ever given out."""
        number = self.reader.execute("SELECT max(number) FROM ngsi_entity").fetchone()[0]
        seq = self.reader.execute("SELECT max(seq) FROM ngsi_change").fetchone()[0]
        return int(number or 0), int(seq or 0)


def entity_rows(db: Sql) -> Iterator[EntityRow]:
    """Read every entity that is or was, in the order they came."""
    return (row for row, _ in _entities(db))


def _entities(db: Sql) -> Iterator[tuple[EntityRow, int]]:
    late = _late_changes(db)
    columns = ("number", "tenant", "id", "body")
    for page in pages(db, "ngsi_entity", ("number",), columns=columns):
        for number, tenant, entity_id, body in page:
            changes = late.get(number, [])
            told = _done_again(bytes(body), changes) if changes else None if body is None else bytes(body)
            yield (number, tenant, entity_id, told), changes[0][0] if changes else 0


def _late_changes(db: Sql) -> dict[int, list[ChangeRow]]:
    """Return the changes that rows of entities do not hold, oldest first, by number of the entity."""
    since = {int(number): int(seq) for seq, number in db.execute("SELECT since, number FROM ngsi_late")}
    late: dict[int, list[ChangeRow]] = {number: [] for number in since}
    if since:
        query = "SELECT seq, number, at_us, body FROM ngsi_change WHERE seq>=? ORDER BY seq"
        for seq, number, at_us, body in db.execute(query, (min(since.values()),)):
            if seq >= since.get(number, seq + 1):
                late[number].append((int(seq), int(number), int(at_us), bytes(body)))
    return late


def _done_again(body: bytes, changes: list[ChangeRow]) -> bytes:
    entity = read_entity(body)
    for _, _, at_us, row in changes:
        entity = retold(entity, at_us, row)
    return write_entity(entity)
