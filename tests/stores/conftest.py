"""Each store test runs on both engines: SQLite files, and a tenant of a real PostgreSQL server."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from stadtwerk.stores.decisions import DecisionStore
from stadtwerk.stores.postgres import telemetry as postgres
from stadtwerk.stores.postgres.address import parse_address
from stadtwerk.stores.postgres.tenant import Tenant
from stadtwerk.stores.sql import Sql
from stadtwerk.stores.sqlite.writer import SqliteFile
from stadtwerk.stores.telemetry import TelemetryStore
from stores.server import PostgresServer


class Engine:
    """Opens the stores of one city, again and again."""

    def __init__(
        self,
        decisions: Callable[[], DecisionStore],
        telemetry: Callable[..., TelemetryStore],
        readers: tuple[Callable[[], Sql], Callable[[], Sql]],
    ) -> None:
        self.decisions, self._telemetry = decisions, telemetry
        self.reader, self.telemetry_reader = readers

    def telemetry(self, types: Mapping[str, Sequence[str]]) -> TelemetryStore:
        """Open the telemetry of these types."""
        return self._telemetry(types)


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """The stores of an empty city."""
    if request.param == "sqlite":
        decisions, telemetry = SqliteFile(tmp_path / "decisions.db"), SqliteFile(tmp_path / "telemetry.db")
        yield Engine(
            lambda: DecisionStore(decisions),
            lambda types: TelemetryStore(telemetry, types),
            (decisions.reader, telemetry.reader),
        )
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    address = parse_address(server.url())
    yield Engine(
        lambda: DecisionStore(Tenant(address)),
        lambda types: postgres.TelemetryStore(Tenant(address), types),
        (Tenant(address).reader, Tenant(address).reader),
    )
