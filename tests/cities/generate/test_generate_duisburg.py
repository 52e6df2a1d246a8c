"""The generated city is a city: whole, dry, inside its districts, named, and the same for the same seed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from cities.generate.digest import digest
from stadtwerk.cities.generate import generate_duisburg
from stadtwerk.cities.metres import LocalMetres
from stadtwerk.cities.plan import CityPlan, Street
from stadtwerk.kernel.refusal import Refused

CLASSES = {
    *("motorway", "trunk", "primary", "secondary", "tertiary", "residential"),
    *("living_street", "pedestrian", "footway", "cycleway", "service"),
}
HAIR_DEG = 3e-6


def lines(plan: CityPlan) -> np.ndarray:
    return np.array([shapely.LineString(street.line) for street in plan.streets])


def length_m(plan: CityPlan, street: Street) -> float:
    return float(shapely.LineString(LocalMetres(plan.centre).to_metres(street.line)).length)


def check_city(plan: CityPlan) -> None:
    """What holds for every seed and size."""
    city = shapely.union_all([district.outline for district in plan.districts]).buffer(HAIR_DEG)
    assert shapely.covers(city, lines(plan)).all(), "a street leaves the city"
    water = shapely.union_all([area.outline for area in plan.water]).buffer(-HAIR_DEG)
    ashore = lines(plan)[[not street.bridge for street in plan.streets]]
    assert not shapely.intersects(water, ashore).any(), "a street runs in water and is no bridge"
    assert all(area.outline.is_valid for area in [*plan.water, *plan.landuse])
    assert {street.highway for street in plan.streets} <= CLASSES
    ids = {district.id for district in plan.districts}
    assert {street.district for street in plan.streets} <= ids
    for things in (plan.streets, plan.rails, plan.bridges, plan.signals, plan.stops):
        assert len({thing.id for thing in things}) == len(things)
    assert all(street.name for street in plan.streets if street.lit)
    assert all(np.isfinite(street.line).all() and len(street.line) >= 2 for street in plan.streets)


def test_a_small_city_is_a_city(small_city: CityPlan) -> None:
    check_city(small_city)


@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 2**32), lamps=st.sampled_from([20, 300, 1500]))
def test_every_seed_and_size_gives_a_city(seed: int, lamps: int) -> None:
    check_city(generate_duisburg(seed, lamps=lamps))


def test_small_city_has_about_the_lamps_and_several_districts(small_city: CityPlan) -> None:
    lit_m = sum(length_m(small_city, street) for street in small_city.streets if street.lit)
    assert 0.7 < lit_m / 27 / 1000 < 1.5
    assert len(small_city.districts) >= 2
    assert small_city.figures["lamps"]["lamps"] == 1000
    assert "poles" not in small_city.figures["lamps"]
    assert len(small_city.buildings) > 500


def test_the_same_seed_gives_the_same_plan(small_city: CityPlan) -> None:
    assert digest(generate_duisburg(7, lamps=1000)) == digest(small_city)
    assert digest(generate_duisburg(8, lamps=1000)) != digest(small_city)


def test_the_plan_does_not_hang_on_pythons_hashes(small_city: CityPlan) -> None:
    script = (
        "from cities.generate.digest import digest; from stadtwerk.cities.generate import generate_duisburg;"
        "print(digest(generate_duisburg(7, lamps=1000)))"
    )
    path = os.pathsep.join(str(Path(__file__).parents[3] / part) for part in ("src", "tests"))
    run = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONHASHSEED": "4711", "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.strip() == digest(small_city)


def test_names_are_unique_in_a_district_but_for_parts_of_one_main_street(small_city: CityPlan) -> None:
    found: dict[tuple[str, str], list[Street]] = defaultdict(list)
    for street in small_city.streets:
        if street.name:
            found[street.district, street.name].append(street)
    for parts in found.values():
        assert len(parts) == 1 or parts[0].highway not in {"residential", "living_street", "service", "footway"}


def test_houses_stand_by_their_street_and_numbers_are_their_own(small_city: CityPlan) -> None:
    metres = LocalMetres(small_city.centre)
    streets = defaultdict(list)
    for street in small_city.streets:
        streets[street.name].append(shapely.LineString(metres.to_metres(street.line)))
    assert len(streets) > 30
    for building in small_city.buildings:
        ring = shapely.Polygon(metres.to_metres(building.outline))
        assert ring.is_valid
        assert 3 < building.height_m < 100
        away = min(line.distance(ring) for line in streets[building.street])
        assert 3 < away < (230 if building.use == "industrial" else 300)
    plain = [building for building in small_city.buildings if len(streets[building.street]) == 1]
    assert len({(building.street, building.housenumber) for building in plain}) == len(plain)


def test_houses_do_not_overlap(small_city: CityPlan) -> None:
    shapes = shapely.polygons([building.outline for building in small_city.buildings])
    one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    pairs = one < other
    shared = shapely.area(shapely.intersection(shapes[one[pairs]], shapes[other[pairs]]))
    assert (shared < 0.35 * np.minimum(shapely.area(shapes[one[pairs]]), shapely.area(shapes[other[pairs]]))).all()


def test_a_broken_toml_file_is_refused(tmp_path: Path) -> None:
    broken = tmp_path / "nowhere.toml"
    broken.write_text("centre = [6.7, 51.4]\n", encoding="utf-8")
    with pytest.raises(Refused, match="not a city's anchors"):
        generate_duisburg(1, toml=broken)


def test_an_unknown_place_is_refused(tmp_path: Path) -> None:
    text = (Path(generate_duisburg.__code__.co_filename).parents[1] / "duisburg.toml").read_text(encoding="utf-8")
    broken = tmp_path / "misspelt.toml"
    broken.write_text(text.replace("6.7660,51.3970 buchholz", "6.7660,51.3970 buchholtz", 1), encoding="utf-8")
    with pytest.raises(Refused, match="buchholtz"):
        generate_duisburg(1, toml=broken)


@pytest.mark.slow
def test_the_whole_city_has_its_size() -> None:
    plan = generate_duisburg(1)
    check_city(plan)
    lit_km = sum(length_m(plan, street) for street in plan.streets if street.lit) / 1000
    assert len(plan.districts) == 7
    assert sum(district.population for district in plan.districts) == 504_000
    assert 5000 <= len(plan.streets) <= 6500
    assert 1450 <= lit_km <= 1800
    assert 70_000 <= len(plan.buildings) <= 110_000
    assert len(plan.signals) == 450
    assert {"901", "903", "U79"} <= {track.name for track in plan.rails}
    named = {track.name for track in plan.bridges}
    assert {"Beeckerwerther Brücke", "Friedrich-Ebert-Brücke", "Rheinbrücke Neuenkamp"} <= named
    assert {"Brücke der Solidarität", "Haus-Knipp-Brücke", "Hochfelder Eisenbahnbrücke"} <= named
    assert "Duisburg Hauptbahnhof" in {stop.name for stop in plan.stops}
