"""Makes road-luminaire photometry by formula: for cities that have none of their own, and labelled as generated."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from stadtwerk.systems.lighting.engine.en13201.eulumdat import read_eulumdat
from stadtwerk.systems.lighting.engine.en13201.photometry import Photometry

C_STEP_DEG = 15
GAMMAS = (*range(0, 60, 5), *(60 + 2.5 * n for n in range(13)))


@dataclass(frozen=True, slots=True)
class Optic:
    """The patch an optic lights evenly, in mounting heights: half length along, middle and half width across.

    `cut_deg` is the angle from the vertical where the beam is cut off, `blur_deg` how softly, degrees; `fade` is the
    power by which the patch fades along the road, small = softly.
    """

    along: float
    middle: float
    across: float
    cut_deg: float
    fade: float = 4.0
    blur_deg: float = 2.0


OPTICS: dict[str, Optic] = {
    "road": Optic(1.5, 0.7, 0.8, 76.0),
    "path": Optic(3.0, 0.25, 0.6, 76.0),
    "old": Optic(1.7, 0.5, 1.2, 76.0),
    "even": Optic(1.12, 0.69, 0.72, 77.0, 2.5, 1.6),
}
"""Kinds of optic: LED road lens, LED path lens, reflector of discharge lamps, lens for even luminance; shaped by us."""


def candela(optic: Optic, c_deg: float, gamma_deg: float) -> float:
    """Return the unscaled intensity: an even patch needs I = E / cos^3(gamma), faded at its edges and the cut-off."""
    gamma, c = math.radians(gamma_deg), math.radians(c_deg)
    if gamma_deg >= 90.0:
        return 0.0
    reach = math.tan(gamma)
    along, across = abs(reach * math.cos(c)) / optic.along, (reach * math.sin(c) - optic.middle) / optic.across
    patch = 1.0 / (1.0 + math.pow(along, optic.fade)) / (1.0 + across**4)
    return patch / (math.cos(gamma) ** 3 * (1.0 + math.exp((gamma_deg - optic.cut_deg) / optic.blur_deg)))


@cache
def generated_luminaire(optic_name: str, flux_lm: float, power_w: float) -> Photometry:
    """Return a luminaire with an optic of OPTICS, its output flux and its power, read from a file made here."""
    return read_eulumdat(generated_eulumdat(optic_name, flux_lm, power_w).encode("latin-1"), generated=True)


def generated_eulumdat(optic_name: str, flux_lm: float, power_w: float) -> str:
    """Write the EULUMDAT file of a generated luminaire: Isym 3, C90 towards the street, absolute flux (LORL 100 %)."""
    optic = OPTICS[optic_name]
    planes = [float(c) for c in range(0, 360, C_STEP_DEG)]
    stored = [c for c in planes if c >= 270] + [c for c in planes if c <= 90]
    table = [[candela(optic, c, g) for g in GAMMAS] for c in stored]
    scale = 1000.0 / _flux(stored, table)
    title = f"generated {optic_name} {flux_lm:g} lm {power_w:g} W"
    head = ["stadtwerk", "1", "3", str(len(planes)), str(C_STEP_DEG), str(len(GAMMAS)), "0", "by formula", title]
    head += ["", "generated.ldt", "generated", "600", "300", "100", "400", "200", "0", "0", "0", "0"]
    head += ["100", "100", "1", "0", "1", "-1", "generated", f"{flux_lm:g}", "-", "-", f"{power_w:g}"]
    numbers = [*(f"{c:g}" for c in planes), *(f"{g:g}" for g in GAMMAS)]
    numbers += [f"{value * scale:.2f}" for row in table for value in row]
    return "\r\n".join([*head, *["0"] * 10, *numbers]) + "\r\n"


def _flux(planes: list[float], table: list[list[float]]) -> float:
    """Integrate half the circle by the trapezium rule, twice; lm for the unscaled table."""
    total = 0.0
    for left, right, one, other in zip(planes, planes[1:], table, table[1:], strict=False):
        width = math.radians((right - left) % 360.0)
        for i, (low, high) in enumerate(pairwise(GAMMAS)):
            mean = (one[i] + other[i]) / 2, (one[i + 1] + other[i + 1]) / 2
            total += width * _zone(math.radians(low), math.radians(high), mean)
    return 2.0 * total


def _zone(low: float, high: float, ends: tuple[float, float]) -> float:
    """Integrate I sin(gamma) over a zone in which I is linear."""
    slope = (ends[1] - ends[0]) / (high - low)
    return ends[0] * math.cos(low) - ends[1] * math.cos(high) + slope * (math.sin(high) - math.sin(low))
