"""The default city for benchmarks: made once, booted as a user would."""

from __future__ import annotations

import csv
import json
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from path.running import RunningCity, eventually  # noqa: F401 - the benchmarks' own import
from stadtwerk.app.up import default_city
from stadtwerk.kernel.refusal import Refused
from stores.server import PostgresServer


def duisburg() -> Path:
    """Return the default city's folder, made if need be."""
    return default_city(ROOT / "var", seed=1)


def copy_city(target: Path, **changes: Any) -> Path:
    """Copy the default city with other entries in city.json (dicts are merged)."""
    source = duisburg()
    target.mkdir(parents=True)
    for path in source.glob("*.csv"):
        shutil.copy(path, target)
    shutil.copy(source / "map.pmtiles", target)
    city = json.loads((source / "city.json").read_text())
    for name, value in changes.items():
        city[name] = {**city[name], **value} if isinstance(value, dict) else value
    (target / "city.json").write_text(json.dumps(city))
    return target


@contextmanager
def each_store() -> Iterator[list[tuple[str, Callable[[], list[str]]]]]:
    """Give SQLite, and PostgreSQL on a server of its own: a name, and the options of a boot on an empty store."""
    with PostgresServer() as server:
        yield [("SQLite", list), ("PostgreSQL", lambda: ["--store", server.url()])]


def silent_lamps(folder: Path, data: Path, at: str) -> set[str]:
    """Return the lamps that the twin's fault script says cannot answer at a time (RFC 3339 UTC)."""
    with (folder / "lamps.csv").open(encoding="utf-8", newline="") as file:
        lamps = list(csv.DictReader(file))
    silent: set[str] = set()
    for line in (data / "twin" / "faults.jsonl").read_text().splitlines():
        fault = json.loads(line)
        if fault.get("silent") and fault["at"] <= at < fault.get("until", "9"):
            for column in ("id", "circuit", "gateway"):
                wanted = fault.get("lamp" if column == "id" else column)
                silent.update(lamp["id"] for lamp in lamps if wanted and lamp[column] == wanted)
    return silent


def heard(city: RunningCity, share: float = 0.9, timeout_s: float = 180) -> None:
    """Wait until most lamps have been heard."""
    end = time.monotonic() + timeout_s
    while time.monotonic() < end:
        try:
            health = city.client.get("/api/health")
        except Refused:
            continue
        if health["observed_rows"] >= share * health["lamps"]:
            return
        time.sleep(1)
    raise AssertionError("the lamps were not heard")
