"""A day of 260,417 meters (25 M rows) into history, one meter-day and the whole lamp map out of it, beside bare DuckDB.

How the values are made: each meter has a yearly consumption (log-normal, median 3,100 kWh), a day of two humps, in each
quarter hour a log-normal noise and now and then an appliance of 2 kW. The register counts whole Wh and never goes back,
the mean power is whole W, the time is the quarter hour. One slot of all meters is queued in batches as the core commits
them, archived, and the closed day put in order. What the screens' tables of the tail cost is `bench observe`.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

sys.path.insert(0, str(Path(__file__).parent))
from engines import Engine, engines
from figure import publish
from stadtwerk.kernel.clock import US
from stadtwerk.kernel.observation import Observations
from stadtwerk.kernel.state import ColumnState
from stadtwerk.stores.lake.archive import Archive
from stadtwerk.stores.lake.duck import Duck
from stadtwerk.stores.lake.reader import LakeReader
from stadtwerk.stores.lake.rows import DAY_US, HOUR_US
from stadtwerk.stores.lake.table import LakeTable
from stadtwerk.stores.sqlite.writer import SqliteFile
from stadtwerk.stores.tail import SCHEMA, TailReader, drop, put
from stadtwerk.vocab.lighting import LAMP_COLUMNS, WHOLE_COLUMNS

METERS, SLOTS, BATCH = 260_417, 96, 5_000
LAMPS = 52_000
COLUMNS = ("import_wh", "power_w")
DAY = 1_790_000_000 * US // DAY_US * DAY_US
SLOT_US = 900 * US


def meter_slots() -> Iterator[Observations]:
    """Make one quarter hour of all meters after the other."""
    rng = np.random.default_rng(7)
    mean_w = np.exp(rng.normal(np.log(3100 / 8.76), 0.55, METERS))
    register = np.floor(rng.uniform(0, 4e7, METERS))
    phase = rng.normal(0, 1.0, METERS)
    rows = np.arange(METERS, dtype=np.int32)
    for slot in range(SLOTS):
        hour = slot / 4 + phase
        profile = 0.45 + 0.7 * np.exp(-(((hour - 7.5) / 2) ** 2)) + 1.1 * np.exp(-(((hour - 19.5) / 2.5) ** 2))
        power = mean_w * profile * np.exp(rng.normal(0, 0.35, METERS)) + 2000 * (rng.random(METERS) < 0.03)
        power_w = np.round(power)
        register += np.round(power / 4)
        times = np.full(METERS, DAY + slot * SLOT_US)
        yield Observations("Meter", rows, times, {"import_wh": register.copy(), "power_w": power_w})


def batches(seen: Observations) -> Iterator[Observations]:
    """Cut a slot as the core commits it."""
    for start in range(0, len(seen), BATCH):
        yield seen.take(slice(start, start + BATCH))


class Nothing:
    """A tail in which nothing waits."""

    def batches(self, entity_type: str, after: int, rows: int = 0) -> list[tuple[int, Observations]]:
        return []


def ours(folder: Path, slots: list[Observations]) -> tuple[float, float]:
    """Return CPU seconds for all slots (queue, archive, keyframes, closing the day), and bytes a row."""
    database = SqliteFile(folder / "telemetry.db")
    db = database.writer("telemetry")
    db.executescript(SCHEMA)
    tail, duck, seq = TailReader(database.reader()), Duck(1), 0
    archive = Archive(folder, "Meter", COLUMNS, COLUMNS, duck)
    cpu = time.process_time()
    for place, seen in enumerate(slots):
        for batch in batches(seen):
            seq += 1
            database.begin(db)
            put(db, seq, batch)
            db.execute("COMMIT")
        archive.take(tail.batches("Meter", archive.mark))
        database.begin(db)
        drop(db, {"Meter": archive.mark})
        db.execute("COMMIT")
        now_us = DAY + place * SLOT_US + 300 * US
        archive.tidy(now_us)
    archive.tidy(DAY + DAY_US + 2 * HOUR_US)
    archive.close_days(DAY + DAY_US + 2 * HOUR_US, 400)
    cpu = time.process_time() - cpu
    size = sum(file.size for file in archive.table.snapshot().files)
    frames = LakeTable(folder / "Meter.keyframes", COLUMNS, COLUMNS, framed=True).snapshot().files
    print(f"  {len(archive.table.snapshot().files)} files; keyframes {sum(f.size for f in frames) / 1e6:.0f} MB more")
    db.close()
    return cpu, size / (METERS * len(slots))


def through(engine: Engine, folder: Path, seen: Observations) -> tuple[float, float]:
    """Return rows per CPU second (of the database's server too) through the core, the tail and into a Delta table.

    Also the share of it that is the archive's.
    """
    decisions, store = engine.home.open({"Meter": COLUMNS})
    cpu = engine.cpu_s()
    for batch in batches(seen):
        store.write(batch).result()
    kept = engine.cpu_s() - cpu
    reader, duck = engine.home.databases()[1].reader(), Duck(1)
    archive = Archive(folder, "Meter", COLUMNS, COLUMNS, duck)
    archive.take(TailReader(reader).batches("Meter", archive.mark))
    store.drop_archived({"Meter": archive.mark}).result()
    cpu = engine.cpu_s() - cpu
    assert sum(file.rows for file in archive.table.snapshot().files) == len(seen)
    for one in (reader, duck, store, decisions):
        one.close()
    return len(seen) / cpu, 1 - kept / cpu


def bare(folder: Path, slots: list[Observations]) -> tuple[float, float]:
    """Return the same of bare DuckDB: each slot into a table of a native database, then one sorted Parquet file."""
    db = duckdb.connect(str(folder / "bare.duckdb"), config={"threads": 1})
    db.execute("CREATE TABLE m (ix INTEGER, seen TIMESTAMP, import_wh BIGINT, power_w BIGINT)")
    cpu = time.process_time()
    for seen in slots:
        whole = {name: values.astype(np.int64) for name, values in seen.columns.items()}
        times = pa.array(seen.observed_at_us).cast(pa.timestamp("us"))
        one = pa.table({"ix": seen.rows, "seen": times, **whole})  # noqa: F841 - DuckDB finds it by its name
        db.execute("INSERT INTO m SELECT * FROM one")
    target = folder / "bare.parquet"
    order = "(SELECT * FROM m ORDER BY ix, seen)"
    db.execute(f"COPY {order} TO '{target}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 16384)")
    cpu = time.process_time() - cpu
    db.close()
    return cpu, target.stat().st_size / (METERS * len(slots))


def meter_days(folder: Path, target: Path) -> tuple[float, float, float]:
    """Return the median milliseconds of one meter's day: ours in wall and CPU time, and of the bare file."""
    reader, db = LakeReader(folder, {"Meter": COLUMNS}, Nothing()), duckdb.connect(config={"threads": 2})
    db.execute("SET parquet_metadata_cache=true")
    mine, cpus, theirs = [], [], []
    for row in np.random.default_rng(1).integers(0, METERS, 200).tolist():
        began, cpu = time.perf_counter(), time.process_time()
        found = reader.history("Meter", row, DAY, DAY + DAY_US)
        mine.append(time.perf_counter() - began)
        cpus.append(time.process_time() - cpu)
        assert len(found["at_us"]) == SLOTS
        began = time.perf_counter()
        assert len(db.execute(f"SELECT * FROM '{target}' WHERE ix=?", [row]).fetchnumpy()["ix"]) == SLOTS
        theirs.append(time.perf_counter() - began)
    return float(np.median(mine)) * 1000, float(np.median(cpus)) * 1000, float(np.median(theirs)) * 1000


def lamp_slots() -> Iterator[Observations]:
    """Make one report of every lamp after the other: spread over the quarter hour, dimmed at night, metered."""
    rng = np.random.default_rng(3)
    offset = rng.integers(0, 900, LAMPS) * US
    nominal = rng.choice([18.0, 30.0, 54.0, 98.0], LAMPS)
    energy, hours = rng.uniform(0, 900, LAMPS), rng.uniform(0, 30_000, LAMPS)
    for slot in range(SLOTS):
        level = 0.0 if 28 < slot < 68 else 50.0 if slot < 16 else 100.0
        power = np.round(nominal * (0.02 + level / 100) * rng.normal(1, 0.01, LAMPS), 1)
        energy = np.round(energy + power / 4000, 3)
        hours = np.round(hours + 0.25 * (level > 0), 2)
        values = {
            "level_percent": np.full(LAMPS, level),
            "power_w": power,
            "energy_kwh": energy,
            "burning_h": hours,
            "temperature_c": np.round(rng.normal(18, 3, LAMPS)),
            "voltage_v": np.round(rng.normal(230, 2, LAMPS), 1),
            "flags": (rng.random(LAMPS) < 0.01).astype(np.float64),
            "token": np.zeros(LAMPS),
            "applied": np.zeros(LAMPS),
            "f_cnt": np.full(LAMPS, 7.0 + slot),
            "rssi_dbm": np.round(rng.normal(-95, 8, LAMPS)),
        }
        yield Observations("Streetlight", np.arange(LAMPS, dtype=np.int32), DAY + slot * SLOT_US + offset, values)


def whole_map(folder: Path) -> tuple[list[float], list[float], float]:
    """Return the seconds, wall and CPU, of the whole map at minutes of a closed day asked cold, and bytes a row."""
    duck = Duck(1)
    archive = Archive(folder, "Streetlight", LAMP_COLUMNS, WHOLE_COLUMNS, duck)
    for seq, seen in enumerate(lamp_slots(), start=1):
        archive.take([(seq, seen)])
        archive.tidy(DAY + seq * SLOT_US)
    archive.tidy(DAY + DAY_US + 2 * HOUR_US)
    archive.close_days(DAY + DAY_US + 2 * HOUR_US, 400)
    duck.close()
    state, took, cpus = ColumnState("Streetlight", LAMPS, LAMP_COLUMNS), [], []
    reader = LakeReader(folder, {"Streetlight": LAMP_COLUMNS}, Nothing())
    for minute in np.random.default_rng(2).permutation(24)[:20] * 60 + 53:
        began, cpu = time.perf_counter(), time.process_time()
        reader.fill(state, DAY + int(minute) * 60 * US)
        took.append(time.perf_counter() - began)
        cpus.append(time.process_time() - cpu)
        assert (state.observed_at_us > 0).all()
    files = archive.table.snapshot().files
    return took, cpus, sum(file.size for file in files) / sum(file.rows for file in files)


def main() -> None:
    """Run all and publish."""
    slots = list(meter_slots())
    with (
        tempfile.TemporaryDirectory() as one,
        tempfile.TemporaryDirectory() as two,
        tempfile.TemporaryDirectory() as six,
    ):
        cpu, row_bytes = ours(Path(one), slots)
        bare_cpu, bare_bytes = bare(Path(two), slots)
        rows = METERS * len(slots)
        print(f"  {rows:,} rows")
        publish("history ingest, a day", cpu / 60, "CPU-min", peer="allowed", peer_value=4)
        publish("history ingest", rows / cpu, "rows/CPU-s", peer="bare DuckDB, sorted once", peer_value=rows / bare_cpu)
        publish("history size", row_bytes, "bytes/row", peer="bare DuckDB Parquet", peer_value=bare_bytes)
        publish("history size", row_bytes, "bytes/row", peer="allowed", peer_value=4)
        mine_ms, cpu_ms, bare_ms = meter_days(Path(one), Path(two) / "bare.parquet")
        publish("one meter-day", mine_ms, "ms", peer="bare DuckDB Parquet", peer_value=bare_ms)
        publish("one meter-day", mine_ms, "ms", peer="allowed", peer_value=10)
        publish("one meter-day, CPU", cpu_ms, "ms", peer="allowed", peer_value=10)
        with engines() as both:
            for engine in both:
                per_cpu, archived = through(engine, Path(one) / engine.name, slots[0])
                name = f"history through {engine.name}"
                publish(name, per_cpu, "rows/CPU-s", peer="required: 25 M rows a day", peer_value=rows / 86_400)
                publish(f"{name}, archive's part", archived, "of CPU", peer="all of it", peer_value=1)
        took, cpus, lamp_bytes = whole_map(Path(six))
        publish("whole map at an instant, worst", max(took), "s", peer="allowed", peer_value=2)
        publish("whole map at an instant, median", float(np.median(took)), "s", peer="wanted", peer_value=0.5)
        publish("whole map at an instant, median of CPU", float(np.median(cpus)), "s", peer="wanted", peer_value=0.5)
        publish("lamp row of 11 values", lamp_bytes, "bytes/row", peer="float64, bare", peer_value=100)


if __name__ == "__main__":
    main()
