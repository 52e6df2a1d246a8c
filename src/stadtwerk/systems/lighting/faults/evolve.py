"""What is true of faults after an event, their jobs' events among them."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from msgspec.structs import replace

from stadtwerk.kernel.journal import Document, Event
from stadtwerk.kernel.limits import FAULTS_KEPT
from stadtwerk.systems.lighting.faults.state import Faults
from stadtwerk.systems.lighting.faults.things import LIVE, Fault
from stadtwerk.systems.lighting.works.evolve import OPENED as JOB_OPENED

PREFIX = "lighting.fault-"
FOUND, UNDONE = f"{PREFIX}found", f"{PREFIX}undone"
"""What happens to a fault beside its steps, which are named by the state they lead to."""


def evolve(faults: Faults, event: Event) -> Sequence[Document]:
    """Make an event about a fault, or about the job that mends it, true and return the documents that keep it."""
    if event.kind == FOUND:
        return _found(faults, event)
    if event.kind == JOB_OPENED and (fault := faults.kept.get(event.body.get("fault_id", ""))):
        return (faults.kept.put(_job(fault, event)),)
    if event.kind.startswith(PREFIX) and (fault := faults.kept.get(event.subject)):
        return (faults.kept.put(_changed(fault, event)),)
    return ()


def _found(faults: Faults, event: Event) -> Sequence[Document]:
    kept = faults.kept.put(msgspec.convert(event.body, Fault))
    surplus = len(faults.kept) - FAULTS_KEPT
    old = [fault.id for fault in faults.kept if fault.state not in LIVE][:surplus] if surplus > 0 else []
    return (kept, *(faults.kept.drop(fault_id) for fault_id in old))


def _job(fault: Fault, event: Event) -> Fault:
    return replace(fault, state="job", job_id=event.subject, changed_at_us=event.at_us, before=None)


def _changed(fault: Fault, event: Event) -> Fault:
    return replace(fault, **event.body, changed_at_us=event.at_us, changed_by=event.actor)
