"""What the record tells of luminaires' lives: when each was hung, since when it is watched, when it was mended."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from stadtwerk.kernel.clock import US
from stadtwerk.systems.lighting.engine.faults.fleet import Mask, Rows, Values
from stadtwerk.systems.lighting.engine.survival import Lives
from stadtwerk.systems.lighting.faults.things import CAUSE_OF, Fault
from stadtwerk.systems.lighting.state import Lighting
from stadtwerk.systems.lighting.works.things import Job

ENDS = frozenset(kind for kind, cause in CAUSE_OF.items() if cause in ("light", "driver"))
"""Faults that end a life: a part of the luminaire has to be replaced."""
RENEWS = frozenset(("repaired", "replaced"))
"""Results after which a luminaire counts as new (renewal): what was replaced in it is what wears out."""
SETTLED_D = 7.0
"""What is found within so many days of the first night was there before: no death that anybody saw happen."""
DAYS_A_YEAR = 365.25


@dataclass(frozen=True, slots=True)
class Record:
    """All lives of n lamps that were watched, the row of the lamp of each, and each lamp's age now (n,) years.

    A lamp that waits for its crew has age 0: it will be a new one; `waiting` (n,) tells which do.
    """

    lives: Lives
    row: Rows
    age_y: Values
    waiting: Mask


def record(lighting: Lighting, now_us: int) -> Record:
    """Return the lives of all lamps up to now."""
    inventory, now_d = lighting.inventory, now_us / US / 86_400
    born = np.array(inventory.text["installed_on"], "datetime64[D]").astype(np.float64)
    watched = lighting.learned["watched_since_d"]
    begun, alive = np.maximum(born, watched), np.ones(len(born), np.bool_)
    ended: list[tuple[int, float, float]] = []
    for fault, job in _deaths(lighting):
        died = fault.since_us / US / 86_400
        for row in (inventory.row_of[lamp] for lamp in fault.lamps):
            if alive[row] and died - watched[row] > SETTLED_D and died > begun[row]:
                ended.append((row, begun[row] - born[row], died - born[row]))
            alive[row] = False
            if job and job.result in RENEWS:
                born[row] = begun[row] = job.done_at_us / US / 86_400
                alive[row] = True
    going = np.flatnonzero(alive & (now_d > begun))
    died_row, entry, leave = np.array(ended, np.float64).reshape(-1, 3).T
    lives = Lives(
        np.concatenate([entry, (begun - born)[going]]) / DAYS_A_YEAR,
        np.concatenate([leave, (now_d - born)[going]]) / DAYS_A_YEAR,
        np.arange(len(died_row) + len(going)) < len(died_row),
    )
    age = np.where(alive, np.maximum(now_d - born, 0.0), 0.0) / DAYS_A_YEAR
    return Record(lives, np.concatenate([died_row.astype(np.int64), going]), age, ~alive)


def _deaths(lighting: Lighting) -> Iterator[tuple[Fault, Job | None]]:
    """Go through the faults that ended a life, oldest first; what nobody found and what healed itself is none."""
    for fault in sorted(lighting.faults.kept, key=lambda one: one.since_us):
        job = lighting.works.jobs.get(fault.job_id) if fault.job_id else None
        sure = fault.state in ("confirmed", "job") or (fault.state == "verified" and fault.job_id)
        if fault.kind in ENDS and sure and not (job and job.result == "no-fault-found"):
            yield fault, job
