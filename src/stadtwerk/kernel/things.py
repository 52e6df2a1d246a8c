"""Decided things of one kind: kept by id, every change a document, published as entities."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

import msgspec
import numpy as np

from stadtwerk.kernel.entity import ColumnValues, EntitySource, EntityType
from stadtwerk.kernel.journal import Document
from stadtwerk.kernel.observation import Times, Values
from stadtwerk.kernel.refusal import Refused


class Thing(Protocol):
    """A frozen struct with an id."""

    @property
    def id(self) -> str:
        """Return the local id."""
        ...


T = TypeVar("T", bound=Thing)


class Things(Generic[T]):
    """All things of a kind by id, in the order they came; `collection` begins with the system's name and a dot."""

    def __init__(self, collection: str, kind: type[T]) -> None:
        self.collection, self._kind = collection, kind
        self._by_id: dict[str, T] = {}
        self.version = 0
        """Rises with every change."""

    def __len__(self) -> int:
        return len(self._by_id)

    def __iter__(self) -> Iterator[T]:
        # Views read in other threads while the lane writes: they get what is there now, in one step.
        return iter(tuple(self._by_id.values()))

    def get(self, thing_id: str) -> T | None:
        """Return a thing by its id."""
        return self._by_id.get(thing_id)

    def named(self, thing_id: str, unknown: Refused) -> T:
        """Return a thing by its id; refuses one that is not there in these words."""
        if (thing := self._by_id.get(thing_id)) is None:
            raise unknown
        return thing

    def put(self, thing: T) -> Document:
        """Keep a thing as it now is."""
        self._by_id[thing.id] = thing
        self.version += 1
        return Document(self.collection, thing.id, msgspec.json.encode(thing))

    def drop(self, thing_id: str) -> Document:
        """Forget a thing."""
        self._by_id.pop(thing_id, None)
        self.version += 1
        return Document(self.collection, thing_id, None)

    def recall(self, documents: Iterable[Document]) -> None:
        """Take up the documents of this collection."""
        for kept in documents:
            if kept.collection == self.collection and kept.body is not None:
                thing = msgspec.json.decode(kept.body, type=self._kind)
                self._by_id[thing.id] = thing
        self.version += 1


@dataclass(slots=True)
class Published(Generic[T]):
    """Things as entities: each attribute's value from a thing, its place as longitude and latitude in degrees WGS84."""

    entity_type: EntityType
    things: Things[T]
    values: Mapping[str, Callable[[T], object]]
    place: Callable[[T], tuple[float, float]] | None = None
    _now: tuple[int, _Rows[T]] | None = field(default=None, init=False)

    def snapshot(self) -> _Rows[T]:
        """Return the entities of this moment; the same ones until something changes."""
        version = self.things.version
        if self._now is None or self._now[0] != version:
            self._now = (version, _Rows(self, tuple(self.things)))
        return self._now[1]

    def __len__(self) -> int:
        return len(self.snapshot())

    def ids(self) -> Sequence[str]:
        """Return the local ids in row order."""
        return self.snapshot().ids()

    def row_of(self, local_id: str) -> int | None:
        """Return the row of a local id."""
        return self.snapshot().row_of(local_id)

    def column(self, name: str) -> ColumnValues:
        """Return the column of an attribute."""
        return self.snapshot().column(name)

    def locations(self) -> tuple[Values, Values] | None:
        """Return longitude and latitude (n,), degrees."""
        return self.snapshot().locations()

    def observed_at_us(self, name: str) -> Times | None:
        """Return None: what was decided was not observed."""
        return self.snapshot().observed_at_us(name)


class _Rows(Generic[T]):
    """The things of one moment in rows that stay where they are."""

    def __init__(self, source: Published[T], things: tuple[T, ...]) -> None:
        self._source, self._things = source, things
        self._ids = [thing.id for thing in things]
        self._row_of = {local_id: row for row, local_id in enumerate(self._ids)}
        self._columns: dict[str, list[object]] = {}
        places = [source.place(thing) for thing in things] if source.place else []
        lon, lat = np.array(places, np.float64).reshape(-1, 2).T.copy()
        self._places = (lon, lat) if source.place else None

    @property
    def entity_type(self) -> EntityType:
        return self._source.entity_type

    def __len__(self) -> int:
        return len(self._things)

    def ids(self) -> Sequence[str]:
        return self._ids

    def row_of(self, local_id: str) -> int | None:
        return self._row_of.get(local_id)

    def column(self, name: str) -> ColumnValues:
        if name not in self._columns:
            value = self._source.values[name]
            self._columns[name] = [value(thing) for thing in self._things]
        return self._columns[name]

    def locations(self) -> tuple[Values, Values] | None:
        return self._places

    def observed_at_us(self, name: str) -> Times | None:
        return None


def at_once(source: EntitySource) -> EntitySource:
    """Return a source whose rows stay where they are for as long as somebody reads."""
    return source.snapshot() if isinstance(source, Published) else source
