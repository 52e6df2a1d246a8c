"""What light on demand would save, as a question: three baselines, never below the bound, refusals in words."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from stadtwerk.kernel.refusal import Refused
from stadtwerk.systems.lighting.demand import OfDemand, demand_view
from stadtwerk.systems.lighting.engine.adaptive.reach import CAR
from stadtwerk.systems.lighting.engine.adaptive.report import moments
from systems.lighting.adaptive.streets import ring
from systems.lighting.en13201.test_sections import NOW_US, village


@pytest.mark.parametrize("highway", ["residential", "tertiary", "living_street"])
def test_between_bound_and_always_on(tmp_path: Path, highway: str) -> None:
    """An empty street needs least, a crowded one nearly all; no state misses a class; the bound is never beaten."""
    lighting = village(tmp_path / "city", highway)
    lighting.inventory.power_w[:] = 60.0
    lighting.inventory.lon[:] = 6.755 + 0.0004 * np.arange(10)
    told = [demand_view(lighting, None, OfDemand("s1", cars=cars), NOW_US) for cars in (0.0, 40.0, 1000.0)]
    assert told[0]["demand_percent"] < told[1]["demand_percent"] < told[2]["demand_percent"] <= 100.0
    for one in told:
        assert one["violations"] == 0
        assert 0 < one["bound_percent"] <= one["demand_percent"] + 0.01
        assert one["gap_points"] <= 3.0
    same = demand_view(lighting, None, OfDemand("s1", steps=0), NOW_US)
    assert same["demand_percent"] == pytest.approx(100.0, abs=0.01), "nothing may sink, nothing is saved"
    assert same["full"] == same["low"]


def test_refused_in_words(tmp_path: Path) -> None:
    """No such street, none that is lit by rule, and one whose lamps are too weak for any class."""
    for folder, highway, street, power_w in (
        ("one", "residential", "s9", 60.0),
        ("two", "motorway", "s1", 60.0),
        ("three", "secondary", "s1", 1.0),
    ):
        lighting = village(tmp_path / folder, highway)
        lighting.inventory.power_w[:] = power_w
        with pytest.raises(Refused) as refused:
            demand_view(lighting, None, OfDemand(street), NOW_US)
        assert refused.value.refusal.status == 404


def test_moments_have_the_traffic_asked_for() -> None:
    """The share of fields in the full class is that of Poisson bubbles: 1 - exp(-flow x time in reach)."""
    found = np.mean([np.mean(moments(ring(), (120.0, 0.0, 0.0), seed, 40)) for seed in range(40)])
    in_reach_s = (CAR.ahead_fields(35.0) + 2) * 35.0 / CAR.speed_m_s
    assert found == pytest.approx(1 - np.exp(-120 / 3600 * in_reach_s), abs=0.03)
