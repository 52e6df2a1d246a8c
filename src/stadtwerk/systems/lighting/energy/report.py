"""A month's energy report: nights and districts beside the baselines, streets by EN 13201-5, method, sources, seal."""

from __future__ import annotations

import csv
import io
from calendar import monthrange
from typing import Any

import numpy as np

from stadtwerk.kernel.clock import US, iso
from stadtwerk.kernel.observation import Values
from stadtwerk.kernel.refusal import Refused
from stadtwerk.systems.lighting.energy.account import programs_of
from stadtwerk.systems.lighting.energy.baselines import lit_of
from stadtwerk.systems.lighting.energy.decide import seal_of
from stadtwerk.systems.lighting.energy.things import STANDINGS, Account, Figures
from stadtwerk.systems.lighting.energy.views import gap, table_at_hand
from stadtwerk.systems.lighting.energy.window import window_of
from stadtwerk.systems.lighting.engine.energy.power import drawn_w, given_percent
from stadtwerk.systems.lighting.state import Lighting

YEAR_S = 365 * 86_400
STREETS_SHOWN = 50
"""Streets of the page, those that take most for their ground first; the CSV has all."""


def report_view(lighting: Lighting, month: str, now_us: int) -> dict[str, Any]:
    """Show a month's report; refuses (404) one without any account."""
    nights = _nights(lighting, month)
    signed = lighting.energy.signed.get(month)
    seal = seal_of(nights)
    streets = street_rows(lighting, now_us)
    table = table_at_hand(lighting)
    return {
        "at": iso(now_us),
        "month": month,
        "city": lighting.inventory.city["title"],
        "days": monthrange(int(month[:4]), int(month[5:]))[1],
        "nights": [_night(night) for night in nights],
        "sums": {standing: gap(_of(nights, standing)) for standing in STANDINGS},
        "districts": [
            {"name": name, **gap(one for one in _of(nights, STANDINGS[0]) if one.district == district)}
            for district, name in zip(lighting.inventory.districts.ids, lighting.inventory.districts.names, strict=True)
        ],
        "streets": sorted(streets, key=lambda row: -row["annual_kwh_m2"])[:STREETS_SHOWN],
        "street_count": len(streets),
        "counted_traffic": list(table.survey.counted),
        "surveyed_at": iso(table.survey.at_us),
        "surveys": sorted({night.survey for night in nights}),
        "seal": seal,
        "signed": None
        if signed is None
        else {"by": signed.by, "at": iso(signed.at_us), "remark": signed.remark, "unchanged": signed.seal == seal},
    }


def street_rows(lighting: Lighting, now_us: int) -> list[dict[str, Any]]:
    """Return each classed street's indicators by EN 13201-5:2015: PDI (eq. 1) at full light, AECI (eq. 2).

    AECI is what its lamps take in a year by the programs in force now, by the year's sun, over the ground they light.
    """
    table, streets = table_at_hand(lighting), lighting.inventory.streets
    kwh = annual_kwh(lighting, now_us)
    lamps = np.bincount(streets.of_lamp, minlength=len(streets.ids))
    return [
        {
            "id": streets.ids[place],
            "name": streets.names[place],
            "lamps": int(lamps[place]),
            "required": one.required,
            "kept": one.kept,
            "standing": one.standing,
            "annual_kwh": round(float(kwh[place]), 1),
            "annual_kwh_m2": round(float(kwh[place]) / (one.area_m2 * int(lamps[place])), 4),
            "power_density_w_lx_m2": round(one.power_density, 5),
        }
        for place, one in enumerate(table.survey.streets)
        if one.standing != "unclassed" and one.area_m2 > 0
    ]


def annual_kwh(lighting: Lighting, now_us: int) -> Values:
    """Return the energy of each street's lamps in the 365 days up to now by the programs in force, (s,) kWh."""
    table = table_at_hand(lighting)
    span_us = now_us - YEAR_S * US, now_us
    programs = programs_of(lighting, (now_us, now_us))
    lit = lit_of(lighting, table, programs, lighting.seen["burning_h"])
    window, kwh = window_of(programs.rules, lighting.plans.place, span_us), np.zeros(len(lit))
    for program in range(len(programs.rules)):
        mine = np.flatnonzero(lit.program == program)
        for level in np.unique(window.program[program]).tolist():
            hours = float(window.hours[window.program[program] == level].sum())
            given = given_percent(lit.driver[mine], np.full(len(mine), level))
            kwh[mine] += drawn_w(lit.driver[mine], lit.full_w[mine], given) * hours / 1000.0
    return np.asarray(np.bincount(lit.street, kwh, len(table.standing)), np.float64)


def report_csv(lighting: Lighting, month: str, now_us: int) -> bytes:
    """Write a month as CSV (UTF-8, comma): a row a night, district and standing, then a row a street."""
    nights = _nights(lighting, month)
    out = io.StringIO()
    head = ("night", *Figures.__struct_fields__, "gap_points", "gap_low", "gap_high")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(head)
    for night in nights:
        for one in night.figures:
            found = gap([one])
            values = [getattr(one, name) for name in Figures.__struct_fields__]
            writer.writerow([night.id, *values, found["gap_points"], found["gap_low"], found["gap_high"]])
    rows = street_rows(lighting, now_us)
    writer.writerow([])
    if rows:
        writer.writerow(rows[0])
        writer.writerows(row.values() for row in rows)
    writer.writerow([])
    writer.writerow(["seal", seal_of(nights)])
    return out.getvalue().encode()


def _nights(lighting: Lighting, month: str) -> list[Account]:
    nights = lighting.energy.of_month(month)
    if not nights:
        words = f"no night of {month} was accounted for"
        raise Refused.of("no-account", "This month has no account", 404, words)
    return nights


def _of(nights: list[Account], standing: str) -> list[Figures]:
    return [one for night in nights for one in night.figures if one.standing == standing]


def _night(night: Account) -> dict[str, Any]:
    return {"day": night.id, **gap(one for one in night.figures if one.standing == STANDINGS[0])}
