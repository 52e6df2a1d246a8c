"""What is true of energy after an event."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from stadtwerk.kernel.journal import Document, Event
from stadtwerk.kernel.limits import NIGHTS_KEPT
from stadtwerk.systems.lighting.energy.state import Energy
from stadtwerk.systems.lighting.energy.things import Account, Signed

ACCOUNTED, SIGNED = "lighting.night-accounted", "lighting.energy-signed"


def evolve(energy: Energy, event: Event) -> Sequence[Document]:
    """Make an event about energy true and return the documents that keep it; the oldest nights give way."""
    if event.kind == SIGNED:
        body = {**event.body, "id": event.subject, "by": event.actor, "at_us": event.at_us}
        return (energy.signed.put(msgspec.convert(body, Signed)),)
    if event.kind != ACCOUNTED:
        return ()
    kept = energy.nights.put(msgspec.convert(event.body, Account))
    surplus = max(len(energy.nights) - NIGHTS_KEPT, 0)
    old = sorted(night.id for night in energy.nights)[:surplus]
    return (kept, *(energy.nights.drop(day) for day in old))
