"""A connection to PostgreSQL with the face of `sqlite3.Connection`: synchronous, usable where stores are."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterable, Iterator, Sequence
from typing import Any, TypeVar

import asyncpg

from stadtwerk.kernel.refusal import Refused
from stadtwerk.stores.postgres.address import Address
from stadtwerk.stores.postgres.dialect import numbered, typed
from stadtwerk.stores.sql import Table

CONNECT_S = 10.0
"""How long a server may take to let us in."""
ANSWER_S = 60.0
"""How long one statement may take: a server that is silent for longer counts as lost."""
READ_S = 20.0
"""How long a reader waits for an answer: others wait for the reader."""
LOST = (OSError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError, asyncpg.OperatorInterventionError)
"""What it looks like when the server is gone, or sends us away."""

_TABLES = """
SELECT c.relname, a.attname, coalesce(array_position(i.indkey::int2[], a.attnum) + 1, 0)
FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace AND c.relname <> 'writer'
ORDER BY c.relname, a.attnum
"""

T = TypeVar("T")
Run = Callable[[Coroutine[Any, Any, Any]], Any]
"""Runs a coroutine to its end and returns what it gave."""


class Answer:
    """The rows of a statement, as a cursor hands them out."""

    def __init__(self, rows: Sequence[Any]) -> None:
        self._rows = iter(rows)

    def fetchone(self) -> Any:
        """Return the next row, or None."""
        return next(self._rows, None)

    def fetchall(self) -> list[Any]:
        """Return all rows that are left."""
        return list(self._rows)

    def __iter__(self) -> Iterator[Any]:
        return self._rows


class Session:
    """One connection; one statement at a time, from any thread."""

    def __init__(self, connection: asyncpg.Connection, run: Run) -> None:
        self._connection, self._run = connection, run
        self._turn = threading.Lock()
        self._open = True

    def execute(self, sql: str, values: Sequence[Any] = (), /) -> Answer:
        """Run one statement."""
        return Answer(self._do(self._connection.fetch(numbered(sql), *values)))

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]], /) -> None:
        """Run one statement for each row of values, all or none."""
        if rows := list(rows):
            self._do(self._connection.executemany(numbered(sql), rows))

    def executescript(self, sql: str, /) -> None:
        """Run several statements without values."""
        self._do(self._connection.execute(typed(sql)))

    def tables(self) -> dict[str, Table]:
        """Describe the tables of the tenant, but those that only tell who may write."""
        found: dict[str, list[tuple[str, int]]] = {}
        for name, column, place in self.execute(_TABLES):
            found.setdefault(name, []).append((column, place))
        return {
            name: Table(
                name,
                tuple(column for column, _ in facts),
                tuple(column for column, place in sorted(facts, key=lambda fact: fact[1]) if place),
            )
            for name, facts in found.items()
        }

    def put(self, into: str, rows: Sequence[Sequence[Any]], conflict: str = "", /) -> None:
        """Insert rows, all in one go to the server."""
        if rows:
            self.executemany(f"INSERT INTO {into} VALUES ({', '.join('?' * len(rows[0]))}) {conflict}", rows)

    def insert(self, table: Table, rows: Sequence[Sequence[Any]]) -> None:
        """Bring many new rows into a table by COPY."""
        self._do(self._connection.copy_records_to_table(table.name, records=rows, columns=table.columns))

    def on_lost(self, stop: Callable[[], None]) -> None:
        """Call somebody when the server ends the connection, also while nothing is asked."""
        self._connection.add_termination_listener(lambda _: stop() if self._open else None)

    def close(self) -> None:
        """Close the connection."""
        with self._turn:
            self._open = False
            self._run(_close(self._connection))

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        with self._turn:
            try:
                answer: T = self._run(work)
            except LOST as error:
                raise lost(error) from error
        return answer


class LoopThread:
    """An event loop in a thread of its own, for connections that are asked from other threads."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="postgres-readers", daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Run a coroutine in the loop and wait for it."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(READ_S)


async def connect(address: Address, role: str, **settings: str) -> asyncpg.Connection:
    """Connect as the tenant's writer or one of its readers; refuses in words when the server does not let us in."""
    wanted = {
        "search_path": address.tenant,
        "application_name": f"stadtwerk {role} {address.tenant}",
        "timezone": "UTC",
        **settings,
    }
    try:
        return await asyncpg.connect(address.dsn, timeout=CONNECT_S, command_timeout=ANSWER_S, server_settings=wanted)
    except (*LOST, TimeoutError, asyncpg.PostgresError, ValueError) as error:
        raise lost(error) from error


def lost(error: BaseException) -> Refused:
    """Say that the database is not there."""
    return Refused.of("store", "The database does not answer", 503, f"{type(error).__name__}: {error}")


async def _close(connection: asyncpg.Connection) -> None:
    try:
        await connection.close(timeout=5)
    except (*LOST, TimeoutError, asyncpg.PostgresError):
        connection.terminate()
