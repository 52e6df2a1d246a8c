"""Light on demand with detectors that miss, invent and delay: classes missed, energy beside the true traffic's bound.

    python bench/live.py [--json] [--hours N] [--seeds N]

The brief's street, 20 fields of 35 m, M4 around road users and M6 elsewhere, lit by the table that a policy sends,
moved by the twin's local group. Each second the light reached is held, without tolerance, against what the road users
who are really there need to see; the bound is that of their true pattern. Perfect detectors run beside the twin's.
"""

from __future__ import annotations

import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # one core is one core

import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path[:0] = [str(Path(__file__).parent)]
from figure import publish
from stadtwerk.app.policy_radio import table_of
from stadtwerk.kernel.clock import US
from stadtwerk.systems.lighting.engine.adaptive.bound import Solver, holds
from stadtwerk.systems.lighting.engine.adaptive.influence import influence_of
from stadtwerk.systems.lighting.engine.adaptive.reach import FADE_S, TICK_S
from stadtwerk.systems.lighting.engine.adaptive.report import USERS
from stadtwerk.systems.lighting.engine.adaptive.table import Steps, canonical
from stadtwerk.systems.lighting.engine.en13201.generated import generated_luminaire
from stadtwerk.systems.lighting.engine.en13201.street import Row, Street
from stadtwerk.systems.lighting.engine.en13201.surface import surface
from stadtwerk.systems.lighting.engine.sections import Section
from stadtwerk.systems.lighting.policy.live import least_level
from stadtwerk.systems.lighting.policy.plan import work_out
from stadtwerk.twin.groups import levels_of
from stadtwerk.twin.presence import DetectorFigures, Detectors, Presence
from stadtwerk.twin.traffic import Traffic, Trips

FIELDS, SPACING_M = 20, 35.0
STREET = Street(
    SPACING_M, 7.0, 2, (Row(generated_luminaire("even", 9_000.0, 70.0), -0.5, 8.0),), surface("R3"), two_way=True
)
SECTION = Section(STREET, {"carriageway": "M4"}, {}, "led", 5.0)
EVENING_US = 1_790_017_200 * US
"""2026-09-21T19:00Z, nine in the evening in the city."""
WARM_S = 60
"""Who is there before the first look is seen in the next field only; these seconds are not judged."""
KINDS_OF = {
    "perfect detectors": DetectorFigures(0.0, 0.0, 0.0, 0.0, 0.0),
    "misses 5 %, false 1 % a minute, delay 0.2-2 s": DetectorFigures(),
    "delay only": DetectorFigures(0.0, 0.0, 0.0),
}


def option(name: str, usual: float) -> float:
    """Return a number from the command line."""
    return float(sys.argv[sys.argv.index(name) + 1]) if name in sys.argv else usual


@dataclass
class Sums:
    """What adds up over the seconds of a run."""

    seconds: int = 0
    present: int = 0
    uncovered: int = 0
    missed: int = 0
    took_w: float = 0.0
    bound_w: float = 0.0


