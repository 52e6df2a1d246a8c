"""Which lamps a rule binds, which are in conflict with it, and which commands it refuses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stadtwerk.kernel.clock import US
from stadtwerk.kernel.observation import Rows, Values
from stadtwerk.kernel.refusal import Fault, Refusal, Refused, problem_type
from stadtwerk.systems.lighting.engine.program import Rule as ProgramRule
from stadtwerk.systems.lighting.engine.program import place_of, program_percent
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


def finding(inventory: Inventory, rule: Rule, extremes: tuple[Values, Values]) -> Finding:
    """Hold every lamp against a rule, in force or not; `extremes` (n,) is the least and most light of any night."""
    about, around = bound(inventory, rule), inventory.surroundings
    none = np.zeros(len(inventory), bool)
    if rule.demand == "most-cct":
        return _told(about, around.cct_k, rule.value)
    if rule.demand == "most-upward":
        return _told(about, around.upward_percent, rule.value)
    lows, highs = extremes
    if rule.demand == "most-level":
        return Finding(about, about & (lows > rule.value), none)
    if rule.demand == "sign-394":
        return Finding(about, about & (lows <= 0) & (highs > 0) & ~around.signed, none)
    return Finding(about, about & (lows < rule.value), none)


def _told(about: Mask, values: NDArray[np.float64], most: float) -> Finding:
    unknown = np.isnan(values)
    return Finding(about, about & ~unknown & (np.nan_to_num(values) > most), about & unknown)


@dataclass(frozen=True, slots=True)
class Consent:
    """What whoever asks says to rules: leave protected lamps out, or set the rule of this id aside for a reason."""

    spare: bool = False
    despite: str = ""
    reason: str = ""


def lawful(
    inventory: Inventory, programs: Sequence[ProgramRule], content: SetLevel, rows: Rows, span_us: tuple[int, int]
) -> Rows:
    """Return the rows a command may reach, from now until its end (`span_us`).

    A level below what a rule in force demands in the dark is refused with the rule's name, unless the command spares
    those lamps, or sets that very rule aside and gives a reason.
    """
    consent = Consent(content.spare, content.despite, content.reason)
    for rule in _binding(inventory, "command", span_us[0]):
        if rule.demand != "least-level" or content.level_percent >= rule.value:
            continue
        kept = rows[bound(inventory, rule)[rows]]
        if len(kept) and _dark(inventory, programs, span_us):
            rows = _without(inventory, rule, rows, kept, consent)
    return _some(rows)


def lawful_program(
    inventory: Inventory, rows: Rows, levels: tuple[float, float], consent: Consent, now_us: int
) -> Rows:
    """Return the rows (k,) that may follow a plan with this least and most light in the dark, percent.

    Refuses as `lawful` does, by the rules that bind programs: light below a least level, and lamps that go off for
    part of the night on a pole without sign 394.
    """
    low, high = levels
    for rule in _binding(inventory, "program", now_us):
        if rule.demand == "least-level" and low < rule.value:
            kept = rows[bound(inventory, rule)[rows]]
        elif rule.demand == "sign-394" and low <= 0 < high:
            kept = rows[(bound(inventory, rule) & ~inventory.surroundings.signed)[rows]]
        else:
            continue
        if len(kept):
            rows = _without(inventory, rule, rows, kept, consent)
    return _some(rows)


def _binding(inventory: Inventory, what: str, now_us: int) -> list[Rule]:
    day = day_of(inventory.city, now_us)
    return [rule for rule in inventory.rules if what in rule.binds and rule.in_force(day)]


def _without(inventory: Inventory, rule: Rule, rows: Rows, kept: Rows, consent: Consent) -> Rows:
    """Return the rows (k,) that go on after a rule protected some of them (m,), or refuse."""
    if consent.despite == rule.id:
        if not consent.reason.strip():
            raise Refused.field("reason", "a rule is set aside with a reason only")
        return rows
    if consent.spare:
        return np.setdiff1d(rows, kept)
    raise _protected(inventory, rule, kept)


def _some(rows: Rows) -> Rows:
    if not len(rows):
        detail = "every one of these lamps is protected; raise the level, or set the rule aside with a reason."
        raise Refused.of("protected-light", "A rule protects this light", 409, detail)
    return rows


def _protected(inventory: Inventory, rule: Rule, kept: Rows) -> Refused:
    names = ", ".join(inventory.ids[row] for row in kept[:NAMED].tolist())
    detail = f"{rule.id} ({rule.basis}) demands {rule.value:g} % of {len(kept)} of these lamps: {names}."
    if rule.demand == "sign-394":
        detail = f"{rule.id} ({rule.basis}) demands sign 394 on {len(kept)} of these poles: {names}."
    faults = (Fault("spare", detail),)
    return Refused(Refusal(problem_type("protected-light"), "A rule protects this light", 409, detail, faults))


def _dark(inventory: Inventory, programs: Sequence[ProgramRule], span_us: tuple[int, int]) -> bool:
    """Tell whether any program asks for light between two times; a day and a night show whether it does."""
    end_us, place = min(span_us[1], span_us[0] + 86_400 * US), place_of(inventory.city)
    times = [*range(span_us[0], end_us, STEP_S * US), end_us]
    return any(program_percent(program, place, at_us) > 0 for at_us in times for program in programs)
