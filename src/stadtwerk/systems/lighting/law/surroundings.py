"""What stands around each lamp that rules ask for: crossings, zones of nature; and its light's colour and waste."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from stadtwerk.kernel.observation import Values

METRES_PER_DEGREE = 111_195.0
"""Length of a degree of latitude on a sphere of 6,371 km radius."""

Table = list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Columns (n,) by lamp: distance to the nearest zebra crossing m, row of its zone or -1, colour K, flux upward %.

    NaN is what nobody told; `signed` tells whose pole carries sign 394. The tables are the city's crossings and zones.
    """

    crossing_m: Values
    zone: NDArray[np.int32]
    cct_k: Values
    upward_percent: Values
    signed: NDArray[np.bool_]
    crossings: Table
    zones: Table


def make_surroundings(lamps: dict[str, list[str]], crossings: Table, zones: Table) -> Surroundings:
    """Look around every lamp; tables and columns that a city does not have are empty."""
    lon, lat = np.array(lamps["lon"], np.float64), np.array(lamps["lat"], np.float64)
    return Surroundings(
        crossing_m=_distance_m(lon, lat, crossings),
        zone=_zone(lon, lat, zones),
        cct_k=_told(lamps, "cct_k", len(lon)),
        upward_percent=_told(lamps, "upward_percent", len(lon)),
        signed=np.array(lamps.get("sign_394", [""] * len(lon))) == "yes",
        crossings=crossings,
        zones=zones,
    )


def _distance_m(lon: Values, lat: Values, crossings: Table) -> Values:
    if not crossings:
        return np.full(len(lon), np.inf)
    scale = np.array([np.cos(np.radians(float(np.mean(lat)))), 1.0]) * METRES_PER_DEGREE
    places = np.array([[float(one["lon"]), float(one["lat"])] for one in crossings])
    tree = shapely.STRtree(shapely.points(places * scale))
    lamps = shapely.points(np.column_stack([lon, lat]) * scale)
    (lamp, _), away_m = tree.query_nearest(lamps, all_matches=False, return_distance=True)
    return np.asarray(away_m[np.argsort(lamp, kind="stable")])


def _zone(lon: Values, lat: Values, zones: Table) -> NDArray[np.int32]:
    found = np.full(len(lon), -1, np.int32)
    if zones:
        outlines = shapely.from_wkt([one["wkt"] for one in zones])
        lamp, zone = shapely.STRtree(outlines).query(shapely.points(lon, lat), predicate="intersects")
        found[lamp] = zone
    return found


def _told(lamps: dict[str, list[str]], column: str, n: int) -> Values:
    return np.array([float(cell) if cell else np.nan for cell in lamps.get(column, [""] * n)], np.float64)
