"""Which lamps a rule binds, which are in conflict with it, and which commands it refuses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stadtwerk.kernel.clock import US
from stadtwerk.kernel.observation import Rows
from stadtwerk.kernel.refusal import Fault, Refusal, Refused, problem_type
from stadtwerk.systems.lighting.engine.program import program_percent
from stadtwerk.systems.lighting.inventory import Inventory
from stadtwerk.systems.lighting.law.rules import Rule, day_of
from stadtwerk.vocab.lighting import SetLevel

Mask = NDArray[np.bool_]

STEP_S = 900
"""Light of the programs is looked at so often when it is asked whether a command reaches into the dark."""
NAMED = 5
"""So many lamps are named in a refusal."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Lamps (n,) that a rule binds, that are against it, and of which too little is known to say."""

    bound: Mask
    against: Mask
    unknown: Mask


def bound(inventory: Inventory, rule: Rule) -> Mask:
    """Tell which lamps a rule is about, (n,)."""
    around = inventory.surroundings
    if rule.where == "crossing":
        return np.asarray(around.crossing_m <= rule.within_m)
    if rule.where == "everywhere":
        return np.ones(len(inventory), bool)
    return np.asarray((around.zone >= 0) == (rule.where == "near-nature"))


def finding(inventory: Inventory, rule: Rule) -> Finding:
    """Hold every lamp against a rule, in force or not."""
    about, around = bound(inventory, rule), inventory.surroundings
    none = np.zeros(len(inventory), bool)
    if rule.demand == "most-cct":
        return _told(about, around.cct_k, rule.value)
    if rule.demand == "most-upward":
        return _told(about, around.upward_percent, rule.value)
    lows, highs = _night(inventory)
    if rule.demand == "most-level":
        return Finding(about, about & (lows > rule.value), none)
    if rule.demand == "sign-394":
        return Finding(about, about & (lows <= 0) & (highs > 0) & ~around.signed, none)
    return Finding(about, about & (lows < rule.value), none)


def _told(about: Mask, values: NDArray[np.float64], most: float) -> Finding:
    unknown = np.isnan(values)
    return Finding(about, about & ~unknown & (np.nan_to_num(values) > most), about & unknown)


def _night(inventory: Inventory) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the least and the most light (n,) percent that each lamp's program asks for at night."""
    programs = [inventory.city["programs"][name] for name in inventory.program_ids]
    levels = np.array([[one["full_percent"], one.get("dim_percent", one["full_percent"])] for one in programs], float)
    return levels.min(axis=1)[inventory.program], levels.max(axis=1)[inventory.program]


def lawful(inventory: Inventory, content: SetLevel, rows: Rows, span_us: tuple[int, int]) -> Rows:
    """Return the rows a command may reach, from now until its end (`span_us`).

    A level below what a rule in force demands in the dark is refused with the rule's name, unless the command spares
    those lamps, or sets that very rule aside and gives a reason.
    """
    day = day_of(inventory.city, span_us[0])
    for rule in inventory.rules:
        if rule.demand != "least-level" or "command" not in rule.binds or content.level_percent >= rule.value:
            continue
        kept = rows[bound(inventory, rule)[rows]]
        if not len(kept) or not rule.in_force(day) or not _dark(inventory, span_us):
            continue
        if content.despite == rule.id:
            _check_reason(content)
        elif content.spare:
            rows = np.setdiff1d(rows, kept)
        else:
            raise _protected(inventory, rule, kept)
    if not len(rows):
        detail = "every one of these lamps is protected; raise the level, or set the rule aside with a reason."
        raise Refused.of("protected-light", "A rule protects this light", 409, detail)
    return rows


def _check_reason(content: SetLevel) -> None:
    if not content.reason.strip():
        raise Refused.field("reason", "a rule is set aside with a reason only")


def _protected(inventory: Inventory, rule: Rule, kept: Rows) -> Refused:
    names = ", ".join(inventory.ids[row] for row in kept[:NAMED].tolist())
    detail = f"{rule.id} ({rule.basis}) demands {rule.value:g} % of {len(kept)} of these lamps: {names}."
    faults = (Fault("spare", detail),)
    return Refused(Refusal(problem_type("protected-light"), "A rule protects this light", 409, detail, faults))


def _dark(inventory: Inventory, span_us: tuple[int, int]) -> bool:
    """Tell whether any program asks for light between two times; a day and a night show whether it does."""
    end_us = min(span_us[1], span_us[0] + 86_400 * US)
    programs: list[dict[str, Any]] = [inventory.city["programs"][name] for name in inventory.program_ids]
    times = [*range(span_us[0], end_us, STEP_S * US), end_us]
    return any(program_percent(program, inventory.city, at_us) > 0 for at_us in times for program in programs)
