"""A fresh broker for each test, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from conformance.ngsild.instance import Instance
from stadtwerk.stores.postgres import telemetry as postgres
from stadtwerk.stores.postgres.address import parse_address
from stadtwerk.stores.postgres.tenant import Tenant
from stadtwerk.stores.sqlite.writer import SqliteFile
from stadtwerk.stores.telemetry import TelemetryStore
from stores.server import PostgresServer


@pytest.fixture(params=["sqlite", "postgresql"])
def open_store(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], TelemetryStore]:
    """Opens the same store again and again."""
    if request.param == "sqlite":
        return lambda: TelemetryStore(SqliteFile(tmp_path / "telemetry.db"), {})
    server: PostgresServer = request.getfixturevalue("postgres_server")
    address = parse_address(server.url())
    return lambda: postgres.TelemetryStore(Tenant(address), {})


@pytest.fixture
def ngsild(open_store: Callable[[], TelemetryStore]) -> Iterator[Instance]:
    """An empty broker."""
    instance = Instance(open_store())
    yield instance
    instance.close()
