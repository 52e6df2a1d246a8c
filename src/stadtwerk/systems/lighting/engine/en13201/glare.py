"""Threshold increment: how much glare takes from seeing (EN 13201-3:2015, 8.5)."""

from __future__ import annotations

import math

import numpy as np

from stadtwerk.systems.lighting.engine.en13201.beam import lamps_along_m, towards
from stadtwerk.systems.lighting.engine.en13201.luminance import driven
from stadtwerk.systems.lighting.engine.en13201.photometry import Floats
from stadtwerk.systems.lighting.engine.en13201.street import Row, Street, along_m

EYE_HEIGHT_M = 1.5
AGE_YEARS = 23.0
AHEAD_M = 500.0
DOWN_DEG = 1.0
ROOF_DEG = 20.0
"""Height and age of the observer, how far ahead lamps count, how far below the horizon he looks, and the steepest
lamp the car's roof lets him see (EN 13201-3:2015, 8.5)."""


def threshold_increments(street: Street, initial_cd_m2: list[float]) -> list[float]:
    """Return TI, percent, of each lane driven towards +x: the worst place of an observer who moves along the field.

    `initial_cd_m2` is each lane's mean luminance with new lamps; the observer starts 2.75 (H - 1.5) m before the field
    and moves by the grid's steps.
    """
    eyes = eyes_along_m(street)
    found = []
    for lane, mean in zip(driven(street), initial_cd_m2, strict=True):
        eye_y = (lane + 0.5) * street.lane_width_m
        veil = sum(veiling_cd_m2(row, street.spacing_m, eyes, eye_y) for row in street.rows)
        found.append(increment_percent(float(np.max(veil)), mean))
    return found


def increment_percent(veiling: float, mean_cd_m2: float) -> float:
    """Return TI, percent: 65 Lv / L^0.8 up to 5 cd/m2, 95 Lv / L^1.05 above (EN 13201-3:2015, eq. 37, 38)."""
    if mean_cd_m2 <= 0.0:
        return 0.0 if veiling <= 0.0 else math.inf
    if mean_cd_m2 <= 5.0:
        return float(65.0 * veiling / mean_cd_m2**0.8)
    return float(95.0 * veiling / mean_cd_m2**1.05)


def veiling_cd_m2(row: Row, spacing_m: float, eyes_m: Floats, eye_y_m: float) -> Floats:
    """Return a row's equivalent veiling luminance for eyes along the road, (n,) cd/m2 (eq. 39, 40)."""
    lamps = lamps_along_m(row, spacing_m, float(eyes_m.min()), float(eyes_m.max()) + AHEAD_M)
    return np.asarray(veiling_parts(row, lamps, eyes_m, eye_y_m).sum(axis=-1))


def eyes_along_m(street: Street) -> Floats:
    """Return where the observer of glare stands along a field, (n,) m: 2.75 (H - 1.5) m before it, in grid steps."""
    points = along_m(street.spacing_m)
    return np.asarray(-2.75 * (street.height_m - EYE_HEIGHT_M) + np.arange(len(points)) * (points[1] - points[0]))


def veiling_parts(row: Row, lamps: Floats, eyes_m: Floats, eye_y_m: float) -> Floats:
    """Return what each lamp of a row, (k,) m along the road, veils for eyes along it, (n, k) cd/m2 (eq. 39, 40).

    E is the illuminance at the eye on the plane across the line of sight, theta the angle to it in degrees:
    9.86 [1 + (A/66.4)^4] E / theta^2 from 1.5 to 60 degrees, E [10/theta^3 + 5/theta^2 (1 + (A/62.5)^4)] below.
    """
    ahead = lamps[None, :] - eyes_m[:, None]
    aside, above = row.y_m - eye_y_m, row.height_m - EYE_HEIGHT_M
    square = ahead**2 + aside**2 + above**2
    down = math.radians(DOWN_DEG)
    cosine = (ahead * math.cos(down) - above * math.sin(down)) / np.sqrt(square)
    theta = np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0)))
    counts = (ahead > 0) & (ahead <= AHEAD_M + 1e-9) & (theta > 0.1) & (theta <= 60.0)
    counts &= above <= math.tan(math.radians(ROOF_DEG)) * ahead + 1e-9
    lux = towards(row, -ahead, np.full_like(ahead, -aside), above) * cosine / square
    safe = np.maximum(theta, 0.1)
    far = 9.86 * (1.0 + (AGE_YEARS / 66.4) ** 4) / safe**2
    near = 10.0 / safe**3 + 5.0 / safe**2 * (1.0 + (AGE_YEARS / 62.5) ** 4)
    return np.asarray(np.where(counts, lux * np.where(theta > 1.5, far, near), 0.0))
