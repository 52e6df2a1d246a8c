"""The city's map layers: newline-delimited GeoJSON, one feature a line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import shapely
from numpy.typing import NDArray

from stadtwerk.cities.plan import Area, Building, CityPlan, Track

NAMES = ("districts", "water", "landuse", "rail", "streets", "buildings", "bridges")
DIGITS = 7
"""Decimals of a degree: 1 cm."""

Feature = tuple[str, Any, dict[str, Any]]
"""Geometry type, coordinates, properties."""


def write_layers(plan: CityPlan, folder: Path) -> None:
    """Write one file per layer into a folder, WGS84 with 7 decimals."""
    folder.mkdir(parents=True, exist_ok=True)
    districts = (
        (
            "Polygon",
            _rings(entry.outline),
            {"id": entry.id, "name": entry.name, "population": entry.population},
        )
        for entry in plan.districts
    )
    streets = (
        (
            "LineString",
            _rounded(street.line),
            {
                "id": street.id,
                "name": street.name,
                "highway": street.highway,
                "lit": street.lit,
                "bridge": street.bridge,
            },
        )
        for street in plan.streets
    )
    made: dict[str, Iterable[Feature]] = {
        "districts": districts,
        "water": _areas(plan.water),
        "landuse": _areas(plan.landuse),
        "rail": _tracks(plan.rails),
        "streets": streets,
        "buildings": _buildings(plan.buildings),
        "bridges": _tracks(plan.bridges),
    }
    for name in NAMES:
        _write(folder / f"{name}.geojsonl", made[name])


def _areas(areas: list[Area]) -> Iterator[Feature]:
    for area in areas:
        yield "Polygon", _rings(area.outline), {"kind": area.kind, "name": area.name}


def _tracks(tracks: list[Track]) -> Iterator[Feature]:
    for track in tracks:
        yield "LineString", _rounded(track.line), {"id": track.id, "kind": track.kind, "name": track.name}


def _buildings(buildings: list[Building]) -> Iterator[Feature]:
    """Yield footprints with their addresses; all corners are rounded at once since there are many."""
    if not buildings:
        return
    corners: list[Any] = _rounded(np.concatenate([building.outline for building in buildings]))
    first = 0
    for building in buildings:
        ring = corners[first : first + len(building.outline)]
        first += len(building.outline)
        properties = {
            "addr:street": building.street,
            "addr:housenumber": building.housenumber,
            "building": building.use,
            "height": round(building.height_m, 1),
        }
        yield (
            "Polygon",
            [[*ring, ring[0]]],
            {name: value for name, value in properties.items() if value != ""},
        )


def _rings(outline: shapely.Polygon) -> list[Any]:
    return [_rounded(np.asarray(ring.coords)) for ring in (outline.exterior, *outline.interiors)]


def _rounded(line: NDArray[np.float64]) -> list[Any]:
    rounded: list[Any] = np.round(line[:, :2], DIGITS).tolist()
    return rounded


def _write(path: Path, features: Iterable[Feature]) -> None:
    encode = msgspec.json.Encoder().encode
    with path.open("wb") as file:
        for geometry, coordinates, properties in features:
            shape = {"type": geometry, "coordinates": coordinates}
            file.write(encode({"type": "Feature", "properties": properties, "geometry": shape}) + b"\n")
