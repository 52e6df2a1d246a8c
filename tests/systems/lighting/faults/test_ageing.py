"""Lives as the record tells them, one by one; and a town whose lamps die by a known law: what is expected comes about."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from path.small_city import write_small_city
from stadtwerk.app.folder import open_folder
from stadtwerk.kernel.clock import US, parse_iso
from stadtwerk.systems.lighting import SYSTEM
from stadtwerk.systems.lighting.engine.faults.fleet import FaultKind
from stadtwerk.systems.lighting.faults.ageing import PRIORS, ageing_view
from stadtwerk.systems.lighting.faults.lives import record
from stadtwerk.systems.lighting.faults.things import CAUSE_OF, Evidence, Fault, FaultState
from stadtwerk.systems.lighting.inventory import read_inventory
from stadtwerk.systems.lighting.state import Lighting, make_lighting
from stadtwerk.systems.lighting.works.things import Job

DAY_US, YEAR_D = 86_400 * US, 365.25
NOW_US = parse_iso("2026-11-01T00:00:00Z")
NOW_D = NOW_US // DAY_US
HUNG_D = parse_iso("2020-05-01T00:00:00Z") // DAY_US
"""When the small city's lamps were hung."""


def town(folder: Path, lamps: int, watched_d: float) -> Lighting:
    """Make a town that has been watched for so many days."""
    lighting = make_lighting(read_inventory(open_folder(write_small_city(folder / "city", lamps))))
    lighting.learned["watched_since_d"][:] = NOW_D - watched_d
    return lighting


def fails(
    lighting: Lighting, row: int, ago_d: float, kind: FaultKind = "lamp-out", state: FaultState = "confirmed"
) -> None:
    """Let a lamp's fault have been found so many days ago."""
    number = len(lighting.faults.kept) + 1
    lamps = (lighting.inventory.ids[row],)
    since_us = NOW_US - round(ago_d * DAY_US)
    told = Evidence(0.0, "share of expected")
    fault = Fault(f"f-{number:06d}", number, kind, CAUSE_OF[kind], lamps[0], lamps, 1, state, since_us, told)
    lighting.faults.kept.put(fault)


def mended(lighting: Lighting, row: int, ago_d: float, result: str, until_d: float) -> None:
    """Let a lamp have failed and a crew have said so many days ago what it did."""
    fails(lighting, row, ago_d, state="verified")
    fault = list(lighting.faults.kept)[-1]
    job_id, done_us = f"j-{fault.number:06d}", NOW_US - round(until_d * DAY_US)
    place = (6.76, 51.43)
    job = Job(job_id, fault.number, "verified", "lamp", fault.lamps, "s1", place, "normal", fault.since_us, done_us)
    lighting.works.jobs.put(replace(job, fault_id=fault.id, result=result, done_at_us=done_us))
    lighting.faults.kept.put(replace(fault, job_id=job_id))


def test_each_life_is_told_by_its_dates(tmp_path: Path) -> None:
    """Seen from the first night on; ended by a death, renewed by a repair; what was dead before, or is no death, is not."""
    lighting = town(tmp_path, 10, watched_d=100)
    fails(lighting, 1, ago_d=40)
    mended(lighting, 2, 60, "replaced", 50)
    mended(lighting, 3, 60, "no-fault-found", 50)
    fails(lighting, 4, ago_d=98)
    fails(lighting, 5, ago_d=40, kind="leakage")
    fails(lighting, 6, ago_d=40, state="suspected")
    fails(lighting, 7, ago_d=40, state="dismissed")
    fails(lighting, 8, ago_d=40, state="verified")
    lighting.learned["watched_since_d"][9] = np.nan
    seen = record(lighting, NOW_US)
    hung, first = (NOW_D - HUNG_D) / YEAR_D, (NOW_D - 100 - HUNG_D) / YEAR_D
    told = sorted(
        zip(seen.row.tolist(), seen.lives.failed.tolist(), seen.lives.entry_y, seen.lives.exit_y, strict=True)
    )
    assert [(row, failed) for row, failed, _, _ in told] == [
        (0, False), (1, True), (2, False), (2, True), (3, False), (5, False), (6, False), (7, False), (8, False),
    ]  # fmt: skip
    ages = {(row, failed): (entry, leave) for row, failed, entry, leave in told}
    assert ages[0, False] == pytest.approx((first, hung))
    assert ages[1, True] == pytest.approx((first, hung - 40 / YEAR_D))
    assert ages[2, True] == pytest.approx((first, hung - 60 / YEAR_D))
    assert ages[2, False] == pytest.approx((0.0, 50 / YEAR_D))
    assert np.flatnonzero(seen.waiting).tolist() == [1, 4]
    assert seen.age_y[[0, 1, 2, 9]] == pytest.approx([hung, 0.0, 50 / YEAR_D, hung])


