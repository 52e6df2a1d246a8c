"""The stores keep what they acknowledged, on real SQLite files and a real PostgreSQL server."""

from __future__ import annotations

import numpy as np
import pytest

from stadtwerk.kernel.command import Command
from stadtwerk.kernel.journal import Event, first_broken
from stadtwerk.kernel.observation import Observations
from stadtwerk.kernel.state import ColumnState
from stadtwerk.stores.telemetry import TAIL_S, TelemetryStore
from stores.conftest import Engine

COLUMNS = ("level_percent", "power_w")


def seen(rows: list[int], at_us: int, level: float, power: float = np.nan) -> Observations:
    """Observe some lamps at one time."""
    n = len(rows)
    values = {"level_percent": np.full(n, level), "power_w": np.full(n, power)}
    return Observations("Streetlight", np.array(rows, np.int32), np.full(n, at_us, np.int64), values)


@pytest.fixture
def telemetry(engine: Engine) -> TelemetryStore:
    """An empty telemetry store."""
    return engine.telemetry({"Streetlight": COLUMNS})


def test_state_and_history_survive(engine: Engine, telemetry: TelemetryStore) -> None:
    """After closing and opening again, last values and history are what was written; an older value does not win."""
    for at_us, level, power in ((100, 10.0, 5.0), (300, 30.0, np.nan), (200, 20.0, 7.0)):
        telemetry.write(seen([0, 2], at_us, level, power)).result(10)
    telemetry.close()
    again = engine.telemetry({"Streetlight": COLUMNS})
    state = ColumnState("Streetlight", 3, COLUMNS)
    again.load(state)
    assert state.observed_at_us.tolist() == [300, 0, 300]
    assert state["level_percent"][0] == 30.0
    assert state["power_w"][0] == 5.0
    history = again.history("Streetlight", 0, 100, 301)
    assert history["at_us"].tolist() == [100, 200, 300]
    assert history["level_percent"].tolist() == [10.0, 20.0, 30.0]
    again.close()


def test_the_tail_is_trimmed(telemetry: TelemetryStore) -> None:
    """What is older than the tail goes, slice by slice; the rest stays."""
    now_us = (TAIL_S + 100) * 1_000_000
    for at_us in (1_000_000, now_us):
        telemetry.write(seen([0, 1], at_us, 1.0)).result(10)
    telemetry.trim("Streetlight", range(1), now_us).result(10)
    assert telemetry.history("Streetlight", 0, 0, now_us + 1)["at_us"].tolist() == [now_us]
    assert len(telemetry.history("Streetlight", 1, 0, now_us + 1)["at_us"]) == 2
    telemetry.close()


def test_quarantine_counts(telemetry: TelemetryStore) -> None:
    """What is set aside is counted by reason."""
    for n in (2, 3):
        telemetry.quarantine("clock", n, 1, b"sample").result(10)
    assert telemetry.quarantined() == {"clock": 5}
    telemetry.close()


def test_journal_and_commands_survive(engine: Engine) -> None:
    """Events chain over a restart, a command is found by its id with its targets."""
    for start in (0, 2):
        store = engine.decisions()
        assert store.last_seq == start
        command = Command(f"c{start}", "lighting.clear", "ada", {"target": {}}, "t", 5, rows=np.array([1, 2], np.int32))
        command.outcome = np.array([1, 0], np.uint8)
        events = [Event(5, kind, command.id, "ada", "", {"x": 1}) for kind in ("command.requested", "command.sent")]
        store.append(events, [command]).result(10)
        store.close()
    store = engine.decisions()
    assert first_broken(store.entries()) is None
    found = store.find("c2")
    assert found is not None
    assert (found.seq, found.rows.tolist(), found.outcome.tolist()) == (3, [1, 2], [1, 0])
    assert [command.id for command in store.latest(10)] == ["c2", "c0"]
    assert [command.id for command in store.latest(10, before=3)] == ["c0"]
    store.close()
