"""The lamps' own program: on by the sun, dimmed by local time, in need of nobody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from astral import Observer
from astral.sun import elevation
from numpy.typing import NDArray

from stadtwerk.kernel.clock import US
from stadtwerk.protocols.lampplan import LampPlan, LampProgram

EPOCH, NOON = date(1970, 1, 1), time(12)
DAY_US = 86_400 * US
MARGIN_US = 3_600 * US
"""How far a day's plan reaches into the days beside it, for lamps whose clocks run early or late."""

Times = NDArray[np.int64]
Values = NDArray[np.float64]
Rows = NDArray[np.unsignedinteger[Any]]


@dataclass(frozen=True, slots=True)
class Program:
    """On below a sun elevation (degrees), full and dimmed levels (percent), dimmed hours in local time."""

    id: str
    on_elevation_deg: float
    full_percent: float
    dim_percent: float
    dim_from: time | None
    dim_until: time | None

    @classmethod
    def of(cls, program_id: str, entry: dict[str, Any]) -> Program:
        """Read a program of city.json; ValueError when a time or number is wrong."""
        full = float(entry.get("full_percent", 100))
        begin, end = entry.get("dim_from"), entry.get("dim_until")
        return cls(
            id=program_id,
            on_elevation_deg=float(entry["on_elevation_deg"]),
            full_percent=full,
            dim_percent=float(entry.get("dim_percent", full)),
            dim_from=time.fromisoformat(begin) if begin and end else None,
            dim_until=time.fromisoformat(end) if begin and end else None,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Steps:
    """A level as a step function of time: breaks_us (k,) rising, levels (k + 1,) percent around them."""

    breaks_us: Times
    levels: Values

    def at(self, times_us: Times) -> Values:
        """Look the level up at each time (n,)."""
        found: Values = self.levels[np.searchsorted(self.breaks_us, times_us, side="right")]
        return found


def sun_elevations(centre: tuple[float, float], begin_us: int, minutes: int) -> Values:
    """Compute the elevation of the sun's centre without refraction (minutes,) degrees, each minute (astral).

    Refraction formulas end at the horizon: below it they make up a fifth of a degree, which is a minute and a half.
    """
    observer = Observer(latitude=centre[1], longitude=centre[0], elevation=0.0)
    moments = (datetime.fromtimestamp(begin_us / US, UTC) + timedelta(minutes=m) for m in range(minutes))
    return np.array([elevation(observer, moment, with_refraction=False) for moment in moments])


def dimmed_spans(program: Program, zone: ZoneInfo, first: date, days: int) -> list[tuple[int, int]]:
    """List the dimmed hours beginning on each of the days, as microseconds UTC.

    A wall time that comes twice means its first coming; one that is skipped means as long after midnight as
    it says (PEP 495, fold=0).
    """
    if program.dim_from is None or program.dim_until is None or program.dim_from == program.dim_until:
        return []
    spans = []
    for offset in range(days):
        day = first + timedelta(days=offset)
        last = day + timedelta(days=1) if program.dim_until < program.dim_from else day
        begin = datetime.combine(day, program.dim_from, zone)
        end = datetime.combine(last, program.dim_until, zone)
        spans.append((round(begin.timestamp()) * US, round(end.timestamp()) * US))
    return spans


def day_steps(programs: Sequence[Program], day: date, *, centre: tuple[float, float], zone: ZoneInfo) -> list[Steps]:
    """Work out each program's levels for one UTC day and an hour on both sides."""
    begin_us = round(datetime.combine(day, time(), UTC).timestamp()) * US - MARGIN_US
    end_us = begin_us + DAY_US + 2 * MARGIN_US
    at_us = np.arange(begin_us, end_us + 1, 60 * US)
    sun_deg = sun_elevations(centre, begin_us, len(at_us))
    plans = []
    for program in programs:
        above = sun_deg - program.on_elevation_deg
        before = np.flatnonzero((above[:-1] < 0) != (above[1:] < 0))
        share = above[before] / (above[before] - above[before + 1])
        crossings = at_us[before] + np.rint(share * 60 * US).astype(np.int64)
        spans = dimmed_spans(program, zone, day - timedelta(days=2), 5)
        breaks = np.unique(np.concatenate([crossings, np.array(spans, np.int64).ravel()]))
        breaks = breaks[(breaks > begin_us) & (breaks < end_us)]
        edges = np.concatenate([[begin_us], breaks, [end_us]])
        middles = edges[:-1] + np.diff(edges) // 2
        night = np.interp(middles.astype(float), at_us.astype(float), above) < 0
        dimmed = np.zeros(len(middles), bool)
        for start_us, stop_us in spans:
            dimmed |= (middles >= start_us) & (middles < stop_us)
        lit = np.where(dimmed, program.dim_percent, program.full_percent)
        plans.append(Steps(breaks, np.where(night, lit, 0.0)))
    return plans


def calendar_steps(plan: LampPlan, programs: Sequence[Steps], day: date, zone: ZoneInfo) -> Steps:
    """Put the programs of a plan together for one UTC day and an hour on both sides: each night from noon to noon."""
    nights = [day + timedelta(days=n) for n in range(-2, 3)]
    noons_us = [round(datetime.combine(night, NOON, zone).timestamp()) * US for night in nights]
    begin_us = round(datetime.combine(day, time(), UTC).timestamp()) * US - MARGIN_US
    end_us = begin_us + DAY_US + 2 * MARGIN_US
    breaks = np.unique(np.concatenate([noons_us, *(one.breaks_us for one in programs)]).astype(np.int64))
    breaks = breaks[(breaks > begin_us) & (breaks < end_us)]
    edges = np.concatenate([[begin_us], breaks, [end_us]])
    middles = edges[:-1] + np.diff(edges) // 2
    held = [programs[plan.place((nights[at] - EPOCH).days)] for at in np.searchsorted(noons_us, middles, "right") - 1]
    levels = [float(one.at(middles[k : k + 1])[0]) for k, one in enumerate(held)]
    return Steps(breaks, np.array(levels))


def level_program(now_us: int, program: Rows, spread_us: Times, plans: Sequence[Steps]) -> Values:
    """Tell the level (n,) percent each lamp's program asks for now, each being late by its spread (n,)."""
    levels = np.zeros(len(program))
    widest_us = int(np.abs(spread_us).max(initial=0))
    for row, plan in enumerate(plans):
        first, last = np.searchsorted(plan.breaks_us, [now_us - widest_us, now_us + widest_us], side="right")
        mine = program == row
        levels[mine] = plan.levels[first] if first == last else plan.at(now_us - spread_us[mine])
    return levels


class CityProgram:
    """The plans of all lamps, worked out a day at a time: at first the program each left the factory with."""

    def __init__(
        self,
        programs: Sequence[Program],
        program: NDArray[np.uint8],
        spread_us: Times,
        *,
        centre: tuple[float, float],
        timezone: str,
    ) -> None:
        self._kept: list[tuple[LampPlan, tuple[Program, ...]]] = [(LampPlan(()), (one,)) for one in programs]
        self._program, self._spread_us = program.astype(np.uint16), spread_us
        self._centre, self._zone = centre, ZoneInfo(timezone)
        self._widest_us = int(np.abs(spread_us).max(initial=0))
        self._day = -1
        self._plans: list[Steps] = []
        self._levels = np.zeros(len(program))
        self._steady = (0, 0)

    def follow(self, ix: NDArray[np.int64], plan: LampPlan) -> None:
        """Have lamps (k,) follow a plan from now on; plans that nobody follows any more are forgotten."""
        known = [one for one, _ in self._kept]
        if plan not in known:
            self._kept.append((plan, tuple(_program_of(one) for one in plan.programs)))
            known.append(plan)
        self._program[ix] = known.index(plan)
        used = np.unique(self._program)
        self._kept = [self._kept[row] for row in used.tolist()]
        self._program = np.searchsorted(used, self._program).astype(np.uint16)
        self._day, self._steady = -1, (0, 0)

    def levels(self, now_us: int) -> Values:
        """Tell the level (n,) percent each program asks for now; not to be written to."""
        if self._steady[0] <= now_us < self._steady[1]:
            return self._levels
        if now_us // DAY_US != self._day:
            self._day = now_us // DAY_US
            self._plans = self._plan(EPOCH + timedelta(days=self._day))
        self._levels = level_program(now_us, self._program, self._spread_us, self._plans)
        self._steady = self._steady_span(now_us)
        return self._levels

    def _plan(self, day: date) -> list[Steps]:
        """Work the day out for each plan."""
        steps = iter(
            day_steps(
                [one for _, programs in self._kept for one in programs], day, centre=self._centre, zone=self._zone
            )
        )
        plans = []
        for plan, programs in self._kept:
            mine = [next(steps) for _ in programs]
            plans.append(mine[0] if len(mine) == 1 else calendar_steps(plan, mine, day, self._zone))
        return plans

    def levels_of(self, ix: NDArray[np.int64], clock_us: Times) -> Values:
        """Tell the level (k,) percent that lamps with these clocks (k,), at most an hour wrong, see in their program.

        For now as `levels` was last asked.
        """
        late_us, rows, levels = clock_us - self._spread_us[ix], self._program[ix], np.zeros(len(ix))
        for row, plan in enumerate(self._plans):
            levels[rows == row] = plan.at(late_us[rows == row])
        return levels

    def _steady_span(self, now_us: int) -> tuple[int, int]:
        """Tell until when no lamp's level can change, so that quiet hours cost nothing."""
        breaks = np.concatenate([plan.breaks_us for plan in self._plans])
        ends = (self._day + 1) * DAY_US
        if (np.abs(breaks - now_us) <= self._widest_us).any():
            return (0, 0)
        coming = breaks[breaks > now_us]
        return (now_us, min([ends, *(int(at) - self._widest_us for at in coming)]))


def _program_of(one: LampProgram) -> Program:
    """Read a program as it came over the air; its hours are never dimmed when they are equal."""
    begin, end = (time(minutes // 60, minutes % 60) for minutes in (one.dim_from_min, one.dim_until_min))
    return Program("", one.on_elevation_deg, one.full_percent, one.dim_percent, begin, end)