def test_without_a_record_it_says_what_is_assumed(tmp_path: Path) -> None:
    """A first day: the prior's law and figures, an interval, and no observed curve."""
    lighting = town(tmp_path, 200, watched_d=0)
    lighting.learned["watched_since_d"][:] = np.nan
    told = ageing_view(lighting, NOW_US)
    (model,) = told["models"]
    assert (model["basis"], model["failures"], told["watched_since"]) == ("assumed", 0, None)
    assert model["shape"] == PRIORS["led"].shape
    assert np.interp(PRIORS["led"].tenth_y, np.arange(31), model["survival"]) == pytest.approx(0.9, abs=1e-3)
    assert model["low"] < model["expected"] < model["high"]
    assert model["observed"]["age_y"] == []
    assert told["priors"]["led"]["worth"] == 2


def test_a_quiet_record_expects_less_than_what_was_assumed(tmp_path: Path) -> None:
    """Three years without a failure of two hundred lamps are told by the figures, though no shape is."""
    new, quiet = town(tmp_path / "new", 200, watched_d=1), town(tmp_path / "quiet", 200, watched_d=3 * YEAR_D)
    before, after = (ageing_view(one, NOW_US)["models"][0] for one in (new, quiet))
    assert after["basis"] == "assumed"
    assert after["expected"] < 0.5 * before["expected"]


def test_a_town_that_dies_by_a_law_is_told_so(tmp_path: Path) -> None:
    """Lamps hung over twenty years, watched for five: shape, scale, what was observed and next year's deaths come out."""
    rng, n = np.random.default_rng(8), 4_000
    lighting = town(tmp_path, n, watched_d=5 * YEAR_D)
    age, life = rng.uniform(5, 25, 3 * n) * YEAR_D, 28 * YEAR_D * rng.weibull(2.0, 3 * n)
    there = np.flatnonzero(life > age - 5 * YEAR_D)[:n]
    age, life = age[there], life[there]
    lighting.inventory.text["installed_on"][:] = (np.datetime64("2026-11-01") - age.astype(int)).astype(str).tolist()
    for row in np.flatnonzero(life < age).tolist():
        fails(lighting, row, age[row] - life[row])
    told = ageing_view(lighting, NOW_US)
    (model,) = told["models"]
    assert model["basis"] == "record"
    assert model["shape"] == pytest.approx(2.0, rel=0.1)
    assert model["scale_y"] == pytest.approx(28.0, rel=0.08)
    (driver,) = told["drivers"]
    assert (driver["shape"], driver["scale_y"]) == (model["shape"], model["scale_y"]), "one model is its type"
    law, share = model["survival"], np.array(model["observed"]["share"])
    late = np.array(model["observed"]["age_y"]) > 8
    drawn = np.interp(np.array(model["observed"]["age_y"]), np.arange(31), law)
    assert np.abs(share / share[late][0] - drawn / drawn[late][0])[late].max() < 0.06
    assert sum(one["expected"] for one in told["districts"]) == pytest.approx(told["total"]["expected"], rel=0.02)
    soon = int(((life >= age) & (life < age + YEAR_D)).sum())
    assert model["low"] <= soon <= model["high"]


def test_it_is_asked_like_any_other_question(tmp_path: Path) -> None:
    """The query is there, takes nothing, and the whole default city's size is no trouble to it."""
    lighting = town(tmp_path, 60, watched_d=10)
    (query,) = [one for one in SYSTEM.queries if one.path == "/lighting/ageing"]
    assert query.run(lighting, None, query.params(), NOW_US)["lamps"] == 60
