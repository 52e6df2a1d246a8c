"""Influence against the engine, the program's levels against their classes, and the bound against a second calculation."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import verify_bound
from stadtwerk.kernel.refusal import Refused
from stadtwerk.systems.lighting.engine.adaptive.bound import MARGIN, Solver, dual_bound, holds
from stadtwerk.systems.lighting.engine.adaptive.certificate import certify_bound
from stadtwerk.systems.lighting.engine.adaptive.failing import mend
from stadtwerk.systems.lighting.engine.adaptive.influence import influence_of
from stadtwerk.systems.lighting.engine.en13201.assess import assess
from stadtwerk.systems.lighting.engine.en13201.certificate import seal_of
from stadtwerk.systems.lighting.engine.en13201.glare import increment_percent
from systems.lighting.adaptive.streets import BOTH_WAYS, BRIEF, M4, M6, ring
from systems.lighting.en13201 import made

FOOT = "footway right"


@pytest.mark.parametrize("number", range(8))
def test_lamp_by_lamp_adds_up_to_the_standard(number: int) -> None:
    """With all lamps at full level every field is the endless street's: lanes of both directions, edges, areas."""
    rng = np.random.default_rng([7, number])
    lights = [made.luminaire(made.ldt((number + k) % 5, rng)) for k in range(1 + number % 2)]
    street = made.street(rng, lights)
    influence = influence_of(street, int(rng.integers(2, 40)))
    found, every = assess(influence.street), np.ones(influence.lamps)
    for o, (lane, glare) in enumerate(zip(found.lanes, found.glare_percent, strict=True)):
        seen = influence.luminance[:, o] @ every
        line = seen[:, influence.middle[o]]
        initial = seen.mean(axis=1) / street.maintenance
        veil = (influence.veil[:, o] @ every).max(axis=1)
        assert seen.mean(axis=1) == pytest.approx(lane.mean_cd_m2)
        assert seen.min(axis=1) / seen.mean(axis=1) == pytest.approx(lane.overall)
        assert line.min(axis=1) / line.max(axis=1) == pytest.approx(lane.longitudinal)
        assert increment_percent(float(veil[1]), float(initial[1])) == pytest.approx(glare)
    sides = influence.edges @ every
    assert (sides[:, :, 0] / sides[:, :, 1]).min() == pytest.approx(found.edge_ratio)
    for area in found.areas:
        lux = influence.strips[area.name] @ every
        assert (lux.mean(axis=1), lux.min(axis=1)) == (pytest.approx(area.mean_lux), pytest.approx(area.least_lux))


def two_kinds() -> list:
    """The brief's bubble; and two rows, two ways, a footway."""
    high, low = {**M4, FOOT: "P4"}, {**M6, FOOT: "P6"}
    return [(ring(), [M6] * 20 + [M4] * 10), (influence_of(BOTH_WAYS, 12), [low] * 5 + [high] * 7)]


@pytest.mark.parametrize("case", range(2))
def test_an_independent_script_proves_bound_and_levels(case: int, tmp_path: Path) -> None:
    """`tools/verify_bound.py`, which shares no code with the engine, finds both; what is forged is rejected."""
    influence, fields = two_kinds()[case]
    found = Solver(influence, 0.0).solve(fields)
    assert found is not None
    assert found.bound_w == pytest.approx(found.power_w, rel=1e-9)
    told, path = certify_bound(influence, fields, found, {"street": "test"}), tmp_path / "bound.json"

    def verdict(**changed: object) -> int:
        forged = {**told, **changed}
        path.write_text(json.dumps({**forged, "seal": seal_of(forged)}), "utf-8")
        return verify_bound.main([str(path)])

    assert verdict() == 0
    assert verdict(bound_w=told["bound_w"] * 1.001) == 1
    assert verdict(planned_w=told["planned_w"] * 0.999) == 1
    assert verdict(rows=[{**row, "y": row["y"] * 1.1} for row in told["rows"]]) == 1
    assert verdict(rows=[{**row, "y": -row["y"]} for row in told["rows"]]) == 1
    assert verdict(levels=[level * 0.999 for level in told["levels"]], planned_w=told["planned_w"] * 0.999) == 1
    assert verdict(power_w=[2.0 * one for one in told["power_w"]]) == 1
    path.write_text(json.dumps({**told, "bound_w": told["bound_w"] * 0.9}), "utf-8")
    assert verify_bound.main([str(path)]) == 1, "the seal is not what was sealed"


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**30 - 1), st.integers(0, 2**32))
def test_no_levels_that_keep_the_classes_take_less_than_the_bound(bits: int, seed: int) -> None:
    """Levels found in another way (even ones, lifted until the classes hold) never beat it; any multipliers stay below."""
    influence, rng = ring(), np.random.default_rng(seed)
    fields = [M4 if bits >> k & 1 else M6 for k in range(30)]
    found = Solver(influence, MARGIN).solve(fields)
    assert found is not None
    assert holds(influence, fields, found.levels)
    tried = 0.83 - 0.02 * rng.random(30)
    if holds(influence, fields, tried):
        assert influence.power_w @ tried >= found.bound_w
    wild = found.multipliers * rng.uniform(0, 2, len(found.multipliers))
    box = np.zeros(30), np.ones(30)
    assert dual_bound(influence.power_w, box, found.rows, wild) <= found.power_w * (1 + 1e-9)


@settings(max_examples=4, deadline=None)
@given(st.sets(st.integers(0, 29), min_size=1, max_size=4), st.booleans())
def test_where_lamps_fail_the_truth_is_told(failed: set[int], bright: bool) -> None:
    """The classes told are kept with the failed lamps dark; a dark lamp in a street that needs it is not hidden."""
    fields = [M4 if bright else M6] * 30
    mended = mend(ring(), fields, failed)
    assert not mended.levels[list(failed)].any()
    assert holds(ring(), list(mended.delivered), mended.levels)
    assert mended.kept == (list(mended.delivered) == fields)
    assert not mended.kept, "35 m between lamps leave nothing to spare"
    alone = mend(ring(), fields, {0})
    assert list(alone.delivered[10:20]) == fields[10:20], "far away nothing changes"


def test_refused_by_name() -> None:
    """Classes that do not fit, a wrong count, a lamp that is not there, a ring too small."""
    solver = Solver(ring())
    for fields in ([M4] * 29, [{"meadow": "P4"}] * 30, [{"carriageway": "X1"}] * 30):
        with pytest.raises(Refused):
            solver.solve(fields)
    with pytest.raises(Refused):
        mend(ring(), [M6] * 30, {30})
    with pytest.raises(Refused):
        influence_of(BRIEF, 1)
    assert solver.solve([{"carriageway": "M1"}] * 30) is None, "no levels give so much light"
