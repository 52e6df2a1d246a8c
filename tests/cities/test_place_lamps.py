"""Lamps stand where lamps stand."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import cKDTree

from cities.small_plans import METRES, building, lamp, plan, street, town, water
from stadtwerk.cities.clearance import CLEARANCE_M
from stadtwerk.cities.figures import RULES
from stadtwerk.cities.lamps import LampPlan, place_lamps
from stadtwerk.cities.obstacles import Obstacles
from stadtwerk.kernel.refusal import Refused

coordinate = st.floats(-1500, 1500, allow_nan=False)
polyline = st.lists(st.tuples(coordinate, coordinate), min_size=2, max_size=8)
highways = st.sampled_from(sorted(RULES))


def pole_places(lamps: LampPlan) -> np.ndarray:
    """Places of the poles in metres: the middle of each one's luminaires."""
    xy = METRES.to_metres(lamps.position)
    count = np.bincount(lamps.pole)
    return np.column_stack([np.bincount(lamps.pole, xy[:, axis]) / count for axis in (0, 1)])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(polyline, highways), min_size=1, max_size=6), st.integers(0, 9))
def test_no_two_poles_stand_too_near_and_each_stands_beside_its_street(
    ways: list[tuple[list[tuple[float, float]], str]], seed: int
) -> None:
    streets = [street(number, points, highway) for number, (points, highway) in enumerate(ways)]
    try:
        lamps = place_lamps(plan(streets, seed=seed))
    except Refused as refused:
        assert refused.refusal.type.endswith("no-lamps")
        return
    places = pole_places(lamps)
    if len(places) > 1:
        assert cKDTree(places).query(places, k=2)[0][:, 1].min() >= CLEARANCE_M - 1e-3
    for number, (points, highway) in enumerate(ways):
        here = places[np.unique(lamps.pole[lamps.street == number])]
        fine = np.concatenate([np.linspace(a, b, 400) for a, b in pairwise(points)])
        longest = max(np.hypot(*np.subtract(a, b)) for a, b in pairwise(points))
        if len(here):
            assert cKDTree(fine).query(here)[0].max() <= RULES[highway].offset_m + longest / 400 + 0.1
    assert len(set(lamps.dev_eui.tolist())) == len(lamps)
    assert (np.diff(lamps.pole) >= 0).all()


@settings(max_examples=40, deadline=None)
@given(st.floats(200, 3000), st.sampled_from(["residential", "tertiary", "footway", "service", "secondary"]))
def test_spacing_follows_the_class(length_m: float, highway: str) -> None:
    lamps = place_lamps(plan([street(1, [(-length_m / 2, 10), (length_m / 2, 10)], highway)]))
    spacing_m = RULES[highway].spacing_m
    assert abs(lamps.poles - length_m / spacing_m) < 0.51
    gaps = np.diff(pole_places(lamps)[:, 0])
    assert gaps.min() > 0.63 * spacing_m
    assert gaps.max() < 1.45 * spacing_m
    assert len(np.unique(np.round(gaps, 2))) > 1, "real lamps are not set out to the centimetre"


def test_sides_are_as_the_class_has_them() -> None:
    one = pole_places(place_lamps(plan([street(1, [(-400, 0), (400, 0)], "residential")])))
    assert len(set(np.sign(one[:, 1]))) == 1
    alternate = pole_places(place_lamps(plan([street(1, [(-400, 0), (400, 0)], "tertiary")])))
    assert (np.diff(np.sign(alternate[:, 1])) != 0).all()
    both = {"lamps": {"rules": {"primary": {"arrangement": "both"}}}}
    pairs = pole_places(place_lamps(plan([street(1, [(-400, 0), (400, 0)], "primary")], figures=both)))
    assert len(pairs) == 2 * round(800 / RULES["primary"].spacing_m)


def test_twin_arms_stand_in_the_middle_of_wide_streets() -> None:
    lamps = place_lamps(plan([street(1, [(-400, 0), (400, 0)], "primary")]))
    assert len(lamps) == 2 * lamps.poles
    assert np.abs(pole_places(lamps)[:, 1]).max() < 0.1
    assert np.allclose(np.abs(METRES.to_metres(lamps.position)[:, 1]), 1.5, atol=0.01)
    assert set(lamps.fittings.category) == {"centralIsland"}


def test_motorways_and_unlit_streets_have_no_lamps() -> None:
    dark = [street(1, [(-900, 0), (900, 0)], "motorway"), street(2, [(-900, 99), (900, 99)], lit=False)]
    lamps = place_lamps(plan([*dark, street(3, [(-900, 300), (900, 300)])]))
    assert set(lamps.street.tolist()) == {2}
    with pytest.raises(Refused, match="no lit street"):
        place_lamps(plan(dark))
    with pytest.raises(Refused, match="no lit street"):
        place_lamps(plan([]))


