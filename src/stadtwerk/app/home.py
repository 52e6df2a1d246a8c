"""Where a city's data are: in SQLite files of its data folder, or in a tenant of a PostgreSQL database."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from stadtwerk.kernel.refusal import Refused
from stadtwerk.stores.decisions import DecisionStore
from stadtwerk.stores.postgres import telemetry as postgres
from stadtwerk.stores.postgres.address import Address, parse_address
from stadtwerk.stores.postgres.tenant import Tenant
from stadtwerk.stores.sql import Database, Sql
from stadtwerk.stores.sqlite.moment import one_moment
from stadtwerk.stores.sqlite.writer import SqliteFile
from stadtwerk.stores.telemetry import TelemetryStore

SQLITE = "sqlite"
"""What to give as store for the files of the data folder."""
STORE_VARIABLE = "STADTWERK_STORE"
"""Environment variable that names the store; unlike an argument, other users of the machine cannot see it."""
FILES = ("decisions.db", "telemetry.db")


class Record(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a data folder knows of the city that ran on it last (`run/core.json`); store "" = its own files."""

    port: int
    city: str
    store: str = ""
    release: str = ""


@dataclass(frozen=True, slots=True)
class Home:
    """A data folder and the store of its city: "" for its own files, else the address of a tenant, without password.

    `told` is the address as it was given, perhaps with a password.
    """

    data: Path
    store: str = ""
    told: str = field(default="", repr=False)

    @classmethod
    def of(cls, data: Path, given: str | None = None) -> Home:
        """Find the store of a data folder: the one it was started with last, which must be the one given, if any."""
        told = given or ""
        asked = None if given is None else _public(given)
        known = read_record(data)
        if known is None and not (data / FILES[0]).exists():
            return cls(data, asked or "", told)
        store = known.store if known else ""
        if asked is not None and asked != store:
            raise Refused.of(
                "other-store",
                "The data of this city are kept elsewhere",
                409,
                f"{data} belongs to {store or 'its own SQLite files'}, not to {asked or 'SQLite'}; to move a city: "
                "`stadtwerk backup FILE`, then `stadtwerk restore FILE --data NEW --store ...`.",
            )
        return cls(data, store, told)

    @property
    def city(self) -> Path:
        """Return the folder that describes the city that ran here last."""
        if record := read_record(self.data):
            return Path(record.city)
        raise Refused.of("data", "No city ever ran on this data folder", 404, f"{self.data}: start it once with `up`.")

    @property
    def address(self) -> Address | None:
        """Return the tenant's address, with the password if the caller or the environment told it; None for files."""
        if not self.store:
            return None
        told = (self.told, os.environ.get(STORE_VARIABLE, ""))
        return parse_address(next((one for one in told if one and _public(one) == self.store), self.store))

    def open(
        self, types: Mapping[str, Sequence[str]], *, reign: str = "", take_over: bool = False, stop: Stop | None = None
    ) -> tuple[DecisionStore, TelemetryStore]:
        """Open both stores for writing; `stop` is called when the database is lost."""
        if address := self.address:
            tenant = Tenant(address, reign=reign, take_over=take_over, on_lost=stop)
            return DecisionStore(tenant), postgres.TelemetryStore(tenant, types)
        decisions, telemetry = (SqliteFile(self.data / name) for name in FILES)
        return DecisionStore(decisions), TelemetryStore(telemetry, types)

    def databases(self) -> tuple[Database, Database]:
        """Return where decisions and telemetry are, for those who only read."""
        if address := self.address:
            tenant = Tenant(address)
            return tenant, tenant
        decisions, telemetry = (SqliteFile(self.data / name) for name in FILES)
        return decisions, telemetry

    @contextmanager
    def moment(self) -> Iterator[tuple[Sql, Sql]]:
        """Read decisions and telemetry as they are at one moment, also while the city runs."""
        if address := self.address:
            with Tenant(address).moment() as session:
                yield session, session
            return
        for name in FILES:
            if not (self.data / name).exists():
                raise Refused.of("data", "There is no city in this data folder", 404, f"{self.data / name} is missing.")
        with one_moment([self.data / name for name in FILES]) as (decisions, telemetry):
            yield decisions, telemetry


Stop = Callable[[], None]


def read_record(data: Path) -> Record | None:
    """Return what a data folder knows of its city, None if none ever ran on it."""
    path = data / "run" / "core.json"
    return msgspec.json.decode(path.read_bytes(), type=Record) if path.exists() else None


def write_record(data: Path, record: Record) -> None:
    """Write down what a data folder is to know of its city, never half."""
    (data / "run").mkdir(parents=True, exist_ok=True)
    fresh = data / "run" / "core.json.new"
    fresh.write_bytes(msgspec.json.encode(record))
    fresh.replace(data / "run" / "core.json")


def _public(store: str) -> str:
    """Return a store's address as it may be shown, "" for files."""
    return "" if store in ("", SQLITE) else parse_address(store).public
