"""Energy of the whole default city: streets surveyed, a night accounted for out of history, a night replayed.

    python bench/energy.py [--json]

5 million reports of 52,000 lamps (a quarter hour apart, meters and power by their programs, one in twenty lost) are
archived as the historian does; the account reads the lamps' last words before two noons and adds up. The peer is one
bare DuckDB query over a sorted Parquet file of the same rows that does the meters' part alone. Energies must agree.
"""

from __future__ import annotations

import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # one core is one core

import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

sys.path[:0] = [str(Path(__file__).parent)]
from figure import publish
from history import Nothing
from stadtwerk.app.folder import lamp_mark, open_folder
from stadtwerk.app.up import default_city
from stadtwerk.kernel.clock import US
from stadtwerk.kernel.observation import Observations
from stadtwerk.stores.lake.archive import Archive
from stadtwerk.stores.lake.duck import Duck
from stadtwerk.stores.lake.reader import LakeReader
from stadtwerk.systems.lighting.energy.account import Trend, account_of
from stadtwerk.systems.lighting.energy.registers import registers_of
from stadtwerk.systems.lighting.energy.replay import OfReplay, replay_view
from stadtwerk.systems.lighting.energy.surveying import survey_of
from stadtwerk.systems.lighting.energy.table import table_of
from stadtwerk.systems.lighting.energy.window import noons_us
from stadtwerk.systems.lighting.inventory import read_inventory
from stadtwerk.systems.lighting.state import Lighting, make_lighting
from stadtwerk.vocab.lighting import LAMP_COLUMNS, WHOLE_COLUMNS

DAY, ZONE = date(2026, 11, 20), "Europe/Berlin"
SLOT_US, LOST = 900 * US, 0.05
SLOTS = range(-4, 100)
"""Reports from an hour before the first noon to an hour after the second, a quarter hour each."""
SURVEY_S, REPLAY_S = 30.0, 60.0


def told(lighting: Lighting, begin_us: int) -> Iterator[Observations]:
    """Make what all lamps say, a quarter hour after the other: each at a second of its own, some of it lost."""
    rng, n = np.random.default_rng(3), len(lighting.inventory)
    offset_us = rng.integers(0, 900, n) * US
    kwh = rng.uniform(0, 900, n)
    for slot in SLOTS:
        at_us = begin_us + slot * SLOT_US
        level = lighting.plans.expected_percent(at_us)
        power_w = np.where(level > 0, lighting.inventory.power_w * level / 100.0, 0.5)
        kwh = kwh + power_w / 4000.0
        values = {name: np.zeros(n) for name in LAMP_COLUMNS}
        values |= {"level_percent": level, "power_w": power_w, "energy_kwh": kwh.copy()}
        values["burning_h"] = np.full(n, 4_000.0)
        seen = Observations("Streetlight", np.arange(n, dtype=np.int32), at_us + offset_us, values)
        yield seen.take(rng.random(n) > LOST)


def put_away(folder: Path, slots: list[Observations]) -> Path:
    """Archive the reports, close their days, and write the same rows as one sorted Parquet file beside."""
    duck = Duck(1)
    archive = Archive(folder, "Streetlight", LAMP_COLUMNS, WHOLE_COLUMNS, duck)
    for seq, seen in enumerate(slots, start=1):
        archive.take([(seq, seen)])
        archive.tidy(int(seen.observed_at_us.max()) + 300 * US)
    duck.close()
    target, paths = folder / "bare.parquet", archive.table.paths(archive.table.snapshot().files)
    db = duckdb.connect(config={"threads": 2})
    db.execute(
        f"COPY (SELECT ix, epoch_us(observed_at) AS at_us, energy_kwh, power_w FROM read_parquet({paths}) "
        f"ORDER BY ix, at_us) TO '{target}' (FORMAT parquet, COMPRESSION zstd)"
    )
    db.close()
    return target


def bare(target: Path, span_us: tuple[int, int]) -> tuple[float, float]:
    """Return the seconds DuckDB takes for the meters' difference between two instants, carried on, and the kWh."""
    db = duckdb.connect(config={"threads": 2})

    def at(instant: int) -> str:
        return (
            "SELECT ix, arg_max(energy_kwh, at_us) + arg_max(power_w, at_us) * "
            f"least({instant} - max(at_us), 1200000000) / 3.6e12 AS kwh "
            f"FROM '{target}' WHERE at_us <= {instant} GROUP BY ix"
        )

    began = time.perf_counter()
    query = f"SELECT sum(b.kwh - a.kwh) FROM ({at(span_us[0])}) a JOIN ({at(span_us[1])}) b USING (ix)"
    kwh = db.execute(query).fetchall()[0][0]
    return time.perf_counter() - began, float(kwh)


def ours(lighting: Lighting, folder: Path, span_us: tuple[int, int]) -> tuple[float, Any]:
    """Return the seconds of a whole account, cold: both instants out of history, baselines, districts, curve."""
    assert lighting.energy.table
    began = time.perf_counter()
    reader = LakeReader(folder, {"Streetlight": LAMP_COLUMNS}, Nothing())
    found = []
    for at_us in span_us:
        reader.fill(lighting.seen, at_us)
        found.append(registers_of(lighting))
    trend = Trend(np.array(span_us), np.ones(2))
    account = account_of(lighting, lighting.energy.table, DAY, (found[0], found[1]), trend=trend, now_us=span_us[1])
    return time.perf_counter() - began, account


def main() -> None:
    """Survey, account, replay."""
    lighting = make_lighting(read_inventory(open_folder(default_city(Path("var"), seed=1))))
    span_us = noons_us(DAY, ZONE)
    began = time.process_time()
    survey = survey_of(lighting.inventory, lamp_mark(lighting.inventory), span_us[0], lambda done: None)
    took_s = time.process_time() - began
    publish("streets surveyed: levels and bounds", took_s, "s CPU", peer="allowed", peer_value=SURVEY_S)
    lighting.energy.table = table_of(survey)
    slots = list(told(lighting, span_us[0]))
    print(f"  {sum(map(len, slots)):,} reports, {len(survey.streets):,} streets")
    with tempfile.TemporaryDirectory() as folder:
        target = put_away(Path(folder), slots)
        bare_s, bare_kwh = bare(target, span_us)
        ours_s, account = ours(lighting, Path(folder), span_us)
    measured = sum(one.measured_kwh for one in account.figures)
    publish("a night accounted for, with baselines", ours_s, "s", peer="bare DuckDB, meters alone", peer_value=bare_s)
    publish("measured energy of the night", measured, "kWh", peer="bare DuckDB", peer_value=bare_kwh)
    print(f"  they differ by {abs(measured / bare_kwh - 1):.1e}")
    took = []
    for policy in ("half-night", "always", "on-demand"):
        began = time.perf_counter()
        replay_view(lighting, OfReplay(day=DAY.isoformat(), policy=policy), span_us[1])  # type: ignore[arg-type]
        took.append(time.perf_counter() - began)
    publish("a night replayed under another policy, slowest", max(took), "s", peer="allowed", peer_value=REPLAY_S)


if __name__ == "__main__":
    main()
