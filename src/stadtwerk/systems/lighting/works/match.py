"""A report from the street against what the city knows: known, lit, off by program, an outage, or new."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stadtwerk.systems.lighting.inventory import Inventory
from stadtwerk.systems.lighting.state import FAULT, SILENT, Lighting
from stadtwerk.systems.lighting.works.things import Job, Outcome, What

LIT_DOUBTS = 3
"""So many people who call a lamp dark that says it is lit weigh more than what it says."""
MEASURED = frozenset(("suspected", "confirmed"))
"""States of a fault that measurements tell of and no job mends yet."""
METRES_PER_DEGREE = 111_195.0
"""Length of a degree of latitude on a sphere of 6,371 km."""


@dataclass(frozen=True, slots=True)
class Match:
    """What becomes of a report: the answer, its job (None = none yet), whether one is opened, the fault it is for."""

    outcome: Outcome
    job: Job | None = None
    opens: bool = False
    fault_id: str = ""


def match(lighting: Lighting, lamp: str, what: What, now_us: int) -> Match:
    """Hold a report against jobs, the supply, faults that were measured, the lamp's own words and its program."""
    row = lighting.inventory.row_of[lamp]
    if job := lighting.works.job_of(lamp):
        return Match("known", job)
    measured = [one for one in lighting.faults.kept if one.state in MEASURED and lamp in one.lamps]
    shared = any(len(one.lamps) > 1 and one.cause in ("supply", "cable") for one in measured)
    if what == "dark" and (shared or _without_mains(lighting, row)):
        return Match("outage")
    if alone := next((one.id for one in measured if one.lamps == (lamp,)), ""):
        return Match("new", opens=True, fault_id=alone)
    return _by_its_words(lighting, row, now_us) if what == "dark" else Match("new", opens=True)


def _by_its_words(lighting: Lighting, row: int, now_us: int) -> Match:
    """Judge a lamp that somebody calls dark by what it says of itself."""
    lamp = lighting.inventory.ids[row]
    flags = int(lighting.screen_flags(now_us)[row])
    level = float(np.nan_to_num(lighting.seen["level_percent"][row]))
    if flags & (FAULT | SILENT):
        return Match("new", opens=True)
    if level > 0:
        doubts = sum(one.what == "dark" for one in lighting.works.reports_of(lamp, now_us)) + 1
        return Match("new", opens=True) if doubts >= LIT_DOUBTS else Match("lit")
    if lighting.plans.percent_of(row, now_us) == 0:
        return Match("off")
    return Match("new", opens=True)


def _without_mains(lighting: Lighting, row: int) -> bool:
    """Tell whether the lamp's cabinet says that the mains, or the lamp's circuit, is dead."""
    cabinet = int(lighting.supply.cabinet_of_lamp[row])
    if cabinet < 0:
        return False
    circuit = int(lighting.inventory.circuits.of_lamp[row])
    dead = int(np.nan_to_num(lighting.cabinets["dead_circuits"][cabinet]))
    is_dead = bool(dead >> int(lighting.supply.number_of_circuit[circuit]) & 1)
    return is_dead or bool(np.nan_to_num(lighting.cabinets["mains_lost"][cabinet]) > 0)


def nearest(inventory: Inventory, lon: float, lat: float, poles: int) -> list[tuple[int, int]]:
    """Return the nearest poles as (row of a lamp on it, metres), nearest first, on a plane."""
    east = (inventory.lon - lon) * np.cos(np.radians(lat))
    metres = np.hypot(east, inventory.lat - lat) * METRES_PER_DEGREE
    found: dict[str, tuple[int, int]] = {}
    for row in np.argsort(metres, kind="stable")[: poles * 8].tolist():
        found.setdefault(inventory.text["pole"][row], (row, round(float(metres[row]))))
    return list(found.values())[:poles]


def by_label(inventory: Inventory, label: str, poles: int) -> list[int]:
    """Return rows of lamps on poles whose number ends as the label says; leading zeros and prefixes may be left out."""
    digits = "".join(character for character in label if character.isdigit()).lstrip("0")
    if not digits:
        return []
    found: dict[str, int] = {}
    for row, pole in enumerate(inventory.text["pole"]):
        if pole.lstrip("abcdefghijklmnopqrstuvwxyz-0") == digits:
            found.setdefault(pole, row)
    return list(found.values())[:poles]
