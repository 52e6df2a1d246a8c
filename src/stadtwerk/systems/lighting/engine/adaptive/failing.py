"""A lamp fails: its neighbours lift what they can, and each field is told the class that it really gets."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from stadtwerk.kernel.refusal import Refused
from stadtwerk.systems.lighting.engine.adaptive.bound import MARGIN, Solver
from stadtwerk.systems.lighting.engine.adaptive.demands import Classes
from stadtwerk.systems.lighting.engine.adaptive.influence import Influence
from stadtwerk.systems.lighting.engine.en13201.classes import family
from stadtwerk.systems.lighting.engine.en13201.photometry import Floats


@dataclass(frozen=True, slots=True)
class Mended:
    """Levels (m,) with lamps out, their power W, and what each field keeps: its classes, an area without = none."""

    levels: Floats
    power_w: float
    delivered: tuple[dict[str, str], ...]
    kept: bool
    """Whether all fields keep what was asked."""


def mend(influence: Influence, fields: list[Classes], failed: Collection[int], margin: float = MARGIN) -> Mended:
    """Find levels when lamps (numbers of 0..m-1) are out: all classes, else the next lower one where one is missed.

    A field that misses steps down in all its areas at once, so what is told is never more than what is delivered.
    `margin` asks for that share more of everything. Refuses lamps that the ring lacks.
    """
    if not all(0 <= lamp < influence.lamps for lamp in failed):
        raise Refused.field("failed", f"the ring has lamps 0 to {influence.lamps - 1}")
    high = np.ones(influence.lamps)
    high[list(failed)] = 0.0
    solver = Solver(influence, margin, high=high)
    asked = [dict(classes) for classes in fields]
    now = [dict(classes) for classes in fields]
    while (found := solver.solve(now)) is None:
        missed = np.flatnonzero(solver.missed(now))
        if not len(missed):
            raise Refused.field("classes", "what the fields miss could not be found")
        for field in missed:
            now[int(field)] = {area: low for area, name in now[int(field)].items() if (low := _lower(name))}
    return Mended(found.levels, found.power_w, tuple(now), now == asked)


def _lower(light_class: str) -> str:
    """Return the next class below in the family, "" below the lowest."""
    names = [*family(light_class[0]), ""]
    return names[names.index(light_class) + 1]
