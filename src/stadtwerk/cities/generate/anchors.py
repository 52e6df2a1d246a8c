"""What is true of a city before anything is generated: its toml file, read into records in metres."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from stadtwerk.cities.metres import LocalMetres, Positions
from stadtwerk.kernel.refusal import Refused


@dataclass(slots=True, frozen=True, eq=False)
class Place:
    """A centre of the city: where it is (metres), how far it reaches, how it is built."""

    xy: Positions
    reach_m: float
    kind: str


@dataclass(slots=True, frozen=True, eq=False)
class Course:
    """A line with a kind and a name: a main street (`width_m` 0), a railway or a river of a width."""

    kind: str
    name: str
    path: Positions
    width_m: float = 0.0


@dataclass(slots=True, frozen=True, eq=False)
class Patch:
    """An area with a kind and a name: a ring (k, 2), or a centre (1, 2) with length, width and direction."""

    kind: str
    name: str
    ring: Positions
    size_m: tuple[float, float] = (0.0, 0.0)
    direction_deg: float = 0.0


@dataclass(slots=True, frozen=True, eq=False)
class Quarter:
    """A district as the file gives it; the ring (k, 2) is in degrees."""

    id: str
    name: str
    population: int
    ring: Positions


@dataclass(slots=True, frozen=True, eq=False)
class Anchors:
    """All anchors of a city; positions in metres about `flat.centre` unless said otherwise."""

    facts: dict[str, Any]
    flat: LocalMetres
    quarters: list[Quarter]
    places: dict[str, Place]
    courses: list[Course]
    lakes: list[Patch]
    ground: list[Patch]
    streets: list[Course]
    rails: list[Course]
    trams: list[Course]
    bridges: list[tuple[str, Positions]]
    station: Positions
    focus: Positions

    @property
    def outlines(self) -> list[shapely.Polygon]:
        """The districts' outlines in metres."""
        return [shapely.Polygon(self.flat.to_metres(quarter.ring)) for quarter in self.quarters]


class _Reader:
    """Reads paths, which are lists of places and of longitude,latitude."""

    def __init__(self, flat: LocalMetres) -> None:
        self.flat = flat
        self.places: dict[str, Place] = {}

    def path(self, text: str) -> Positions:
        return np.array([self.point(token) for token in text.split()])

    def point(self, token: str) -> Positions:
        if token in self.places:
            return self.places[token].xy
        try:
            lon, lat = (float(part) for part in token.split(","))
        except ValueError:
            raise Refused.field("path", f"{token!r} is neither a place nor longitude,latitude") from None
        at: Positions = self.flat.to_metres(np.array([[lon, lat]]))[0]
        return at

    def course(self, text: str) -> Course:
        kind, name, path = text.split("|")
        return Course(kind, name, self.path(path))

    def water(self, text: str) -> Course:
        name, width, kind, path = text.split("|")
        return Course(kind, name, self.path(path), float(width))

    def patch(self, text: str) -> Patch:
        kind, name, ring, *rest = text.split("|")
        if not rest:
            return Patch(kind, name, self.path(ring))
        length, width = (float(part) for part in rest[0].split(","))
        return Patch(kind, name, self.path(ring), (length, width), float(rest[1]))


def read_anchors(path: Path) -> Anchors:
    """Read a city's toml file; raises Refused where a path, a place or a table is missing or wrong."""
    facts = tomllib.loads(path.read_text(encoding="utf-8"))
    try:
        return _anchors(facts)
    except (KeyError, ValueError, IndexError) as error:
        raise Refused.field(path.name, f"is not a city's anchors: {error!r}") from error


def _anchors(facts: dict[str, Any]) -> Anchors:
    lon, lat = facts["centre"]
    reader = _Reader(LocalMetres((lon, lat)))
    for key, text in facts["places"].items():
        at, reach, kind = text.split()
        reader.places[key] = Place(reader.point(at), float(reach), kind)
    return Anchors(
        facts=facts,
        flat=reader.flat,
        quarters=[_quarter(table) for table in facts["districts"]],
        places=reader.places,
        courses=[reader.water(text) for text in facts["water"]["courses"]],
        lakes=[reader.patch(f"lake|{text}") for text in facts["water"]["lakes"]],
        ground=[reader.patch(text) for text in facts["ground"]["areas"]],
        streets=[reader.course(text) for text in facts["streets"]["main"]],
        rails=[reader.course(f"rail|{text}") for text in facts["rails"]["lines"]],
        trams=[_tram(reader, text) for text in facts["rails"]["trams"]],
        bridges=[_named(reader, text) for text in facts["streets"]["bridges"]],
        station=reader.point(facts["rails"]["main_station"]),
        focus=reader.flat.to_metres(np.array([facts["small_focus"]]))[0],
    )


def _quarter(table: dict[str, Any]) -> Quarter:
    ring = np.array([[float(part) for part in corner.split(",")] for corner in table["outline"].split()])
    return Quarter(table["id"], table["name"], table["population"], ring)


def _tram(reader: _Reader, text: str) -> Course:
    name, kind, path = text.split("|")
    return Course(kind, name, reader.path(path))


def _named(reader: _Reader, text: str) -> tuple[str, Positions]:
    name, at = text.split("|")
    return name, reader.point(at)
