"""Which streets can be lit on demand, and why the others cannot."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stadtwerk.kernel.limits import POLICY_FIELDS
from stadtwerk.kernel.observation import Rows
from stadtwerk.kernel.refusal import Refused
from stadtwerk.systems.lighting.engine.sections import Section, section_of
from stadtwerk.systems.lighting.inventory import LORAWAN, RADIOS, Inventory
from stadtwerk.systems.lighting.law.check import bound
from stadtwerk.systems.lighting.law.rules import day_of


@dataclass(frozen=True, slots=True)
class Suited:
    """A street that can be lit on demand: its section, its lamps' rows in order, how many fields they make."""

    section: Section
    rows: Rows
    fields: int


def suited(inventory: Inventory, place: int, now_us: int) -> Suited:
    """Return a street ready for a table.

    Refuses a street without light by rule, lamps that cannot fade or that form no local group, poles that make no equal
    fields, too few or too many of them, and lamps that a rule in force keeps from being dimmed.
    """
    street_id = inventory.streets.ids[place]
    section = section_of(inventory, place, now_us)
    if section is None:
        words = f"{street_id} has no lamps, or is of a kind that is not lit by rule"
        raise Refused.of("unlit-street", "The street has no light to judge", 404, words)
    rows = inventory.streets.rows(place)
    stiff = [inventory.ids[row] for row in rows.tolist() if inventory.text["lamp_type"][row] != "led"]
    if stiff:
        words = f"{street_id}: {len(stiff)} of {len(rows)} lamps know only steps of light, {stiff[0]} for one"
        raise Refused.of("policy-lamps", "These lamps cannot fade", 409, words)
    others = sorted({RADIOS[radio] for radio in inventory.radio[rows].tolist()} - {LORAWAN})
    if others:
        words = f"{street_id}: some lamps are reached by {others[0]}, whose lamps form no local group yet"
        raise Refused.of("policy-radio", "Lamps of this radio cannot move light together", 409, words)
    fields = _fields(inventory, street_id, rows, len(section.street.rows))
    _check_law(inventory, rows, now_us)
    return Suited(section, rows, fields)


def _fields(inventory: Inventory, street_id: str, rows: Rows, abreast: int) -> int:
    """Return how many fields a street's lamps make; the last one may lack lamps and is calculated as whole."""
    names = np.array([inventory.text["pole"][int(row)] for row in rows])
    starts = np.flatnonzero(np.append(True, names[1:] != names[:-1]))
    arms = np.diff(np.append(starts, len(rows)))
    fields = -(-len(rows) // abreast)
    if (arms != arms[0]).any() or abreast % int(arms[0]):
        words = f"{street_id}: its poles carry {int(arms.min())} to {int(arms.max())} lamps"
        raise Refused.of("policy-layout", "The street's poles make no equal fields", 409, words)
    if not 2 <= fields <= POLICY_FIELDS:
        words = f"{street_id} has {fields} fields of lamps; from 2 to {POLICY_FIELDS} can move light together"
        raise Refused.of("policy-layout", "The street's poles make no equal fields", 409, words)
    return fields


def _check_law(inventory: Inventory, rows: Rows, now_us: int) -> None:
    """Refuse where a rule in force demands a level at night that an empty street would go below."""
    day = day_of(inventory.city, now_us)
    for rule in inventory.rules:
        if rule.demand == "least-level" and "command" in rule.binds and rule.in_force(day):
            kept = rows[bound(inventory, rule)[rows]]
            if len(kept):
                lamps = ", ".join(inventory.ids[row] for row in kept[:5].tolist())
                words = f"{rule.id} ({rule.basis}) demands {rule.value:g} % of {len(kept)} of these lamps: {lamps}."
                raise Refused.of("protected-light", "A rule protects this light", 409, words)
