"""Twenty kills under load: nothing acknowledged is lost or applied twice, the chain holds, a rebuild is equal."""

from __future__ import annotations

import random
import sqlite3
import threading
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from path.running import RunningCity, eventually
from path.small_city import write_small_city
from stadtwerk.app.rebuild import check_folder
from stadtwerk.kernel.journal import first_broken
from stadtwerk.kernel.refusal import Refused
from stadtwerk.stores.sqlite.decision_reader import DecisionReader
from stadtwerk.stores.sqlite.writer import connect_reader

LAMPS, KILLS, SEED = 5_000, 20, 4
LOSSY = {"uplink_loss": 0.05, "downlink_loss": 0.03, "delay_min_s": 0.2, "delay_max_s": 3.0, "duplicate_rate": 0.01}


class Client:
    """Somebody outside who orders light, keeps every receipt, and asks again with the same id when nobody answers."""

    def __init__(self, city: RunningCity, seed: int) -> None:
        self._city, self._rng = city, random.Random(seed)
        self.receipts: dict[str, dict[str, Any]] = {}
        self.stop = threading.Event()

    def run(self) -> None:
        """Order until told to stop."""
        while not self.stop.is_set():
            command_id, body = str(uuid.UUID(int=self._rng.getrandbits(128))), self._body()
            receipt = self._ask(command_id, body)
            if receipt:
                self.receipts[command_id] = receipt
            time.sleep(0.4)

    def _ask(self, command_id: str, body: dict[str, Any]) -> dict[str, Any] | None:
        while not self.stop.is_set():
            try:
                return self._city.client.post("/api/commands/lighting.set-level", body, key=command_id)
            except Refused as no:
                assert no.refusal.status == 503, no.refusal
                time.sleep(0.2)
        return None

    def _body(self) -> dict[str, Any]:
        number, place = self._rng.randint(1, LAMPS), self._rng.randint(1, 25)
        targets = ({"lamp": f"do-{number:07d}"}, {"street": f"s{place}"}, {"circuit": f"c{place}"}, {"district": "d1"})
        return {
            "target": self._rng.choice(targets[:3] if self._rng.random() < 0.95 else targets),
            "level_percent": self._rng.randint(0, 100),
            "until": (datetime.now(UTC) + timedelta(hours=2)).isoformat(),
        }


@pytest.mark.slow
def test_twenty_kills_lose_nothing(tmp_path: Path) -> None:
    """Broker, core and twin are killed at random moments while three clients order light."""
    rng = random.Random(SEED)
    city = write_small_city(tmp_path / "city", LAMPS, **LOSSY)
    with RunningCity(city, tmp_path / "data") as running:
        clients = [Client(running, seed) for seed in range(3)]
        threads = [threading.Thread(target=client.run) for client in clients]
        for thread in threads:
            thread.start()
        for _ in range(KILLS):
            time.sleep(rng.uniform(0.5, 6.0))
            running.kill(rng.choice(("core", "core", "broker", "twin")))
        for client in clients:
            client.stop.set()
        for thread in threads:
            thread.join()
        eventually(lambda: _answered(lambda: running.client.get("/api/health")["commands_open"] == 0), timeout_s=150)
        receipts = {key: value for client in clients for key, value in client.receipts.items()}
        for command_id in receipts:
            assert running.client.get(f"/api/commands/{command_id}")["state"] in ("confirmed", "expired")
    _nothing_lost(tmp_path / "data", receipts)
    _nothing_twice(tmp_path / "data")


def _answered(ask: Callable[[], Any]) -> Any:
    try:
        return ask()
    except Refused:
        return None


def _nothing_lost(data: Path, receipts: dict[str, dict[str, Any]]) -> None:
    """Every receipt is a command in the store with the same token of order; chain and rebuild hold."""
    assert len(receipts) > 60
    report = check_folder(data)
    assert report["chain"] == "good"
    assert report["equal"]
    reader = DecisionReader(connect_reader(data / "decisions.db"))
    assert first_broken(reader.entries()) is None
    stored = {command.id: command for command in reader.all_commands()}
    assert receipts.keys() <= stored.keys()
    for command_id, receipt in receipts.items():
        assert stored[command_id].seq == receipt["seq"]
        assert stored[command_id].body["level_percent"] == receipt["level_percent"]
    closed = [command for command in stored.values() if command.state in ("confirmed", "expired")]
    confirmed = sum(command.counts()["confirmed"] for command in closed)
    unanswered = sum(command.counts()["no_answer"] for command in closed)
    assert unanswered < 0.25 * (confirmed + unanswered), (confirmed, unanswered)


def _nothing_twice(data: Path) -> None:
    """No lamp applied more commands than were meant for it."""
    reader = DecisionReader(connect_reader(data / "decisions.db"))
    meant = np.zeros(LAMPS)
    for command in reader.all_commands():
        meant[command.rows] += 1
    told = sqlite3.connect(data / "telemetry.db").execute("SELECT ix, applied FROM state_Streetlight").fetchall()
    assert len(told) > 0.97 * LAMPS
    for row, applied in told:
        assert applied <= meant[row], f"lamp {row} applied {applied} of {meant[row]} commands"
