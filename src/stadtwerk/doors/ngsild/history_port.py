"""What the NGSI-LD door needs of whoever keeps entities' pasts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Protocol

from stadtwerk.context.entities.document import Instance
from stadtwerk.context.entities.holdings import Holdings
from stadtwerk.context.temporal.past import Ended
from stadtwerk.context.temporal.told import Edit, Place
from stadtwerk.context.temporal.tracks import Past
from stadtwerk.context.temporal.writing import Evolution


class History(Protocol):
    """Keeps what every write told, and what was told about the past; knows entities by their numbers."""

    def ended(self, holdings: Holdings) -> dict[str, Ended]:
        """Return the entities of a tenant that only history knows, by id."""
        ...

    async def recall(self, numbers: Sequence[int]) -> list[Past]:
        """Return entities' histories."""
        ...

    async def instances(self, places: Iterable[Place]) -> dict[Place, Instance]:
        """Return instances by their places; those that are gone by now are missing."""
        ...

    def tell(self, holdings: Holdings, told: Evolution, now_us: int) -> bool:
        """Add to an entity's past; return whether it had none before."""
        ...

    def end_attributes(self, number: int, instances: dict[str, list[Instance]], now_us: int) -> None:
        """Record the end of attributes of an entity that only history knows."""
        ...

    async def rewrite(
        self, number: int, edit: Edit, *, place: Place | None = None, more: Collection[Instance] = ()
    ) -> None:
        """Change instances of an entity's past; durable when it returns."""
        ...

    async def forget(self, holdings: Holdings, entity_id: str, number: int, now_us: int) -> None:
        """Drop an entity's past; durable when it returns."""
        ...

    async def copy(self, source: Holdings, into: Holdings) -> None:
        """Tell the past of all that holdings know of others, too, which have the same entities already."""
        ...
