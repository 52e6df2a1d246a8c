"""A night's account: measured energy beside the three baselines, district by district, with what is not known."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

import numpy as np

from stadtwerk.kernel.observation import Times, Values
from stadtwerk.systems.lighting.energy.baselines import NAMES, Baselines, Lit, baselines_of, groups_of, lit_of
from stadtwerk.systems.lighting.energy.hours import means
from stadtwerk.systems.lighting.energy.registers import Metered, Registers, metered
from stadtwerk.systems.lighting.energy.table import Table
from stadtwerk.systems.lighting.energy.things import Account, Curve, Figures, Standing
from stadtwerk.systems.lighting.energy.window import HOUR_US, QUARTER_US, Window, noons_us, window_of
from stadtwerk.systems.lighting.engine.energy.power import drawn_w, given_percent
from stadtwerk.systems.lighting.engine.faults.expected import STANDBY_W
from stadtwerk.systems.lighting.plans.state import InForce
from stadtwerk.systems.lighting.state import Lighting


class Trend(NamedTuple):
    """The city's power as observed, kW, at rising times (k,) microseconds."""

    at_us: Times
    kw: Values


def account_of(
    lighting: Lighting, table: Table, day: date, registers: tuple[Registers, Registers], *, trend: Trend, now_us: int
) -> Account:
    """Make the account of the night of a day from what the lamps' meters said at its two noons."""
    inventory, place = lighting.inventory, lighting.plans.place
    span_us = noons_us(day, place.zone)
    first, last = registers
    programs = programs_of(lighting, span_us)
    lit = lit_of(lighting, table, programs, last.burning_h)
    window = window_of(programs.rules, place, span_us)
    found = metered(
        first, last, span_us, nominal_w=inventory.power_w, period_s=inventory.city["radio"]["report_period_s"]
    )
    groups = groups_of(inventory)
    baselines = baselines_of(lit, table, window, len(groups))
    return Account(
        id=day.isoformat(),
        since_us=span_us[0],
        until_us=span_us[1],
        made_at_us=now_us,
        survey=table.survey.mark,
        figures=figures_of(groups, lit, baselines, found),
        curve=curve_of(baselines, trend, span_us[1]),
    )


def programs_of(lighting: Lighting, span_us: tuple[int, int]) -> InForce:
    """Return the programs of a night: those in force in its middle."""
    return lighting.plans.in_force((span_us[0] + span_us[1]) // 2)


def figures_of(
    groups: Sequence[tuple[str, Standing]], lit: Lit, baselines: Baselines, found: Metered
) -> tuple[Figures, ...]:
    """Sum energy by group; groups without lamps are left out."""
    window = baselines.window
    span = int(window.edges_us[0]), int(window.edges_us[-1])
    unknown = _unknown(lit, window, found.known_us)
    n = len(groups)
    lamps = np.bincount(lit.group, minlength=n)
    covered = np.bincount(lit.group, (found.known_us - span[0]) / (span[1] - span[0]), n)
    sums = [np.asarray(np.bincount(lit.group, values, n), np.float64) for values in (found.kwh, *unknown)]
    sums += [baselines.kwh(name) for name in NAMES]
    return tuple(
        Figures(
            *group,
            int(lamps[k]),
            round(float(covered[k] / lamps[k]), 5),
            *(round(float(one[k]), 3) for one in sums),
        )
        for k, group in enumerate(groups)
        if lamps[k]
    )


def _unknown(lit: Lit, window: Window, known_us: Times) -> tuple[Values, Values, Values]:
    """Return for the time after `known_us` (n,) what the programs ask for, darkness, and full light, each (n,) kWh."""
    estimate, low, high = np.zeros(len(lit)), np.zeros(len(lit)), np.zeros(len(lit))
    rows = np.flatnonzero(known_us < window.edges_us[-1])
    for program in np.unique(lit.program[rows]).tolist():
        for driver in np.unique(lit.driver[rows]).tolist():
            mine = rows[(lit.program[rows] == program) & (lit.driver[rows] == driver)]
            if not len(mine):
                continue
            level = window.program[program]
            kinds = np.full(len(level), driver, np.int32)
            # A lamp of 1 kW shows a share of full power; standby, which no power scales, is summed beside.
            share = np.where(
                level > 0, drawn_w(kinds, np.full(len(level), 1e6), given_percent(kinds, level)) / 1e6, 0.0
            )
            dark_h = _left(window, known_us[mine], np.ones(len(level)))
            low[mine] = STANDBY_W * dark_h / 1000.0
            off_h = _left(window, known_us[mine], (level <= 0).astype(np.float64))
            lit_h = _left(window, known_us[mine], window.lit[program].astype(np.float64))
            estimate[mine] = (lit.full_w[mine] * _left(window, known_us[mine], share) + STANDBY_W * off_h) / 1000.0
            high[mine] = (lit.full_w[mine] * lit_h + STANDBY_W * (dark_h - lit_h)) / 1000.0
    return estimate, low, high


def _left(window: Window, from_us: Times, values: Values) -> Values:
    """Return the integral of values (k,) over hours from instants (n,) to the window's end, (n,)."""
    summed = np.append(0.0, np.cumsum(values * window.hours))
    return np.asarray(summed[-1] - np.interp(from_us, window.edges_us, summed))


def curve_of(baselines: Baselines, trend: Trend, until_us: int) -> Curve:
    """Return mean powers by quarter hour; what was observed stops at the last observation."""
    edges_us = baselines.window.edges_us
    quarters = np.arange(edges_us[0], until_us + 1, QUARTER_US)
    measured = means(trend.at_us, trend.kw, quarters)

    def mean(name: str) -> tuple[float, ...]:
        summed = np.append(0.0, np.cumsum(baselines.city_kw(name) * baselines.window.hours))
        at = np.interp(quarters, edges_us, summed)
        return tuple(np.round(np.diff(at) * HOUR_US / QUARTER_US, 2).tolist())

    known = tuple(None if np.isnan(kw) else round(float(kw), 2) for kw in measured)
    return Curve(known, mean("program"), mean("always"), mean("half_night"), mean("bound"))
