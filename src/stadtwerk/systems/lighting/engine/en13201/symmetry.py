"""Unfolds the planes a photometric file stores to the full circle."""

from __future__ import annotations

import numpy as np

from stadtwerk.kernel.refusal import Refused
from stadtwerk.systems.lighting.engine.en13201.photometry import Floats

MIRRORS: dict[str, tuple[float, ...]] = {
    "none": (),
    "rotational": (),
    "c0-c180": (0.0,),
    "c90-c270": (90.0,),
    "quadrant": (0.0, 90.0),
}
"""Planes of mirror symmetry by the name of a file's symmetry, degrees of the file's own azimuth."""


def full_circle(angle_deg: Floats, table: Floats, symmetry: str) -> tuple[Floats, Floats]:
    """Return azimuths (n,) from 0 to 360 and their rows (n, n_g), from the planes (m,) (m, n_g) a file stores.

    Planes may lie anywhere on the circle. Refuses planes that leave a gap of more than 180 degrees, unless rotational.
    """
    if symmetry == "rotational":
        return np.array([0.0, 360.0]), np.repeat(table[:1], 2, axis=0)
    angles, rows = np.mod(angle_deg, 360.0), table
    for plane_deg in MIRRORS[symmetry]:
        angles = np.concatenate([angles, np.mod(2.0 * plane_deg - angles, 360.0)])
        rows = np.concatenate([rows, rows])
    angles = np.mod(np.round(angles, 6), 360.0)
    angles, first = np.unique(angles, return_index=True)
    rows = rows[first]
    gaps = np.diff(np.append(angles, angles[0] + 360.0))
    if len(angles) < 2 or gaps.max() > 180.0:
        raise Refused.field("photometry", "the planes leave half of the circle open")
    return _closed(angles, rows)


def _closed(angles: Floats, rows: Floats) -> tuple[Floats, Floats]:
    """Begin at 0 and end at 360 degrees, with a plane interpolated there where the file has none."""
    if angles[0] > 0.0:
        before = angles[-1] - 360.0
        share = -before / (angles[0] - before)
        angles = np.append(0.0, angles)
        rows = np.concatenate([(rows[-1:] * (1.0 - share) + rows[:1] * share), rows])
    return np.append(angles, 360.0), np.concatenate([rows, rows[:1]])


def turned(angle_deg: Floats, rows: Floats, frame: str) -> tuple[Floats, Floats]:
    """Return planes as C-planes with C90 towards the street, from another frame named in FRAMES."""
    if len(angle_deg) == 2:
        return angle_deg, rows
    offset_deg, sense = FRAMES[frame]
    return full_circle(offset_deg + sense * angle_deg[:-1], rows[:-1], "none")


FRAMES: dict[str, tuple[float, float]] = {
    "c90-street": (0.0, 1.0),
    "c0-street": (90.0, 1.0),
    "h0-street-clockwise": (90.0, -1.0),
    "h0-street-counterclockwise": (90.0, 1.0),
}
"""C = offset + sense * angle of the file, degrees. EULUMDAT road files have C90 at the street side; IES road files
have H = 0 there, so C = 90 - H or 90 + H: symmetrical files cannot tell which, so whoever imports must say it."""
