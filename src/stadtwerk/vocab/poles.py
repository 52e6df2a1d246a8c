"""The published language of shared poles: slots and what is on them, what may be asked, what happens, what is told."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from stadtwerk.kernel.entity import Attribute, EntityType
from stadtwerk.kernel.limits import REASON_CHARS

Id = Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern="^[0-9A-Za-z][0-9A-Za-z._-]*$")]
Holder = Annotated[str, msgspec.Meta(min_length=1, max_length=80, pattern=r"^\S.*$")]
Reason = Annotated[str, msgspec.Meta(max_length=REASON_CHARS)]
Slot = Literal["top", "upper", "lower", "base"]
Kind = Literal["cell", "access-point", "charger", "sensor"]
Payer = Literal["holder", "city"]
Lon = Annotated[float, msgspec.Meta(ge=-180, le=180)]
Lat = Annotated[float, msgspec.Meta(ge=-90, le=90)]

SHARED_MAX = 20_000
"""Most poles of one city with something on them, now or before."""
ENDED_MAX = 50
"""What a pole remembers of what was on it; the journal has all."""
RESERVE_DAYS = 731
"""Longest reservation: a site that nobody builds on is somebody else's."""

Watts = Annotated[float, msgspec.Meta(ge=0, le=25_000)]
Kilograms = Annotated[float, msgspec.Meta(ge=0, le=500)]
SquareMetres = Annotated[float, msgspec.Meta(ge=0, le=10)]
Euros = Annotated[float, msgspec.Meta(ge=0, le=100_000)]


class Attachment(msgspec.Struct, frozen=True):
    """Something of somebody's on a slot: what it takes of the pole, who pays, and since when and until when."""

    id: str
    slot: str
    kind: str
    holder: str
    power_w: float
    mass_kg: float
    wind_area_m2: float
    rent_eur_year: float
    energy_paid_by: str
    reserved_at_us: int
    until_us: int
    """End of the reservation; it counts no longer then, unless the slot is in use."""
    in_use_at_us: int = 0
    """When it was put up, 0 = only reserved."""
    ended_at_us: int = 0
    """When it was given back, 0 = not."""

    def holds(self, now_us: int) -> bool:
        """Tell whether the slot is taken by it now."""
        return not self.ended_at_us and (self.in_use_at_us > 0 or now_us < self.until_us)


class SharedPole(msgspec.Struct, frozen=True):
    """A pole that carries or carried more than light, oldest attachment first."""

    id: str
    attachments: tuple[Attachment, ...] = ()


class ReserveSlot(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Keep a slot of a pole for somebody until a time: what will hang there, what it takes, and who pays."""

    pole: Id
    slot: Slot
    kind: Kind
    holder: Holder
    until: Annotated[str, msgspec.Meta(max_length=40, extra_json_schema={"format": "date-time"})]
    power_w: Watts
    mass_kg: Kilograms
    wind_area_m2: SquareMetres
    rent_eur_year: Euros = 0.0
    energy_paid_by: Payer = "holder"
    reason: Reason = ""


class AssignSlot(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Say that what a slot was reserved for is up and at work: rent and energy count from now."""

    pole: Id
    slot: Slot
    holder: Holder
    reason: Reason = ""


class ReleaseSlot(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Give a slot back: the reservation ends, or the thing was taken down."""

    pole: Id
    slot: Slot
    reason: Reason = ""


COMMANDS: dict[str, type[ReserveSlot | AssignSlot | ReleaseSlot]] = {
    "poles.reserve-slot": ReserveSlot,
    "poles.assign-slot": AssignSlot,
    "poles.release-slot": ReleaseSlot,
}

RESERVED, ASSIGNED, RELEASED = "poles.reserved", "poles.assigned", "poles.released"
"""What happens to a slot, as the journal writes it; the subject is the pole."""

POLE = EntityType(
    "SharedPole",
    "A street light pole that carries more than light",
    (
        Attribute("location", "GeoProperty", None, "Where it stands"),
        Attribute("streetPoleNum", "Property", None, "Number of the pole"),
        Attribute("height", "Property", "MTR", "Height of its light above ground"),
        Attribute("slotsFree", "Property", None, "Slots that are neither reserved nor in use"),
        Attribute("slotsTaken", "Property", None, "Slots that are, and by what kind of thing"),
        Attribute("powerBudget", "Property", "WTT", "Power its supply has for things beside light"),
        Attribute("powerReserved", "Property", "WTT", "Power they are promised"),
        Attribute("massReserved", "Property", "KGM", "Mass they are promised"),
        Attribute("windLoadUse", "Property", None, "Share of the wind moment it can take that they use, 0 to 1"),
        Attribute("refStreetlight", "Relationship", None, "Lamps it carries"),
    ),
)
