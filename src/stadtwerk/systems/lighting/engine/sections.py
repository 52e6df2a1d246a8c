"""Every street of the inventory as a straight street of the standard: spacing from its poles, the rest by its class."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from stadtwerk.kernel.clock import US
from stadtwerk.systems.lighting.engine.en13201.classes import select_class
from stadtwerk.systems.lighting.engine.en13201.generated import generated_luminaire
from stadtwerk.systems.lighting.engine.en13201.maintenance import maintenance_factor
from stadtwerk.systems.lighting.engine.en13201.photometry import Photometry
from stadtwerk.systems.lighting.engine.en13201.street import Row, Street, Strip
from stadtwerk.systems.lighting.engine.en13201.surface import surface
from stadtwerk.systems.lighting.inventory import Inventory

SURFACE = "R3"
"""What streets are paved with where nobody says else: asphalt, slightly shiny (CIE 144:2001)."""
ARM_M = 1.5
"""Half the distance between two luminaires of one pole."""
METRES_PER_DEGREE = 111_195.0
"""Length of a degree of latitude on a sphere of 6,371 km radius."""
SPACING_M = (10.0, 90.0)
"""Shorter and longer distances along a street are gaps or doubles of the inventory, not its spacing."""
YEAR_US = 365.25 * 86_400 * US


@dataclass(frozen=True, slots=True)
class Section:
    """A street made ready: its layout, the class of each area, and the parameters that led to them."""

    street: Street
    classes: dict[str, str]
    selection: dict[str, dict[str, Any]]
    lamp_type: str
    age_years: float
    generated: bool = True


@cache
def street_types() -> dict[str, Any]:
    """Return how streets of each class are built, by highway class, and `luminaires` by lamp type."""
    return tomllib.loads((files(__package__) / "street_types.toml").read_text("utf-8"))


def section_of(inventory: Inventory, place: int, now_us: int, level: float = 1.0) -> Section | None:
    """Return a street as the engine sees it with all lamps at a share of full light; None where it has no lamps.

    Widths, lanes and light distribution are estimates by class and lamp type: the inventory does not hold them.
    """
    rows = inventory.streets.rows(place)
    kind = street_types().get(inventory.streets.extra[place].get("highway", ""))
    if not len(rows) or kind is None:
        return None
    first = int(rows[0])
    lamp_type = inventory.text["lamp_type"][first]
    age_years = _age_years(inventory, rows, now_us)
    light = luminaire_of(lamp_type, float(np.median(inventory.power_w[rows])), kind.get(f"{lamp_type}_optic", ""))
    poles, spacing_m = _poles(inventory, rows, kind)
    twin = len(rows) >= 1.5 * poles
    step_m, spacing_m = spacing_m, spacing_m * (2.0 if kind["arrangement"] == "alternate" else 1.0)
    street = Street(
        spacing_m=spacing_m,
        width_m=kind.get("carriageway", 0.0),
        lanes=kind.get("lanes", 0),
        rows=_rows(kind, light, float(np.median(inventory.height_m[rows])), (step_m, level), twin=twin),
        surface=surface(SURFACE),
        strips=tuple(_strips(kind)),
        two_way=kind.get("lanes", 0) > 1 and "island" not in kind,
        maintenance=round(maintenance_factor(lamp_type, age_years), 4),
    )
    classes, selection = _classes(kind, street)
    return Section(street, classes, selection, lamp_type, age_years)


@cache
def luminaire_of(lamp_type: str, power_w: float, optic: str = "") -> Photometry:
    """Return the generated photometry of a lamp type: flux and gear by nominal power, W; its usual optic or another."""
    figures = street_types()["luminaires"].get(lamp_type, street_types()["luminaires"]["led"])
    gross_w = round(power_w * (1.0 + figures["gear"]), 1)
    return generated_luminaire(optic or figures["optic"], round(power_w * figures["lm_per_w"], 0), gross_w)


def _age_years(inventory: Inventory, rows: Any, now_us: int) -> float:
    """Return the median age of lamps, years; lamps of the future count as new."""
    dates = np.array([inventory.text["installed_on"][int(row)] for row in rows], "datetime64[us]").astype(np.int64)
    return float(np.clip((now_us - np.median(dates)) / YEAR_US, 0.0, 100.0))


def _poles(inventory: Inventory, rows: Any, kind: dict[str, Any]) -> tuple[int, float]:
    """Return how many poles a street has and how far apart they stand along it, m: the median of neighbours.

    Poles in zigzag are apart across the street too, by twice their offset; that part is taken out.
    """
    lon, lat = inventory.lon[rows], inventory.lat[rows]
    names = np.array([inventory.text["pole"][int(row)] for row in rows])
    starts = np.flatnonzero(np.append(True, names[1:] != names[:-1]))
    north = np.diff(lat[starts]) * METRES_PER_DEGREE
    east = np.diff(lon[starts]) * METRES_PER_DEGREE * np.cos(np.radians(lat[0]))
    gap_m = np.hypot(north, east)
    if kind["arrangement"] == "alternate":
        gap_m = np.sqrt(np.maximum(gap_m**2 - (2.0 * kind["pole_offset"]) ** 2, 0.0))
    gap_m = gap_m[(gap_m >= SPACING_M[0]) & (gap_m <= SPACING_M[1])]
    length_m = float(inventory.streets.extra[int(inventory.streets.of_lamp[rows[0]])].get("length_m") or 0.0)
    usual = float(np.median(gap_m)) if len(gap_m) else length_m / len(starts)
    return len(starts), round(float(np.clip(usual, *SPACING_M)), 1)


def _rows(
    kind: dict[str, Any], light: Photometry, height_m: float, figures: tuple[float, float], *, twin: bool
) -> tuple[Row, ...]:
    """Return the rows of luminaires: on the island, on one side or in zigzag; two arms a pole where `twin`."""
    step_m, level = figures
    centre = kind.get("carriageway", 0.0) / 2.0 if "island" not in kind else kind["carriageway"] + kind["island"] / 2.0
    if "path" in kind:
        centre = kind["path"] / 2.0
    arms = (-ARM_M, ARM_M) if twin else (0.0,)
    right, left = centre - kind["pole_offset"], centre + kind["pole_offset"]
    if kind["arrangement"] == "median" and twin:
        turns = ((centre - ARM_M, 180.0), (centre + ARM_M, 0.0))
        return tuple(Row(light, y, height_m, 0.0, 0.0, turn, level) for y, turn in turns)
    rows = [Row(light, right + arm, height_m, 0.0, 0.0, 0.0, level) for arm in arms]
    if kind["arrangement"] == "alternate":
        rows += [Row(light, left + arm, height_m, step_m, 0.0, 180.0, level) for arm in arms]
    return tuple(rows)


def _strips(kind: dict[str, Any]) -> list[Strip]:
    """Return the areas beside the carriageway, right side first; a path of its own is one strip."""
    if "path" in kind:
        return [Strip("path", 0.0, kind["path"])]
    width, verge, footway = kind["carriageway"], kind.get("verge", 0.0), kind.get("footway", 0.0)
    strips = []
    if footway:
        strips.append(Strip("footway right", -verge - footway, footway))
        if "island" not in kind:
            strips.append(Strip("footway left", width + verge, footway))
    if verge:
        strips.append(Strip("verge right", -verge, verge))
        if "island" not in kind:
            strips.append(Strip("verge left", width, verge))
    return strips


def _classes(kind: dict[str, Any], street: Street) -> tuple[dict[str, str], dict[str, dict[str, Any]]]:
    """Choose the class of the carriageway or path and of the footways; verges are shown, not judged."""
    main = "carriageway" if street.lanes else "path"
    wanted = [(main, kind["family"], kind["parameters"])]
    footways = [strip.name for strip in street.strips if strip.name.startswith("footway")]
    wanted += [(name, "P", kind["footway_parameters"]) for name in footways]
    classes, selection = {}, {}
    for area, letter, parameters in wanted:
        classes[area], weights = select_class(letter, parameters)
        selection[area] = {"annex": "cen", "parameters": parameters, "weights": weights}
    return classes, selection
