"""Pictures of a street's light: illuminance and luminance on fine grids over a field, for isolines."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from stadtwerk.systems.lighting.engine.en13201.beam import horizontal_lux, row_light
from stadtwerk.systems.lighting.engine.en13201.luminance import AHEAD_HEIGHTS, driven, luminance_from
from stadtwerk.systems.lighting.engine.en13201.photometry import Floats
from stadtwerk.systems.lighting.engine.en13201.street import Street

STEP_M = 0.4
"""The grid across the street is about this fine."""
LINES = (9, 81)
"""Fewest and most points across."""
COLUMNS = 49
"""Points along a field, both ends included: they are the same place of an endless street."""


@dataclass(frozen=True, slots=True)
class Picture:
    """Values (y, x) at places x (n,) along and y (m,) across the street, m."""

    x_m: Floats
    y_m: Floats
    values: Floats


def isolux(street: Street) -> Picture:
    """Return the maintained horizontal illuminance, lx, over a field from the outermost area to the other."""
    sides = [(0.0, street.width_m)] if street.lanes else []
    sides += [(strip.from_m, strip.from_m + strip.width_m) for strip in street.strips]
    x = np.linspace(0.0, street.spacing_m, COLUMNS)
    y = _lines(min(low for low, _ in sides), max(high for _, high in sides))
    lux = np.sum([horizontal_lux(row, street.spacing_m, x, y) for row in street.rows], axis=0)
    return Picture(x, y, np.asarray(lux * street.maintenance))


def luminance(street: Street, lane: int) -> Picture:
    """Return the maintained luminance of the carriageway, cd/m2, as the driver in a lane (from the right) sees it.

    Who drives towards -x on a two-way street sees the street turned about; the picture is turned back.
    """
    x, y = np.linspace(0.0, street.spacing_m, COLUMNS), _lines(0.0, street.width_m)
    if lane in driven(street):
        return Picture(x, y, _seen(street, x, y, lane))
    turned = _seen(street.about_turned(), x, y, street.lanes - 1 - lane)
    return Picture(x, y, turned[::-1, ::-1])


def _seen(street: Street, x: Floats, y: Floats, lane: int) -> Floats:
    eye_y = (lane + 0.5) * street.lane_width_m
    lights = [row_light(row, street.spacing_m, (x, y), AHEAD_HEIGHTS) for row in street.rows]
    parts = [luminance_from(street, light, (x, y), eye_y) for light in lights]
    return np.asarray(np.sum(parts, axis=0) * street.maintenance)


def _lines(low: float, high: float) -> Floats:
    n = int(np.clip(math.ceil((high - low) / STEP_M) + 1, *LINES))
    return np.linspace(low, high, n)
