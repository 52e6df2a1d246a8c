"""Small plans of cities for tests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely

from stadtwerk.cities.metres import LocalMetres
from stadtwerk.cities.plan import Area, Building, CityPlan, District, Point, Street, Track

CENTRE = (6.76, 51.43)
METRES = LocalMetres(CENTRE)
HALF_M = 4000.0


def lonlat(points: Sequence[Sequence[float]]) -> np.ndarray:
    return METRES.to_degrees(np.array(points, dtype=float))


def street(number: int, points: Sequence[Sequence[float]], highway: str = "residential", **more: Any) -> Street:
    return Street(f"s{number}", f"Straße {number}", highway, lonlat(points), more.pop("district", "west"), **more)


def square(x: float, y: float, half: float) -> np.ndarray:
    return lonlat([(x - half, y - half), (x + half, y - half), (x + half, y + half), (x - half, y + half)])


def building(x: float, y: float, half: float, height_m: float = 8.0) -> Building:
    return Building(square(x, y, half), "Straße 1", "1a", height_m, "house")


def water(x: float, y: float, half: float) -> Area:
    return Area("water", shapely.Polygon(square(x, y, half)))


def lamp(x: float, y: float, **tags: str) -> Point:
    lon, lat = lonlat([(x, y)])[0]
    return Point("lamp", "", float(lon), float(lat), "lamp", {key.replace("_", ":"): tag for key, tag in tags.items()})


def plan(streets: list[Street], **more: Any) -> CityPlan:
    west = shapely.Polygon(lonlat([(-HALF_M, -HALF_M), (0, -HALF_M), (0, HALF_M), (-HALF_M, HALF_M)]))
    east = shapely.Polygon(lonlat([(0, -HALF_M), (HALF_M, -HALF_M), (HALF_M, HALF_M), (0, HALF_M)]))
    return CityPlan(
        name="probe",
        prefix="pr",
        title={"de": "Probestadt", "en": "Proof City"},
        seed=more.pop("seed", 1),
        generated=True,
        timezone="Europe/Berlin",
        centre=CENTRE,
        attribution="made up",
        licence="CC0-1.0",
        districts=[District("west", "West", 1000, west), District("east", "Ost, neu", 2000, east)],
        streets=streets,
        **more,
    )


def town(seed: int = 1, **more: Any) -> CityPlan:
    """A grid of all classes with houses, a lake, a track, a signal and a stop."""
    classes = ("motorway", "primary", "secondary", "tertiary", "residential", "living_street", "footway", "pedestrian")
    across = [
        street(i, [(-900, 150 * i - 600), (0, 150 * i - 590), (900, 150 * i - 600)], classes[i % 8], lit=i != 9)
        for i in range(10)
    ]
    along = [street(20 + i, [(170 * i - 800, -650), (170 * i - 790, 750)], classes[4 + i % 4]) for i in range(10)]
    houses = [building(90 * i - 850, 150 * j - 520, 12, 6 + i) for i in range(20) for j in range(9)]
    point = Point("sig1", "", 6.761, 51.431, "signal")
    stop = Point("stop1", 'Am "Markt", Nord', 6.762, 51.432, "stop", {"modes": "bus;tram"})
    return plan(
        across + along,
        seed=seed,
        buildings=houses,
        water=[water(300, 100, 60)],
        landuse=[Area("park", shapely.Polygon(square(-300, -300, 120)))],
        rails=[Track("r1", "", "tram", lonlat([(-900, 0), (900, 40)]))],
        signals=[point],
        stops=[stop],
        **more,
    )
