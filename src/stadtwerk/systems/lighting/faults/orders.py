"""What may be ordered about faults."""

from __future__ import annotations

from typing import Annotated

import msgspec

from stadtwerk.systems.lighting.works.orders import SomeReason
from stadtwerk.vocab.lighting import Reason

FaultId = Annotated[str, msgspec.Meta(pattern="^f-[0-9]{6,9}$")]


class ConfirmFault(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Say that a suspected or dismissed fault is real: a crew is sent if its kind wants one."""

    fault: FaultId
    reason: Reason = ""


class DismissFault(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Say that a fault is none: it is not told again while the measurements stay as they are."""

    fault: FaultId
    reason: SomeReason


class UndoFault(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Take a person's newest step about a fault back."""

    fault: FaultId
    reason: Reason = ""


ORDERS: dict[str, type[msgspec.Struct]] = {
    "lighting.confirm-fault": ConfirmFault,
    "lighting.dismiss-fault": DismissFault,
    "lighting.undo-fault": UndoFault,
}
