"""The historian under kill -9: no row lost, none doubled, whatever moment it dies at."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl

from stadtwerk.app.archived import read_archived
from stadtwerk.kernel.clock import US
from stadtwerk.kernel.observation import Observations
from stadtwerk.stores.lake.reader import LakeReader
from stadtwerk.stores.lake.rows import DAY_US
from stadtwerk.stores.sqlite.telemetry import TelemetryStore
from stadtwerk.stores.sqlite.writer import connect_reader
from stadtwerk.stores.tail import TailReader

ROOT = Path(__file__).parents[2]
START_US = 1_790_000_000 * US // DAY_US * DAY_US
COLUMNS = ("level", "count")
LAMPS, ROUNDS, KILLS = 40, 40, 4
WORKER = """
import sys, time
from pathlib import Path
from stadtwerk.app.historian import Historian
from stadtwerk.stores.sqlite.writer import connect_reader
from stadtwerk.stores.tail import TailReader
historian = Historian(Path(sys.argv[1]) / "lake", {"Lamp": ("level", "count")}, ("count",), 400)
tail, now_us = TailReader(connect_reader(Path(sys.argv[1]) / "telemetry.db")), int(sys.argv[2])
print("begun", flush=True)
while True:
    historian.step(tail, now_us, now_us)
    now_us += 1_800_000_000
    print("stepped", flush=True)
"""


def batch(round_: int, rng: np.random.Generator) -> Observations:
    """Make one report of some lamps, a few of them hours late."""
    rows = np.sort(rng.permutation(LAMPS)[:25]).astype(np.int32)
    late = np.where(rng.random(25) < 0.1, rng.integers(1, 30, 25) * 3600 * US, 0)
    times = START_US + 40 * 3600 * US + round_ * (900 * US + 1000) - late + rows
    return Observations(
        "Lamp", rows, times.astype(np.int64), {"level": rng.random(25), "count": np.full(25, round_ * 1.0)}
    )


def test_killed_at_any_moment_it_loses_and_doubles_nothing(tmp_path: Path) -> None:
    rng, dice = np.random.default_rng(5), random.Random(5)
    store = TelemetryStore(tmp_path / "telemetry.db", {"Lamp": COLUMNS})
    env = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    told: list[tuple[int, int, float]] = []
    round_ = 0
    for kill in range(KILLS):
        now = START_US + 40 * 3600 * US + kill * 9 * 900 * US
        argv = [sys.executable, "-c", WORKER, str(tmp_path), str(now)]
        worker = subprocess.Popen(argv, env=env, stdout=subprocess.PIPE, text=True)
        assert worker.stdout
        assert worker.stdout.readline() == "begun\n"
        for _ in range(ROUNDS // KILLS):
            seen = batch(round_, rng)
            round_ += 1
            store.write(seen).result()
            told += zip(seen.rows.tolist(), seen.observed_at_us.tolist(), seen.columns["level"].tolist(), strict=True)
        for _ in range(dice.randrange(3)):
            worker.stdout.readline()
        subprocess.run(["sleep", f"{dice.random() * 0.15}"], check=True)
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        worker.stdout.close()
        # The core forgets what it is told is archived, also right after a kill.
        store.drop_archived(read_archived(tmp_path / "lake")).result()
    tail = TailReader(connect_reader(tmp_path / "telemetry.db"))
    reader = LakeReader(tmp_path / "lake", {"Lamp": COLUMNS}, tail)
    found = [
        (ix, at_us, level)
        for ix in range(LAMPS)
        for seen in [reader.history("Lamp", ix, START_US, START_US + 99 * 3600 * US)]
        for at_us, level in zip(seen["at_us"].tolist(), seen["level"].tolist(), strict=True)
    ]
    assert sorted(found) == sorted(told)
    rows = pl.read_delta(str(tmp_path / "lake" / "Lamp"))
    mark = read_archived(tmp_path / "lake")["Lamp"]
    waiting = sum(len(seen) for _, seen in tail.batches("Lamp", mark))
    assert len(rows) == len(rows.unique(["ix", "observed_at"]))
    assert len(rows) + waiting >= len(told)
    reader.close()
    tail.close()
    store.close()


def test_the_core_carries_none_of_the_lake_s_libraries() -> None:
    code = "import sys, stadtwerk.app.core; print(sorted({'pyarrow', 'duckdb', 'deltalake'} & set(sys.modules)))"
    env = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
