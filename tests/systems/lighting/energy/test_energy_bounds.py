"""How little light is enough: bounds checked by a script that shares no code, and traffic against a drawn one."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import verify_bound
from stadtwerk.kernel.clock import parse_iso
from stadtwerk.kernel.refusal import Refused
from stadtwerk.systems.lighting.demand import kept_classes
from stadtwerk.systems.lighting.energy.surveying import certified_bound, low_classes, survey_of
from stadtwerk.systems.lighting.energy.table import Table, table_of
from stadtwerk.systems.lighting.engine.adaptive.bound import Solver, holds
from stadtwerk.systems.lighting.engine.adaptive.demands import asked_of
from stadtwerk.systems.lighting.engine.adaptive.influence import influence_of
from stadtwerk.systems.lighting.engine.adaptive.reach import BEHIND, CAR, CYCLIST, PEDESTRIAN
from stadtwerk.systems.lighting.engine.energy.power import LEAST_PER_LIGHT
from stadtwerk.systems.lighting.engine.energy.traffic import assumed, presence, traffic_of
from stadtwerk.systems.lighting.engine.sections import Section, section_of
from stadtwerk.systems.lighting.state import Lighting
from systems.lighting.energy.town import lighting_of, write_town

NOW_US = parse_iso("2026-11-26T20:00:00Z")


@pytest.fixture(scope="module")
def lighting(tmp_path_factory: pytest.TempPathFactory) -> Lighting:
    return lighting_of(write_town(tmp_path_factory.mktemp("town")))


@pytest.fixture(scope="module")
def table(lighting: Lighting) -> Table:
    return table_of(survey_of(lighting.inventory, "", NOW_US, lambda done: None))


def section(lighting: Lighting, street: str) -> Section:
    found = section_of(lighting.inventory, lighting.inventory.streets.index[street], NOW_US)
    assert found is not None
    return found


@pytest.mark.parametrize("street", ["s1", "s2", "s4", "s5"])
@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_an_independent_script_proves_the_bound_the_account_stands_on(
    lighting: Lighting, table: Table, tmp_path: Path, *, street: str, share: float
) -> None:
    """`tools/verify_bound.py` accepts the certificate; the account never claims more than it proves, and hardly less."""
    told = certified_bound(section(lighting, street), share, {"street": street})
    assert told is not None
    path = tmp_path / "bound.json"
    path.write_text(json.dumps(told), "utf-8")
    assert verify_bound.main([str(path)]) == 0
    proven = told["bound_w"] / sum(told["power_w"])
    place = lighting.inventory.streets.index[street]
    ours = table.bound_share(np.full(len(table.standing), share))[place]
    assert ours <= proven + 1e-6
    assert ours >= 0.97 * proven
    forged = {
        **told,
        "fields": [{area: name.replace(":", ":P1:", 1)[:5] for area, name in told["fields"][0].items()}] * 2,
    }
    path.write_text(json.dumps(forged), "utf-8")
    assert verify_bound.main([str(path)]) == 1


@pytest.mark.parametrize("street", ["s1", "s4", "s5"])
def test_no_lighting_by_the_hour_takes_less_on_average(lighting: Lighting, table: Table, street: str) -> None:
    """Fields drawn at random, each moment lit at its least: the mean power stays above the bound for the mean share."""
    found = section(lighting, street)
    full = kept_classes(found)
    low, influence = low_classes(full), influence_of(found.street, 12)
    solver, rng = Solver(influence), np.random.default_rng(5)
    place = lighting.inventory.streets.index[street]
    for share in (0.1, 0.5):
        drawn = rng.random((25, 12)) < share
        spent = []
        for moment in drawn:
            fields = [full if one else low for one in moment]
            best = solver.solve(fields)
            assert best is not None
            spent.append(best.power_w / influence.power_w.sum())
        bound = table.bound_share(np.full(len(table.standing), drawn.mean()))[place]
        assert np.mean(spent) >= bound - 1e-9


def test_the_common_level_keeps_the_class_and_less_does_not(lighting: Lighting, table: Table) -> None:
    """At a street's level every demand of the adaptive engine holds; a thousandth below, one does not."""
    for street in ("s1", "s2", "s5"):
        found, place = section(lighting, street), lighting.inventory.streets.index[street]
        assert table.survey.streets[place].standing == "kept"
        influence, level = influence_of(found.street, 8), table.full_level[place]
        every = np.full(influence.lamps, level)
        assert holds(influence, [found.classes] * 8, every * (1 + 1e-9))
        assert not holds(influence, [found.classes] * 8, every * 0.999)


def test_streets_that_miss_their_class_are_told_apart(lighting: Lighting, table: Table) -> None:
    by_id = dict(zip(lighting.inventory.streets.ids, table.survey.streets, strict=True))
    assert by_id["s6"].standing == "unclassed"
    for street, limits in by_id.items():
        if limits.standing == "missed":
            assert (
                limits.kept != limits.required
                or kept_classes(section(lighting, street)) != section(lighting, street).classes
            )
    assert {one.standing for one in by_id.values()} >= {"kept", "unclassed"}


@pytest.mark.parametrize(("highway", "spacing_m"), [("residential", 30.0), ("secondary", 35.0), ("footway", 25.0)])
def test_the_share_of_time_in_the_full_class_against_a_drawn_day(highway: str, spacing_m: float) -> None:
    """Road users drawn one by one past a field; the share of seconds in which one asks for it, hour by hour."""
    rng, seconds = np.random.default_rng(11), 3600 * 40
    table = assumed()
    for hour in (2, 8, 22):
        asked = np.zeros(seconds, bool)
        for name, user in (("cars", CAR), ("cyclists", CYCLIST), ("walkers", PEDESTRIAN)):
            rate = table["busiest"][highway][name] * table["hours"][name][hour]
            stay_s = (BEHIND + 1 + user.ahead_fields(spacing_m)) * spacing_m / user.speed_m_s
            for begin in rng.uniform(-stay_s, seconds, rng.poisson(rate * (seconds + stay_s) / 3600)):
                asked[max(int(begin), 0) : max(int(begin + stay_s), 0)] = True
        assert presence(table, highway, spacing_m)[hour] == pytest.approx(asked.mean(), abs=0.04)


def test_a_city_that_counts_says_so() -> None:
    own = {"light_traffic": {"busiest": {"residential": {"cars": 0, "cyclists": 0, "walkers": 0}}}}
    traffic, counted = traffic_of(own)
    assert counted == ["residential"]
    assert not presence(traffic, "residential", 30.0).any()
    assert presence(traffic, "tertiary", 30.0).all()
    assert not presence(traffic, "unheard-of", 30.0).any()


def test_no_driver_takes_less_for_its_light() -> None:
    """The least share over a fine grid of the curves, told here again as numbers."""
    led = np.interp(np.arange(10, 101) / 100, (0.1, 0.25, 0.5, 0.75, 1.0), (0.145, 0.276, 0.502, 0.742, 1.0))
    assert LEAST_PER_LIGHT[0] == pytest.approx((led / (np.arange(10, 101) / 100)).min())
    assert LEAST_PER_LIGHT[1:].tolist() == [1.0, 1.0]


@pytest.mark.parametrize("light_class", ["M4:M6:1.5", "M4:M6:-1", "M4:M6:x", "M4:Q1:0.2"])
def test_shares_that_are_none_are_refused(light_class: str) -> None:
    with pytest.raises(Refused):
        asked_of(light_class)
