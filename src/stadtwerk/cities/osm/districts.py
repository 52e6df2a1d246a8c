"""Finds the parts of a city: drawn boundaries, else named suburbs, else one district around all streets."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace

import numpy as np
import shapely

from stadtwerk.cities.metres import LocalMetres
from stadtwerk.cities.osm.extract import Extract, Node, Surface, Tags, clean
from stadtwerk.cities.plan import District

LEVELS = ("9", "10")
"""Administrative levels of city districts in Germany, the larger first."""

SUBURBS = frozenset({"suburb", "borough", "quarter"})
HEART = "Innenstadt"
"""What the ground around the city's own place is called where districts are made of suburbs."""

UMLAUTS = {ord("ä"): "ae", ord("ö"): "oe", ord("ü"): "ue", ord("ß"): "ss"}
MARGIN_M = 150.0
DISTRICTS_MAX = 200


def districts(extract: Extract, title: str, heart: Node | None, metres: LocalMetres) -> list[District]:
    """Return the districts of an extract, ordered by name; `heart` is the place of the city itself.

    Boundaries of level 9, else 10, where at least two are closed; else the ground nearest to each named
    suburb or to the heart; else one district. The last two reach a little past the streets; their
    outlines are not official.
    """
    around = hull(extract, metres)
    for level in LEVELS:
        drawn = [
            surface
            for surface in extract.surfaces
            if _is_boundary(surface, level) and surface.outline.intersects(around)
        ]
        by_area: dict[int, Surface] = {}
        for surface in sorted(drawn, key=lambda entry: entry.outline.area):
            by_area[surface.id] = surface
        if 2 <= len(by_area) <= DISTRICTS_MAX:
            return _named([(entry.tags, entry.outline) for entry in by_area.values()])
    suburbs = [node for node in extract.nodes if node.tags.get("place") in SUBURBS and node.tags.get("name")]
    if 2 <= len(suburbs) <= DISTRICTS_MAX:
        if heart is not None:
            suburbs.append(replace(heart, tags={"name": HEART}))
        return _named(_nearest_ground(suburbs, around, metres))
    return _named([({"name": title}, around)])


def hull(extract: Extract, metres: LocalMetres) -> shapely.Polygon:
    """Return the convex outline around all roads of an extract and a margin, in degrees."""
    xy = metres.to_metres(np.concatenate([way.line for way in extract.roads]))
    around = shapely.MultiPoint(xy).convex_hull.buffer(MARGIN_M, quad_segs=2)
    return shapely.Polygon(metres.to_degrees(np.asarray(around.exterior.coords)))


def slug(text: str) -> str:
    """Return a name as small ASCII letters, digits and hyphens, German umlauts spelled out."""
    spelled = text.lower().translate(UMLAUTS)
    ascii_only = unicodedata.normalize("NFKD", spelled).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", ascii_only).strip("-")[:40]


def _is_boundary(surface: Surface, level: str) -> bool:
    tags = surface.tags
    return tags.get("boundary") == "administrative" and tags.get("admin_level") == level and bool(tags.get("name"))


def _nearest_ground(
    suburbs: list[Node], around: shapely.Polygon, metres: LocalMetres
) -> list[tuple[Tags, shapely.Polygon]]:
    """Divide the city among its suburbs: each owns what lies nearest to it (Voronoi cells)."""
    xy = metres.to_metres(np.array([[node.lon, node.lat] for node in suburbs]))
    places = shapely.MultiPoint(xy)
    outer = shapely.Polygon(metres.to_metres(np.asarray(around.exterior.coords)))
    found: list[tuple[Tags, shapely.Polygon]] = []
    cells = list(shapely.voronoi_polygons(places, extend_to=outer).geoms)
    tree = shapely.STRtree(cells)
    for node, place in zip(suburbs, places.geoms, strict=True):
        cell = cells[int(tree.nearest(place))].intersection(outer)
        if isinstance(cell, shapely.Polygon) and not cell.is_empty:
            found.append((node.tags, shapely.Polygon(metres.to_degrees(np.asarray(cell.exterior.coords)))))
    return found


def _named(parts: list[tuple[Tags, shapely.Polygon]]) -> list[District]:
    made: list[District] = []
    taken: set[str] = set()
    for tags, outline in sorted(parts, key=lambda part: (part[0]["name"], part[1].bounds)):
        base = slug(tags["name"]) or "district"
        name, number = base, 2
        while name in taken:
            name, number = f"{base}-{number}", number + 1
        taken.add(name)
        made.append(District(name, clean(tags["name"]), _population(tags), outline))
    return made


def _population(tags: Tags) -> int:
    said = re.sub(r"[ .,']", "", tags.get("population", ""))
    return int(said) if said.isascii() and said.isdecimal() and len(said) < 10 else 0
