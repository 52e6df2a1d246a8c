"""Notifications on their way, in the telemetry database: written with the change that calls for them, gone when taken.

`ngsi_outbox` holds what is still to be delivered, `ngsi_dead` what was given up, `ngsi_told` the figures of each
subscription. All three change in the commits of the context store, so that they add up after every crash.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from stadtwerk.context.limits import DEAD_EACH
from stadtwerk.context.subscriptions.told import Told
from stadtwerk.stores.sql import Sql, pages

SCHEMA = """
CREATE TABLE IF NOT EXISTS ngsi_outbox (
  number INTEGER PRIMARY KEY, tenant TEXT NOT NULL, subscription TEXT NOT NULL, put_us INTEGER NOT NULL,
  head TEXT NOT NULL, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS ngsi_dead (
  number INTEGER PRIMARY KEY, tenant TEXT NOT NULL, subscription TEXT NOT NULL, put_us INTEGER NOT NULL,
  head TEXT NOT NULL, body BLOB NOT NULL, dead_us INTEGER NOT NULL, tries INTEGER NOT NULL, reason TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS ngsi_dead_subscription ON ngsi_dead (tenant, subscription, number);
CREATE TABLE IF NOT EXISTS ngsi_told (
  tenant TEXT NOT NULL, subscription TEXT NOT NULL, due INTEGER NOT NULL, delivered INTEGER NOT NULL,
  dead INTEGER NOT NULL, sent INTEGER NOT NULL, failed INTEGER NOT NULL, last_due_us INTEGER NOT NULL,
  last_sent_us INTEGER NOT NULL, last_success_us INTEGER NOT NULL, last_failure_us INTEGER NOT NULL,
  PRIMARY KEY (tenant, subscription));
"""

Key = tuple[str, str]
"""Tenant and id of a subscription."""
LetterRow = tuple[int, str, str, int, str, bytes]
"""Number, tenant, subscription, instant (microseconds UTC of wall time), head (JSON), body."""
DeadRow = tuple[int, str, str, int, str, bytes, int, int, str]
"""As above, then when and after how many tries it was given up, and why."""

_COUNTS = ("due", "delivered", "dead", "sent", "failed")
_INSTANTS = ("last_due_us", "last_sent_us", "last_success_us", "last_failure_us")
_MARKS = ", ".join("?" * (2 + len(_COUNTS) + len(_INSTANTS)))
_ADDED = ", ".join(
    (
        *(f"{name}=ngsi_told.{name}+excluded.{name}" for name in _COUNTS),
        *(f"{name}=CASE excluded.{name} WHEN 0 THEN ngsi_told.{name} ELSE excluded.{name} END" for name in _INSTANTS),
    )
)

_SHED = """
DELETE FROM ngsi_dead WHERE tenant=? AND subscription=? AND number <= (
  SELECT number FROM ngsi_dead WHERE tenant=? AND subscription=? ORDER BY number DESC LIMIT 1 OFFSET ?)
"""


@dataclass(slots=True)
class Post:
    """What one commit does to the tables above."""

    put: list[LetterRow] = field(default_factory=list)
    dead: list[DeadRow] = field(default_factory=list)
    gone: list[int] = field(default_factory=list)
    """Numbers that leave the outbox: taken, given up or called off."""
    revived: list[int] = field(default_factory=list)
    """Numbers that leave the dead."""
    forgotten: list[Key] = field(default_factory=list)
    """Subscriptions that are no more."""
    told: dict[Key, Told] = field(default_factory=dict)
    """What is added to the figures of each subscription."""

    def work(self, db: Sql) -> None:
        """Write it all; called in the writer's thread, inside a transaction."""
        if self.put:
            db.executemany("INSERT INTO ngsi_outbox VALUES (?, ?, ?, ?, ?, ?)", self.put)
        if self.dead:
            db.executemany("INSERT INTO ngsi_dead VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", self.dead)
            for key in {(row[1], row[2]) for row in self.dead}:
                db.execute(_SHED, (*key, *key, DEAD_EACH))
        for table, numbers in (("ngsi_outbox", self.gone), ("ngsi_dead", self.revived)):
            for first, last in _spans(numbers):
                db.execute(f"DELETE FROM {table} WHERE number BETWEEN ? AND ?", (first, last))
        for key in self.forgotten:
            db.execute("DELETE FROM ngsi_dead WHERE tenant=? AND subscription=?", key)
            db.execute("DELETE FROM ngsi_told WHERE tenant=? AND subscription=?", key)
        rows = [(*key, *told.row()) for key, told in self.told.items()]
        db.executemany(
            f"INSERT INTO ngsi_told VALUES ({_MARKS}) ON CONFLICT (tenant, subscription) DO UPDATE SET {_ADDED}", rows
        )


class OutboxStore:
    """Reads the tables above."""

    def __init__(self, reader: Sql) -> None:
        self._reader = reader

    def letters(self) -> Iterator[LetterRow]:
        """Give all that is still to be delivered, in order."""
        columns = ("number", "tenant", "subscription", "put_us", "head", "body")
        for page in pages(self._reader, "ngsi_outbox", ("number",), columns=columns):
            for number, tenant, subscription, put_us, head, body in page:
                yield number, tenant, subscription, put_us, head, bytes(body)

    def told(self) -> Iterator[tuple[Key, Told]]:
        """Give the figures of every subscription that has any."""
        for tenant, subscription, *figures in self._reader.execute("SELECT * FROM ngsi_told"):
            yield (tenant, subscription), Told(*figures)

    def dead(self, key: Key, most: int) -> list[DeadRow]:
        """Return a subscription's dead letters, oldest first, at most so many."""
        rows = self._reader.execute(
            "SELECT * FROM ngsi_dead WHERE tenant=? AND subscription=? ORDER BY number LIMIT ?", (*key, most)
        )
        return [(*row[:5], bytes(row[5]), *row[6:]) for row in rows]

    def last_number(self) -> int:
        """Return the highest number in use."""
        found = [self._reader.execute(f"SELECT max(number) FROM {name}").fetchone()[0] for name in _TABLES]
        return max(int(number or 0) for number in found)


_TABLES = ("ngsi_outbox", "ngsi_dead")


def _spans(numbers: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Put numbers together that follow each other: first and last of each stretch."""
    first = last = -1
    for number in sorted(numbers):
        if number == last + 1 and first >= 0:
            last = number
            continue
        if first >= 0:
            yield first, last
        first = last = number
    if first >= 0:
        yield first, last
