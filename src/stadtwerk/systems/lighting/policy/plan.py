"""A street's policy worked out: levels by pattern, least power by traffic, and the bounds that prove it; seconds.

A street is calculated as a ring of its own fields, as EN 13201-3 takes a street to be endless: beyond an end it is lit
as within. Lamps never go below their level in the empty street, so that nothing far from road users moves.
"""

from __future__ import annotations

from base64 import b64encode
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from stadtwerk.kernel.limits import POLICY_PATTERNS
from stadtwerk.kernel.refusal import Refused
from stadtwerk.systems.lighting.demand import kept_classes, lower_class
from stadtwerk.systems.lighting.engine.adaptive.bound import Solution, Solver, holds
from stadtwerk.systems.lighting.engine.adaptive.certificate import certify_bound
from stadtwerk.systems.lighting.engine.adaptive.demands import Classes
from stadtwerk.systems.lighting.engine.adaptive.failing import mend
from stadtwerk.systems.lighting.engine.adaptive.influence import Influence, influence_of
from stadtwerk.systems.lighting.engine.adaptive.reach import BEHIND
from stadtwerk.systems.lighting.engine.adaptive.report import USERS
from stadtwerk.systems.lighting.engine.adaptive.table import Pattern, Steps, canonical
from stadtwerk.systems.lighting.engine.en13201.classes import family
from stadtwerk.systems.lighting.engine.en13201.photometry import Floats
from stadtwerk.systems.lighting.engine.sections import Section
from stadtwerk.systems.lighting.policy.things import LEVEL_FULL, STATES, Plan, Worked

AIR_MARGIN = 2e-4
"""Planned with so much to spare that rounding to a unit breaks no class: a unit is 1.5e-4 of a level of 10 %."""
DRAWS = 400
"""Moments of traffic drawn to learn which patterns come, and to see what each kind of road user takes."""
RATES = (0.0, 2.0, 10.0, 30.0, 100.0, 300.0, 1_000.0)
"""Road users of one kind an hour at which the least power is known; between them it is interpolated."""


def ahead_fields(spacing_m: float, fade_s: int) -> tuple[int, ...]:
    """Return how many fields ahead each kind of road user needs its class where light takes so long to change."""
    slower = [user.speed_m_s * (fade_s - 1) for user in USERS]
    return tuple(int(np.ceil((user.ahead_m + more) / spacing_m)) for user, more in zip(USERS, slower, strict=True))


