"""Durable decisions on both databases: a lamp's command decided, chained, committed, beside bare inserts."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
import tempfile
import time
from pathlib import Path

import asyncpg
import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from engines import Engine, engines
from figure import publish
from path.small_city import write_small_city
from stadtwerk.app.folder import open_folder
from stadtwerk.app.systems import make_parts
from stadtwerk.kernel.clock import US, iso
from stadtwerk.kernel.command import Command, Order
from stadtwerk.kernel.journal import Event
from stadtwerk.vocab.lighting import SetLevel, Target

LAMPS, ALONE, TOGETHER, WAITING = 5_000, 500, 4_000, 100
NOW_US = 1_790_000_000 * US

Decided = list[tuple[list[Event], Command]]


def decide(folder: Path, n: int) -> Decided:
    """Decide so many commands, each for a lamp of its own."""
    part = make_parts(open_folder(write_small_city(folder, LAMPS)))["lighting"]
    book, found = part.state.book, []
    for number in range(n):
        now_us = NOW_US + number * US
        content = SetLevel(Target(lamp=f"do-{number % LAMPS + 1:07d}"), number % 101, iso(now_us + 3600 * US))
        order = Order(f"bench-{number:06d}", "ada", "lighting.set-level", content)
        events = part.system.decide(part.state, order, now_us)
        for event in events:
            book.evolve(event)
        found.append((events, book.commands[order.id]))
        book.commands = {order.id: book.commands[order.id]}
    return found


def ours(engine: Engine, decided: Decided) -> tuple[list[float], float, float, float]:
    """Return the seconds of single commits, then commands per second, per CPU second and events per second.

    The latter as the lane does it: what waits is committed together.
    """
    store, telemetry = engine.home.open({})
    alone = []
    for events, command in decided[:ALONE]:
        began = time.monotonic()
        store.append(events, [command]).result()
        alone.append(time.monotonic() - began)
    cpu, wall = engine.cpu_s(), time.monotonic()
    for start in range(ALONE, len(decided), WAITING):
        group = decided[start : start + WAITING]
        events = [event for events, _ in group for event in events]
        store.append(events, [command for _, command in group]).result()
    cpu, wall = engine.cpu_s() - cpu, time.monotonic() - wall
    n, n_events = len(decided) - ALONE, sum(len(events) for events, _ in decided[ALONE:])
    store.close()
    telemetry.close()
    return alone, n / wall, n / cpu, n_events / wall


def bare(engine: Engine) -> float:
    """Return durable commits per second of one small row each, the barest way."""
    if engine.address:
        return asyncio.run(_bare_postgres(engine.address.dsn))
    with tempfile.TemporaryDirectory() as folder:
        db = sqlite3.connect(Path(folder) / "bare.db", isolation_level=None)
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=FULL")
        db.execute("CREATE TABLE bare (seq INTEGER PRIMARY KEY, body BLOB)")
        began = time.monotonic()
        for number in range(ALONE):
            db.execute("INSERT INTO bare VALUES (?, ?)", (number, bytes(300)))
        return ALONE / (time.monotonic() - began)


async def _bare_postgres(dsn: str) -> float:
    db = await asyncpg.connect(dsn)
    await db.execute("CREATE TABLE bare (seq bigint PRIMARY KEY, body bytea)")
    began = time.monotonic()
    for number in range(ALONE):
        await db.execute("INSERT INTO bare VALUES ($1, $2)", number, bytes(300))
    took = time.monotonic() - began
    await db.close()
    return ALONE / took


def main() -> None:
    """Run both databases and publish."""
    with tempfile.TemporaryDirectory() as folder, engines() as both:
        for engine in both:
            decided = decide(Path(folder) / engine.name, ALONE + TOGETHER)
            alone, per_s, per_cpu, events_per_s = ours(engine, decided)
            single, name = bare(engine), f"decide {engine.name}"
            publish(f"{name} one by one", ALONE / sum(alone), "commands/s", peer="bare commits", peer_value=single)
            p99_ms = float(np.percentile(alone, 99)) * 1000
            publish(f"{name} commit p99", p99_ms, "ms", peer="allowed", peer_value=50)
            publish(f"{name} {WAITING} waiting", per_s, "commands/s", peer="bare commits", peer_value=single)
            publish(f"{name} CPU", per_cpu, "commands/CPU-s", peer="required", peer_value=1_000)
            publish(f"{name} events", events_per_s, "events/s", peer="required", peer_value=2_000)


if __name__ == "__main__":
    main()
