"""From drawn lines in metres to the plan of a city in degrees."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from stadtwerk.cities.generate.anchors import Anchors, Course
from stadtwerk.cities.generate.arteries import Way
from stadtwerk.cities.generate.ground import Surface, polygons
from stadtwerk.cities.generate.houses import Houses
from stadtwerk.cities.generate.points import Stop
from stadtwerk.cities.metres import LocalMetres, Positions
from stadtwerk.cities.plan import Area, Building, District, Point, Street, Track

DIGITS = 7
"""Decimals of a degree: 1 cm."""

NAMED_M = 450.0
"""A stop is named after a street within this distance."""

LEAST_DEG2 = 1e-9
"""Crumbs of areas smaller than this (about 8 square metres) are dropped."""

STATION_M = 400.0
"""The stop nearest to the main station, if this near, carries its name."""

CROSSING_STOPS = 3
"""One stop in so many has a zebra crossing; estimate."""


class Assembly:
    """Turns things in metres into things of the plan."""

    def __init__(self, anchors: Anchors) -> None:
        self._anchors = anchors
        self._prefix = str(anchors.facts["prefix"])
        self._flat: LocalMetres = anchors.flat

    def degrees(self, xy: Positions) -> Positions:
        """Return points (n, 2) in degrees, rounded to 1 cm."""
        return np.asarray(self._flat.to_degrees(xy).round(DIGITS))

    def districts(self, ways: list[Way]) -> list[District]:
        """Return the districts that have streets."""
        lines = shapely.union_all([shapely.LineString(way.line) for way in ways])
        return [
            District(quarter.id, quarter.name, quarter.population, shapely.Polygon(quarter.ring))
            for quarter, outline in zip(self._anchors.quarters, self._anchors.outlines, strict=True)
            if shapely.intersects(outline, lines)
        ]

    def streets(self, ways: list[Way], district: NDArray[np.intp]) -> list[Street]:
        """Return the streets, numbered in their order."""
        ids = [quarter.id for quarter in self._anchors.quarters]
        return [
            Street(
                id=f"{self._prefix}-s{number:05d}",
                name=way.name,
                highway=way.highway,
                line=self.degrees(way.line),
                district=ids[home],
                lit=way.lit,
                bridge=way.bridge,
            )
            for number, (way, home) in enumerate(zip(ways, district.tolist(), strict=True), start=1)
        ]

    def buildings(self, houses: Houses, ways: list[Way]) -> list[Building]:
        """Return the buildings with their addresses."""
        rings = self.degrees(houses.rings.reshape(-1, 2)).reshape(-1, 4, 2)
        rows = zip(
            rings, houses.way.tolist(), houses.number.tolist(), houses.height_m.tolist(), houses.use, strict=True
        )
        return [Building(ring, ways[way].name, str(number), height, use) for ring, way, number, height, use in rows]

    def areas(self, surfaces: list[Surface], kind: str | None = None) -> list[Area]:
        """Return surfaces as areas of the plan, all of one kind if given."""
        # rounding may make narrow places of an outline touch themselves
        outlines = shapely.make_valid(shapely.transform([surface.outline for surface in surfaces], self.degrees))
        return [
            Area(kind or surface.kind, part, surface.name)
            for surface, outline in zip(surfaces, outlines, strict=True)
            for part in polygons(outline)
            if part.area > LEAST_DEG2
        ]

    def tracks(self, courses: list[Course], letter: str) -> list[Track]:
        """Return rails or bridges, numbered with a letter of their own."""
        return [
            Track(
                f"{self._prefix}-{letter}{number:03d}",
                course.name,
                course.kind,
                self.degrees(course.path),
            )
            for number, course in enumerate(courses, start=1)
        ]

    def signals(self, places: Positions) -> list[Point]:
        """Return traffic signals."""
        return [
            Point(f"{self._prefix}-x{number:04d}", "", lon, lat, "signal")
            for number, (lon, lat) in enumerate(self.degrees(places).tolist(), start=1)
        ]

    def stops(self, stops: list[Stop], ways: list[Way]) -> list[Point]:
        """Return stops, each named after the nearest minor street."""
        if not stops:
            return []
        places = np.array([stop.at for stop in stops])
        names = _stop_names(places, ways)
        away = np.hypot(*(places - self._anchors.station).T)
        if away.min() < STATION_M:
            names[int(away.argmin())] = f"{self._anchors.facts['title']['de']} Hauptbahnhof"
        rows = zip(stops, names, self.degrees(places).tolist(), strict=True)
        return [
            Point(f"{self._prefix}-h{number:04d}", name, lon, lat, "stop", {"modes": ";".join(stop.modes)})
            for number, (stop, name, (lon, lat)) in enumerate(rows, start=1)
        ]

    def crossings(self, stops: list[Point]) -> list[Point]:
        """Return a zebra crossing beside every third stop: where people cross to it."""
        return [
            Point(f"{self._prefix}-w{number:04d}", "", stop.lon, stop.lat, "crossing")
            for number, stop in enumerate(stops[::CROSSING_STOPS], start=1)
        ]


def _stop_names(places: Positions, ways: list[Way]) -> list[str]:
    """Name each stop after the nearest minor street no stop before it is named after."""
    minor = [way for way in ways if way.name and way.theme >= 0] or [way for way in ways if way.name]
    lines = np.array([shapely.LineString(way.line) for way in minor])
    at = shapely.points(places)
    stop, way = shapely.STRtree(lines).query(at, predicate="dwithin", distance=NAMED_M)
    order = np.lexsort((way, shapely.distance(at[stop], lines[way]), stop))
    names, taken = [""] * len(places), set[str]()
    for index in order.tolist():
        name = minor[way[index]].name
        if not names[stop[index]] and name not in taken:
            names[stop[index]] = name
            taken.add(name)
    return names
