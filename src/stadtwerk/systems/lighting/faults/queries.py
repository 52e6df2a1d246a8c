"""The questions about faults: all of them by cause, or one with its night."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Any, Literal

import msgspec

from stadtwerk.kernel.clock import iso
from stadtwerk.kernel.system import Query
from stadtwerk.systems.lighting.faults.decide import fault_named
from stadtwerk.systems.lighting.faults.night import night_view
from stadtwerk.systems.lighting.faults.things import LIVE, Fault
from stadtwerk.systems.lighting.ports import Archive
from stadtwerk.systems.lighting.state import Lighting

FAULTS_SHOWN = 500
"""Most faults one list shows, those with most lamps first."""


class OfFaults(msgspec.Struct, frozen=True):
    """A question about faults: those that are there, those that are over, or all."""

    which: Literal["live", "over", "all"] = "live"


class OfFault(msgspec.Struct, frozen=True):
    """A question about one fault."""

    id: Annotated[str, msgspec.Meta(min_length=1, max_length=32)]


def fault_view(lighting: Lighting, fault: Fault) -> dict[str, Any]:
    """Show a fault as people see it, at its first lamp's place."""
    inventory = lighting.inventory
    row = inventory.row_of[fault.lamps[0]]
    evidence = {"after": "", "before": "", **msgspec.to_builtins(fault.evidence)}
    return {
        "id": fault.id,
        "kind": fault.kind,
        "cause": fault.cause,
        "entity": fault.entity,
        "phase": f"L{fault.phase + 1}" if fault.phase >= 0 else "",
        "lamps": list(fault.lamps),
        "lamp_count": fault.lamp_count,
        "state": fault.state,
        "since": iso(fault.since_us),
        "changed_at": iso(fault.changed_at_us) if fault.changed_at_us else None,
        "changed_by": fault.changed_by,
        "reason": fault.reason,
        "evidence": evidence,
        "job_id": fault.job_id,
        "can_undo": fault.before is not None,
        "street": inventory.streets.names[int(inventory.streets.of_lamp[row])],
        "lon": float(inventory.lon[row]),
        "lat": float(inventory.lat[row]),
    }


def _faults(lighting: Lighting, archive: Archive, asked: OfFaults, now_us: int) -> dict[str, Any]:
    kept = list(lighting.faults.kept)
    wanted = {"live": (True,), "over": (False,), "all": (True, False)}[asked.which]
    listed = sorted(
        (one for one in kept if (one.state in LIVE) in wanted), key=lambda one: (-one.lamp_count, one.number)
    )
    return {
        "total": len(listed),
        "states": dict(Counter(one.state for one in kept)),
        "causes": dict(Counter(one.cause for one in listed)),
        "faults": [fault_view(lighting, one) for one in listed[:FAULTS_SHOWN]],
    }


def _fault(lighting: Lighting, archive: Archive, asked: OfFault, now_us: int) -> dict[str, Any]:
    return fault_view(lighting, fault_named(lighting.faults, asked.id))


def _night(lighting: Lighting, archive: Archive, asked: OfFault, now_us: int) -> dict[str, Any]:
    return night_view(lighting, archive, fault_named(lighting.faults, asked.id))


QUERIES = (
    Query("/lighting/faults", "Faults found by measurement, those that take most lamps first", OfFaults, _faults),
    Query("/lighting/faults/{id}", "One fault", OfFault, _fault),
    Query("/lighting/faults/{id}/night", "A fault's lamp: measured and expected power of the night", OfFault, _night),
)
