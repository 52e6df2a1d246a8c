"""Two hundred kills under load: nothing acknowledged is lost or applied twice, the chain holds, a rebuild is equal."""

from __future__ import annotations

import random
import threading
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from path.night import FOUND, live_a_night
from path.night import LAMPS as NIGHT_LAMPS
from path.running import RunningCity, eventually
from path.small_city import write_small_city
from stadtwerk.app.home import Home
from stadtwerk.app.rebuild import check_folder
from stadtwerk.kernel.command import Command
from stadtwerk.kernel.journal import first_broken
from stadtwerk.kernel.refusal import Refused
from stadtwerk.stores.decision_reader import DecisionReader

LAMPS, KILLS, SEED = 5_000, 200, 4
MORE_KILLS = 30
KEPT_ASKED = ("/api/lighting/faults?which=all", "/api/lighting/jobs?which=all", "/api/lighting/crews")
ROUND, RECOVERED_S = 8, 30
VICTIMS = ("core", "core", "core", "broker", "twin", "all")
LOSSY = {"uplink_loss": 0.05, "downlink_loss": 0.03, "delay_min_s": 0.2, "delay_max_s": 3.0, "duplicate_rate": 0.01}


class Client:
    """Somebody outside who orders light, keeps every receipt, and asks again with the same id when nobody answers."""

    decided: tuple[int, ...] = ()
    """Statuses of refusals that are decisions: nothing was promised."""

    def __init__(self, city: RunningCity, seed: int) -> None:
        self._city, self._rng = city, random.Random(seed)
        self.receipts: dict[str, dict[str, Any]] = {}
        self.stop = threading.Event()

    def run(self) -> None:
        """Order until told to stop."""
        while not self.stop.is_set():
            command_id, (kind, body) = str(uuid.UUID(int=self._rng.getrandbits(128))), self._order()
            receipt = self._ask(command_id, kind, body)
            if receipt:
                self.receipts[command_id] = receipt
            time.sleep(0.4)

    def _ask(self, command_id: str, kind: str, body: dict[str, Any]) -> dict[str, Any] | None:
        while not self.stop.is_set():
            try:
                return self._city.client.post(f"/api/commands/{kind}", body, key=command_id)
            except Refused as no:
                if no.refusal.status in self.decided:
                    return None
                assert no.refusal.status == 503, no.refusal
                time.sleep(0.2)
        return None

    def _order(self) -> tuple[str, dict[str, Any]]:
        number, place = self._rng.randint(1, LAMPS), self._rng.randint(1, 25)
        targets = ({"lamp": f"do-{number:07d}"}, {"street": f"s{place}"}, {"circuit": f"c{place}"}, {"district": "d1"})
        return "lighting.set-level", {
            "target": self._rng.choice(targets[:3] if self._rng.random() < 0.95 else targets),
            "level_percent": self._rng.randint(0, 100),
            "until": (datetime.now(UTC) + timedelta(hours=2)).isoformat(),
        }


class Foreman(Client):
    """Somebody who decides about faults, opens jobs, plans, finishes and takes back; much of it comes too late."""

    decided = (409,)

    def _order(self) -> tuple[str, dict[str, Any]]:
        rng = self._rng
        lamp, job = f"do-{rng.randint(1, NIGHT_LAMPS):07d}", f"j-{rng.randint(1, len(FOUND) - 1):06d}"
        fault = f"f-{rng.randint(1, len(FOUND)):06d}"
        kind, body = rng.choice(
            (
                ("confirm-fault", {"fault": fault}),
                ("dismiss-fault", {"fault": fault, "reason": "seen from the car"}),
                ("undo-fault", {"fault": fault}),
                ("open-job", {"kind": "inspection", "lamps": [lamp]}),
                ("report-lamp", {"lamp": lamp, "what": rng.choice(("dark", "damage"))}),
                ("plan-job", {"job": job, "crew": "nord", "day": "2026-10-07"}),
                ("finish-job", {"job": job, "result": "repaired"}),
                ("undo-job", {"job": job}),
            )
        )
        return f"lighting.{kind}", body


@pytest.mark.slow
def test_two_hundred_kills_lose_nothing(tmp_path: Path) -> None:
    """Single processes and the whole city are killed at random moments while three clients order light.

    After every round of kills the city must be whole again within half a minute, with nobody's help.
    """
    rng = random.Random(SEED)
    city = write_small_city(tmp_path / "city", LAMPS, **LOSSY)
    with RunningCity(city, tmp_path / "data") as running:
        clients = [Client(running, seed) for seed in range(3)]
        threads = [threading.Thread(target=client.run, daemon=True) for client in clients]
        for thread in threads:
            thread.start()
        kills = 0
        while kills < KILLS:
            time.sleep(rng.uniform(0.1, 2.0))
            victim = rng.choice(VICTIMS)
            if victim == "all":
                running.kill_all()
            if victim == "all" or running.kill(victim):
                kills += 1
                if kills % ROUND == 0:
                    eventually(lambda: answered(lambda: whole(running)), timeout_s=RECOVERED_S)
        for client in clients:
            client.stop.set()
        for thread in threads:
            thread.join()
        eventually(lambda: answered(lambda: running.client.get("/api/health")["commands_open"] == 0), timeout_s=150)
        receipts = {key: value for client in clients for key, value in client.receipts.items()}
        for command_id in receipts:
            assert running.client.get(f"/api/commands/{command_id}")["state"] in ("confirmed", "expired")
    nothing_lost(tmp_path / "data", receipts)
    nothing_twice(tmp_path / "data")