def work_out(
    section: Section,
    fields: int,
    asked: tuple[int, int, Sequence[float]],
    dark: Sequence[int],
    about: Mapping[str, Any],
) -> Worked:
    """Calculate a street for (steps, fade s, road users an hour), without its `dark` lamps (numbers in the street).

    Refuses a street whose areas keep no class, and one whose lamps cannot keep it all along.
    """
    steps_down, fade_s, per_hour = asked
    full = kept_classes(section)
    if not full:
        raise Refused.of("unlit-street", "The street has no light to judge", 404, "none of its areas keeps any class")
    low = {area: lower_class(name, steps_down) for area, name in full.items()}
    influence = influence_of(section.street, fields)
    abreast = influence.lamps // fields
    failed = sorted((lamp % abreast) * fields + lamp // abreast for lamp in dark)
    book = _Book(influence, Steps(full, low), ahead_fields(section.street.spacing_m, fade_s))
    patterns, states = book.mended(failed) if failed else book.learnt(per_hour)
    certificates = [
        certify_bound(influence, state.fields, state.solution, {**about, "state": name}, failed=failed)
        for name, state in zip(STATES, states, strict=True)
    ]
    levels = np.concatenate([np.rint(one * LEVEL_FULL) for one in patterns.values()]).astype("<u2")
    total_w = float(influence.power_w.sum())
    plan = Plan(
        full=full,
        low=low,
        missed=tuple(sorted(area for area, name in section.classes.items() if full.get(area) != name)),
        fields=fields,
        rows=abreast,
        spacing_m=section.street.spacing_m,
        patterns=tuple("".join("01"[bit] for bit in bits) for bits in patterns),
        levels=b64encode(levels.tobytes()).decode(),
        anchored=bool(failed),
        bounds=(states[0].solution.bound_w / total_w, states[1].solution.bound_w / total_w),
        rates=RATES,
        curves=tuple(book.curve(kind) for kind in range(len(USERS))),
        delivered=(_lowest(states[0].fields, full), _lowest(states[1].fields, full)),
    )
    return Worked(plan, tuple(certificates))


@dataclass(frozen=True, slots=True)
class _State:
    """A state that is certified: what each field keeps, levels and bound."""

    fields: Sequence[Classes]
    solution: Solution


@dataclass(slots=True)
class _Book:
    """Levels and bounds of one ring, found as they are needed."""

    influence: Influence
    steps: Steps
    ahead: tuple[int, ...]
    _bare: Solver = field(init=False)
    _bounds: dict[bytes, Solution] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._bare = Solver(self.influence)

    def learnt(self, per_hour: Sequence[float]) -> tuple[dict[bytes, Floats], list[_State]]:
        """Return levels of all single runs and of what comes most often besides; and both states to be certified."""
        n = self.influence.fields
        runs = [canonical(np.arange(n) < length)[0] for length in range(n + 1)]
        seen = Counter(canonical(pattern)[0] for pattern in self._moments(per_hour, DRAWS))
        wanted = dict.fromkeys([*runs, *(bits for bits, _ in seen.most_common(POLICY_PATTERNS))])
        ends = {bits: self._even(bits) for bits in (runs[0], runs[n])}
        calm = Solver(self.influence, AIR_MARGIN, low=ends[runs[0]])
        levels: dict[bytes, Floats] = {}
        for bits in list(wanted)[: max(POLICY_PATTERNS, n + 1)]:
            found = ends[bits] if bits in ends else _levels(calm.solve(self._fields(bits)))
            if found is not None and holds(self.influence, self._fields(bits), _on_air(found)):
                levels[bits] = found
        if not set(runs) <= levels.keys():
            raise Refused.field("classes", "the lamps cannot keep the class; have the street judged instead")
        states = [
            _State(self._fields(bits), self._proved(_on_air(levels[bits]), self._bound(bits)))
            for bits in (runs[0], runs[n])
        ]
        return levels, states

    def mended(self, failed: Sequence[int]) -> tuple[dict[bytes, Floats], list[_State]]:
        """Return the two states of a street with lamps out: empty and full as well as the others can."""
        n, levels, states = self.influence.fields, {}, []
        high = np.ones(self.influence.lamps)
        high[list(failed)] = 0.0
        for bits, classes in ((bytes(n), self.steps.low), (b"\1" * n, self.steps.full)):
            mended = mend(self.influence, [classes] * n, failed, AIR_MARGIN)
            found = Solver(self.influence, high=high).solve(mended.delivered)
            if found is None:
                raise Refused.field("classes", "what the fields miss could not be found")
            levels[bits] = mended.levels
            states.append(_State(mended.delivered, self._proved(_on_air(mended.levels), found)))
        return levels, states

    def curve(self, kind: int) -> tuple[float, ...]:
        """Return the mean level, at least, that a kind of road user alone takes at each of RATES; never falling."""
        found = []
        for rate in RATES:
            per_hour = [rate if other == kind else 0.0 for other in range(len(USERS))]
            draws = self._moments(per_hour, DRAWS if rate else 1)
            found.append(float(np.mean([self._longest_w(pattern) for pattern in draws])))
        shares = np.maximum.accumulate(np.array(found) / self.influence.power_w.sum())
        return tuple(round(float(share), 6) for share in shares)

    def _fields(self, bits: bytes) -> list[Classes]:
        return [self.steps.full if full else self.steps.low for full in bits]

    def _even(self, bits: bytes) -> Floats:
        """Return levels for equal classes everywhere: the mean of all turns of the cheapest, which is as cheap."""
        found = Solver(self.influence, AIR_MARGIN).solve(self._fields(bits))
        if found is None:
            raise Refused.field("classes", "the lamps cannot keep the class; have the street judged instead")
        n = self.influence.fields
        return np.repeat(found.levels.reshape(-1, n).mean(axis=1), n)

    def _bound(self, bits: bytes) -> Solution:
        """Return the least power of a pattern with its proof."""
        if bits not in self._bounds:
            found = self._bare.solve(self._fields(bits))
            if found is None:
                raise Refused.field("classes", "the lamps cannot keep the class; have the street judged instead")
            self._bounds[bits] = found
        return self._bounds[bits]

    def _proved(self, levels: Floats, found: Solution) -> Solution:
        power_w = float(self.influence.power_w @ levels)
        return Solution(levels, power_w, found.bound_w, found.rows, found.multipliers)

    def _longest_w(self, pattern: Pattern) -> float:
        """Return a bound of a pattern: that of its longest run, since more of the full class never takes less."""
        n = self.influence.fields
        edges = np.flatnonzero(np.diff(np.concatenate([[False], pattern, [False]])))
        longest = int((edges[1::2] - edges[::2]).max(initial=0))
        return self._bound(canonical(np.arange(n) < longest)[0]).bound_w

    def _moments(self, per_hour: Sequence[float], count: int) -> list[Pattern]:
        """Draw which fields of the street, not of a ring, need the full class at moments far apart."""
        street, n = self.influence.street, self.influence.fields
        rng, found = np.random.default_rng(1), []
        for _ in range(count):
            pattern = np.zeros(n, np.bool_)
            for user, rate, ahead in zip(USERS, per_hour, self.ahead, strict=True):
                for place in rng.integers(0, n, rng.poisson(rate / 3600.0 * n * street.spacing_m / user.speed_m_s)):
                    back = street.two_way and rng.random() < 0.5
                    low, high = (ahead, BEHIND) if back else (BEHIND, ahead)
                    pattern[max(place - low, 0) : place + high + 1] = True
            found.append(pattern)
        return found


def _levels(found: Solution | None) -> Floats | None:
    return None if found is None else found.levels


def _on_air(levels: Floats) -> Floats:
    """Return levels as lamps get them."""
    return np.asarray(np.rint(levels * LEVEL_FULL) / LEVEL_FULL)


def _lowest(fields: Sequence[Classes], areas: Mapping[str, str]) -> dict[str, str]:
    """Return the lowest class of each area over all fields, "" = none."""
    found = {}
    for area, name in areas.items():
        names = [*family(name[0]), ""]
        found[area] = max((classes.get(area, "") for classes in fields), key=names.index)
    return found
