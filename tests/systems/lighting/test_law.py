"""Nature and law: dated rules as data, what they refuse, who is against them, and what pulls against EN 13201."""

from __future__ import annotations

import json
import tomllib
from dataclasses import replace
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from path.small_city import write_small_city
from stadtwerk.app.folder import open_folder
from stadtwerk.kernel.access.roles import Principal, may
from stadtwerk.kernel.clock import US, iso
from stadtwerk.kernel.command import Order, unpack_rows
from stadtwerk.kernel.refusal import Refused
from stadtwerk.systems.lighting import SYSTEM
from stadtwerk.systems.lighting.decide import decide
from stadtwerk.systems.lighting.inventory import Inventory, read_inventory
from stadtwerk.systems.lighting.law import queries
from stadtwerk.systems.lighting.law.check import Finding, bound, finding
from stadtwerk.systems.lighting.law.rules import RULES_MAX, Rule, Words, rules_of
from stadtwerk.systems.lighting.state import make_lighting
from stadtwerk.vocab.lighting import SetLevel, Target

NOON_US = 1_790_000_000 * US
"""2026-09-21, 16:13 in Duisburg: the sun is up, and still is two hours later."""
NIGHT_US = NOON_US + 8 * 3600 * US
HALF = {"title": {"de": "Halbnacht", "en": "Half night"}, "on_elevation_deg": -1.5, "full_percent": 100,
        "dim_percent": 0, "dim_from": "23:00", "dim_until": "05:00"}  # fmt: skip
METRES = 111_195.0


def write_city(folder: Path) -> Path:
    """Ten lamps in a row: a zebra beside the third, water at the last three, two that go off at eleven."""
    write_small_city(folder, 10)
    city = json.loads((folder / "city.json").read_text())
    city["counts"].update(crossings=1, zones=1)
    city["programs"]["half"] = HALF
    (folder / "city.json").write_text(json.dumps(city))
    head, *lamps = (folder / "lamps.csv").read_text().splitlines()
    kelvin = ["4000", "", "3000", "2700", "2200", "3000", "3000", "3000", "2200", ""]
    lines = [f"{line},{cct},{'3' if row == 0 else '0'},{'yes' if row == 1 else ''}" for row, (line, cct) in
             enumerate(zip(lamps, kelvin, strict=True))]  # fmt: skip
    lines[:2] = [line.replace(",all-night,", ",half,") for line in lines[:2]]
    (folder / "lamps.csv").write_text("\n".join([f"{head},cct_k,upward_percent,sign_394", *lines]) + "\n")
    third = lamps[2].split(",")
    (folder / "crossings.csv").write_text(f"id,lon,lat\nz1,{third[2]},51.4301\n")
    water = shapely.box(float(lamps[7].split(",")[2]) - 1e-5, 51.4299, 6.77, 51.4301)
    (folder / "zones.csv").write_text(f'id,kind,wkt\nw1,water,"{water.wkt}"\n')
    return folder


@pytest.fixture(scope="module")
def inventory(tmp_path_factory: pytest.TempPathFactory) -> Inventory:
    """The ten lamps."""
    return read_inventory(open_folder(write_city(tmp_path_factory.mktemp("city"))))


def ask(inventory: Inventory, now_us: int = NIGHT_US, hours: float = 1.0, **more: Any) -> tuple[list[int], str]:
    """Dim the street; return the rows that are called, and why not."""
    until = iso(now_us + round(hours * 3600 * US))
    content = SetLevel(**{"target": Target(street="s1"), "level_percent": 40.0, "until": until, **more})
    last = decide(make_lighting(inventory), Order("order-0001", "ada", "lighting.set-level", content), now_us)[1]
    if "refusal" in last.body:
        return [], f"{last.body['refusal']['status']} {last.body['refusal']['detail']}"
    return unpack_rows(last.body["rows"]).tolist(), ""


def found_against(inventory: Inventory, rule: Rule) -> Finding:
    """Hold the lamps against a rule, by the programs they follow."""
    return finding(inventory, rule, make_lighting(inventory).plans.extremes(NIGHT_US))


@pytest.mark.refusal("lighting.set-level")
def test_a_crossing_is_not_dimmed(inventory: Inventory) -> None:
    """The refusal names rule, basis and lamp; all ten stay as they are."""
    rows, why = ask(inventory)
    assert rows == []
    assert why.startswith("409 crossing-not-dimmed (DIN 67523-1")
    assert why.endswith("demands 100 % of 1 of these lamps: do-0000003.")


