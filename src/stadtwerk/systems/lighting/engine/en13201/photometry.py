"""A luminaire's light: intensities over the full circle of C-planes, and what is known of their import."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stadtwerk.kernel.refusal import Refused

Floats = NDArray[np.float64]

FLUX_TOLERANCE = 0.02
"""A file whose integrated flux differs by more than this share from what it says of itself is warned about."""


@dataclass(frozen=True, slots=True)
class ImportRecord:
    """Where a photometry comes from: format, frame of its planes, symmetry of the file, mark of its bytes, warnings."""

    source_format: str
    frame: str
    symmetry: str
    sha256: str
    warnings: tuple[str, ...] = ()
    generated: bool = False


@dataclass(frozen=True, slots=True)
class Photometry:
    """Intensities of one luminaire in C-planes after EN 13032-1, C90 towards the street, C0 along it.

    `c_deg` (n_c,) rises from 0 to 360, both included; `gamma_deg` (n_g,) rises, 0 = straight down;
    `intensity_cd_per_klm` (n_c, n_g) holds for 1000 lm of lamp flux; `flux_lm` is the lamps' flux they belong to.
    """

    name: str
    c_deg: Floats
    gamma_deg: Floats
    intensity_cd_per_klm: Floats
    flux_lm: float
    power_w: float
    record: ImportRecord

    def intensity(self, c_deg: Floats, gamma_deg: Floats) -> Floats:
        """Return the intensity, cd per 1000 lm, bilinear in C and gamma (EN 13201-3:2015, 5.2), 0 outside the table."""
        c = np.mod(c_deg, 360.0)
        row, down = cell_of(self.c_deg, c)
        column, right = cell_of(self.gamma_deg, gamma_deg)
        table, width = self.intensity_cd_per_klm.ravel(), len(self.gamma_deg)
        first = row * width + column
        near = table[first] * (1.0 - right) + table[first + 1] * right
        far = table[first + width] * (1.0 - right) + table[first + width + 1] * right
        known = (gamma_deg >= self.gamma_deg[0] - 1e-9) & (gamma_deg <= self.gamma_deg[-1] + 1e-9)
        return np.asarray(np.where(known, near * (1.0 - down) + far * down, 0.0))

    def output_ratio(self) -> float:
        """Return the luminaire's flux as a share of its lamps' flux: the integral of I sin(gamma) dC dgamma / 1000."""
        c, gamma = np.radians(self.c_deg), np.radians(self.gamma_deg)
        mean = 0.5 * (self.intensity_cd_per_klm[1:] + self.intensity_cd_per_klm[:-1])
        zonal = (mean * np.diff(c)[:, None]).sum(axis=0)
        a, b = gamma[:-1], gamma[1:]
        slope = np.diff(zonal) / (b - a)
        pieces = zonal[:-1] * np.cos(a) - zonal[1:] * np.cos(b) + slope * (np.sin(b) - np.sin(a))
        return float(pieces.sum()) / 1000.0


def cell_of(axis: Floats, value: Floats) -> tuple[NDArray[np.intp], Floats]:
    """Return in which interval of an axis each value lies, and how far into it, 0 to 1."""
    index = np.clip(np.searchsorted(axis, value, side="right") - 1, 0, len(axis) - 2)
    start = axis[index]
    return index, np.clip((value - start) / (axis[index + 1] - start), 0.0, 1.0)


def checked_axis(values: list[float], name: str, top: float) -> Floats:
    """Return angles as an array; refuses fewer than one, not rising, or outside 0 to `top` degrees."""
    axis = np.array(values, np.float64)
    if not len(axis) or not np.isfinite(axis).all() or (np.diff(axis) <= 0).any():
        raise Refused.field("photometry", f"{name} angles do not rise")
    if axis[0] < 0 or axis[-1] > top:
        raise Refused.field("photometry", f"{name} angles lie outside 0 to {top:g} degrees")
    return axis


def checked_intensities(values: list[float], planes: int, gammas: int) -> Floats:
    """Return intensities (planes, gammas); refuses a wrong count, NaN, infinite or negative values, and no light."""
    if len(values) != planes * gammas:
        raise Refused.field("photometry", f"{len(values)} intensities, but {planes} planes of {gammas} angles")
    table = np.array(values, np.float64).reshape(planes, gammas)
    if not np.isfinite(table).all() or (table < 0).any():
        raise Refused.field("photometry", "an intensity is negative or not a number")
    if not table.any():
        raise Refused.field("photometry", "the luminaire gives no light")
    return table
