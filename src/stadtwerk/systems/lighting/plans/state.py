"""Which program each lamp has at an instant: the plans with their versions, and who was to follow which since when."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

import numpy as np

from stadtwerk.kernel.command import unpack_rows
from stadtwerk.kernel.journal import Document
from stadtwerk.kernel.observation import Rows, Values
from stadtwerk.kernel.things import Things
from stadtwerk.systems.lighting.engine.program import Rule, place_of, program_percent, rule_of
from stadtwerk.systems.lighting.inventory import Indices, Inventory
from stadtwerk.systems.lighting.plans.nights import holidays_of, night_of, program_of
from stadtwerk.systems.lighting.plans.things import Assignment, Calendar, Plan, Program, Version

K = TypeVar("K")
V = TypeVar("V")

CITY = "city"
"""Who made the first version of a program that stands in city.json."""
REMEMBERED = 16
"""Instants whose programs are at hand: tonight's, and those around the newest changes."""


@dataclass(frozen=True, slots=True)
class Followed:
    """Which plan each lamp follows: `of_lamp` (n,) are places in `ids`."""

    ids: tuple[str, ...]
    of_lamp: Indices

    def rows(self, plan_id: str) -> Rows:
        """Return the rows of the lamps that follow a plan."""
        if plan_id not in self.ids:
            return np.zeros(0, np.int32)
        return np.flatnonzero(self.of_lamp == self.ids.index(plan_id)).astype(np.int32)


@dataclass(frozen=True, slots=True)
class InForce:
    """Which program each lamp has: `of_lamp` (n,) are places in `ids` and `rules`, unused programs left out."""

    ids: tuple[str, ...]
    rules: tuple[Rule, ...]
    of_lamp: Indices


