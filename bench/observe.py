"""Durable observations: gateway messages through adapter, state and history, beside bare SQLite inserts."""

from __future__ import annotations

import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from figure import publish
from stadtwerk.adapters.lamp_radio.uplink import Gate, read
from stadtwerk.kernel.clock import US
from stadtwerk.kernel.limits import BATCH_ROWS
from stadtwerk.kernel.observation import split
from stadtwerk.kernel.state import ColumnState
from stadtwerk.protocols import chirpstack, columns, lampradio
from stadtwerk.stores.sqlite.telemetry import TelemetryStore
from stadtwerk.vocab.lighting import LAMP_COLUMNS

LAMPS, GATEWAYS, ROUNDS = 52_000, 40, 8
NOW_US = 1_790_000_000 * US


def messages(euis: np.ndarray, home: np.ndarray, round_: int) -> Iterator[tuple[str, bytes]]:
    """Make one status of every lamp, one message per gateway."""
    rng = np.random.default_rng(round_)
    for gateway in range(GATEWAYS):
        mine = euis[home == gateway]
        n = len(mine)
        values = {
            "level_percent": rng.integers(0, 200, n) / 2,
            "temperature_c": np.full(n, 12.0),
            "power_w": rng.uniform(0, 90, n),
            "voltage_v": rng.uniform(225, 235, n),
            "flags": np.zeros(n, np.uint8),
        }
        counts = {name: np.full(n, round_ + 1) for name in ("energy_wh", "burning_min", "clock_s", "token", "applied")}
        status = lampradio.encode_status({**values, **counts})
        at_us = NOW_US + round_ * 900 * US
        frame = np.full(n, round_ + 1, np.uint32)
        body = columns.GatewayColumns(f"g{gateway}", at_us, mine, frame, np.full(n, -90, np.int16), status)
        yield chirpstack.columns_topic(f"g{gateway}"), columns.encode_columns(body)


def ours(folder: Path) -> tuple[float, float, list[float]]:
    """Return rows per CPU second, rows per second, and the seconds each commit took."""
    euis = np.arange(1, LAMPS + 1, dtype=np.uint64)
    home = np.arange(LAMPS) % GATEWAYS
    gate = Gate(euis, [f"g{place}" for place in home], np.full(LAMPS, np.nan))
    store = TelemetryStore(folder / "telemetry.db", {"Streetlight": LAMP_COLUMNS})
    state = ColumnState("Streetlight", LAMPS, LAMP_COLUMNS)
    work = [message for round_ in range(ROUNDS) for message in messages(euis, home, round_)]
    commits, rows = [], 0
    cpu, wall = time.process_time(), time.monotonic()
    for topic, body in work:
        seen = gate.admit(read(topic, body, NOW_US + ROUNDS * 900 * US), NOW_US + ROUNDS * 900 * US)
        assert seen is not None
        for batch in split(seen, BATCH_ROWS):
            began = time.monotonic()
            store.write(batch).result()
            commits.append(time.monotonic() - began)
            state.apply(batch)
            rows += len(batch)
    cpu, wall = time.process_time() - cpu, time.monotonic() - wall
    store.close()
    assert rows == LAMPS * ROUNDS
    return rows / cpu, rows / wall, commits


def bare(folder: Path) -> float:
    """Return rows per CPU second of plain inserts of the same rows in the same batches, same durability, no state."""
    db = sqlite3.connect(folder / "bare.db", isolation_level=None)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=FULL")
    names = ", ".join(LAMP_COLUMNS)
    db.execute(f"CREATE TABLE h (ix INTEGER, at INTEGER, {names}, PRIMARY KEY (ix, at)) WITHOUT ROWID")
    marks = ", ".join("?" * (len(LAMP_COLUMNS) + 2))
    batch = LAMPS // GATEWAYS
    cpu = time.process_time()
    for round_ in range(ROUNDS):
        for gateway in range(GATEWAYS):
            rows = [(ix * GATEWAYS + gateway, round_, *(1.5,) * len(LAMP_COLUMNS)) for ix in range(batch)]
            db.execute("BEGIN")
            db.executemany(f"INSERT INTO h VALUES ({marks})", rows)
            db.execute("COMMIT")
    return LAMPS * ROUNDS / (time.process_time() - cpu)


def main() -> None:
    """Run both and publish."""
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
        per_cpu, per_s, commits = ours(Path(one))
        bare_rows = bare(Path(two))
    attributes = len(LAMP_COLUMNS)
    publish(
        "observe",
        per_cpu * attributes,
        "observations/CPU-s",
        peer="bare SQLite",
        peer_value=bare_rows * attributes,
    )
    publish("observe rows", per_cpu, "rows/CPU-s", peer="bare SQLite", peer_value=bare_rows)
    publish("observe wall", per_s * attributes, "observations/s", peer="required", peer_value=20_000)
    p99_ms = float(np.percentile(commits, 99)) * 1000
    publish("observe commit p99", p99_ms, "ms", peer="allowed", peer_value=50)


if __name__ == "__main__":
    main()