def test_full_light_other_lamps_and_daylight_are_free(inventory: Inventory) -> None:
    """The rule is about light in the dark beside a crossing, and nothing else."""
    assert ask(inventory, level_percent=100.0)[0] == list(range(10))
    assert ask(inventory, target=Target(lamp="do-0000004"))[0] == [3]
    assert ask(inventory, NOON_US, 2.0)[0] == list(range(10))
    assert ask(inventory, NOON_US, 12.0)[0] == []
    assert ask(inventory, NOON_US, 24 * 20)[0] == []


@pytest.mark.refusal("lighting.set-level")
def test_protected_lamps_are_spared_or_the_rule_is_set_aside(inventory: Inventory) -> None:
    """Sparing calls the others; setting aside takes the very rule and a reason."""
    assert ask(inventory, spare=True)[0] == [0, 1, 3, 4, 5, 6, 7, 8, 9]
    assert ask(inventory, spare=True, target=Target(lamp="do-0000003"))[1].startswith("409 every one of these lamps")
    assert ask(inventory, despite="crossing-not-dimmed", reason="cable is replaced")[0] == list(range(10))
    assert ask(inventory, despite="crossing-not-dimmed", reason=" ")[1].startswith("422 reason")
    assert ask(inventory, despite="nature-dim", reason="party")[1].startswith("409 crossing-not-dimmed")


def test_setting_a_rule_aside_is_not_an_operators_right(inventory: Inventory) -> None:
    """The command needs a permission of its own, which an engineer has."""
    content = SetLevel(Target(street="s1"), 0.0, iso(NIGHT_US), reason="x", despite="crossing-not-dimmed")
    (permission,) = SYSTEM.needs(make_lighting(inventory), content)
    assert not may(Principal("ada", ("operator",)), permission)
    assert may(Principal("eva", ("engineer",)), permission)
    assert SYSTEM.needs(make_lighting(inventory), msgspec.structs.replace(content, despite="")) == ()


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(-800, 800), st.integers(0, 800))
def test_a_rule_holds_from_its_first_to_its_last_day(day: date, begins: int, lasts: int) -> None:
    """Counted by ordinal numbers; without a first day it never does."""
    first = day.toordinal() + begins
    rule = Rule("r", Words("r", "r"), "b", "everywhere", "least-level", 100.0,
                valid_from=date.fromordinal(first), valid_until=date.fromordinal(first + lasts))  # fmt: skip
    assert rule.in_force(day) == (0 <= -begins <= lasts)
    assert msgspec.structs.replace(rule, valid_until=None).in_force(day) == (begins <= 0)
    assert not msgspec.structs.replace(rule, valid_from=None).in_force(day)


def test_rules_not_in_force_refuse_nothing(inventory: Inventory) -> None:
    """A rule that ended yesterday, or begins tomorrow, in the city's own days."""
    rule = inventory.rules[0]
    for dates in ({"valid_until": date(2026, 9, 20)}, {"valid_from": date(2026, 9, 23)}, {"valid_from": None}):
        other = replace(inventory, rules=(msgspec.structs.replace(rule, **dates),))
        assert len(ask(other)[0]) == 10, dates
    assert ask(replace(inventory, rules=(msgspec.structs.replace(rule, valid_until=date(2026, 9, 22)),)))[0] == []


def test_a_city_has_rules_of_its_own() -> None:
    """Its rules stand over the house's by id; what is no rule is refused by name."""
    own = {"id": "crossing-not-dimmed", "title": {"de": "a", "en": "b"}, "basis": "council 2026-10-01",
           "where": "crossing", "within_m": 40, "demand": "least-level", "value": 80, "binds": ["command"],
           "valid_from": "2026-10-01"}  # fmt: skip
    rules = {rule.id: rule for rule in rules_of({"light_rules": [own, {**own, "id": "new"}]})}
    assert rules["crossing-not-dimmed"].value == rules["new"].value == 80
    assert rules["crossing-not-dimmed"].valid_from == date(2026, 10, 1)
    for wrong in ([{**own, "demand": "beauty"}], [{**own, "valid_from": "soon"}], [{**own, "within_m": -1}], "none"):
        with pytest.raises(Refused, match="light_rules"):
            rules_of({"light_rules": wrong})
    with pytest.raises(Refused, match="at most"):
        rules_of({"light_rules": [{**own, "id": f"r{number}"} for number in range(RULES_MAX)]})


