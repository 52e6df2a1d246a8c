"""What an OpenStreetMap extract says that a city needs, as records close to the file."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import shapely
from numpy.typing import NDArray

Tags = dict[str, str]

TEXT_MAX = 120
"""Longest name kept, in characters."""


@dataclass(slots=True, frozen=True, eq=False)
class Way:
    """A line of the file whose nodes all lie in it: node ids (k,), longitude and latitude (k, 2) degrees."""

    id: int
    tags: Tags
    nodes: list[int]
    line: NDArray[np.float64]


@dataclass(slots=True, frozen=True, eq=False)
class Node:
    """A tagged place of the file."""

    id: int
    tags: Tags
    lon: float
    lat: float


@dataclass(slots=True, frozen=True, eq=False)
class Surface:
    """A closed outline of the file with the holes in it."""

    id: int
    tags: Tags
    outline: shapely.Polygon


@dataclass(slots=True, frozen=True)
class Extract:
    """Everything kept of a file, sorted by id within each list."""

    roads: list[Way] = field(default_factory=list)
    rails: list[Way] = field(default_factory=list)
    streams: list[Way] = field(default_factory=list)
    platforms: list[Node] = field(default_factory=list)
    """Platforms drawn as lines or outlines, by their middle."""
    nodes: list[Node] = field(default_factory=list)
    surfaces: list[Surface] = field(default_factory=list)


def clean(text: str) -> str:
    """Return a name fit for a file and a screen: one line, no control characters, not too long."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:TEXT_MAX]
