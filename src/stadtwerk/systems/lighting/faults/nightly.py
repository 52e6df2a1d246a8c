"""What a night's findings make of the faults that are known: new ones, surer ones, and those that are over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from stadtwerk.kernel.journal import Event
from stadtwerk.kernel.limits import FAULTS_A_NIGHT, JOB_LAMPS
from stadtwerk.systems.lighting.engine.faults.detector import HOLD_NIGHTS
from stadtwerk.systems.lighting.engine.faults.fleet import Finding, Mask
from stadtwerk.systems.lighting.faults.evolve import FOUND, PREFIX
from stadtwerk.systems.lighting.faults.things import CAUSE_OF, JOB_OF, Evidence, Fault
from stadtwerk.systems.lighting.inventory import Inventory
from stadtwerk.systems.lighting.state import Lighting

ACTOR = "measurement"
CIRCUITS = frozenset(("cable-break", "circuit-out"))
CABINETS = frozenset(("cabinet-out", "phase-out", "switching-error"))


def morning(lighting: Lighting, findings: Sequence[Finding], heard: Mask, now_us: int) -> list[Event]:
    """Return what a night's findings change; of lamps not `heard` (n,) nothing is over."""
    standing = lighting.faults.standing()
    events: list[Event] = []
    tonight = {}
    number = lighting.faults.next_number()
    for finding in findings:
        fault = _fault(lighting, finding, number, now_us)
        tonight[fault.key] = finding
        known = standing.get(fault.key)
        if known is None and len(events) < FAULTS_A_NIGHT:
            events.append(_event(now_us, FOUND, fault.id, msgspec.to_builtins(fault)))
            number += 1
        elif known and known.state == "suspected" and finding.confirmed:
            events.append(_to(now_us, known, "confirmed"))
    gone = [fault for key, fault in standing.items() if key not in tonight]
    unseen = lighting.faults.unseen
    lighting.faults.unseen = Counter({fault.id: unseen[fault.id] + 1 for fault in gone})
    events += [_to(now_us, fault, "verified") for fault in gone if _over(lighting, fault, heard)]
    return events


def done_again(lighting: Lighting, findings: Sequence[Finding]) -> list[Fault]:
    """Return the faults whose job is done and that the night found all the same."""
    keys = {(one.kind, entity_of(lighting, one), one.phase) for one in findings}
    return [fault for fault in lighting.faults.kept if fault.key in keys and job_state(lighting, fault) == "done"]


def job_state(lighting: Lighting, fault: Fault) -> str:
    """Return the state of a fault's job, empty without one."""
    job = lighting.works.jobs.get(fault.job_id) if fault.job_id else None
    return job.state if job else ""


def entity_of(lighting: Lighting, finding: Finding) -> str:
    """Return the id of what is at fault."""
    if finding.kind in CIRCUITS:
        return lighting.inventory.circuits.ids[finding.place]
    if finding.kind in CABINETS:
        return lighting.supply.cabinet_ids[finding.place]
    if finding.kind == "gateway-lost":
        return lighting.supply.gateway_ids[finding.place]
    return lighting.inventory.ids[finding.place]


def _fault(lighting: Lighting, finding: Finding, number: int, now_us: int) -> Fault:
    ids = lighting.inventory.ids
    return Fault(
        id=f"f-{number:06d}",
        number=number,
        kind=finding.kind,
        cause=CAUSE_OF[finding.kind],
        entity=entity_of(lighting, finding),
        lamps=tuple(ids[row] for row in finding.lamps[:JOB_LAMPS]),
        lamp_count=len(finding.lamps),
        state="confirmed" if finding.confirmed else "suspected",
        since_us=now_us,
        evidence=Evidence(
            finding.value,
            finding.measure,
            _named(lighting.inventory, finding.after),
            _named(lighting.inventory, finding.before),
        ),
        phase=finding.phase,
    )


def _named(inventory: Inventory, row: int) -> str:
    return inventory.ids[row] if row >= 0 else ""


def _over(lighting: Lighting, fault: Fault, heard: Mask) -> bool:
    """Tell whether a fault that was not found is over: at once after its job, else after some nights."""
    rows = [lighting.inventory.row_of[lamp] for lamp in fault.lamps if lamp in lighting.inventory.row_of]
    if not heard[rows].any():
        return False
    nights = 1 if fault.state == "suspected" or job_state(lighting, fault) == "done" else HOLD_NIGHTS
    return lighting.faults.unseen[fault.id] >= nights


def _to(now_us: int, fault: Fault, state: str) -> Event:
    return _event(now_us, PREFIX + state, fault.id, {"state": state, "before": None, "reason": ""})


def _event(now_us: int, kind: str, subject: str, body: dict[str, Any]) -> Event:
    return Event(now_us, kind, subject, ACTOR, ACTOR, body)


def wants_job(lighting: Lighting) -> Iterator[Fault]:
    """Go through the confirmed faults that want a crew and whose first lamp no job mends yet."""
    mended = {lamp for job in lighting.works.live_jobs() for lamp in job.lamps}
    for fault in lighting.faults.kept:
        if fault.state == "confirmed" and fault.kind in JOB_OF and fault.lamps[0] not in mended:
            yield fault