def test_every_rule_of_the_house_says_what_it_stands_on() -> None:
    """Titles in both languages, a basis, a date or none; ids once."""
    told = tomllib.loads((files("stadtwerk.systems.lighting.law") / "rules.toml").read_text("utf-8"))["rule"]
    assert len({rule["id"] for rule in told}) == len(told) == len(rules_of({}))
    assert all(rule["basis"] and rule["title"]["de"] and rule["title"]["en"] for rule in told)


def test_who_is_bound_is_measured_lamp_by_lamp(inventory: Inventory) -> None:
    """Distances and zones beside plain arithmetic: no tree, no index."""
    rules = {rule.id: rule for rule in inventory.rules}
    crossing = inventory.surroundings.crossings[0]
    for row in range(10):
        east = (inventory.lon[row] - float(crossing["lon"])) * METRES * np.cos(np.radians(51.43))
        away_m = float(np.hypot(east, (inventory.lat[row] - float(crossing["lat"])) * METRES))
        assert bound(inventory, rules["crossing-not-dimmed"])[row] == (away_m <= 25)
        assert inventory.surroundings.crossing_m[row] == pytest.approx(away_m, rel=1e-3)
        assert bound(inventory, rules["nature-warm"])[row] == (row >= 7)
        assert bound(inventory, rules["city-warm"])[row] == (row < 7)


@pytest.mark.parametrize(
    ("rule", "against", "unknown"),
    [
        ("crossing-not-dimmed", [], []),
        ("nature-warm", [7], [9]),
        ("city-warm", [0], [1]),
        ("no-upward-light", [0], []),
        ("nature-dim", [7, 8, 9], []),
        ("lamp-ring", [0], []),
        ("insects-41a", [7], [9]),
    ],
)
def test_who_is_against_a_rule(inventory: Inventory, rule: str, against: list[int], unknown: list[int]) -> None:
    """By what the list of lamps says, and what their programs do at night."""
    found = found_against(inventory, next(one for one in inventory.rules if one.id == rule))
    assert np.flatnonzero(found.against).tolist() == against
    assert np.flatnonzero(found.unknown).tolist() == unknown
    lighting = make_lighting(inventory)
    shown = {one["id"]: one for one in queries.rules_view(lighting, NIGHT_US)["rules"]}[rule]
    assert (shown["against"], shown["unknown"]) == (len(against), len(unknown))
    assert shown["in_force"] == (rule != "insects-41a")
    listed = queries.conflicts_view(lighting, rule, 200, NIGHT_US)
    assert [one["id"] for one in listed["lamps"]] == [inventory.ids[row] for row in against]


def test_a_program_that_dims_a_crossing_is_against_the_rule(tmp_path: Path) -> None:
    """The half-night lamp stands beside the zebra now."""
    folder = write_city(tmp_path)
    text = (folder / "lamps.csv").read_text().splitlines()
    text[3] = text[3].replace(",all-night,", ",half,")
    (folder / "lamps.csv").write_text("\n".join(text) + "\n")
    inventory = read_inventory(open_folder(folder))
    assert np.flatnonzero(found_against(inventory, inventory.rules[0]).against).tolist() == [2]


def test_a_street_shows_what_pulls_against_its_class(inventory: Inventory) -> None:
    """Half light near water, and a class that needs more or less than that: both figures are shown."""
    shown = {one["id"]: one for one in queries.street_view(make_lighting(inventory), "s1", NIGHT_US)["rules"]}
    assert "insects-41a" not in shown
    dim = shown["nature-dim"]
    assert (dim["bound"], dim["against"]) == (3, 3)
    needed = dim["class_needs_percent"]
    assert dim["torn"] == (needed is not None and needed > 50)
    with pytest.raises(Refused):
        queries.street_view(make_lighting(inventory), "nowhere", NIGHT_US)
    with pytest.raises(Refused):
        queries.conflicts_view(make_lighting(inventory), "nowhere", 200, NIGHT_US)


def test_zones_are_geojson(inventory: Inventory) -> None:
    """One water and one crossing, as the city's tables say."""
    features = queries.zones_view(make_lighting(inventory))["features"]
    assert [(one["properties"]["kind"], one["geometry"]["type"]) for one in features] == [
        ("water", "Polygon"),
        ("crossing", "Point"),
    ]
    assert shapely.from_geojson(json.dumps(features[0])).is_valid


def test_a_city_without_crossings_and_zones_is_bound_by_little(tmp_path: Path) -> None:
    """Tables and columns that are not there are nobody's fault."""
    inventory = read_inventory(open_folder(write_small_city(tmp_path, 10)))
    assert ask(inventory)[0] == list(range(10))
    assert found_against(inventory, inventory.rules[2]).unknown.all()
