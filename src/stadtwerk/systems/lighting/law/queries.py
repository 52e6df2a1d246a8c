"""The questions about nature and law: the rules, who is against them, the zones, and what a street is torn between."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
import numpy as np
import shapely

from stadtwerk.kernel.limits import PAGE_ROWS
from stadtwerk.kernel.refusal import Refused
from stadtwerk.kernel.system import Query
from stadtwerk.systems.lighting import proof
from stadtwerk.systems.lighting.law.check import bound, finding
from stadtwerk.systems.lighting.law.rules import Rule, day_of
from stadtwerk.systems.lighting.select import unknown
from stadtwerk.systems.lighting.state import Lighting
from stadtwerk.vocab.lighting import Id


class OfLaw(msgspec.Struct, frozen=True):
    """A question without parameters."""


class OfConflicts(msgspec.Struct, frozen=True):
    """A question about the lamps that are against a rule."""

    rule: Id
    limit: Annotated[int, msgspec.Meta(ge=1, le=PAGE_ROWS)] = PAGE_ROWS


class OfStreetLaw(msgspec.Struct, frozen=True):
    """A question about the rules that bind a street's lamps."""

    street: Id


def rules_view(lighting: Lighting, now_us: int) -> dict[str, Any]:
    """Show all rules with their dates, and how many lamps each binds and has against it."""
    inventory = lighting.inventory
    day, extremes = day_of(inventory.city, now_us), lighting.plans.extremes(now_us)
    shown = []
    for rule in inventory.rules:
        found = finding(inventory, rule, extremes)
        counts = {name: int(getattr(found, name).sum()) for name in ("bound", "against", "unknown")}
        shown.append({**_rule(rule), "in_force": rule.in_force(day), **counts})
    return {"day": day.isoformat(), "rules": shown}


def conflicts_view(lighting: Lighting, rule_id: str, limit: int, now_us: int) -> dict[str, Any]:
    """Show the lamps that are against a rule, with what each is or does."""
    inventory, around = lighting.inventory, lighting.inventory.surroundings
    rule = next((one for one in inventory.rules if one.id == rule_id), None)
    if rule is None:
        raise Refused.of("unknown-rule", "There is no such rule", 404, f"no rule {rule_id!r} binds this city's light")
    rows = np.flatnonzero(finding(inventory, rule, lighting.plans.extremes(now_us)).against)
    followed = lighting.plans.followed(now_us)
    lamps = [
        {
            "id": inventory.ids[row],
            "street": inventory.streets.names[int(inventory.streets.of_lamp[row])],
            "program": followed.ids[int(followed.of_lamp[row])],
            "cct_k": _number(around.cct_k[row]),
            "upward_percent": _number(around.upward_percent[row]),
            "zone": around.zones[around.zone[row]]["kind"] if around.zone[row] >= 0 else None,
        }
        for row in rows[:limit].tolist()
    ]
    return {"rule": _rule(rule), "n": len(rows), "lamps": lamps}


def street_view(lighting: Lighting, street_id: str, now_us: int) -> dict[str, Any]:
    """Show the rules in force that bind a street's lamps, and where they pull against its class after EN 13201.

    Torn is a street whose class needs a higher level than a rule wants at most, with both figures.
    """
    inventory = lighting.inventory
    place = inventory.streets.index.get(street_id)
    if place is None:
        raise unknown("street", f"no street {street_id!r} in this city")
    rows, day = inventory.streets.rows(place), day_of(inventory.city, now_us)
    needed, extremes = _needed(lighting, street_id, now_us), lighting.plans.extremes(now_us)
    shown = []
    for rule in inventory.rules:
        about, found = int(bound(inventory, rule)[rows].sum()), finding(inventory, rule, extremes)
        if not about or not rule.in_force(day):
            continue
        torn = rule.demand == "most-level" and needed is not None and needed > rule.value
        counts = {"bound": about, "against": int(found.against[rows].sum())}
        shown.append({**_rule(rule), **counts, "class_needs_percent": needed, "torn": torn})
    return {"street": street_id, "lamps": len(rows), "rules": shown}


def _needed(lighting: Lighting, street_id: str, now_us: int) -> float | None:
    """Return the least level at which all areas of a street reach their class, None where none does or is asked."""
    try:
        areas = proof.class_view(lighting, street_id, 100.0, now_us)["areas"]
    except Refused:
        return None
    levels = [area["least_level_percent"] for area in areas]
    return max((level for level in levels if level is not None), default=None)


def zones_view(lighting: Lighting) -> dict[str, Any]:
    """Return zones of nature and zebra crossings as GeoJSON (RFC 7946)."""
    around = lighting.inventory.surroundings
    areas = [_feature(one["id"], one["kind"], shapely.from_wkt(one["wkt"])) for one in around.zones]
    points = [
        _feature(one["id"], "crossing", shapely.Point(float(one["lon"]), float(one["lat"]))) for one in around.crossings
    ]
    return {"type": "FeatureCollection", "features": [*areas, *points]}


def _feature(feature_id: str, kind: str, shape: shapely.Geometry) -> dict[str, Any]:
    geometry = shapely.geometry.mapping(shape)
    return {"type": "Feature", "geometry": geometry, "properties": {"id": feature_id, "kind": kind}}


def _rule(rule: Rule) -> dict[str, Any]:
    return dict(msgspec.to_builtins(rule))


def _number(value: float) -> float | None:
    return None if np.isnan(value) else round(float(value), 1)


QUERIES = (
    Query(
        "/lighting/rules",
        "Rules that bind light, with dates, basis, and how many lamps are against them",
        OfLaw,
        lambda lighting, archive, asked, now_us: rules_view(lighting, now_us),
    ),
    Query(
        "/lighting/rules/conflicts",
        "The lamps that are against a rule",
        OfConflicts,
        lambda lighting, archive, asked, now_us: conflicts_view(lighting, asked.rule, asked.limit, now_us),
    ),
    Query(
        "/lighting/rules/street",
        "The rules that bind a street's lamps, and where they pull against its class",
        OfStreetLaw,
        lambda lighting, archive, asked, now_us: street_view(lighting, asked.street, now_us),
    ),
    Query(
        "/lighting/zones",
        "Zones of nature and zebra crossings as GeoJSON",
        OfLaw,
        lambda lighting, archive, asked, now_us: zones_view(lighting),
    ),
)
