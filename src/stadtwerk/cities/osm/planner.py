"""Turns an extract into the plan of a city."""

from __future__ import annotations

import re
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

from stadtwerk.cities.metres import LocalMetres
from stadtwerk.cities.osm import places, roads, surfaces
from stadtwerk.cities.osm.districts import districts, slug
from stadtwerk.cities.osm.extract import Extract, Node, clean
from stadtwerk.cities.osm.reader import too_large
from stadtwerk.cities.plan import CityPlan
from stadtwerk.kernel.refusal import Refused

SETTLEMENTS = ("city", "town", "village", "hamlet")
"""OSM's place values, the largest first."""

EXTENT_M_MAX = 120_000.0
"""Flat metres hold no further; a city is smaller."""

ATTRIBUTION = "© OpenStreetMap contributors (ODbL)"
LICENCE = "ODbL-1.0"
FIGURES = {
    "lamps": {
        "rules": {
            "trunk": {"arrangement": "one", "offset_m": 6.5},
            "primary": {"arrangement": "alternate", "offset_m": 6.5},
        }
    }
}
"""OSM draws each carriageway of a divided road by itself, so no lamp stands on a centre line."""


def plan_of(extract: Extract, file: Path, *, name: str | None, seed: int, timezone: str) -> CityPlan:
    """Return the plan of the city in an extract, named after its largest settlement, else after the file.

    Raises Refused where the extract spans more than 120 km or the time zone is unknown.
    """
    _check_timezone(timezone)
    settlement = _settlement(extract.nodes)
    title = _title(settlement, file)
    city = slug(name) if name else slug(title["de"])
    if not city:
        raise Refused.field("name", "give the city a name with letters in it")
    prefix = _prefix(city)
    centre = _centre(extract)
    metres = LocalMetres(centre)
    parts = districts(extract, title["de"], settlement, metres)
    return CityPlan(
        name=city,
        prefix=prefix,
        title=title,
        seed=seed,
        generated=False,
        timezone=timezone,
        centre=centre if settlement is None else (settlement.lon, settlement.lat),
        attribution=ATTRIBUTION,
        licence=LICENCE,
        districts=parts,
        streets=roads.streets(extract, prefix, parts, metres),
        buildings=surfaces.buildings(extract),
        water=surfaces.water(extract, metres),
        landuse=surfaces.landuse(extract),
        rails=surfaces.rails(extract, prefix),
        bridges=surfaces.bridges(extract, prefix),
        signals=places.signals(extract, prefix),
        stops=places.stops(extract, prefix, metres),
        crossings=places.crossings(extract, prefix),
        known_lamps=places.lamps(extract, prefix),
        figures=FIGURES,
    )


def _check_timezone(timezone: str) -> None:
    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Refused.field("timezone", f"{timezone!r} is not an IANA time zone such as Europe/Berlin") from error


def _centre(extract: Extract) -> tuple[float, float]:
    """Return the middle of all roads; raises Refused where they spread too far for one city."""
    lonlat = np.concatenate([way.line for way in extract.roads])
    low, high = lonlat.min(axis=0), lonlat.max(axis=0)
    lon, lat = ((low + high) / 2).tolist()
    corners = LocalMetres((lon, lat)).to_metres(np.array([low, high]))
    span_m = float((corners[1] - corners[0]).max())
    if span_m > EXTENT_M_MAX:
        raise too_large(f"the roads span {span_m / 1000:.0f} km, at most {EXTENT_M_MAX / 1000:.0f}")
    return lon, lat


def _settlement(nodes: list[Node]) -> Node | None:
    """Return the largest named settlement of the file."""
    named = [node for node in nodes if node.tags.get("place") in SETTLEMENTS and node.tags.get("name")]

    def size(node: Node) -> tuple[int, int, int]:
        people = node.tags.get("population", "")
        count = int(people) if people.isascii() and people.isdecimal() and len(people) < 10 else 0
        return SETTLEMENTS.index(node.tags["place"]), -count, node.id

    return min(named, key=size, default=None)


def _title(settlement: Node | None, file: Path) -> dict[str, str]:
    """Return the city's title in German and English."""
    if settlement is None:
        text = clean(re.split(r"\.osm|\.pbf", file.name)[0].replace("_", " ").replace("-", " ")).title()
        return {"de": text, "en": text}
    tags = settlement.tags
    return {language: clean(tags.get(f"name:{language}") or tags["name"]) for language in ("de", "en")}


def _prefix(city: str) -> str:
    """Return the first letters of the city's name, with which its ids begin."""
    letters = re.sub(r"[^a-z]", "", city)
    return letters[:2] if len(letters) > 1 else "ct"
