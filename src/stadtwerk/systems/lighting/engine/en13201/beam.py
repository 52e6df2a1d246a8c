"""What a luminaire sends to a point: the geometry of EN 13201-3:2015, 5.2 and 6, for a whole row at once."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from stadtwerk.systems.lighting.engine.en13201.photometry import Floats
from stadtwerk.systems.lighting.engine.en13201.street import Row

SIDE_HEIGHTS = 5.0
"""Luminaires within so many mounting heights of a point count for illuminance, and beside and behind it for luminance
(EN 13201-3:2015, 7.1.3 and 7.2.3)."""

EDGE_M = 1e-9
"""A luminaire right on the edge of a window counts."""


@dataclass(frozen=True, slots=True)
class RowLight:
    """Light of a row's luminaires (k,) at points (y, x).

    Distances from lamp to point along and across (y, x, k) m; intensities (y, x, k) cd, initial, at the row's level.
    """

    height_m: float
    along_m: Floats
    across_m: Floats
    intensity_cd: Floats


def lamps_along_m(row: Row, spacing_m: float, from_m: float, to_m: float) -> Floats:
    """Return where the lamps of an endless row stand between two places along the street, (k,) m."""
    first = math.ceil((from_m - row.offset_m) / spacing_m - 1e-9)
    last = math.floor((to_m - row.offset_m) / spacing_m + 1e-9)
    return np.asarray(row.offset_m + spacing_m * np.arange(first, last + 1, dtype=np.float64))


def towards(row: Row, along_m: Floats, across_m: Floats, down_m: float) -> Floats:
    """Return a luminaire's intensity, cd, towards points `along_m`, `across_m` away and `down_m` below it, any shape.

    Tilt turns the luminaire about the road's direction, turn about the vertical (EN 13201-3:2015, 5.2.2 and 6.3):
    v' = v cos t + z sin t, z' = -v sin t + z cos t, C = atan2(v', u), gamma = atan2(hypot(u, v'), -z').
    """
    turn, tilt = math.radians(row.turn_deg), math.radians(row.tilt_deg)
    u = along_m * math.cos(turn) + across_m * math.sin(turn)
    v = across_m * math.cos(turn) - along_m * math.sin(turn)
    lifted = v * math.cos(tilt) - down_m * math.sin(tilt)
    below = v * math.sin(tilt) + down_m * math.cos(tilt)
    c_deg = np.degrees(np.arctan2(lifted, u))
    gamma_deg = np.degrees(np.arctan2(np.hypot(u, lifted), below))
    scale = row.photometry.flux_lm * row.level / 1000.0
    return np.asarray(row.photometry.intensity(c_deg, gamma_deg) * scale)


def row_light(row: Row, spacing_m: float, points: tuple[Floats, Floats], ahead_heights: float) -> RowLight:
    """Return a row's light at points (x (n,), y (m,)) on the road, from 5 heights before to so many beyond each."""
    x, y = points
    height = row.height_m
    lamps = lamps_along_m(row, spacing_m, x.min() - SIDE_HEIGHTS * height, x.max() + ahead_heights * height)
    along, across = np.broadcast_arrays(x[None, :, None] - lamps[None, None, :], (y - row.y_m)[:, None, None])
    return RowLight(height, along, across, towards(row, along, across, height))


def horizontal_lux(row: Row, spacing_m: float, x: Floats, y: Floats) -> Floats:
    """Return a row's initial horizontal illuminance at points, (y, x) lx (EN 13201-3:2015, 7.2, eq. 13)."""
    return np.asarray(lux_parts(row_light(row, spacing_m, (x, y), SIDE_HEIGHTS)).sum(axis=-1))


def lux_parts(light: RowLight) -> Floats:
    """Return what each lamp of a row gives to points, (y, x, k) lx, initial: I cos^3(gamma) / H^2.

    Lamps within 5 mounting heights of a point count.
    """
    square = light.along_m**2 + light.across_m**2
    height = light.height_m
    lux = light.intensity_cd * height / (square + height**2) ** 1.5
    return np.asarray(np.where(square <= (SIDE_HEIGHTS * height + EDGE_M) ** 2, lux, 0.0))
