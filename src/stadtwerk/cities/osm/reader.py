"""Reads an OpenStreetMap file once through with pyosmium, within limits."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import osmium
import shapely
from osmium import filter as keep

from stadtwerk.cities.osm.extract import Extract, Node, Surface, Way
from stadtwerk.kernel.refusal import Refused

SUFFIXES = (".osm", ".osm.gz", ".osm.pbf", ".pbf")
FILE_BYTES_MAX = 4 * 2**30
NODES_MAX = 50_000_000
WAYS_MAX = 8_000_000
WAY_NODES_MAX = 100_000

UNREADABLE = (RuntimeError, ValueError, OSError, osmium.InvalidLocationError)
"""What pyosmium raises on damaged files."""

SURFACE_KEYS = ("building", "natural", "landuse", "leisure", "waterway", "boundary")
KEYS = (*SURFACE_KEYS, "highway", "railway", "public_transport", "place")
STREAMS = frozenset({"river", "canal", "stream"})
RAILS = frozenset({"rail", "tram", "light_rail", "subway", "narrow_gauge"})


class _Guard:
    """Sees every object before any filter: counts, and stops at a limit or at a place off the earth."""

    def __init__(self) -> None:
        self.nodes = 0
        self.ways = 0

    def node(self, node: Any) -> None:
        self.nodes += 1
        if self.nodes > NODES_MAX:
            raise too_large(f"more than {NODES_MAX} nodes")
        if not node.location.valid() and node.visible:
            raise broken(f"node {node.id} lies outside the earth: latitude within -90..90, longitude within -180..180")

    def way(self, _way: Any) -> None:
        self.ways += 1
        if self.ways > WAYS_MAX:
            raise too_large(f"more than {WAYS_MAX} ways")


def read(path: Path) -> Extract:
    """Read a file (.osm, .osm.gz, .osm.pbf) into an extract.

    Raises Refused where the file is absent, of another form, damaged, over the limits or without a road.
    """
    _check_file(path)
    extract = Extract()
    try:
        for thing in _things(path):
            _sort(thing, extract)
    except UNREADABLE as error:
        raise broken(
            f"{path.name} can not be read: {error}. Download it again, or check it with `osmium fileinfo`"
        ) from error
    if not extract.roads:
        raise broken(f"{path.name} has no highways: import an extract that holds a whole city with its streets")
    for ways in (extract.roads, extract.rails, extract.streams):
        ways.sort(key=_by_id)
    for nodes in (extract.platforms, extract.nodes):
        nodes.sort(key=_by_id)
    extract.surfaces.sort(key=_by_id)
    return extract


def _by_id(record: Way | Node | Surface) -> int:
    return record.id


def _check_file(path: Path) -> None:
    if not path.is_file():
        raise Refused.of("not-found", "There is no such file", 404, f"{path} is not a file")
    if not path.name.endswith(SUFFIXES):
        raise broken(f"{path.name} does not end with one of {', '.join(SUFFIXES)}")
    size = path.stat().st_size
    if size == 0:
        raise broken(f"{path.name} is empty: download it again")
    if size > FILE_BYTES_MAX:
        raise too_large(f"{size} bytes, at most {FILE_BYTES_MAX}")


def _things(path: Path) -> Iterator[Any]:
    processor = osmium.FileProcessor(str(path)).with_locations("flex_mem").with_areas(keep.KeyFilter(*SURFACE_KEYS))
    return iter(processor.with_filter(_Guard()).with_filter(keep.KeyFilter(*KEYS)))


def _sort(thing: Any, extract: Extract) -> None:
    """Put an object of the file where it belongs, or leave it out."""
    if thing.is_area():
        extract.surfaces.extend(_surfaces(thing))
        return
    tags = {tag.k: tag.v for tag in thing.tags}
    if thing.is_node():
        extract.nodes.append(Node(thing.id, tags, thing.location.lon, thing.location.lat))
    elif thing.is_way():
        _sort_way(list(_unbroken(thing, tags)), tags, extract)


def _sort_way(parts: list[Way], tags: dict[str, str], extract: Extract) -> None:
    if "platform" in (tags.get("public_transport"), tags.get("railway"), tags.get("highway")):
        for part in parts[:1]:
            lon, lat = part.line.mean(axis=0).tolist()
            extract.platforms.append(Node(part.id, tags, lon, lat))
    elif "highway" in tags:
        extract.roads.extend(parts)
    elif tags.get("railway") in RAILS:
        extract.rails.extend(parts)
    elif tags.get("waterway") in STREAMS:
        extract.streams.extend(parts)


def _unbroken(way: Any, tags: dict[str, str]) -> Iterator[Way]:
    """Yield the pieces of a way between nodes that the extract cut off."""
    if len(way.nodes) > WAY_NODES_MAX:
        raise too_large(f"way {way.id} has {len(way.nodes)} nodes, at most {WAY_NODES_MAX}")
    nodes: list[int] = []
    places: list[tuple[float, float]] = []
    for node in way.nodes:
        if node.location.valid():
            if not places or places[-1] != (node.location.lon, node.location.lat):
                nodes.append(node.ref)
                places.append((node.location.lon, node.location.lat))
            continue
        if len(nodes) > 1:
            yield Way(way.id, tags, nodes, np.array(places))
        nodes, places = [], []
    if len(nodes) > 1:
        yield Way(way.id, tags, nodes, np.array(places))


def _surfaces(area: Any) -> Iterator[Surface]:
    """Yield each outer ring of an area with its holes; rings that cross themselves are mended or left out."""
    tags = {tag.k: tag.v for tag in area.tags}
    for outer in area.outer_rings():
        holes = [[(node.lon, node.lat) for node in inner] for inner in area.inner_rings(outer)]
        outline = shapely.Polygon([(node.lon, node.lat) for node in outer], holes)
        if outline.is_valid and outline.area > 0:
            yield Surface(area.id, tags, outline)


def broken(detail: str) -> Refused:
    """Return the refusal of a file that can not be made into a city (422)."""
    return Refused.of("broken-city-file", "The file can not be made into a city", 422, detail)


def too_large(what: str) -> Refused:
    """Return the refusal of a file over a limit (413)."""
    detail = f"{what}: cut one city out of it first, for example with `osmium extract --bbox`"
    return Refused.of("city-file-too-large", "The file is too large", 413, detail)