def test_no_pole_in_a_house_or_in_water_but_on_bridges() -> None:
    houses = [building(x, 4.2, 3.5) for x in range(-395, 400, 10)]
    way = [(-400, 0), (400, 0)]
    blocked = plan([street(1, way)], buildings=houses, water=[water(0, 0, 60)])
    lamps = place_lamps(blocked)
    assert not Obstacles(blocked).blocked(lamps.position, np.zeros(len(lamps), dtype=bool)).any()
    over = place_lamps(plan([street(1, way, bridge=True)], water=[water(0, 0, 60)]))
    assert over.poles == 25
    assert set(over.fittings.category) == {"bridge"}


def test_surveyed_lamps_are_kept_and_rules_fill_the_rest() -> None:
    known = [lamp(-300, 6), lamp(-295, 6, light_count="2"), lamp(-295.2, 6), lamp(-260, 6, light_method="sodium")]
    lamps = place_lamps(plan([street(1, [(-400, 0), (400, 0)])], known_lamps=known))
    places = pole_places(lamps)
    for x in (-300, -295, -260):
        assert np.hypot(*(places - [x, 6]).T).min() < 0.1
    ruled = np.abs(places[:, 1] - 6) > 0.5
    assert np.abs(places[ruled][:, [0]] - [-300, -295, -260]).min() > 38
    assert len(lamps) == lamps.poles + 1
    assert (lamps.fittings.lamp_type[np.abs(METRES.to_metres(lamps.position)[:, 0] + 260) < 0.1] == 1).all()


@pytest.mark.parametrize(("poles", "count"), [(200, 240), (400, 400), (431, 500)])
def test_counts_hit_the_city_s_figures(poles: int, count: int) -> None:
    lamps = place_lamps(town(figures={"lamps": {"poles": poles, "lamps": count, "cabinets": 7, "gateways": 3}}))
    assert (lamps.poles, len(lamps)) == (poles, count)
    assert 6 <= len(lamps.cabinet_position) <= 8
    assert len(lamps.gateway_position) == 3


def test_feeding_is_whole_and_compact() -> None:
    lamps = place_lamps(town())
    assert set(lamps.circuit.tolist()) == set(range(len(lamps.circuit_cabinet)))
    assert set(lamps.circuit_cabinet.tolist()) == set(range(len(lamps.cabinet_position)))
    owner = lamps.cabinet_district[lamps.circuit_cabinet[lamps.circuit]]
    assert (owner == lamps.district).all(), "no cabinet feeds two districts"
    per_cabinet = np.bincount(lamps.circuit_cabinet)
    assert per_cabinet.max() <= 6
    assert (lamps.circuit_number[np.diff(lamps.circuit_cabinet, prepend=-1) > 0] == 1).all()
    reach = (
        METRES.to_metres(lamps.position)
        - METRES.to_metres(lamps.cabinet_position)[lamps.circuit_cabinet[lamps.circuit]]
    )
    assert np.median(np.hypot(*reach.T)) < 400


def test_each_lamp_calls_its_nearest_gateway() -> None:
    lamps = place_lamps(town(figures={"lamps": {"gateways": 4}}))
    towers = METRES.to_metres(lamps.gateway_position)
    nearest = cKDTree(towers).query(pole_places(lamps))[1]
    assert (nearest[lamps.pole] == lamps.gateway).all()
    assert not set(lamps.gateway_eui.tolist()) & set(lamps.dev_eui.tolist())


def test_same_plan_same_lamps_other_seed_other_lamps() -> None:
    first, again, other = (place_lamps(town(seed)) for seed in (1, 1, 2))
    assert first.position.tobytes() == again.position.tobytes()
    assert (first.fittings.installed_on == again.fittings.installed_on).all()
    assert first.dev_eui[0] != other.dev_eui[0]
    assert first.position.tobytes() != other.position.tobytes()


@pytest.mark.parametrize(
    "table",
    [
        {"poles": 0},
        {"led_share": 1.2},
        {"lampen": 4},
        {"rules": {"primary": {"spacing_m": -3}}},
        {"rules": {"primary": {"arrangement": "centre"}}},
        {"latest_installed_on": "gestern"},
    ],
)
def test_wrong_figures_are_refused(table: dict[str, object]) -> None:
    with pytest.raises(Refused, match="lamps"):
        place_lamps(town(figures={"lamps": table}))


def test_ages_fit_the_lamp_types() -> None:
    fittings = place_lamps(town()).fittings
    years = fittings.installed_on.astype("datetime64[Y]").astype(int) + 1970
    assert years[fittings.lamp_type == 0].min() >= 2014
    assert years.max() <= 2026
