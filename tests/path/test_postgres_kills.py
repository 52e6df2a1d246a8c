"""Kills on PostgreSQL: of the city's processes, of the server's, and of all of the server; nothing acknowledged is lost."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from pathlib import Path

import pytest

from path.running import RunningCity, eventually
from path.small_city import write_small_city
from path.test_kills import LAMPS, LOSSY, Client, answered, nothing_lost, nothing_twice
from stores.server import PostgresServer

SEED = 5
VICTIMS = ("core", "writer", "reader", "server", "core", "writer", "all", "server", "core", "writer")


@pytest.mark.slow
def test_ten_kills_lose_nothing(tmp_path: Path) -> None:
    """Three clients order light while processes on both sides of the database's socket are killed."""
    rng = random.Random(SEED)
    city = write_small_city(tmp_path / "city", LAMPS, **LOSSY)
    with PostgresServer() as server, RunningCity(city, tmp_path / "data", "--store", server.url("dorf")) as running:
        clients = [Client(running, seed) for seed in range(3)]
        threads = [threading.Thread(target=client.run, daemon=True) for client in clients]
        for thread in threads:
            thread.start()
        for victim in VICTIMS:
            time.sleep(rng.uniform(2.0, 6.0))
            _kill(running, server, victim)
        time.sleep(3)
        for client in clients:
            client.stop.set()
        for thread in threads:
            thread.join()
        eventually(lambda: answered(lambda: running.client.get("/api/health")["commands_open"] == 0), timeout_s=150)
        receipts = {key: value for client in clients for key, value in client.receipts.items()}
        nothing_lost(tmp_path / "data", receipts, at_least=20)
        nothing_twice(tmp_path / "data", 0.8)


def _kill(running: RunningCity, server: PostgresServer, victim: str) -> None:
    if victim == "server":
        server.stop(signal.SIGQUIT)
        server.start()
    elif victim == "all":
        running.kill_all()
    elif victim == "core":
        running.kill("core")
    else:
        for pid in server.backends(f"stadtwerk {victim} dorf")[:1]:
            os.kill(pid, signal.SIGKILL)
