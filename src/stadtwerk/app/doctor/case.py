"""What the doctor looks at: a data folder, running or not."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from stadtwerk.app.home import FILES, Home, read_record
from stadtwerk.doors.client import Client
from stadtwerk.kernel.refusal import Refused
from stadtwerk.stores import checkup
from stadtwerk.stores.sql import Database
from stadtwerk.stores.sqlite.checkup import fault

DEFAULT_PORT = 8080


@dataclass(frozen=True, slots=True)
class Case:
    """One data folder: its port and city folder as last started, whether it runs, and what its core answers.

    `faults` tells for each database file by name what SQLite finds wrong with it, empty if nothing; `decisions` and
    `telemetry` are None where they cannot be read.
    """

    data: Path
    city: Path | None = None
    port: int = DEFAULT_PORT
    release: str = ""
    started: bool = False
    running: bool = False
    health: dict[str, Any] | None = None
    faults: Mapping[str, str] = field(default_factory=dict)
    decisions: Database | None = None
    telemetry: Database | None = None
    simulated: bool = False
    vendor: Path = Path(".cache/vendor")
    deep: bool = False
    now_s: float = field(default_factory=time.time)

    @property
    def run(self) -> Path:
        """Return the folder of secrets, logs and process numbers."""
        return self.data / "run"


def take_case(data: Path, vendor: Path, *, deep: bool = False) -> Case:
    """Look at a data folder from outside, and ask its core if it runs."""
    try:
        told = read_record(data)
    except msgspec.MsgspecError:
        told = None
    if told is None:
        return Case(data, vendor=vendor, deep=deep)
    running = is_locked(data / "run" / "lock")
    faults = {path.name: fault(path, whole=deep) for path in sorted(data.glob("*.db"))}
    decisions, telemetry = _stores(data, faults)
    return Case(
        data=data,
        city=Path(told.city),
        port=told.port,
        release=told.release,
        started=True,
        running=running,
        health=_ask(data) if running else None,
        faults=faults,
        decisions=decisions,
        telemetry=telemetry,
        simulated=decisions is not None and checkup.meta(decisions, "time") == "simulated",
        vendor=vendor,
        deep=deep,
    )


def _stores(data: Path, faults: Mapping[str, str]) -> tuple[Database | None, Database | None]:
    """Return what can be read: files only if intact, a tenant only if its server answers."""
    home = Home.of(data)
    try:
        kept = home.databases()
        for database in set(kept) if home.store else ():
            database.reader().close()
    except (Refused, OSError):
        return None, None
    if home.store:
        return kept
    sound = [one if faults.get(name) == "" else None for name, one in zip(FILES, kept, strict=True)]
    return sound[0], sound[1]


def is_locked(path: Path) -> bool:
    """Tell whether a process holds a lock file, alone or together with others."""
    try:
        with path.open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _ask(data: Path) -> dict[str, Any] | None:
    try:
        answer: dict[str, Any] = Client(data).get("/api/health")
    except (Refused, msgspec.DecodeError):
        return None
    return answer