@pytest.mark.slow
def test_kills_with_faults_and_jobs_in_the_journal(tmp_path: Path) -> None:
    """After a night of faults two foremen decide while processes die: what they were told is so, then and after a rebuild."""
    rng = random.Random(SEED)
    city, data = live_a_night(tmp_path)
    with RunningCity(city, data, "--speed", "2") as running:
        crew = {"id": "nord", "name": "Nord", "vehicle": "DU 1", "skills": ["lift", "electric", "cable"]}
        running.client.post("/api/commands/lighting.put-crew", {**crew, "depot": [6.76, 51.43]})
        foremen = [Foreman(running, seed) for seed in range(2)]
        threads = [threading.Thread(target=foreman.run, daemon=True) for foreman in foremen]
        for thread in threads:
            thread.start()
        for kill in range(MORE_KILLS):
            time.sleep(rng.uniform(0.1, 3.0))
            if rng.random() < 0.15:
                running.kill_all()
            else:
                running.kill("core")
            if kill % ROUND == 0:
                eventually(lambda: answered(lambda: whole(running)), timeout_s=RECOVERED_S)
        eventually(lambda: answered(lambda: whole(running)), timeout_s=RECOVERED_S)
        time.sleep(3)
        for foreman in foremen:
            foreman.stop.set()
        for thread in threads:
            thread.join()
        told = [running.client.get(path) for path in KEPT_ASKED]
        running.kill("core")
        eventually(lambda: answered(lambda: whole(running)), timeout_s=RECOVERED_S)
        assert [running.client.get(path) for path in KEPT_ASKED] == told
    receipts = {key: value for foreman in foremen for key, value in foreman.receipts.items()}
    kept(data, receipts, at_least=20)
    assert {(one["kind"], one["entity"]) for one in told[0]["faults"]} == FOUND
    assert {kind.partition("-")[2] for kind in (one["kind"] for one in receipts.values())} >= {"fault", "job", "lamp"}
    jobs = {one["id"] for one in told[1]["jobs"]}
    opened = sum(one["kind"] == "lighting.open-job" for one in receipts.values())
    assert len(jobs) >= opened + len(FOUND) - 1


def whole(running: RunningCity) -> bool:
    """Whether the core answers and reaches its broker."""
    health = running.client.get("/api/health")
    return all(reason["about"] != "broker" for reason in health["reasons"])


def answered(ask: Callable[[], Any]) -> Any:
    try:
        return ask()
    except Refused:
        return None


def kept(data: Path, receipts: dict[str, dict[str, Any]], at_least: int) -> dict[str, Command]:
    """Every receipt is a command in the store with the same token of order; chain and rebuild hold."""
    assert len(receipts) > at_least
    report = check_folder(data)
    assert report["chain"] == "good"
    assert report["equal"]
    with Home.of(data).moment() as (decisions, _):
        reader = DecisionReader(decisions)
        assert first_broken(reader.entries()) is None
        stored = {command.id: command for command in reader.all_commands()}
    assert receipts.keys() <= stored.keys()
    for command_id, receipt in receipts.items():
        assert (stored[command_id].seq, stored[command_id].kind) == (receipt["seq"], receipt["kind"])
    return stored


def nothing_lost(data: Path, receipts: dict[str, dict[str, Any]], at_least: int = 60) -> None:
    """Every order of light that was acknowledged is kept as it was asked, and most lamps were reached."""
    stored = kept(data, receipts, at_least)
    for command_id, receipt in receipts.items():
        assert stored[command_id].body["level_percent"] == receipt["level_percent"]
    closed = [command for command in stored.values() if command.state in ("confirmed", "expired")]
    confirmed = sum(command.counts()["confirmed"] for command in closed)
    unanswered = sum(command.counts()["no_answer"] for command in closed)
    # Something dies every second: lamps are cut off most of the time, and still most are reached.
    assert unanswered < 0.5 * (confirmed + unanswered), (confirmed, unanswered)


def nothing_twice(data: Path, heard: float = 0.97) -> None:
    """No lamp applied more commands than were meant for it, of the share that was heard at all."""
    meant = np.zeros(LAMPS)
    with Home.of(data).moment() as (decisions, telemetry):
        for command in DecisionReader(decisions).all_commands():
            meant[command.rows] += 1
        told = telemetry.execute("SELECT ix, applied FROM state_Streetlight").fetchall()
    assert len(told) > heard * LAMPS
    for row, applied in told:
        assert applied <= meant[row], f"lamp {row} applied {applied} of {meant[row]} commands"
