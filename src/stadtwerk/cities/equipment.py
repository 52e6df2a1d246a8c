"""What hangs on each pole: lamp type, power, height, program and age."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from stadtwerk.cities.figures import LampFigures, Rule
from stadtwerk.cities.metres import LocalMetres
from stadtwerk.cities.plan import CityPlan
from stadtwerk.cities.poles import Poles

Ints = NDArray[np.int64]

LAMP_TYPES = ("led", "hst", "hme")
SURVEYED_TYPES = {
    "led": 0,
    "electric": 0,
    "sodium": 1,
    "high_pressure_sodium": 1,
    "gaslight": 2,
    "mercury": 2,
}
"""Lamp types by OSM's lamp_type and light:method."""

AGE_YEARS = ((0.5, 12.0), (13.0, 36.0), (26.0, 48.0))
"""Youngest and oldest installations per type; no mercury lamp was sold after 2015 (EU 245/2009)."""

REPLACED_SHARE = 0.04
"""Lamps replaced one by one since their street was fitted out; estimate."""

DAYS_PER_YEAR = 365.25


@dataclass(slots=True, frozen=True)
class Fittings:
    """Columns (n,) by luminaire: height m, power W, index into LAMP_TYPES, program, date, category, light."""

    height_m: NDArray[np.float64]
    power_w: NDArray[np.float64]
    lamp_type: Ints
    program: NDArray[np.str_]
    installed_on: NDArray[np.datetime64]
    category: NDArray[np.str_]
    cct_k: NDArray[np.float64]
    """Correlated colour temperature, K; NaN where nobody told."""
    upward_percent: NDArray[np.float64]
    """Share of its flux that a luminaire sends above the horizontal; NaN where nobody told."""


CCT_K = (3000.0, 2000.0, 4000.0)
"""By lamp type; estimate."""
COLD_LED_K, COLD_UNTIL = 4000.0, np.datetime64("2018-01-01")
"""LEDs put up before were mostly colder; estimate."""
UPWARD_PERCENT = (0.0, 0.0, 3.0)
"""By lamp type: flat glass, flat glass, opal hood; estimate."""


def fit(plan: CityPlan, figures: LampFigures, poles: Poles, pole: Ints) -> Fittings:
    """Fit out the luminaires (n,) of poles; a street is fitted in one go, so its lamps are alike."""
    rng = np.random.default_rng([plan.seed, 72])
    classes = figures.by_class()
    usual = classes["residential"]
    rules = [classes.get(street.highway, usual) for street in plan.streets]
    street = poles.street[pole]
    lamp_type = _types(plan, figures, poles, rng)[pole]
    installed_on = _dates(figures, street, lamp_type, len(plan.streets), rng)
    cold = (lamp_type == 0) & (installed_on < COLD_UNTIL)
    power = np.array([[rule.led_w, rule.hst_w, rule.hme_w] for rule in rules])
    return Fittings(
        height_m=np.array([rule.height_m for rule in rules])[street],
        power_w=power[street, lamp_type],
        lamp_type=lamp_type,
        program=np.array([rule.program for rule in rules])[street],
        installed_on=installed_on,
        category=_categories(plan, rules, poles)[pole],
        cct_k=np.where(cold, COLD_LED_K, np.array(CCT_K)[lamp_type]),
        upward_percent=np.array(UPWARD_PERCENT)[lamp_type],
    )


def _types(plan: CityPlan, figures: LampFigures, poles: Poles, rng: np.random.Generator) -> Ints:
    """Choose the lamp type of each pole: by street, or as surveyed."""
    drawn = rng.random(len(plan.streets))
    by_street = np.where(drawn < figures.led_share, 0, np.where(drawn < 1.0 - figures.mercury_share, 1, 2))
    lamp_type = by_street[poles.street]
    for index in np.flatnonzero(poles.known >= 0):
        tags = plan.known_lamps[poles.known[index]].tags
        said = tags.get("light:method") or tags.get("lamp_type") or ""
        lamp_type[index] = SURVEYED_TYPES.get(said.lower(), lamp_type[index])
    return np.asarray(lamp_type)


def _dates(
    figures: LampFigures, street: Ints, lamp_type: Ints, streets: int, rng: np.random.Generator
) -> NDArray[np.datetime64]:
    """Date each lamp: its street's year, a few lamps a day; some were replaced alone later."""
    span = np.array(AGE_YEARS)[lamp_type]
    drawn = rng.random(streets)[street]
    alone = rng.random(len(street)) < REPLACED_SHARE
    drawn = np.where(alone, drawn * rng.random(len(street)), drawn)
    age_days = (span[:, 0] + drawn * (span[:, 1] - span[:, 0])) * DAYS_PER_YEAR
    row = np.arange(len(street))
    started = np.maximum.accumulate(np.where(np.diff(street, prepend=-1) != 0, row, 0))
    days = np.minimum((row - started) // 12 - age_days, 0.0).astype(np.int64)
    return np.asarray(np.datetime64(figures.latest_installed_on, "D") + days)


def _categories(plan: CityPlan, rules: list[Rule], poles: Poles) -> NDArray[np.str_]:
    """Name the kind of place of each pole: its street's, unless on an island, a bridge or in a park."""
    category = np.array([rule.category for rule in rules], dtype="<U16")[poles.street]
    category[poles.twin] = "centralIsland"
    category[np.array([street.bridge for street in plan.streets])[poles.street]] = "bridge"
    parks = [area.outline for area in plan.landuse if area.kind == "park"]
    paths = np.flatnonzero(category == "pedestrianPath")
    if parks and len(paths):
        lonlat = LocalMetres(plan.centre).to_degrees(poles.xy[paths])
        hits = shapely.STRtree(parks).query(shapely.points(lonlat), predicate="intersects")[0]
        category[paths[hits]] = "park"
    return category
