"""What is allowed with faults: an order about one becomes an event, or a refusal."""

from __future__ import annotations

from typing import Any

from stadtwerk.kernel.command import Order, ruled
from stadtwerk.kernel.journal import Event
from stadtwerk.kernel.refusal import Refused
from stadtwerk.systems.lighting.faults.evolve import PREFIX, UNDONE
from stadtwerk.systems.lighting.faults.orders import ConfirmFault, UndoFault
from stadtwerk.systems.lighting.faults.state import Faults
from stadtwerk.systems.lighting.faults.things import Fault

CONFIRMS = frozenset(("suspected", "dismissed"))
DISMISSES = frozenset(("suspected", "confirmed"))
"""States from which a person may confirm or dismiss; a fault with a job goes with its job."""


def decide(faults: Faults, order: Order, now_us: int) -> list[Event]:
    """Return the events of an order about a fault."""
    content: Any = order.content

    def step() -> tuple[str, list[Event]]:
        fault = fault_named(faults, content.fault)
        kind, body = _step(fault, content)
        return fault.id, [Event(now_us, kind, fault.id, order.actor, order.id, {**body, "reason": content.reason})]

    return ruled(order, now_us, step, content.fault)


def fault_named(faults: Faults, fault_id: str) -> Fault:
    """Return a fault; refuses an unknown one (404)."""
    no = f"no fault {fault_id!r} in this city"
    return faults.kept.named(fault_id, Refused.of("unknown-fault", "There is no such fault", 404, no))


def _step(fault: Fault, content: Any) -> tuple[str, dict[str, Any]]:
    if isinstance(content, UndoFault):
        if fault.before is None:
            raise Refused.of("nothing-to-undo", "There is nothing to take back", 409, f"{fault.id} is {fault.state}")
        return UNDONE, {"state": fault.before, "before": None}
    confirms = isinstance(content, ConfirmFault)
    if fault.state not in (CONFIRMS if confirms else DISMISSES):
        raise Refused.of("fault-state", "The fault is in another state", 409, f"{fault.id} is {fault.state}")
    state = "confirmed" if confirms else "dismissed"
    return PREFIX + state, {"state": state, "before": fault.state}
