"""What the NGSI-LD door needs of the context broker behind it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

from stadtwerk.context.entities.change import Changes
from stadtwerk.context.entities.document import Attributes, Entity
from stadtwerk.context.entities.holdings import Holdings, Record
from stadtwerk.context.limits import TEMPORAL_PAGE
from stadtwerk.doors.ngsild.city_past import Archive
from stadtwerk.doors.ngsild.contexts_port import Fetching
from stadtwerk.doors.ngsild.federation_port import Federation
from stadtwerk.doors.ngsild.history_port import History
from stadtwerk.doors.ngsild.notifications_port import Notifications
from stadtwerk.doors.ngsild.snapshots_port import Keeper
from stadtwerk.kernel.access import Principal


class Broker(Protocol):
    """Holds the tenants' entities and commits what changes them."""

    tenants: dict[str, Holdings]

    def hold(self, tenant: str) -> Holdings:
        """Return a tenant's holdings, making them if there are none."""
        ...

    def existing(self, tenant: str) -> Holdings:
        """Return a tenant's holdings; refuses a tenant that does not exist (404)."""
        ...

    def admit(self) -> None:
        """Let a write begin, or refuse it (503) while there is more to do than can be held."""
        ...

    def now_us(self) -> int:
        """Return the present instant, microseconds UTC; never the same twice."""
        ...

    def put(self, holdings: Holdings, after: Entity, changes: Changes, before: Entity | None = None) -> None:
        """Keep an entity as it now is."""
        ...

    def freeze(self, holdings: Holdings, entity: Entity) -> int:
        """Take an entity into a snapshot as it is, of which nobody is told; return its number."""
        ...

    def drop(self, holdings: Holdings, record: Record, at_us: int) -> None:
        """Delete an entity."""
        ...

    def keep(self, holdings: Holdings, kind: str, thing_id: str, body: bytes | None) -> None:
        """Keep a thing of another kind, None to forget it."""
        ...

    def expire(self, most: int = 1_000) -> int:
        """Delete transient entities whose time is over, so many at a time; return how many."""
        ...

    async def durable(self) -> None:
        """Wait until all that is true in memory is on disk."""
        ...


class Devices(Protocol):
    """The city's own entities: they change by commands only."""

    def owns(self, tenant: str, entity_id: str) -> bool:
        """Tell whether an entity is one of the city's own."""
        ...

    async def write(
        self, principal: Principal, entity_id: str, attributes: Attributes
    ) -> tuple[list[str], list[tuple[str, str]]]:
        """Order what is written to a device's attributes; return the commands' ids, and what was left with reasons."""
        ...


class NoDevices:
    """A broker without a city."""

    def owns(self, tenant: str, entity_id: str) -> bool:
        """Tell that nothing is the city's own."""
        return False

    async def write(
        self, principal: Principal, entity_id: str, attributes: Attributes
    ) -> tuple[list[str], list[tuple[str, str]]]:
        """Have nothing to order."""
        return [], []


class Watchers(Notifications, Protocol):
    """Keeps subscriptions to registrations, and tells them of these in the commit in which they come, change or go."""

    def changed(self, holdings: Holdings, before: dict[str, Any] | None, after: dict[str, Any] | None) -> None:
        """Take note; None stands for a registration that was not there before, or no longer is."""
        ...


@dataclass(frozen=True, slots=True)
class Services:
    """What stands behind the door beside the broker; a broker by itself has none of it."""

    devices: Devices = field(default_factory=NoDevices)
    federation: Federation | None = None
    """Other context sources; without it every request is answered from here alone."""
    watchers: Watchers | None = None
    """Whoever delivers notifications of registrations; without it there are no subscriptions to them."""
    history: History | None = None
    """Whoever keeps what was; without it there are no temporal resources."""
    archive: Archive | None = None
    """What the city's own devices told; without it their entities have no past here."""
    page: int = TEMPORAL_PAGE
    """Most instances of one temporal answer."""
    notifications: Notifications | None = None
    """Whoever delivers notifications; without it there are no subscriptions."""
    fetching: Fetching | None = None
    """Whoever fetches @context documents; without it those that lie elsewhere stay there."""
    snapshots: Keeper | None = None
    """Whoever keeps snapshots; without it there are none."""
