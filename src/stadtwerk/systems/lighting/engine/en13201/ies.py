"""Reads IES photometry (ANSI/IES LM-63-1986 to 2019, type C), intensities in cd."""

from __future__ import annotations

import hashlib
import re

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

BYTES_MAX = 4_000_000
TILT = re.compile(r"^[ \t]*TILT[ \t]*=[ \t]*(\S+)[ \t]*$", re.MULTILINE | re.IGNORECASE)
LUMINAIRE = re.compile(r"^\[LUMINAIRE\][ \t]*(.*)$", re.MULTILINE)
SPANS: dict[tuple[float, float], str] = {
    (0.0, 0.0): "rotational",
    (0.0, 90.0): "quadrant",
    (0.0, 180.0): "c0-c180",
    (90.0, 270.0): "c90-c270",
    (0.0, 360.0): "none",
}
"""First and last horizontal angle of a type C file, and the symmetry they mean (LM-63-2002, 5.13)."""


def read_ies(data: bytes, *, frame: str) -> Photometry:
    """Read an IES file; `frame` must say where its street side is, since the file does not.

    Refuses other types than C, tilt tables in files of their own, and what is cut off, not numeric, negative or dark.
    """
    if frame not in FRAMES:
        raise Refused.field("frame", f"{frame!r} is none of {', '.join(FRAMES)}")
    if len(data) > BYTES_MAX:
        raise Refused.field("photometry", "the file is too large")
    text = data.decode("latin-1").replace("\r\n", "\n").replace("\r", "\n")
    tilt = TILT.search(text)
    if not tilt:
        raise Refused.field("photometry", "not an IES file: no line TILT=")
    values = _numbers(text[tilt.end() :])
    values = values[_tilt_values(tilt.group(1), values) :]
    if len(values) < 13:
        raise Refused.field("photometry", "not an IES file: fewer than 13 numbers after TILT")
    lamps, lumens, multiplier, gammas, planes, kind = values[:6]
    if kind != 1:
        raise Refused.field("photometry", f"photometric type {kind:g}: only type C (1) is read")
    factor = multiplier * values[10] * (values[11] if 0 < values[11] <= 2 else 1.0)
    n, m = _count(gammas), _count(planes)
    body = values[13:]
    gamma_deg = checked_axis(body[:n], "vertical", 180.0)
    h_deg = checked_axis(body[n : n + m], "horizontal", 360.0)
    table = checked_intensities(body[n + m :], m, n) * factor
    return _made(data, text, frame, (h_deg, gamma_deg, table), (lamps * lumens, lumens, values[12]))


def _made(
    data: bytes, text: str, frame: str, tables: tuple[Floats, Floats, Floats], figures: tuple[float, float, float]
) -> Photometry:
    """Put together what was read: angles and cd; lamps' flux (lm), lumens a lamp (-1 = absolute), watts."""
    h_deg, gamma_deg, table = tables
    flux_lm, lumens, power_w = figures
    symmetry = SPANS.get((float(h_deg[0]), float(h_deg[-1])))
    if symmetry is None:
        raise Refused.field("photometry", f"horizontal angles run from {h_deg[0]:g} to {h_deg[-1]:g}: no type C span")
    angles, rows = full_circle(h_deg, table, symmetry)
    c_deg, rows = turned(angles, rows, frame)
    titles = LUMINAIRE.search(text)
    name = titles.group(1).strip() if titles else ""
    digest = hashlib.sha256(data).hexdigest()
    bare = Photometry(name, c_deg, gamma_deg, rows, 1000.0, 0.0, ImportRecord("ies", frame, symmetry, digest))
    emitted_lm = bare.output_ratio() * 1000.0
    warnings = []
    if lumens == -1:
        flux_lm = emitted_lm
    elif not flux_lm > 0:
        raise Refused.field("photometry", "the lamps' flux is not above 0 lm")
    elif emitted_lm > flux_lm * (1.0 + FLUX_TOLERANCE):
        warnings.append(f"the luminaire gives {emitted_lm:.0f} lm, its lamps {flux_lm:.0f} lm")
    if not power_w > 0:
        warnings.append("the file names no watts")
    record = ImportRecord("ies", frame, symmetry, digest, tuple(warnings))
    return Photometry(name, c_deg, gamma_deg, rows * (1000.0 / flux_lm), flux_lm, max(power_w, 0.0), record)


def _numbers(text: str) -> list[float]:
    """Return all numbers of the text, whatever the line breaks; refuses other words."""
    try:
        return [float(word) for word in text.replace(",", " ").strip("\x1a\0 \n\t").split()]
    except ValueError as error:
        raise Refused.field("photometry", f"not an IES file: {error}") from None


def _tilt_values(said: str, values: list[float]) -> int:
    """Return how many numbers the tilt table takes: TILT=INCLUDE has lamp position, count, angles and factors.

    The table tells how a lamp's flux changes when tilted; a road luminaire's does not, so it is passed over.
    """
    if said.upper() == "NONE":
        return 0
    if said.upper() != "INCLUDE":
        raise Refused.field("photometry", "the tilt table is in a file of its own: include it")
    if len(values) < 2:
        raise Refused.field("photometry", "the tilt table is cut off")
    return 2 + 2 * _count(values[1])


def _count(value: float) -> int:
    if not 1 <= value <= 10_000 or value != int(value):
        raise Refused.field("photometry", f"{value:g} is no count of angles")
    return int(value)