def true_need(trips: Trips, ahead: tuple[int, ...], now_us: int) -> tuple[np.ndarray, list[np.ndarray]]:
    """Return the true pattern, by `ahead` fields as a table has it; and what each road user needs to see right now.

    That is one field behind and all before it as far as stopping sight and 60 m reach, without the way while fading.
    """
    places, needs, pattern = trips.places_m(now_us), [], np.zeros(FIELDS, bool)
    for one in np.flatnonzero((places >= 0) & (places < FIELDS * SPACING_M)):
        place_m, kind, onward = float(places[one]), int(trips.kind[one]), int(trips.onward[one])
        field, user = int(place_m // SPACING_M), USERS[kind]
        sight_m = user.ahead_m - user.speed_m_s * (FADE_S + TICK_S)
        farthest = int((place_m + onward * sight_m) // SPACING_M)
        need = np.zeros(FIELDS, bool)
        need[max(min(field - onward, farthest), 0) : max(field - onward, farthest) + 1] = True
        needs.append(need)
        ends = field - onward, field + onward * ahead[kind]
        pattern[max(min(ends), 0) : max(ends) + 1] = True
    return pattern, needs


class Judge:
    """The plan, the exact bound of any pattern, and whether a state keeps its classes; each found once."""

    def __init__(self) -> None:
        plan = work_out(SECTION, FIELDS, (2, 1, (60.0, 10.0, 15.0)), (), {}).plan
        self.plan, self.table = plan, table_of(plan, 1)
        self.influence, self.steps = influence_of(STREET, FIELDS), Steps(plan.full, plan.low)
        self._solver, self._bounds, self._held = Solver(self.influence), {}, {}

    def bound_w(self, pattern: np.ndarray) -> float:
        """Return the least power of a pattern, W."""
        bits = canonical(pattern)[0]
        if bits not in self._bounds:
            found = self._solver.solve(self.steps.of(np.frombuffer(bits, np.uint8) != 0))
            assert found is not None
            self._bounds[bits] = found.bound_w
        return float(self._bounds[bits])

    def keeps(self, pattern: np.ndarray, levels: np.ndarray) -> bool:
        """Tell whether levels keep the classes that a pattern asks for."""
        key = pattern.tobytes() + levels.tobytes()
        if key not in self._held:
            self._held[key] = holds(self.influence, self.steps.of(pattern), levels)
        return bool(self._held[key])


def evening(judge: Judge, highway: str, figures: DetectorFigures, seed: int, hours: float) -> tuple[Sums, np.ndarray]:
    """Live through an evening by seconds; return sums, and road users an hour as the group counts and noises them."""
    traffic = Traffic((seed, 7), highway, FIELDS * SPACING_M, "Europe/Berlin")
    detectors = Detectors(FIELDS, SPACING_M, figures, np.random.default_rng(seed))
    presence, sums, counts = Presence(FIELDS, SPACING_M), Sums(), np.zeros(3)
    levels = levels_of(judge.table, bytes(FIELDS))[0] / 100
    ahead, seconds = judge.table.ahead, int(hours * 3_600)
    for second in range(seconds):
        now_us = EVENING_US + second * US
        trips = traffic.trips(now_us)
        pattern, each = true_need(trips, ahead, now_us)
        if second >= WARM_S:
            sums.seconds += 1
            sums.present += len(each)
            seen = np.logical_or.reduce(each) if each else np.zeros(FIELDS, bool)
            sums.missed += not judge.keeps(seen, levels)
            sums.uncovered += sum(not judge.keeps(one, levels) for one in each)
            sums.took_w += float(judge.influence.power_w @ levels)
            sums.bound_w += judge.bound_w(pattern)
        for kind in presence.hear(detectors.look(trips, now_us), now_us):
            counts[kind] += 1
        # What is asked now is reached when the next second is judged: lamps fade within one.
        levels = levels_of(judge.table, presence.full(ahead, now_us))[0] / 100
    noise = np.random.default_rng([seed, 1]).geometric(1 - np.exp(-1.0), (2, int(4 * hours), 3)).sum(axis=1)
    return sums, np.maximum(counts + noise[0] - noise[1], 0.0) / hours


def main() -> None:
    """Publish all figures."""
    judge, hours, seeds = Judge(), option("--hours", 3.0), int(option("--seeds", 3))
    always = judge.bound_w(np.ones(FIELDS, bool))
    for highway in ("residential", "tertiary"):
        for name, figures in KINDS_OF.items():
            total, estimates, began = Sums(), [], time.perf_counter()
            for seed in range(1, seeds + 1):
                sums, per_hour = evening(judge, highway, figures, seed, hours)
                for part in vars(total):
                    setattr(total, part, getattr(total, part) + getattr(sums, part))
                estimates.append(float(least_level(judge.plan, per_hour[:, None])[0]))
            what, share = f"{highway}, {name}, {seeds} seeds", 100 / always / total.seconds
            bound = total.bound_w * share
            publish(f"{what}: share of always M4", total.took_w * share, "%", peer="lower bound", peer_value=bound)
            publish(
                f"{what}: points above the bound",
                (total.took_w - total.bound_w) * share,
                "",
                peer="allowed to 60 cars",
                peer_value=1.0,
            )
            publish(
                f"{what}: seconds in which a class is missed",
                100 * total.missed / total.seconds,
                "%",
                peer="road-user-seconds without their light, %",
                peer_value=100 * total.uncovered / max(total.present, 1),
            )
            told = 100 * float(np.mean(estimates)) * judge.influence.power_w.sum() / always
            publish(
                f"{what}: bound as the platform works it out from noised counts",
                told,
                "%",
                peer="exact",
                peer_value=bound,
            )
            print(f"# {what}: {time.perf_counter() - began:.1f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
