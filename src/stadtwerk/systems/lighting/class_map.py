"""Every street's lighting class at once: required, delivered by its lamps' own levels, proven, margin and reason."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stadtwerk.kernel.clock import US, iso
from stadtwerk.kernel.limits import CLASSES_PAGE
from stadtwerk.systems.lighting.engine.en13201.certificate import Notary
from stadtwerk.systems.lighting.engine.sections import section_of
from stadtwerk.systems.lighting.policy.things import certificate_id
from stadtwerk.systems.lighting.proof import about
from stadtwerk.systems.lighting.proofs import Proof
from stadtwerk.systems.lighting.state import FAULT, SILENT, Lighting

EVEN_PERCENT = 1.0
"""Lamps whose levels lie no further apart shine alike, percent of full light."""


@dataclass(frozen=True, slots=True)
class StreetLevels:
    """How the lamps of each street shine, (streets,): least and most percent of those that work, counts of lamps."""

    least: NDArray[np.float64]
    most: NDArray[np.float64]
    lamps: NDArray[np.intp]
    heard: NDArray[np.intp]
    faulty: NDArray[np.intp]
    silent: NDArray[np.intp]


def street_levels(lighting: Lighting, now_us: int) -> StreetLevels:
    """Gather the lamps' levels by street; broken lamps, and lamps never heard, tell nothing of a level."""
    streets = lighting.inventory.streets
    n, of_lamp, level = len(streets.ids), streets.of_lamp, lighting.seen["level_percent"]
    bits = lighting.screen_flags(now_us)
    tells = ~np.isnan(level) & (bits & FAULT == 0)
    least, most = np.full(n, np.inf), np.full(n, -np.inf)
    np.minimum.at(least, of_lamp[tells], level[tells])
    np.maximum.at(most, of_lamp[tells], level[tells])

    def count(mask: NDArray[np.bool_]) -> NDArray[np.intp]:
        return np.bincount(of_lamp[mask], minlength=n)

    everywhere = np.ones(len(level), bool)
    return StreetLevels(
        least, most, count(everywhere), count(tells), count(bits & FAULT != 0), count(bits & SILENT != 0)
    )


def classes_view(lighting: Lighting, start: int, level_percent: float | None, now_us: int) -> dict[str, Any]:
    """Show the classes of the streets from a place on, in columns; `next` says where to go on, None = that was all.

    A page makes at most `CLASSES_PAGE` certificates (about 0.5 ms each); those at hand cost nothing. Streets without
    light by rule are left out. States: proven; unproven (met, but a lamp is broken, silent or shines otherwise than
    the rest: calculated at the darkest working lamp's level); missed; off; unknown (no lamp was ever heard). A street
    lit on demand (reason `demand`) delivers the class of its empty street anywhere, by the seal of that certificate.
    """
    levels, ids = street_levels(lighting, now_us), lighting.inventory.streets.ids
    columns: dict[str, list[Any]] = {name: [] for name in COLUMNS}
    made, place, notary = 0, min(start, len(ids)), Notary()
    while place < len(ids):
        half = _half_percent(levels, place, level_percent)
        # A dark street is asked what it needs at full light; its certificate says nothing of now.
        asked = half or 200
        if not lighting.proofs.known(place, asked, now_us):
            if made == CLASSES_PAGE:
                break
            made += 1
        proof = lighting.proofs.find(place, asked, now_us, partial(_certify, lighting, place, asked, now_us, notary))
        if proof is not None:
            row = _row(levels, place, half, proof, level_percent)
            if level_percent is None and half:
                row = _on_demand(lighting, place, row)
            for name, value in zip(COLUMNS, row, strict=True):
                columns[name].append(value)
        place += 1
    return {
        "at": iso(now_us),
        "level_percent": level_percent,
        "streets": len(ids),
        "next": place if place < len(ids) else None,
        **columns,
    }


COLUMNS = (
    *("place", "state", "reason", "required", "delivered", "level_percent_now", "margin", "area", "quantity"),
    *("lamps", "faulty", "silent", "seal", "certified_at"),
)
"""What is told of each street; `place` counts in the order of the map's columns."""


def _half_percent(levels: StreetLevels, place: int, level_percent: float | None) -> int | None:
    """Return the level a street is judged at, half percents: the one asked for, or its darkest working lamp's."""
    if level_percent is not None:
        return round(level_percent * 2.0)
    return round(float(levels.least[place]) * 2.0) if levels.heard[place] else None


def _row(levels: StreetLevels, place: int, half: int | None, proof: Proof, asked: float | None) -> tuple[Any, ...]:
    faulty, silent = int(levels.faulty[place]), int(levels.silent[place])
    uneven = asked is None and bool(levels.most[place] - levels.least[place] > EVEN_PERCENT)
    reason = ""
    if not half:
        state = reason = "off" if half == 0 else "unknown"
    elif not proof.met:
        state, reason = "missed", proof.quantity
    else:
        found = {"fault": faulty > 0, "silent": asked is None and silent > 0, "uneven": uneven}
        reason = next((name for name, is_so in found.items() if is_so), "")
        state = "unproven" if reason else "proven"
    shines = state not in ("off", "unknown")
    return (
        *(place, state, reason, proof.required, (proof.delivered or None) if shines else None),
        *(None if half is None else half / 2.0, round(proof.margin, 4) if shines else None, proof.area),
        *(proof.quantity, int(levels.lamps[place]), faulty, silent),
        *((proof.seal[:16], iso(proof.at_us)) if shines else (None, None)),
    )


def _on_demand(lighting: Lighting, place: int, row: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return the row of a street lit on demand as its certificates have it: its lamps' levels change every second."""
    policy = lighting.policies.kept.get(lighting.inventory.streets.ids[place])
    if policy is None or policy.plan is None or lighting.groups["policy"][place] != policy.number:
        return row
    plan, told = policy.plan, dict(zip(COLUMNS, row, strict=True))
    proof = lighting.policies.certificates.get(certificate_id(policy.id, "empty"))
    if policy.state != "planned" or proof is None:
        return row
    kept = plan.delivered[0]
    told["state"] = "missed" if plan.missed or plan.misses else "proven"
    told |= {"reason": "demand", "margin": None, "delivered": kept.get("carriageway", kept.get("path", "")) or None}
    told |= {"level_percent_now": None, "seal": proof.seal[:16], "certified_at": iso(policy.since_us)}
    return tuple(told.values())


def _certify(lighting: Lighting, place: int, half_percent: int, now_us: int, notary: Notary) -> Proof | None:
    """Certify a street as `/lighting/certificate` does at this second and level: the seal is the same."""
    at_us = now_us - now_us % US
    section = section_of(lighting.inventory, place, at_us, half_percent / 200.0)
    if section is None:
        return None
    notary.begin()
    sealed = notary.certify(section.street, section.classes, about(lighting, place, section, at_us))
    verdicts = sealed["verdicts"]
    pairs = [(demand["margin"], verdict["area"], demand) for verdict in verdicts for demand in verdict["demands"]]
    margin, area, worst = min(pairs, key=lambda pair: pair[0])
    return Proof(
        at_us=at_us,
        required=verdicts[0]["required"],
        delivered=verdicts[0]["delivered"],
        met=all(verdict["met"] for verdict in verdicts),
        margin=margin,
        area=area,
        quantity=worst["quantity"],
        seal=sealed["seal"],
    )
