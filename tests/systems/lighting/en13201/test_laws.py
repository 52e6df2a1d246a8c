"""Closed-form laws of light, each apart: what must hold whatever the layout."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stadtwerk.kernel.refusal import Refused
from stadtwerk.systems.lighting.engine.en13201 import beam, glare, luminance
from stadtwerk.systems.lighting.engine.en13201.assess import annual_kwh_m2, assess, maintained_lux
from stadtwerk.systems.lighting.engine.en13201.photometry import Photometry
from stadtwerk.systems.lighting.engine.en13201.street import Row, Street, across_m, along_m, checked_street
from stadtwerk.systems.lighting.engine.en13201.surface import TAN_GAMMA, made_surface, surface
from systems.lighting.en13201 import made

FEW = settings(max_examples=25, deadline=None, derandomize=True, database=None)
seeds = st.integers(0, 10**6)
heights = st.floats(3, 15)


def drawn(seed: int, **more: object) -> Street:
    """A drawn street with two rows of lumpy lights."""
    rng = np.random.default_rng(seed)
    lights = [made.luminaire(made.ldt(int(rng.integers(5)), rng)) for _ in range(2)]
    return replace(made.street(rng, lights), **more)


def alone(height_m: float, light: Photometry | None = None) -> Row:
    """One lamp, far from its neighbours."""
    return Row(light or made.uniform(), 0.0, height_m)


@FEW
@given(heights)
def test_inverse_square_and_cosine_below_and_aside(height: float) -> None:
    """100 cd even: E = I / H^2 right below, I cos^3 / H^2 aside; twice the height gives a quarter."""
    x, y = np.array([0.0, height, 2.0 * height]), np.array([0.0])
    lux = beam.horizontal_lux(alone(height), 1e5, x, y)[0]
    expected = [100 / height**2 * math.cos(math.atan(t)) ** 3 for t in (0, 1, 2)]
    assert lux == pytest.approx(expected, rel=1e-9)
    assert beam.horizontal_lux(alone(2 * height), 1e5, x[:1], y)[0, 0] == pytest.approx(lux[0] / 4)


@FEW
@given(heights)
def test_no_lamp_beyond_five_heights_counts(height: float) -> None:
    """Just inside the window there is light, just outside there is none."""
    x, y = np.array([4.999, 5.001]) * height, np.array([0.0])
    inside, outside = beam.horizontal_lux(alone(height), 1e5, x, y)[0]
    assert inside > 0
    assert outside == 0


@FEW
@given(seeds)
def test_flux_on_the_ground_is_what_the_lamps_send_down(seed: int) -> None:
    """Of an endless wide field, mean E times its ground is the flux within five heights: nothing is lost or made."""
    light = made.uniform(top_deg=70.0)
    height = 4.0 + seed % 9
    steps = (np.arange(300) + 0.5) / 50 * height - 3 * height
    lux = beam.horizontal_lux(alone(height, light), 1e5, steps, steps)
    sent = 2 * math.pi * 100 * (1 - math.cos(math.radians(70)))
    assert lux.mean() * (6 * height) ** 2 == pytest.approx(sent, rel=1e-3)


@FEW
@given(seeds)
def test_sum_of_rows_is_the_sum_of_their_light(seed: int) -> None:
    """Superposition: two rows together give what each gives alone; level and maintenance scale all."""
    both = drawn(seed)
    places = [(0.0, both.width_m)]
    parts = [maintained_lux(replace(both, rows=(row,)), places)[0] for row in both.rows]
    assert maintained_lux(both, places)[0] == pytest.approx(parts[0] + parts[1], rel=1e-9)
    dim = replace(both, rows=tuple(replace(row, level=row.level / 2) for row in both.rows))
    assert maintained_lux(dim, places)[0] == pytest.approx((parts[0] + parts[1]) / 2, rel=1e-9)


@FEW
@given(seeds)
def test_uniformities_and_edges_do_not_know_the_flux_and_glare_its_fifth_root(seed: int) -> None:
    """Uo, Ul and the edge ratio stay when all lamps are dimmed; TI goes with flux^0.2, luminance with flux."""
    full = drawn(seed)
    dim = replace(full, rows=tuple(replace(row, level=row.level * 0.4) for row in full.rows))
    one, other = assess(full), assess(dim)
    assert other.mean_cd_m2 == pytest.approx(0.4 * one.mean_cd_m2)
    assert (other.overall, other.longitudinal) == pytest.approx((one.overall, one.longitudinal))
    assert other.edge_ratio == pytest.approx(one.edge_ratio)
    if one.mean_cd_m2 / full.maintenance < 5:
        assert max(other.glare_percent) == pytest.approx(max(one.glare_percent) * 0.4**0.2)


@FEW
@given(seeds)
def test_a_street_turned_about_is_the_same_street(seed: int) -> None:
    """Illuminance of the turned street is the mirror of both axes; two turns change nothing."""
    one = drawn(seed)
    there = one.about_turned()
    places = [(0.0, one.width_m)]
    flipped = maintained_lux(there, places)[0][::-1, ::-1]
    assert maintained_lux(one, places)[0] == pytest.approx(flipped, rel=1e-9)
    back = there.about_turned()
    assert maintained_lux(back, places)[0] == pytest.approx(maintained_lux(one, places)[0], rel=1e-9)
    assert assess(one).edge_ratio == pytest.approx(assess(there).edge_ratio)


@FEW
@given(seeds)
def test_a_mirrored_layout_with_a_symmetrical_optic_gives_mirrored_light(seed: int) -> None:
    """Reciprocity: one row right or left of the street is the same to the other lane's driver, both on a one-way street."""
    rng = np.random.default_rng(seed)
    light = made.luminaire(made.ldt(4, rng))
    height, width = float(rng.uniform(5, 10)), 7.0
    right = Street(30.0, width, 2, (Row(light, 0.5, height),), surface("R3"))
    left = replace(right, rows=(Row(light, width - 0.5, height, 0.0, 0.0, 180.0),))
    one, other = assess(right), assess(left)
    assert one.areas[0].mean_lux == pytest.approx(other.areas[0].mean_lux)
    for lane, mirrored in zip(one.lanes, reversed(other.lanes), strict=True):
        assert lane.mean_cd_m2 == pytest.approx(mirrored.mean_cd_m2)
        assert lane.longitudinal == pytest.approx(mirrored.longitudinal)


