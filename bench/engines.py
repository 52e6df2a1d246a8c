"""Both databases for benchmarks, side by side: an empty city's stores, and what they cost of the processor."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from stadtwerk.app.home import Home
from stadtwerk.stores.postgres.address import Address, parse_address
from stores.server import PostgresServer

TICKS = 100
"""Clock ticks of /proc in a second."""


@dataclass(frozen=True)
class Engine:
    """A database with an empty city: its home, an address where there is one, and the CPU seconds spent so far."""

    name: str
    home: Home
    address: Address | None
    cpu_s: Callable[[], float]


@contextmanager
def engines() -> Iterator[list[Engine]]:
    """Give SQLite in a temporary folder, and PostgreSQL on a server of its own."""
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two, PostgresServer() as server:
        url = server.url()
        postmaster = _postmaster(server)
        yield [
            Engine("SQLite", Home(Path(one)), None, time.process_time),
            Engine(
                "PostgreSQL",
                Home.of(Path(two), url),
                parse_address(url),
                lambda: time.process_time() + _family_cpu_s(postmaster),
            ),
        ]


def _postmaster(server: PostgresServer) -> int:
    return int((server.folder / "data" / "postmaster.pid").read_text().split()[0])


def _family_cpu_s(pid: int) -> float:
    """Return the CPU seconds of a server and its processes, those that have ended included."""
    total = 0
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            facts = path.read_text().rpartition(") ")[2].split()
        except OSError:
            continue
        if path.parent.name == str(pid):
            total += sum(int(fact) for fact in facts[11:15])
        elif facts[1] == str(pid):
            total += sum(int(fact) for fact in facts[11:13])
    return total / TICKS
