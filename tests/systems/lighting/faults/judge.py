"""Holds what the detector found against the script it could not read."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from stadtwerk.systems.lighting.engine.faults.detector import HOLD_NIGHTS, Detector
from stadtwerk.systems.lighting.engine.faults.fleet import Finding, Fleet, Night
from systems.lighting.faults.nights import Event, MadeCity

SUPPLY = frozenset(("gateway-lost", "cabinet-out", "phase-out", "circuit-out", "cable-break"))
WITHIN = 1
"""Nights after the one in which a fault began (or was due) in which it must be found."""


@dataclass
class Verdict:
    """What came out: by kind how many were scripted and found in time, and every job nobody scripted."""

    lamp_nights: int
    scripted: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    late: Counter[str] = field(default_factory=Counter)
    false: Counter[str] = field(default_factory=Counter)
    alarms: list[int] = field(default_factory=list)
    """Jobs for each supply fault."""
    nights_to_detect: list[int] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def recall(self) -> float:
        """Return the share of scripted faults found with their right cause and place, in time."""
        return sum(self.found.values()) / max(sum(self.scripted.values()), 1)

    @property
    def false_per_10k(self) -> float:
        """Return jobs without a scripted cause, for 10,000 lamp-nights."""
        return 1e4 * sum(self.false.values()) / self.lamp_nights

    @property
    def mean_nights(self) -> float:
        """Return how many nights after it was due a fault was found, on average of those in time."""
        return float(np.mean(self.nights_to_detect))


def run(n: int, nights: int, seed: int) -> Verdict:
    """Let the detector see every night of a made city and judge it."""
    city = MadeCity(n, nights, seed)
    fleet = Fleet(
        nominal_w=city.inventory_w,
        driver=city.driver,
        circuit=city.circuit,
        cabinet=city.cabinet,
        phase=city.phase,
        order=city.order,
        gateway=city.gateway,
    )
    detector, verdict = Detector(fleet), Verdict(n * nights)
    jobs: list[tuple[int, Finding]] = []
    quiet: dict[tuple[str, int, int], int] = {}
    for night in range(nights):
        said = city.measure(night)
        narrow = {name: values.astype(np.float32) for name, values in said.items()}
        began = time.process_time()
        found = detector.night(Night(narrow["asked"], narrow["power"], narrow["volts"], narrow["air"], narrow["hours"]))
        verdict.seconds += time.process_time() - began
        for one in found:
            if one.confirmed:
                if quiet.get(one.key, -HOLD_NIGHTS) <= night - HOLD_NIGHTS:
                    jobs.append((night, one))
                quiet[one.key] = night
    _judge(city, jobs, verdict)
    return verdict


def _judge(city: MadeCity, jobs: list[tuple[int, Finding]], verdict: Verdict) -> None:
    by_place: dict[tuple[str, int, int], list[Event]] = {}
    for event in city.script:
        if event.due + WITHIN < city.nights:
            by_place.setdefault((event.kind, event.place, event.phase), []).append(event)
        else:
            by_place.setdefault(("later " + event.kind, event.place, event.phase), []).append(event)
    hits: dict[int, list[int]] = {}
    for night, job in jobs:
        known = by_place.get(job.key, []) + by_place.get(("later " + job.kind, job.place, job.phase), [])
        match = [one for one in known if one.night <= night <= one.until and _same_place(city, one, job)]
        if match:
            hits.setdefault(id(match[-1]), []).append(night)
        else:
            verdict.false[job.kind] += 1
    for (kind, _, _), events in by_place.items():
        for event in events if not kind.startswith("later ") else ():
            verdict.scripted[kind] += 1
            found = hits.get(id(event), [])
            if found and min(found) <= event.due + WITHIN:
                verdict.found[kind] += 1
                verdict.nights_to_detect.append(max(min(found) - event.due, 0))
            else:
                verdict.late[kind] += bool(found)
            if kind in SUPPLY:
                verdict.alarms.append(len(found))
    # A fault told more than once is told falsely the further times.
    for found in hits.values():
        verdict.false["told again"] += len(found) - 1


def _same_place(city: MadeCity, event: Event, job: Finding) -> bool:
    if event.kind != "cable-break":
        return True
    first_dark = int(city.order[job.before])
    return int(city.order[job.after]) <= int(city.order[event.after]) < first_dark
