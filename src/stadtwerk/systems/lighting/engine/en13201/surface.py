"""Road surfaces: the reduced luminance coefficient r by angle (EN 13201-3:2015, 5.3; CIE 144:2001)."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from stadtwerk.kernel.refusal import Refused
from stadtwerk.systems.lighting.engine.en13201.photometry import Floats, cell_of

BETA_DEG: Floats = np.array(
    [0, 2, 5, 10, 15, 20, 25, 30, 35, 40, 45, 60, 75, 90, 105, 120, 135, 150, 165, 180], np.float64
)
TAN_GAMMA: Floats = np.concatenate([np.arange(0, 2, 0.25), np.arange(2, 12.25, 0.5)])
"""Axes of every r-table (CIE 144:2001, table layout)."""

NAMES = ("R1", "R2", "R3", "R4", "C1", "C2", "C2W3", "C2W4")


@dataclass(frozen=True, slots=True)
class Surface:
    """A road surface: `r` (29, 20), 1/sr per (tan gamma, beta), with the factor 10^-4 already in."""

    name: str
    r: Floats
    q0: float | None
    disputed: tuple[dict[str, Any], ...] = ()

    def reflection(self, tan_gamma: Floats, beta_deg: Floats) -> Floats:
        """Return r, bilinear in tan gamma and beta 0 to 180 degrees; 0 beyond tan gamma = 12, where no table goes."""
        row, down = cell_of(TAN_GAMMA, tan_gamma)
        column, right = cell_of(BETA_DEG, beta_deg)
        table, width = self.r.ravel(), len(BETA_DEG)
        first = row * width + column
        near = table[first] * (1.0 - right) + table[first + 1] * right
        far = table[first + width] * (1.0 - right) + table[first + width + 1] * right
        return np.asarray(np.where(tan_gamma <= 12.0 + 1e-9, near * (1.0 - down) + far * down, 0.0))

    def scaled_to(self, q0: float) -> Surface:
        """Return the surface with all values scaled to a measured mean luminance coefficient Q0, 1/sr."""
        if self.q0 is None or not 0.01 <= q0 <= 0.5:
            raise Refused.field("q0", "the table has no nominal Q0, or the measured one is outside 0.01 to 0.5")
        return made_surface(self.name, self.r * (q0 / self.q0), q0, self.disputed)


def made_surface(name: str, r: Floats, q0: float | None, disputed: tuple[dict[str, Any], ...] = ()) -> Surface:
    """Return a surface from r (29, 20), 1/sr, rounded to 10^-9; refuses another shape and negative values."""
    if r.shape != (len(TAN_GAMMA), len(BETA_DEG)) or not np.isfinite(r).all() or (r < 0).any():
        raise Refused.field("surface", "an r-table has 29 rows of 20 values, none negative")
    return Surface(name, np.round(r, 9), q0, disputed)


@cache
def surface(name: str) -> Surface:
    """Return a surface of the tables that come with the house, by its name; refuses others.

    Cells on which transcriptions differ stand in `disputed` with the value used and the others.
    """
    if name not in NAMES:
        raise Refused.field("surface", f"{name!r} is none of {', '.join(NAMES)}")
    text = (files(__package__) / "data" / f"{name.lower()}.toml").read_text("utf-8")
    table = tomllib.loads(text)
    r = np.array(table["rows"], np.float64) * 1e-4
    return made_surface(name, r, table.get("q0_nominal"), tuple(table.get("disputed", ())))
