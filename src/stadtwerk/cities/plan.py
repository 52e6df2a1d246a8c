"""The plan of a city: what the generator draws or the importer reads, before lamps are placed and files written.

All positions are WGS84 longitude and latitude in degrees; lines and rings are float64 arrays of shape (k, 2).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

Line = NDArray[np.float64]
"""Positions in order, shape (k, 2), longitude and latitude in degrees."""


@dataclass(slots=True, frozen=True, eq=False)
class Street:
    """A named way of one class, as one continuous line."""

    id: str
    name: str
    highway: str
    line: Line
    district: str
    lit: bool = True
    bridge: bool = False


@dataclass(slots=True, frozen=True, eq=False)
class Building:
    """The footprint of a house with its address; `street` is the name, not the id; the ring is not closed."""

    outline: Line
    street: str
    housenumber: str
    height_m: float
    use: str


@dataclass(slots=True, frozen=True, eq=False)
class Area:
    """A piece of the city's surface: water, wood, park, industrial, harbour, residential, commercial, farmland."""

    kind: str
    outline: shapely.Polygon
    name: str = ""


@dataclass(slots=True, frozen=True, eq=False)
class District:
    """A part of the city with people in it."""

    id: str
    name: str
    population: int
    outline: shapely.Polygon


@dataclass(slots=True, frozen=True, eq=False)
class Track:
    """A line of rails: tram, rail or subway; or, in `bridges`, the deck of a bridge (kind road or rail)."""

    id: str
    name: str
    kind: str
    line: Line


@dataclass(slots=True, frozen=True, eq=False)
class Point:
    """A thing at one place: signal, stop, crossing or lamp; a stop has its modes in `tags["modes"]`, as "bus;tram"."""

    id: str
    name: str
    lon: float
    lat: float
    kind: str
    tags: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True, frozen=True, eq=False)
class CityPlan:
    """Everything known of a city before its lamps are placed."""

    name: str
    prefix: str
    title: dict[str, str]
    seed: int
    generated: bool
    timezone: str
    centre: tuple[float, float]
    attribution: str
    licence: str
    districts: list[District]
    streets: list[Street]
    buildings: list[Building] = field(default_factory=list)
    water: list[Area] = field(default_factory=list)
    landuse: list[Area] = field(default_factory=list)
    rails: list[Track] = field(default_factory=list)
    bridges: list[Track] = field(default_factory=list)
    signals: list[Point] = field(default_factory=list)
    stops: list[Point] = field(default_factory=list)
    crossings: list[Point] = field(default_factory=list)
    known_lamps: list[Point] = field(default_factory=list)
    figures: dict[str, Any] = field(default_factory=dict)
    """The tables `radio`, `programs`, `faults` and `lamps` of the city's toml file."""