@FEW
@given(seeds, st.floats(0.02, 0.2))
def test_a_lambertian_surface_shines_as_it_is_lit(seed: int, q0: float) -> None:
    """With r = Q0 cos^3, L = Q0 E wherever the table's own lines are met."""
    lambert = made_surface("lambert", np.repeat((q0 / (1 + TAN_GAMMA**2) ** 1.5)[:, None], 20, axis=1), q0)
    light = made.uniform(candela=50.0 + seed % 300, top_deg=60.0)
    height = 4.0 + seed % 8
    x = np.array([0.25, 0.5, 1.0, 1.5]) * height
    points = (x, np.array([0.0]))
    row = alone(height, light)
    road = Street(1e5, 7.0, 2, (row,), lambert)
    seen = luminance.luminance_from(road, beam.row_light(row, 1e5, points, 12.0), points, 1.75)
    assert seen == pytest.approx(q0 * beam.horizontal_lux(row, 1e5, *points), rel=1e-6)


def test_the_brightest_lamps_stand_beyond_the_point() -> None:
    """On a shiny road a lamp ahead of the driver lights up the road before it more than one behind."""
    row, road = alone(8.0), Street(1e5, 7.0, 2, (alone(8.0),), surface("R3"))
    points = (np.array([-24.0, 24.0]), np.array([0.0]))
    before, after = luminance.luminance_from(road, beam.row_light(row, 1e5, points, 12.0), points, 1.75)[0]
    assert before > 2 * after


def test_no_luminance_beyond_twelve_heights() -> None:
    """Where the table ends there is no light: the clamp that makes others up to a fifth too bright."""
    table = surface("R3")
    assert table.reflection(np.array([12.0, 12.01, 22.0]), np.array([0.0, 0.0, 0.0])).tolist() == pytest.approx(
        [53e-4, 0.0, 0.0]
    )


def test_veil_of_one_lamp_by_hand() -> None:
    """Lv = 9.86 (1 + (23/66.4)^4) E / theta^2 of one lamp 20 m ahead and 6 m up."""
    row = Row(made.uniform(top_deg=180.0), 0.0, 7.5)
    square = 20.0**2 + 6.0**2
    theta = math.degrees(math.atan2(6.0, 20.0)) + 1.0
    lux = 100.0 / square * math.cos(math.radians(theta))
    veil = glare.veiling_cd_m2(row, 1e5, np.array([-20.0]), 0.0)[0]
    assert veil == pytest.approx(9.86 * (1 + (23 / 66.4) ** 4) * lux / theta**2)
    assert glare.veiling_cd_m2(row, 1e5, np.array([-16.0]), 0.0)[0] == 0.0  # behind the car's roof: above 20 degrees
    assert glare.increment_percent(0.1, 1.0) == pytest.approx(6.5)
    assert glare.increment_percent(0.1, 10.0) == pytest.approx(9.5 / 10**1.05)
    assert glare.increment_percent(0.1, 0.0) == math.inf


def test_grids_are_the_standards() -> None:
    """10 points up to 30 m, else 3 m apart at most; 3 lines at least, 1.5 m apart at most."""
    assert [len(along_m(s)) for s in (20.0, 30.0, 30.1, 36.0, 36.1)] == [10, 10, 11, 12, 13]
    assert along_m(36.0)[0] == 1.5
    assert [len(across_m(0.0, w)) for w in (1.0, 4.5, 4.6, 7.0, 7.5)] == [3, 3, 4, 5, 5]


def test_energy() -> None:
    """PDI = P / sum(E A), AECI = sum(P t) / A."""
    light = made.uniform()
    road = Street(30.0, 7.0, 2, (Row(light, 0.0, 8.0),), surface("R3"), maintenance=1.0)
    found = assess(road)
    assert found.power_density_w_lx_m2 == pytest.approx(50.0 / (found.areas[0].mean_lux * 210.0))
    assert annual_kwh_m2(road, [(2000, 50.0), (2000, 25.0)]) == pytest.approx(150.0 / 210.0)


def test_bad_layouts_are_refused_with_every_fault() -> None:
    """NaN, zero height, too narrow lanes: all told at once."""
    bad = Street(math.nan, 1.5, 2, (Row(made.uniform(), 0.0, 0.0),), surface("R3"))
    with pytest.raises(Refused) as refused:
        checked_street(bad)
    assert {fault.field for fault in refused.value.refusal.faults} >= {"spacing_m", "width_m", "rows.0.height_m"}
