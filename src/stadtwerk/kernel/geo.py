"""Places: points in areas and boxes around them (WGS84 longitude, latitude)."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

import numpy as np
import shapely
from numpy.typing import NDArray

from stadtwerk.kernel.limits import POLYGON_POINTS
from stadtwerk.kernel.observation import Values
from stadtwerk.kernel.refusal import Refused

Box = tuple[float, float, float, float]
"""West, south, east, north."""


def polygon(ring: Sequence[tuple[float, float]], field: str = "polygon") -> shapely.Polygon:
    """Make an area of a drawn ring; refuses too few or too many corners, bad numbers and crossing lines."""
    if not 3 <= len(ring) <= POLYGON_POINTS:
        raise Refused.field(field, f"an area has 3 to {POLYGON_POINTS} corners, not {len(ring)}")
    if not all(isfinite(x) and isfinite(y) and abs(x) <= 180 and abs(y) <= 90 for x, y in ring):
        raise Refused.field(field, "corners are [longitude, latitude] in degrees")
    area = shapely.Polygon(ring)
    if not area.is_valid or area.area == 0:
        raise Refused.field(field, "the lines of the area must not cross")
    return area


def inside(area: shapely.Polygon, lon: Values, lat: Values) -> NDArray[np.bool_]:
    """Tell for each point (n,) whether it lies in the area."""
    shapely.prepare(area)
    return np.asarray(shapely.contains_xy(area, lon, lat))


def box(lon: Values, lat: Values) -> Box:
    """Return the box around points; there must be one."""
    return float(lon.min()), float(lat.min()), float(lon.max()), float(lat.max())
