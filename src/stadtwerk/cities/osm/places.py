"""Finds signals, stops, zebra crossings and surveyed lamps among the places of a file."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from stadtwerk.cities.metres import LocalMetres
from stadtwerk.cities.osm.extract import Extract, Node, Tags, clean
from stadtwerk.cities.plan import Point

MODES = ("bus", "tram", "subway", "light_rail", "train", "trolleybus", "ferry")
PLATFORM_REACH_M = 80.0
"""A platform this near to a stop belongs to it."""

LAMP_TAGS = ("light:count", "light:method", "lamp_type", "ref")


def signals(extract: Extract, prefix: str) -> list[Point]:
    """Return each place tagged as traffic signals."""
    nodes = (node for node in extract.nodes if node.tags.get("highway") == "traffic_signals")
    return [_point(node, f"{prefix}-n{node.id}", "signal", {}) for node in nodes]


def crossings(extract: Extract, prefix: str) -> list[Point]:
    """Return each zebra crossing (StVO sign 293): tagged so, or marked and without signals."""
    nodes = (node for node in extract.nodes if node.tags.get("highway") == "crossing" and _is_zebra(node.tags))
    return [_point(node, f"{prefix}-n{node.id}", "crossing", {}) for node in nodes]


def _is_zebra(tags: Tags) -> bool:
    told = {tags.get(name, "") for name in ("crossing", "crossing_ref", "crossing:markings")}
    return "zebra" in told or tags.get("crossing") in ("marked", "uncontrolled")


def lamps(extract: Extract, prefix: str) -> list[Point]:
    """Return each surveyed street lamp with what is known of it."""
    nodes = (node for node in extract.nodes if node.tags.get("highway") == "street_lamp")
    said = ((node, {tag: clean(node.tags[tag]) for tag in LAMP_TAGS if tag in node.tags}) for node in nodes)
    return [_point(node, f"{prefix}-n{node.id}", "lamp", tags) for node, tags in said]


def stops(extract: Extract, prefix: str, metres: LocalMetres) -> list[Point]:
    """Return the stops: places tagged as bus or tram stop, and platforms with none of these within 80 m."""
    poles = [node for node in extract.nodes if _is_stop(node.tags)]
    made = [_point(node, f"{prefix}-n{node.id}", "stop", {"modes": _modes(node.tags)}) for node in poles]
    platforms = extract.platforms + [node for node in extract.nodes if _is_platform(node.tags)]
    if not platforms:
        return made
    places = metres.to_metres(np.array([[node.lon, node.lat] for node in platforms]))
    if poles:
        known = cKDTree(metres.to_metres(np.array([[node.lon, node.lat] for node in poles])))
        alone = known.query(places, distance_upper_bound=PLATFORM_REACH_M)[0] == np.inf
    else:
        alone = np.ones(len(platforms), dtype=bool)
    added = [platforms[index] for index in np.flatnonzero(alone)]
    return made + [_point(node, f"{prefix}-y{node.id}", "stop", {"modes": _modes(node.tags)}) for node in added]


def _is_stop(tags: Tags) -> bool:
    return tags.get("highway") == "bus_stop" or tags.get("railway") == "tram_stop"


def _is_platform(tags: Tags) -> bool:
    return tags.get("public_transport") == "platform" and not _is_stop(tags)


def _modes(tags: Tags) -> str:
    """Return the modes that call at a stop, as "bus;tram"."""
    found = {mode for mode in MODES if tags.get(mode) == "yes"}
    if tags.get("highway") == "bus_stop":
        found.add("bus")
    if tags.get("railway") == "tram_stop":
        found.add("tram")
    if not found:
        found.add("train" if "railway" in tags else "bus")
    return ";".join(mode for mode in MODES if mode in found)


def _point(node: Node, name: str, kind: str, tags: dict[str, str]) -> Point:
    return Point(name, clean(node.tags.get("name", "")), node.lon, node.lat, kind, tags)
