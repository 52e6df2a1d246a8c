"""What may be ordered of light on demand."""

from __future__ import annotations

from typing import Annotated

import msgspec

from stadtwerk.vocab.lighting import Id, Reason, Target

PerHour = Annotated[float, msgspec.Meta(ge=0, le=1_000)]


class SetPolicy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Light a street, or all streets of a district that can be, on demand: its classes around road users, lower else.

    `steps` is how many classes lower an empty street may be; a change of light takes `fade_s`. The traffic expected an
    hour says which patterns the table is calculated for; what is not in it costs power, never a class.
    """

    target: Target
    steps: Annotated[int, msgspec.Meta(ge=1, le=5)] = 2
    fade_s: Annotated[int, msgspec.Meta(ge=1, le=10)] = 1
    cars: PerHour = 20.0
    cyclists: PerHour = 5.0
    walkers: PerHour = 10.0
    reason: Reason = ""


class EndPolicy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """End light on demand in a street or district: its lamps follow their programs again."""

    target: Target
    reason: Reason = ""


class UndoPolicy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Take the newest step about a street's light on demand back: it is again as it was before."""

    street: Id
    reason: Reason = ""


ORDERS: dict[str, type[msgspec.Struct]] = {
    "lighting.set-policy": SetPolicy,
    "lighting.end-policy": EndPolicy,
    "lighting.undo-policy": UndoPolicy,
}
