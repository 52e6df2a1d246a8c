"""Makes streets of the ways of a file: the classes a city lights, ways of one name joined end to end."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import shapely

from stadtwerk.cities.metres import LocalMetres
from stadtwerk.cities.osm.chains import Chain, Key, join_ways
from stadtwerk.cities.osm.extract import Extract, Surface, Tags, Way, clean
from stadtwerk.cities.plan import District, Street

CLASSES = {
    "motorway": "motorway",
    "motorway_link": "motorway",
    "trunk": "trunk",
    "trunk_link": "trunk",
    "primary": "primary",
    "primary_link": "primary",
    "secondary": "secondary",
    "secondary_link": "secondary",
    "tertiary": "tertiary",
    "tertiary_link": "tertiary",
    "residential": "residential",
    "unclassified": "residential",
    "road": "residential",
    "living_street": "living_street",
    "pedestrian": "pedestrian",
    "service": "service",
    "track": "service",
    "cycleway": "cycleway",
    "footway": "footway",
    "path": "footway",
    "steps": "footway",
    "bridleway": "footway",
}
"""OSM's highway values and the class of the city that they become; all others are no streets."""

DARK = frozenset({"track", "bridleway", "path"})
DARK_SERVICE = frozenset({"driveway", "parking_aisle", "drive-through", "emergency_access"})
LIT_NO = frozenset({"no", "disused"})
NAMELESS = {
    "motorway": "Autobahn",
    "service": "Zufahrt",
    "cycleway": "Radweg",
    "footway": "Fußweg",
    "pedestrian": "Platz",
}
WOODS = frozenset({"forest", "wood"})


def streets(extract: Extract, prefix: str, districts: list[District], metres: LocalMetres) -> list[Street]:
    """Return the streets of an extract, ordered by the smallest id among their ways; ids keep that number."""
    groups: dict[Key, list[Way]] = defaultdict(list)
    for way in extract.roads:
        if _is_street(way.tags):
            groups[_key(way.tags)].append(way)
    chains = join_ways(groups, metres)
    middles = shapely.points(np.array([chain.line[len(chain.line) // 2] for chain in chains]).reshape(-1, 2))
    owner = shapely.STRtree([district.outline for district in districts]).nearest(middles)
    dark = _in_the_woods(chains, middles, extract.surfaces)
    names = _names(chains, metres)
    made: list[Street] = []
    taken: dict[int, int] = defaultdict(int)
    for index, chain in enumerate(chains):
        _, highway, lit, bridge = chain.key
        taken[chain.id] += 1
        part = f"-{taken[chain.id]}" if taken[chain.id] > 1 else ""
        made.append(
            Street(
                id=f"{prefix}-w{chain.id}{part}",
                name=names[index],
                highway=highway,
                line=chain.line,
                district=districts[int(owner[index])].id,
                lit=lit and index not in dark,
                bridge=bridge,
            )
        )
    return made


def is_bridge(tags: Tags) -> bool:
    """Say whether a way is carried by a bridge."""
    return tags.get("bridge", "no") != "no"


def _is_street(tags: Tags) -> bool:
    return tags["highway"] in CLASSES and tags.get("area") != "yes" and tags.get("indoor", "no") == "no"


def _key(tags: Tags) -> Key:
    """Return what a way is called, its class, whether lit (as tagged, else as usual) and on a bridge."""
    said, highway = tags.get("lit"), tags["highway"]
    lit = said not in LIT_NO if said else highway not in DARK and tags.get("service") not in DARK_SERVICE
    return clean(tags.get("name") or tags.get("ref") or ""), CLASSES[highway], lit, is_bridge(tags)


def _in_the_woods(chains: list[Chain], middles: object, surfaces: list[Surface]) -> set[int]:
    """Return the paths among trees, which nobody lights."""
    woods = [s.outline for s in surfaces if {s.tags.get("landuse"), s.tags.get("natural")} & WOODS]
    if not woods:
        return set()
    hits = shapely.STRtree(woods).query(middles, predicate="intersects")[0]
    return {int(index) for index in hits if chains[index].key[1] in ("footway", "cycleway", "service")}


def _names(chains: list[Chain], metres: LocalMetres) -> list[str]:
    """Name each chain; one without a name after its kind and the nearest street that has one."""
    names = [chain.key[0] for chain in chains]
    named = [index for index, name in enumerate(names) if name]
    nameless = [index for index, name in enumerate(names) if not name]
    if not named or not nameless:
        return [name or NAMELESS.get(chain.key[1], "Straße") for name, chain in zip(names, chains, strict=True)]
    lines = np.array([shapely.LineString(metres.to_metres(chain.line)) for chain in chains], dtype=object)
    middles = shapely.line_interpolate_point(lines[nameless], 0.5, normalized=True)
    near = shapely.STRtree(lines[named]).nearest(middles)
    for index, other in zip(nameless, near, strict=True):
        kind = NAMELESS.get(chains[index].key[1], "Straße")
        names[index] = clean(f"{kind} bei {names[named[int(other)]]}")
    return names