class Plans:
    """All programs, calendars and assignments; the programs of city.json are first versions."""

    def __init__(self, inventory: Inventory) -> None:
        self.inventory, self.place = inventory, place_of(inventory.city)
        self.holidays = holidays_of(inventory.city)
        self.kept = Things("lighting.plans", Plan)
        self.assignments = Things("lighting.assignments", Assignment)
        for name, program in inventory.city["programs"].items():
            self.kept.put(Plan(name, (Version(1, 0, CITY, program.get("title", name), self.factory(name)),)))
        self._rows: dict[str, Rows] = {}
        self._changes: tuple[int, list[int]] = (-1, [])
        self._followed: dict[tuple[int, int], Followed] = {}
        self._in_force: dict[tuple[int, int, date], InForce] = {}

    def recall(self, documents: Iterable[Document]) -> None:
        """Take up what was decided before this start."""
        kept = list(documents)
        self.kept.recall(kept)
        self.assignments.recall(kept)

    def followed(self, at_us: int) -> Followed:
        """Tell which plan each lamp follows at an instant."""
        step = self.step(at_us)
        found = self._followed.get(step)
        if found is None:
            found = self._follow(at_us)
            self._followed = {**_some(self._followed), step: found}
        return found

    def in_force(self, at_us: int) -> InForce:
        """Tell which program each lamp has at an instant: the one answer for all who expect light of a lamp."""
        key = (*self.step(at_us), night_of(at_us, self.place.zone))
        found = self._in_force.get(key)
        if found is None:
            found = self._programs(self.followed(at_us), at_us, key[2])
            self._in_force = {**_some(self._in_force), key: found}
        return found

    def expected_percent(self, now_us: int) -> Values:
        """Return what each lamp's program asks for, (n,) percent."""
        now = self.in_force(now_us)
        levels = np.array([program_percent(rule, self.place, now_us) for rule in now.rules])
        return np.asarray(levels[now.of_lamp])

    def expected_over(self, times_us: Sequence[int]) -> tuple[Values, Indices]:
        """Return what programs ask for at times (m,): levels (k, m) percent, and each lamp's place (n,) in them."""
        then = [self.in_force(at_us) for at_us in times_us]
        groups = np.zeros(len(self.inventory), np.int64)
        for one in {id(found): found for found in then}.values():
            groups = np.unique(groups * len(one.rules) + one.of_lamp, return_inverse=True)[1]
        lamps = np.unique(groups, return_index=True)[1].tolist()
        levels = [[self.percent_of(lamp, at_us) for at_us in times_us] for lamp in lamps]
        return np.array(levels), groups.astype(np.int32)

    def percent_of(self, row: int, at_us: int) -> float:
        """Return what one lamp's program asks for at an instant, percent."""
        then = self.in_force(at_us)
        return program_percent(then.rules[int(then.of_lamp[row])], self.place, at_us)

    def extremes(self, at_us: int) -> tuple[Values, Values]:
        """Return the least and the most light that each lamp's plan asks for in any night, (n,) percent."""
        followed = self.followed(at_us)
        spans = np.array([self.levels_of(plan_id, at_us) for plan_id in followed.ids])
        return np.asarray(spans[followed.of_lamp, 0]), np.asarray(spans[followed.of_lamp, 1])

    def levels_of(self, plan_id: str, at_us: int) -> tuple[float, float]:
        """Return the least and the most light of a plan's programs, percent."""
        levels = [program.levels() for program in self.programs_of(plan_id, at_us)]
        return min(low for low, _ in levels), max(high for _, high in levels)

    def programs_of(self, plan_id: str, at_us: int) -> tuple[Program, ...]:
        """Return the programs of a plan at an instant: itself, or those its calendar names, the default first."""
        content = self.content(plan_id, at_us)
        names = content.programs() if isinstance(content, Calendar) else (plan_id,)
        return tuple(self.program(name, at_us) for name in names)

    def program(self, program_id: str, at_us: int) -> Program:
        """Return what a program says at an instant."""
        content = self.content(program_id, at_us)
        if not isinstance(content, Program):
            raise TypeError(f"{program_id} is no program")
        return content

    def factory(self, program_id: str) -> Program:
        """Return what a program of the city's folder says: lamps know it before they are told anything."""
        return Program(*rule_of(self.inventory.city["programs"][program_id]))

    def naming(self, program_id: str) -> list[str]:
        """Return the calendars that name a program now."""
        now = ((plan.id, plan.now()) for plan in self.kept)
        live = ((plan_id, one.content) for plan_id, one in now if one and not one.retired)
        return [name for name, content in live if isinstance(content, Calendar) and program_id in content.programs()]

    def newest_assignment(self) -> Assignment | None:
        """Return the newest assignment that was not taken back."""
        return next((one for one in sorted(self.assignments, key=_oldest, reverse=True) if not one.undone_us), None)

    def without(self, newest: Assignment, now_us: int) -> tuple[str, ...]:
        """Return the plans that an assignment's lamps would follow if it were taken back."""
        rows = self._rows_of(newest)
        before = self._follow(now_us, newest.number)
        return tuple(before.ids[place] for place in np.unique(before.of_lamp[rows]).tolist())

    def in_use(self) -> int:
        """Count the assignments that some lamp follows now."""
        return len(self._ruling())

    def surplus(self, n: int) -> list[str]:
        """Return the ids of the n oldest assignments that no lamp follows any more."""
        ruling = self._ruling()
        return [one.id for one in sorted(self.assignments, key=_oldest) if one.number not in ruling][: max(n, 0)]

    def _ruling(self) -> set[int]:
        """Return the numbers of the assignments that some lamp follows now."""
        last = np.zeros(len(self.inventory), np.int64)
        for one in sorted(self.assignments, key=_oldest):
            if not one.undone_us:
                last[self._rows_of(one)] = one.number
        return set(np.unique(last).tolist()) - {0}

    def step(self, at_us: int) -> tuple[int, int]:
        """Return a mark of what was decided up to an instant, as all that is known now tells."""
        mark, changes = self._changes
        if mark != (now := self.kept.version + self.assignments.version):
            steps = [one for plan in self.kept for one in plan.versions] + list(self.assignments)
            changes = sorted({at for step in steps for at in (step.at_us, step.undone_us) if at})
            mark, self._changes = now, (now, changes)
        return mark, bisect_right(changes, at_us)

    def content(self, plan_id: str, at_us: int) -> Program | Calendar:
        """Return what a plan says at an instant."""
        plan = self.kept.get(plan_id)
        if plan is None:
            raise LookupError(f"there is no plan {plan_id}")
        return (plan.at(at_us) or plan.versions[0]).content

    def _follow(self, at_us: int, before: int | None = None) -> Followed:
        inventory = self.inventory
        ids, of_lamp = list(inventory.program_ids), inventory.program.copy()
        for one in sorted(self.assignments, key=_oldest):
            if one.holds(at_us) and (before is None or one.number < before):
                ids += [one.plan] if one.plan not in ids else []
                of_lamp[self._rows_of(one)] = ids.index(one.plan)
        used = np.unique(of_lamp)
        places = np.zeros(len(ids), np.int32)
        places[used] = np.arange(len(used))
        return Followed(tuple(ids[place] for place in used.tolist()), places[of_lamp])

    def _programs(self, followed: Followed, at_us: int, night: date) -> InForce:
        names = [self._ruling_program(plan_id, at_us, night) for plan_id in followed.ids]
        ids = tuple(dict.fromkeys(names))
        places = np.array([ids.index(name) for name in names], np.int32)
        rules = tuple(self.program(name, at_us).rule() for name in ids)
        return InForce(ids, rules, places[followed.of_lamp])

    def _ruling_program(self, plan_id: str, at_us: int, night: date) -> str:
        content = self.content(plan_id, at_us)
        return program_of(content, night, self.holidays) if isinstance(content, Calendar) else plan_id

    def _rows_of(self, one: Assignment) -> Rows:
        if one.id not in self._rows:
            self._rows[one.id] = unpack_rows(one.rows)
        return self._rows[one.id]


def _oldest(one: Assignment) -> int:
    return one.number


def _some(known: dict[K, V]) -> dict[K, V]:
    """Return what is known, or nothing when that is enough."""
    return known if len(known) < REMEMBERED else {}
