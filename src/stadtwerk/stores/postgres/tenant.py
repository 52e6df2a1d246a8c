"""One tenant's database: its readers, and the one process that may write."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import asyncpg

from stadtwerk.kernel.refusal import Refused
from stadtwerk.stores.postgres.address import Address
from stadtwerk.stores.postgres.office import take_office
from stadtwerk.stores.postgres.session import LoopThread, Session, connect
from stadtwerk.stores.sql import Sql

IDLE_MS = 15_000
"""A writer that stops in the middle of a transaction for so long is sent away by the server, milliseconds."""


class Tenant:
    """A schema of a PostgreSQL database that holds one city.

    `reign` names who writes: the start of a city whose processes may follow each other. Another one is refused while
    the first is there, unless it is told to `take_over`: then the first can never commit again.
    """

    def __init__(
        self,
        address: Address,
        *,
        reign: str = "",
        take_over: bool = False,
        on_lost: Callable[[], None] | None = None,
    ) -> None:
        self.address = address
        self._reign, self._take_over, self._on_lost = reign or os.urandom(8).hex(), take_over, on_lost
        self._epoch = 0
        self._readers: LoopThread | None = None

    def writer(self, name: str) -> Session:
        """Connect a store's writer; the first one takes the tenant's office for this process."""
        runner = asyncio.Runner()
        connection = runner.run(self._connect_writer(name))
        return _WriterSession(connection, runner)

    def begin(self, db: Sql) -> None:
        """Begin a transaction in which this process is known to hold the office until the commit."""
        db.executescript(f"BEGIN; SELECT check_writer({self._epoch})")

    def reader(self) -> Session:
        """Connect for reading only; several threads may share it."""
        self._readers = self._readers or LoopThread()
        connection = self._readers.run(connect(self.address, "reader", default_transaction_read_only="on"))
        session = Session(connection, self._readers.run)
        if self._on_lost:
            session.on_lost(self._on_lost)
        return session

    @contextmanager
    def moment(self) -> Iterator[Session]:
        """Read the whole tenant as it is at one moment."""
        session = self.reader()
        try:
            session.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            if session.execute("SELECT to_regclass('journal') IS NULL").fetchone()[0]:
                raise Refused.of("data", "There is no city in this database", 404, f"{self.address.public} is empty.")
            yield session
        finally:
            session.close()

    async def _connect_writer(self, name: str) -> asyncpg.Connection:
        durable = {"synchronous_commit": "on", "idle_in_transaction_session_timeout": str(IDLE_MS)}
        connection = await connect(self.address, "writer", **durable)
        if not self._epoch:
            who = f"{socket.gethostname()}:{os.getpid()} {name}"
            self._epoch = await take_office(
                connection, self.address.tenant, reign=self._reign, who=who, take_over=self._take_over
            )
        return connection


def probe(address: Address) -> None:
    """Make sure that the server lets us in; refuses in words."""
    asyncio.run(_probe(address))


async def _probe(address: Address) -> None:
    connection = await connect(address, "probe")
    await connection.close()


class _WriterSession(Session):
    """The writer's connection lives in an event loop of the writer's own thread: no other thread has to wake up."""

    def __init__(self, connection: asyncpg.Connection, runner: asyncio.Runner) -> None:
        super().__init__(connection, runner.run)
        self._runner = runner

    def close(self) -> None:
        """Close connection and loop."""
        super().close()
        self._runner.close()
