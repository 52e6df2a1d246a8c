"""Durable observations on both databases: gateway messages through adapter, state, history, beside bare inserts."""

from __future__ import annotations

import asyncio
import io
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from engines import Engine, engines
from figure import publish
from stadtwerk.adapters.lamp_radio.uplink import Gate, read
from stadtwerk.kernel.clock import US
from stadtwerk.kernel.limits import BATCH_ROWS
from stadtwerk.kernel.observation import split
from stadtwerk.kernel.state import ColumnState
from stadtwerk.protocols import chirpstack, columns, lampradio
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


def ours(engine: Engine) -> tuple[float, float, list[float]]:
    """Return rows per CPU second (of the database's server too), rows per second, and the seconds each commit took."""
    euis = np.arange(1, LAMPS + 1, dtype=np.uint64)
    home = np.arange(LAMPS) % GATEWAYS
    gate = Gate(euis, [f"g{place}" for place in home], np.full(LAMPS, np.nan))
    decisions, store = engine.home.open({"Streetlight": LAMP_COLUMNS})
    state = ColumnState("Streetlight", LAMPS, LAMP_COLUMNS)
    work = [message for round_ in range(ROUNDS) for message in messages(euis, home, round_)]
    commits, rows = [], 0
    cpu, wall = engine.cpu_s(), time.monotonic()
    for topic, body in work:
        seen = gate.admit(read(topic, body, NOW_US + ROUNDS * 900 * US), NOW_US + ROUNDS * 900 * US)
        assert seen is not None
        for batch in split(seen, BATCH_ROWS):
            began = time.monotonic()
            store.write(batch).result()
            commits.append(time.monotonic() - began)
            state.apply(batch)
            rows += len(batch)
    cpu, wall = engine.cpu_s() - cpu, time.monotonic() - wall
    store.close()
    decisions.close()
    assert rows == LAMPS * ROUNDS
    return rows / cpu, rows / wall, commits


def bare(engine: Engine) -> float:
    """Return rows per CPU second of the barest way to keep the same rows, same batches, same durability, no state."""
    cpu = engine.cpu_s()
    if engine.address:
        asyncio.run(_bare_copy(engine.address.dsn))
    else:
        with tempfile.TemporaryDirectory() as folder:
            _bare_inserts(Path(folder))
    return LAMPS * ROUNDS / (engine.cpu_s() - cpu)


def _bare_inserts(folder: Path) -> None:
    db = sqlite3.connect(folder / "bare.db", isolation_level=None)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=FULL")
    names = ", ".join(LAMP_COLUMNS)
    db.execute(f"CREATE TABLE h (ix INTEGER, at INTEGER, {names}, PRIMARY KEY (ix, at)) WITHOUT ROWID")
    marks = ", ".join("?" * (len(LAMP_COLUMNS) + 2))
    for round_ in range(ROUNDS):
        for gateway in range(GATEWAYS):
            rows = [(ix * GATEWAYS + gateway, round_, *(1.5,) * len(LAMP_COLUMNS)) for ix in range(LAMPS // GATEWAYS)]
            db.execute("BEGIN")
            db.executemany(f"INSERT INTO h VALUES ({marks})", rows)
            db.execute("COMMIT")


async def _bare_copy(dsn: str) -> None:
    db = await asyncpg.connect(dsn)
    columns = ", ".join(f"{name} double precision" for name in LAMP_COLUMNS)
    await db.execute(f"CREATE TABLE h (ix bigint, at bigint, {columns}, PRIMARY KEY (ix, at))")
    values = "\t".join(["1.5"] * len(LAMP_COLUMNS))
    for round_ in range(ROUNDS):
        for gateway in range(GATEWAYS):
            lines = (f"{ix * GATEWAYS + gateway}\t{round_}\t{values}\n" for ix in range(LAMPS // GATEWAYS))
            await db.copy_to_table("h", source=io.BytesIO("".join(lines).encode()))
    await db.close()


def main() -> None:
    """Run both on both databases and publish."""
    attributes = len(LAMP_COLUMNS)
    with engines() as both:
        for engine in both:
            per_cpu, per_s, commits = ours(engine)
            peer, bare_rows = ("bare COPY" if engine.address else "bare SQLite"), bare(engine)
            name = "observe" if not engine.address else "observe PostgreSQL"
            publish(
                name,
                per_cpu * attributes,
                "observations/CPU-s",
                peer=peer,
                peer_value=bare_rows * attributes,
            )
            publish(f"{name} rows", per_cpu, "rows/CPU-s", peer=peer, peer_value=bare_rows)
            publish(f"{name} wall", per_s * attributes, "observations/s", peer="required", peer_value=20_000)
            p99_ms = float(np.percentile(commits, 99)) * 1000
            publish(f"{name} commit p99", p99_ms, "ms", peer="allowed", peer_value=50)


if __name__ == "__main__":
    main()
