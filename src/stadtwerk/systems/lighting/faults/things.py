"""What is kept of a fault: what, where, since when, by which measurement, and what becomes of it."""

from __future__ import annotations

from typing import Literal

import msgspec

from stadtwerk.systems.lighting.engine.faults.fleet import FaultKind
from stadtwerk.systems.lighting.works.things import JobKind

FaultState = Literal["suspected", "confirmed", "job", "verified", "dismissed"]
Cause = Literal["light", "driver", "insulation", "inventory", "age", "radio", "control", "cable", "supply"]

LIVE: frozenset[str] = frozenset(("suspected", "confirmed", "job"))
"""States in which the fault is still there as far as anybody knows."""

CAUSE_OF: dict[str, Cause] = {
    "lamp-out": "light",
    "cycling": "light",
    "power-low": "light",
    "power-high": "driver",
    "stuck-dim": "driver",
    "driver-silent": "driver",
    "leakage": "insulation",
    "wrong-watts": "inventory",
    "ageing": "age",
    "clo-end": "age",
    "lamp-silent": "radio",
    "gateway-lost": "radio",
    "day-burner": "control",
    "switching-error": "control",
    "cable-break": "cable",
    "circuit-out": "supply",
    "phase-out": "supply",
    "cabinet-out": "supply",
}
JOB_OF: dict[str, JobKind] = {
    "lamp-out": "lamp",
    "cycling": "lamp",
    "power-low": "lamp",
    "power-high": "lamp",
    "stuck-dim": "lamp",
    "driver-silent": "lamp",
    "leakage": "inspection",
    "lamp-silent": "inspection",
    "day-burner": "day-burner",
    "switching-error": "cabinet",
    "cable-break": "cable",
    "circuit-out": "circuit",
    "phase-out": "cabinet",
    "cabinet-out": "cabinet",
}
"""What a crew is sent for. Wrong watts are mended at a desk, ageing is planned by the year, gateways are radio."""


class Evidence(msgspec.Struct, frozen=True, omit_defaults=True):
    """The measurement that tells it: a value in the unit of `measure`; a cable's last lit and first dark lamp."""

    value: float
    measure: str
    after: str = ""
    before: str = ""


class Fault(msgspec.Struct, frozen=True, omit_defaults=True):
    """One cause: `entity` is the lamp, circuit, cabinet or gateway at fault, `lamps` are those that suffer from it."""

    id: str
    number: int
    kind: FaultKind
    cause: Cause
    entity: str
    lamps: tuple[str, ...]
    lamp_count: int
    state: FaultState
    since_us: int
    evidence: Evidence
    phase: int = -1
    job_id: str = ""
    changed_at_us: int = 0
    changed_by: str = ""
    reason: str = ""
    before: FaultState | None = None
    """The state before a person's newest step, so that it can be taken back once."""

    @property
    def key(self) -> tuple[str, str, int]:
        """Return what makes two faults the same: kind, entity and phase."""
        return self.kind, self.entity, self.phase
