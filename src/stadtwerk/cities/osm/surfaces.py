"""Makes buildings, waters and land use of a file's outlines, and rails and bridges of its ways."""

from __future__ import annotations

import re

import numpy as np
import shapely

from stadtwerk.cities.metres import LocalMetres
from stadtwerk.cities.osm.extract import Extract, Surface, Tags, Way, clean
from stadtwerk.cities.osm.roads import CLASSES, is_bridge
from stadtwerk.cities.plan import Area, Building, Track

STOREY_M = 3.0
ROOF_M = 1.5
USUAL_HEIGHT_M = 8.0
"""Of a building that says nothing of its height; estimate."""

LOW_M = 3.0
LOW = frozenset({"garage", "garages", "shed", "carport", "hut", "roof"})
HEIGHT = re.compile(r"(\d{1,3}(?:\.\d+)?)\s*m?")

LANDUSE = {
    ("landuse", "forest"): "wood",
    ("natural", "wood"): "wood",
    ("leisure", "park"): "park",
    ("leisure", "garden"): "park",
    ("leisure", "common"): "park",
    ("leisure", "pitch"): "park",
    ("leisure", "playground"): "park",
    ("leisure", "sports_centre"): "park",
    ("landuse", "cemetery"): "park",
    ("landuse", "allotments"): "park",
    ("landuse", "village_green"): "park",
    ("landuse", "recreation_ground"): "park",
    ("landuse", "grass"): "park",
    ("landuse", "industrial"): "industrial",
    ("landuse", "port"): "harbour",
    ("landuse", "residential"): "residential",
    ("landuse", "commercial"): "commercial",
    ("landuse", "retail"): "commercial",
    ("landuse", "farmland"): "farmland",
    ("landuse", "meadow"): "farmland",
    ("landuse", "orchard"): "farmland",
    ("landuse", "vineyard"): "farmland",
}
"""OSM's tags and the kind of area that they become."""

WATER = frozenset({("natural", "water"), ("waterway", "riverbank"), ("landuse", "reservoir"), ("landuse", "basin")})
STREAM_WIDTH_M = {"river": 12.0, "canal": 10.0, "stream": 2.5}
"""Of a river that is drawn as a line only; estimate."""

TRACK_KINDS = {"tram": "tram", "light_rail": "tram", "subway": "subway"}


def buildings(extract: Extract) -> list[Building]:
    """Return the footprints of the buildings with their addresses and heights in metres."""
    made = []
    for surface in extract.surfaces:
        tags = surface.tags
        use = tags.get("building", "no")
        if use == "no":
            continue
        outline = np.asarray(surface.outline.exterior.coords)[:-1]
        street, number = clean(tags.get("addr:street", "")), clean(tags.get("addr:housenumber", ""))
        made.append(Building(outline, street, number, _height_m(tags), clean(use)))
    return made


def _height_m(tags: Tags) -> float:
    """Return the height of a building: as tagged, by its storeys, or the usual one of its kind."""
    if said := HEIGHT.fullmatch(tags.get("height", "").strip()):
        return float(said[1])
    storeys = tags.get("building:levels", "")
    if storeys.isascii() and storeys.isdecimal() and len(storeys) < 4:
        return int(storeys) * STOREY_M + ROOF_M
    return LOW_M if tags.get("building") in LOW else USUAL_HEIGHT_M


def water(extract: Extract, metres: LocalMetres) -> list[Area]:
    """Return lakes and rivers; one drawn as a line is given the usual width of its kind."""
    areas = [_area(surface, "water") for surface in extract.surfaces if WATER & surface.tags.items()]
    for way in extract.streams:
        if way.tags.get("tunnel", "no") != "no" or way.tags.get("covered") == "yes":
            continue
        line = shapely.LineString(metres.to_metres(way.line))
        band = line.buffer(STREAM_WIDTH_M[way.tags["waterway"]] / 2, cap_style="flat", quad_segs=1)
        if isinstance(band, shapely.Polygon) and not band.is_empty:
            areas.append(Area("water", shapely.transform(band, metres.to_degrees), clean(way.tags.get("name", ""))))
    return areas


def landuse(extract: Extract) -> list[Area]:
    """Return what the ground is used for, the largest areas first, so that small ones are drawn on top."""
    found = []
    for surface in extract.surfaces:
        kinds = [LANDUSE[tag] for tag in surface.tags.items() if tag in LANDUSE]
        if kinds and "building" not in surface.tags:
            found.append(_area(surface, kinds[0]))
    return sorted(found, key=lambda area: -area.outline.area)


def _area(surface: Surface, kind: str) -> Area:
    return Area(kind, surface.outline, clean(surface.tags.get("name", "")))


def rails(extract: Extract, prefix: str) -> list[Track]:
    """Return all tracks in use."""
    return [_track(way, TRACK_KINDS.get(way.tags["railway"], "rail"), f"{prefix}-r{way.id}") for way in extract.rails]


def bridges(extract: Extract, prefix: str) -> list[Track]:
    """Return the decks of the bridges that carry roads or rails."""
    roads = [way for way in extract.roads if is_bridge(way.tags) and way.tags["highway"] in CLASSES]
    decks = [_track(way, "road", f"{prefix}-b{way.id}") for way in roads]
    return decks + [_track(way, "rail", f"{prefix}-b{way.id}") for way in extract.rails if is_bridge(way.tags)]


def _track(way: Way, kind: str, name: str) -> Track:
    return Track(name, clean(way.tags.get("name", "")), kind, way.line)
