"""What one tenant holds in memory: its entities at rest, found by id and by type; and kept things of other kinds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from stadtwerk.context.entities.document import Entity, write_entity


class Record:
    """An entity in its place: number for the store, id, types, and how it was last written out."""

    __slots__ = ("entity", "id", "number", "shown", "types")

    def __init__(self, number: int, entity: Entity) -> None:
        self.number, self.entity = number, entity
        self.id, self.types = entity.id, tuple(entity.type)
        self.shown: tuple[object, bytes] | None = None
        """How it was written out last: for which view, and what; gone with every change."""

    @property
    def row(self) -> bytes:
        """Return the entity as stores have it."""
        return write_entity(self.entity)


@dataclass(slots=True)
class Holdings:
    """The entities of one tenant; `past` gives the numbers of those that are gone but have a history."""

    tenant: str
    by_id: dict[str, Record] = field(default_factory=dict)
    by_type: dict[str, dict[str, Record]] = field(default_factory=dict)
    past: dict[str, int] = field(default_factory=dict)
    version: int = 0
    """Rises with every change."""
    touched: set[str] | None = None
    """Ids of what changed since somebody last looked; None when nobody keeps up with changes."""
    kept: dict[str, dict[str, bytes]] = field(default_factory=dict)
    """Things of other kinds (subscription, registration, context ...), by kind and id, as JSON."""

    def put(self, record: Record) -> None:
        """Take in an entity or what became of it."""
        before = self.by_id.get(record.id)
        if before is not None and before.types != record.types:
            self._forget_types(before)
        self.by_id[record.id] = record
        for name in record.types:
            self.by_type.setdefault(name, {})[record.id] = record
        self.past.pop(record.id, None)
        self.version += 1
        if self.touched is not None:
            self.touched.add(record.id)

    def drop(self, record: Record) -> None:
        """Let an entity go; its history stays."""
        del self.by_id[record.id]
        self._forget_types(record)
        self.past[record.id] = record.number
        self.version += 1
        if self.touched is not None:
            self.touched.add(record.id)

    def number(self, entity_id: str) -> int | None:
        """Return the number of an entity that is or was."""
        record = self.by_id.get(entity_id)
        return record.number if record else self.past.get(entity_id)

    def of_types(self, names: tuple[str, ...] | None) -> Iterator[Record]:
        """Give the entities that have one of the types (all for None), each once, in a stable order."""
        if names is None:
            yield from tuple(self.by_id.values())
            return
        seen: set[str] = set()
        for name in names:
            for entity_id, record in tuple(self.by_type.get(name, {}).items()):
                if entity_id not in seen:
                    seen.add(entity_id)
                    yield record

    def _forget_types(self, record: Record) -> None:
        for name in record.types:
            of_type = self.by_type.get(name, {})
            of_type.pop(record.id, None)
            if not of_type:
                self.by_type.pop(name, None)
