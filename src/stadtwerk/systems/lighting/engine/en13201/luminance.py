"""Road luminance for each lane's observer (EN 13201-3:2015, 7.1, eq. 11)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stadtwerk.systems.lighting.engine.en13201.beam import EDGE_M, SIDE_HEIGHTS, RowLight, row_light
from stadtwerk.systems.lighting.engine.en13201.photometry import Floats
from stadtwerk.systems.lighting.engine.en13201.street import Street, along_m, lane_lines_m

EYE_BEFORE_M = 60.0
"""The observer sits so far before the field (EN 13201-3:2015, 7.1.4)."""
AHEAD_HEIGHTS = 12.0
"""Luminaires up to so many mounting heights beyond a point count (7.1.3)."""


@dataclass(frozen=True, slots=True)
class LaneLuminance:
    """Maintained luminance seen from one lane: mean cd/m2, overall and longitudinal uniformity (8.2 to 8.4)."""

    mean_cd_m2: float
    overall: float
    longitudinal: float


def luminances(street: Street) -> list[LaneLuminance]:
    """Return what the observer in the middle of each lane sees who drives towards +x, from the right.

    On a two-way street these are the lanes of the right half, rounded up; `about_turned` gives the others.
    """
    x = along_m(street.spacing_m)
    lines = [lane_lines_m(lane, street.lane_width_m) for lane in range(street.lanes)]
    y = np.concatenate(lines)
    lights = [row_light(row, street.spacing_m, (x, y), AHEAD_HEIGHTS) for row in street.rows]
    return [_lane(street, lights, (x, y), lane) for lane in driven(street)]


def driven(street: Street) -> range:
    """Return the lanes that drive towards +x, counted from the right."""
    return range((street.lanes + 1) // 2 if street.two_way else street.lanes)


def _lane(street: Street, lights: list[RowLight], points: tuple[Floats, Floats], lane: int) -> LaneLuminance:
    eye_y = (lane + 0.5) * street.lane_width_m
    parts = [luminance_from(street, light, points, eye_y) for light in lights]
    seen = np.sum(parts, axis=0) * street.maintenance
    mean = float(np.mean(seen))
    middle = seen[3 * lane + 1]
    if mean <= 0.0:
        return LaneLuminance(0.0, 0.0, 0.0)
    brightest = float(middle.max())
    along = float(middle.min()) / brightest if brightest > 0 else 0.0
    return LaneLuminance(mean, float(np.min(seen)) / mean, along)


def luminance_from(street: Street, light: RowLight, points: tuple[Floats, Floats], eye_y_m: float) -> Floats:
    """Return a row's initial luminance at points (y, x), cd/m2."""
    return np.asarray(luminance_parts(street, light, points, eye_y_m).sum(axis=-1))


def luminance_parts(street: Street, light: RowLight, points: tuple[Floats, Floats], eye_y_m: float) -> Floats:
    """Return what each lamp of a row gives to points, (y, x, k) cd/m2, initial: I r(tan gamma, beta) / H^2.

    beta lies between the planes of observation and of incidence; 0 = the lamp stands beyond the point.
    """
    x, y = points
    height = light.height_m
    to_x, to_y = x + EYE_BEFORE_M, y - eye_y_m
    ahead, aside = -light.along_m, -light.across_m
    dot = ahead * to_x[None, :, None] + aside * to_y[:, None, None]
    cross = aside * to_x[None, :, None] - ahead * to_y[:, None, None]
    beta_deg = np.degrees(np.arctan2(np.abs(cross), dot))
    tan_gamma = np.hypot(ahead, aside) / height
    near = (ahead <= AHEAD_HEIGHTS * height + EDGE_M) & (ahead >= -SIDE_HEIGHTS * height - EDGE_M)
    near &= np.abs(aside) <= SIDE_HEIGHTS * height + EDGE_M
    parts = light.intensity_cd * street.surface.reflection(tan_gamma, beta_deg) / height**2
    return np.asarray(np.where(near, parts, 0.0))
