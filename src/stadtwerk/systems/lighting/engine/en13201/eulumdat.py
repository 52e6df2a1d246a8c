"""Reads EULUMDAT (.ldt): one value a line, intensities in cd per 1000 lm (A. Stockmar, EULUMDAT format, 1990)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

from stadtwerk.kernel.refusal import Refused
from stadtwerk.systems.lighting.engine.en13201.photometry import (
    FLUX_TOLERANCE,
    Floats,
    ImportRecord,
    Photometry,
    checked_axis,
    checked_intensities,
)
from stadtwerk.systems.lighting.engine.en13201.symmetry import FRAMES, full_circle, turned

SYMMETRIES = ("none", "rotational", "c0-c180", "c90-c270", "quadrant")
"""Meaning of the file's Isym 0 to 4."""
HEADER_LINES = 26
VALUES_MAX = 400_000
"""Most lines of a file: 721 planes of 361 angles are fewer."""


@dataclass(slots=True)
class _File:
    """The lines of a file, a value each, and what was odd about them."""

    lines: list[str]
    warnings: list[str]

    def number(self, index: int, name: str) -> float:
        """Return the value of a line; decimal commas are read as points."""
        try:
            return float(self.lines[index].strip().replace(",", ".") or "nan")
        except (ValueError, IndexError):
            raise Refused.field("photometry", f"line {index + 1} is no number ({name})") from None

    def whole(self, index: int, name: str) -> int:
        """Return a value that counts something; refuses what is none or more than any file holds."""
        value = self.number(index, name)
        if not 0 <= value <= VALUES_MAX or value != int(value):
            raise Refused.field("photometry", f"line {index + 1} is no count ({name})")
        return int(value)


def read_eulumdat(data: bytes, *, frame: str = "c90-street", generated: bool = False) -> Photometry:
    """Read an EULUMDAT file of any symmetry; `frame` says where its street side is.

    Angles are taken from the file's own lists, never from the distances it names. Refuses what is cut off, not
    numeric, negative, or dark.
    """
    if frame not in FRAMES:
        raise Refused.field("frame", f"{frame!r} is none of {', '.join(FRAMES)}")
    lines = data.decode("latin-1").replace("\r\n", "\n").replace("\r", "\n").rstrip("\n \t\x1a\0").split("\n")
    if not HEADER_LINES + 10 < len(lines) <= VALUES_MAX:
        raise Refused.field("photometry", "not an EULUMDAT file: too few or too many lines")
    file = _File(lines, [])
    symmetry = file.whole(2, "Isym")
    sets = file.whole(25, "sets of lamps")
    if symmetry >= len(SYMMETRIES) or not 1 <= sets <= 20:
        raise Refused.field("photometry", "not an EULUMDAT file: symmetry or sets of lamps out of range")
    if sets > 1:
        file.warnings.append(f"{sets} sets of lamps: the first is used")
    c_deg, gamma_deg, stored = _tables(file, HEADER_LINES + 6 * sets + 10, SYMMETRIES[symmetry])
    angles, rows = full_circle(c_deg, stored, SYMMETRIES[symmetry])
    flux_lm, power_w = file.number(HEADER_LINES + 2, "flux"), file.number(HEADER_LINES + 5, "watts")
    if not flux_lm > 0:
        raise Refused.field("photometry", "the lamps' flux is not above 0 lm")
    if not power_w > 0:
        file.warnings.append("the file names no watts")
    c, table = turned(angles, rows, frame)
    record = ImportRecord("eulumdat", frame, SYMMETRIES[symmetry], hashlib.sha256(data).hexdigest(), (), generated)
    found = Photometry(lines[8].strip(), c, gamma_deg, table, flux_lm, max(power_w, 0.0), record)
    return _warned(found, file, file.number(22, "LORL") / 100.0)


def _tables(file: _File, start: int, symmetry: str) -> tuple[Floats, Floats, Floats]:
    """Return the stored planes' angles (m,), gammas (n,) and intensities (m, n); counts come from the lists."""
    values = [file.number(index, "angle or intensity") for index in range(start, len(file.lines))]
    planes = next((n for n in range(1, len(values)) if values[n] <= values[n - 1]), len(values))
    if planes != file.whole(3, "Mc"):
        file.warnings.append(f"Mc says {file.lines[3].strip()}, the file lists {planes} planes")
    c_all = checked_axis(values[:planes], "C", 360.0)
    c_deg = _stored(c_all, symmetry)
    gammas, rest = divmod(len(values) - planes, 1 + len(c_deg))
    if rest or gammas < 2:
        raise Refused.field("photometry", f"{len(values) - planes} values do not make {len(c_deg)} planes and a list")
    if gammas != file.whole(5, "Ng"):
        file.warnings.append(f"Ng says {file.lines[5].strip()}, the file lists {gammas} angles")
    gamma_deg = checked_axis(values[planes : planes + gammas], "gamma", 180.0)
    return c_deg, gamma_deg, checked_intensities(values[planes + gammas :], len(c_deg), gammas)


def _stored(c_deg: Floats, symmetry: str) -> Floats:
    """Return which of the listed planes carry intensities, in the order of the file."""
    if symmetry == "rotational":
        return c_deg[:1]
    if symmetry == "c0-c180":
        return c_deg[c_deg <= 180.0]
    if symmetry == "c90-c270":
        return np.concatenate([c_deg[c_deg >= 270.0], c_deg[c_deg <= 90.0]])
    if symmetry == "quadrant":
        return c_deg[c_deg <= 90.0]
    return c_deg


def _warned(found: Photometry, file: _File, stated: float) -> Photometry:
    """Return the photometry with its warnings: the flux by integration against the ratio the file states."""
    ratio = found.output_ratio()
    if not stated > 0:
        file.warnings.append("the file states no light output ratio")
    elif abs(ratio / stated - 1.0) > FLUX_TOLERANCE:
        file.warnings.append(f"integrated flux is {ratio:.1%} of the lamps', the file says {stated:.1%}")
    old = found.record
    record = ImportRecord(old.source_format, old.frame, old.symmetry, old.sha256, tuple(file.warnings), old.generated)
    return Photometry(
        found.name, found.c_deg, found.gamma_deg, found.intensity_cd_per_klm, found.flux_lm, found.power_w, record
    )
