"""Classes and their selection as data, national tables, maintenance and constant light output."""

from __future__ import annotations

import pytest

from stadtwerk.kernel.refusal import Refused
from stadtwerk.systems.lighting.engine.en13201.assess import AreaLight, Assessment
from stadtwerk.systems.lighting.engine.en13201.classes import family, judge, requirements, select_class
from stadtwerk.systems.lighting.engine.en13201.luminance import LaneLuminance
from stadtwerk.systems.lighting.engine.en13201.maintenance import (
    constant_output_level,
    end_factor,
    maintenance_factor,
)

PATH = {"speed": "low", "use": "normal", "composition": "pedestrians_cyclists", "parked": "none", "ambient": "moderate"}


def test_requirements_are_the_standards() -> None:
    """Corners of the three tables of EN 13201-2:2015."""
    assert requirements("M1") == {
        "mean_cd_m2": 2.0,
        "overall": 0.4,
        "longitudinal": 0.7,
        "glare_percent": 10.0,
        "edge_ratio": 0.35,
    }
    assert requirements("M6")["glare_percent"] == 20.0
    assert requirements("C5") == {"mean_lux": 7.5, "uniformity": 0.4}
    assert requirements("P4") == {"mean_lux": 5.0, "least_lux": 1.0}
    for letter in "MCP":
        first = [next(iter(requirements(name).values())) for name in family(letter)]
        assert first == sorted(first, reverse=True)
    with pytest.raises(Refused):
        requirements("P7")


def test_selection_of_the_worked_example() -> None:
    """CEN/TR 13201-1:2014 A.2: weights 2 by day part 1 give P4, 0 in part 2 give P6; sums are held within 1 to 6."""
    busy, weights = select_class("P", PATH)
    assert (busy, sum(weights.values())) == ("P4", 2)
    quiet = {**PATH, "speed": "walking", "use": "quiet"}
    assert select_class("P", quiet)[0] == "P6"
    assert select_class("P", {**quiet, "ambient": "low"})[0] == "P6"


def test_a_national_table_changes_only_what_it_names() -> None:
    """An annex names its basis; unknown annexes, parameters and options are refused, none is invented."""
    annexes = {"xx": {"basis": "cen", "P": {"ambient": {"high": 2, "moderate": 1, "low": 0}}}}
    assert select_class("P", PATH, annex="xx", annexes=annexes)[0] == "P3"
    for wrong in ({"annex": "de"}, {"chosen": {**PATH, "moon": "full"}}, {"chosen": {**PATH, "use": "mad"}}):
        with pytest.raises(Refused):
            select_class("P", wrong.get("chosen", PATH), annex=wrong.get("annex", "cen"))


def assessment(mean_lux: float = 6.0, least: float = 1.2) -> Assessment:
    """A road of which all is known."""
    lane = LaneLuminance(0.9, 0.45, 0.65)
    return Assessment((lane,), (12.0,), 0.5, (AreaLight("carriageway", 7.0, mean_lux, least),), 0.02)


def test_verdicts() -> None:
    """M4 is met at 0.9 cd/m2 and could be dimmed to 0.75; M3 is missed; P bounds the mean from above too."""
    road = assessment()
    good = judge(road, road.areas[0], "M4")
    assert (good.met, good.delivered) == (True, "M4")
    assert good.lowest_level == pytest.approx(0.75 / 0.9)
    bad = judge(road, road.areas[0], "M3")
    assert (bad.met, bad.lowest_level) == (False, None)
    assert [d.quantity for d in bad.demands if not d.met] == ["mean_cd_m2"]
    assert judge(road, road.areas[0], "P4").over_lit is False
    assert judge(assessment(8.0, 2.0), road.areas[0].__class__("carriageway", 7.0, 8.0, 2.0), "P4").over_lit is True
    assert judge(road, AreaLight("path", 2.0, 0.0, 0.0), "P6").delivered == ""
    assert judge(road, AreaLight("path", 2.0, 8.0, 4.0), "C5").delivered == "C5"
    with pytest.raises(Refused):
        judge(Assessment((), (), None, (), None), AreaLight("path", 2.0, 8.0, 4.0), "M5")


def test_maintenance_and_constant_output() -> None:
    """Factors fall with age, relamping brings sodium back, constant output starts at the end's factor over the first."""
    assert maintenance_factor("led", 0.0) == pytest.approx(0.90)
    assert maintenance_factor("led", 25.0) == pytest.approx(0.8 * 0.90) == end_factor("led")
    assert maintenance_factor("led", 60.0) == maintenance_factor("led", 25.0)
    assert maintenance_factor("hst", 3.0) < maintenance_factor("hst", 0.5)
    assert maintenance_factor("hst", 4.0) == maintenance_factor("hst", 0.0)
    assert constant_output_level("led", 0.0) == pytest.approx(0.8)
    assert constant_output_level("led", 25.0) == pytest.approx(1.0)
    for wrong in (("gas", 1.0), ("led", -1.0), ("led", float("nan"))):
        with pytest.raises(Refused):
            maintenance_factor(*wrong)
