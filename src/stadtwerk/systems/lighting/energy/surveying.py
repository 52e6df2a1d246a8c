"""How little light is enough in each street: calculated once, outside the loop, and kept until lamps have aged."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from stadtwerk.systems.lighting.demand import kept_classes, lower_class
from stadtwerk.systems.lighting.energy.things import UNCLASSED, Limits, Standing, Survey
from stadtwerk.systems.lighting.engine.adaptive.bound import Solution, Solver, dual_bound
from stadtwerk.systems.lighting.engine.adaptive.certificate import certify_bound
from stadtwerk.systems.lighting.engine.adaptive.demands import asked_of
from stadtwerk.systems.lighting.engine.adaptive.influence import Influence, influence_of
from stadtwerk.systems.lighting.engine.en13201.assess import Assessment, assess
from stadtwerk.systems.lighting.engine.en13201.classes import BY_FLUX, judge
from stadtwerk.systems.lighting.engine.energy.traffic import presence, traffic_of
from stadtwerk.systems.lighting.engine.sections import Section, section_of
from stadtwerk.systems.lighting.inventory import Inventory

FIELDS = 2
"""Fields of a ring on which a bound stands: where all fields ask for the same, repeated levels are as good as any."""
LOWER_STEPS = 2
"""So many classes lower a street may be where nobody is: an assumption, as in `lighting/demand`."""
SHARES = (0.0, 0.5, 1.0)
"""Shares of time in the full class at which the program is solved; between them their duals' lines bound it."""


def survey_of(inventory: Inventory, lamps: str, now_us: int, tell: Callable[[int], None]) -> Survey:
    """Calculate the limits of all streets; `lamps` is the mark of the city's lamps, `tell` hears how many are done."""
    traffic, counted = traffic_of(inventory.city)
    streets = []
    for place in range(len(inventory.streets.ids)):
        streets.append(limits_of(inventory, place, traffic, now_us))
        tell(place + 1)
    mark = hashlib.sha256(msgspec.json.encode(streets)).hexdigest()
    return Survey(now_us, lamps, tuple(streets), tuple(counted), mark)


def limits_of(inventory: Inventory, place: int, traffic: Mapping[str, Any], now_us: int) -> Limits:
    """Calculate one street's limits; a street that is not lit by rule has none.

    Where full light misses the class, the best class it reaches counts; where it reaches none, nothing but full light.
    """
    section = section_of(inventory, place, now_us)
    if section is None:
        return UNCLASSED
    found, full = assess(section.street), kept_classes(section)
    low = low_classes(full)
    standing: Standing = "kept" if full == section.classes else "missed"
    street = section.street
    width_m = sum(area.width_m for area in found.areas)
    highway = inventory.streets.extra[place].get("highway", "")
    first = next(iter(section.classes))
    return Limits(
        standing=standing,
        full_level=_level(found, full),
        low_level=_level(found, low),
        lines=_lines(section, found, full, low) if full else ((1.0, 0.0),),
        presence=tuple(presence(traffic, highway, street.spacing_m).round(6).tolist()),
        area_m2=width_m * street.spacing_m / len(street.rows),
        power_density=found.power_density_w_lx_m2 or 0.0,
        required=section.classes[first],
        kept=full.get(first, ""),
    )


def low_classes(full: Mapping[str, str]) -> dict[str, str]:
    """Return the lowest classes a street may be lit to where nobody is."""
    return {area: lower_class(name, LOWER_STEPS) for area, name in full.items()}


def mixed_classes(full: Mapping[str, str], share: float) -> dict[str, str]:
    """Return a street's classes for a share of the time in the full ones, as the program and the verifier read them."""
    return {area: f"{name}:{lower_class(name, LOWER_STEPS)}:{share:.6f}" for area, name in full.items()}


def certified_bound(section: Section, share: float, about: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the bound of a street as `tools/verify_bound.py` reads it; None where it keeps no class at all."""
    full = kept_classes(section)
    if not full:
        return None
    influence, fields = influence_of(section.street, FIELDS), [mixed_classes(full, share)] * FIELDS
    found = Solver(influence).solve(fields)
    return certify_bound(influence, fields, found, about) if found else None


def _level(found: Assessment, classes: Mapping[str, str]) -> float:
    """Return the least common level at which all areas keep their classes, a share of full light."""
    levels = [judge(found, area, classes[area.name]).lowest_level for area in found.areas if area.name in classes]
    return max([level for level in levels if level is not None] or [1.0])


def _lines(
    section: Section, found: Assessment, full: Mapping[str, str], low: Mapping[str, str]
) -> tuple[tuple[float, float], ...]:
    """Return the lines whose greatest value bounds the power, as shares of full power.

    With one row of lamps all demands that cost light ask for one common level, so each is a line of its own; with more
    rows weak duality gives a line at each of `SHARES`: multipliers stay feasible when only what is asked changes.
    """
    if len(section.street.rows) == 1:
        return _single(found, full, low)
    influence = influence_of(section.street, FIELDS)
    solver, lines = Solver(influence), []
    for share in SHARES:
        solution = solver.solve([mixed_classes(full, share)] * FIELDS)
        if solution is not None:
            lines.append(_line(influence, solver, solution, (full, low), share))
    return tuple(sorted(set(lines)))


def _single(found: Assessment, full: Mapping[str, str], low: Mapping[str, str]) -> tuple[tuple[float, float], ...]:
    lines = set()
    for area in found.areas:
        if area.name not in full:
            continue
        delivered = {demand.quantity: demand.delivered for demand in judge(found, area, full[area.name]).demands}
        most, least = asked_of(full[area.name]), asked_of(low[area.name])
        for quantity in sorted(BY_FLUX & set(least)):
            a, b = least[quantity] / delivered[quantity], (most[quantity] - least[quantity]) / delivered[quantity]
            lines.add((round(a, 9), round(b, 9)))
    return tuple(sorted(line for line in lines if not any(_above(other, line) for other in lines if other != line)))


def _above(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return one[0] >= other[0] and sum(one) >= sum(other)


def _line(
    influence: Influence, solver: Solver, solution: Solution, classes: tuple[Mapping[str, str], ...], share: float
) -> tuple[float, float]:
    """Return a + b p of a dual solution: only demands that are proportional to light change with p."""
    whole_w = float(influence.power_w.sum())
    bound = dual_bound(influence.power_w, solver.box(), solution.rows, solution.multipliers) / whole_w
    slope = 0.0
    for row, y in zip(solution.rows, solution.multipliers, strict=True):
        if row.kind in BY_FLUX:
            most, least = (asked_of(one[row.area])[row.kind] for one in classes)
            slope += float(y) * (most - least) / whole_w
    return round(bound - slope * share, 9), round(slope, 9)
