"""The queue of the tail: numbers never come back, what is archived goes, and it has an end."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from stadtwerk.kernel.observation import Observations
from stadtwerk.stores import telemetry
from stadtwerk.stores.sqlite.telemetry import TelemetryStore
from stadtwerk.stores.sqlite.writer import connect_reader
from stadtwerk.stores.tail import TailReader

COLUMNS = ("level", "power")


def batch(at_us: int, n: int = 3) -> Observations:
    values = {"level": np.arange(n) / 2, "power": np.full(n, np.nan)}
    return Observations("Lamp", np.arange(n, dtype=np.int32), np.full(n, at_us), values)


def queue(path: Path) -> list[tuple[int, list[int]]]:
    reader = TailReader(connect_reader(path))
    found = [(seq, seen.observed_at_us.tolist()) for seq, seen in reader.batches("Lamp", 0)]
    reader.close()
    return found


def test_batches_come_back_as_they_were_told(tmp_path: Path) -> None:
    store = TelemetryStore(tmp_path / "t.db", {"Lamp": COLUMNS})
    store.write(batch(5)).result()
    reader = TailReader(connect_reader(tmp_path / "t.db"))
    ((seq, seen),) = reader.batches("Lamp", 0)
    assert (seq, seen.rows.tolist(), seen.columns["level"].tolist()) == (1, [0, 1, 2], [0.0, 0.5, 1.0])
    assert "power" not in seen.columns
    assert reader.waiting() == {"Lamp": 3}
    reader.close()
    store.close()


def test_numbers_never_come_back(tmp_path: Path) -> None:
    store = TelemetryStore(tmp_path / "t.db", {"Lamp": COLUMNS})
    for at_us in (5, 6):
        store.write(batch(at_us)).result()
    store.drop_archived({"Lamp": 2}).result()
    assert store.tail_rows == 0
    store.close()
    # A copy of an older day meets a lake that is ahead of it.
    store = TelemetryStore(tmp_path / "t.db", {"Lamp": COLUMNS})
    store.drop_archived({"Lamp": 9}).result()
    store.close()
    store = TelemetryStore(tmp_path / "t.db", {"Lamp": COLUMNS})
    store.write(batch(7)).result()
    assert queue(tmp_path / "t.db") == [(10, [7, 7, 7])]
    store.close()


def test_when_nobody_archives_the_oldest_goes_and_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telemetry, "TAIL_ROWS", 7)
    store = TelemetryStore(tmp_path / "t.db", {"Lamp": COLUMNS})
    for at_us in (5, 6, 7):
        store.write(batch(at_us)).result()
    assert [times[0] for _, times in queue(tmp_path / "t.db")] == [6, 7]
    assert store.quarantined() == {"history-overflow": 3}
    assert store.tail_rows == 6
    store.close()
