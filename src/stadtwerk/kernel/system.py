"""The face of a system: what may be commanded and asked, for every door alike, and how its state comes about."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import msgspec

from stadtwerk.kernel.alarm.conditions import Sensed, Watched
from stadtwerk.kernel.alarm.kind import AlarmKind
from stadtwerk.kernel.command import Book, Order
from stadtwerk.kernel.entity import EntitySource
from stadtwerk.kernel.journal import Document, Event
from stadtwerk.kernel.reaction import Reaction
from stadtwerk.kernel.state import ColumnState


class CityFolder(Protocol):
    """The data that describe one city, as tables of text."""

    @property
    def city(self) -> dict[str, Any]:
        """Return the facts of the city as a whole."""
        ...

    def rows(self, table: str) -> list[dict[str, str]]:
        """Return a table row by row."""
        ...

    def columns(self, table: str) -> dict[str, list[str]]:
        """Return a table column by column."""
        ...


class State(Protocol):
    """What a system knows; `book` holds its commands."""

    @property
    def book(self) -> Book:
        """Return the system's commands."""
        ...


@dataclass(frozen=True, slots=True)
class Query:
    """A question people may ask: path below /api, what it takes, and the view that answers it.

    `run(state, archive, params, now_us)` returns plain data, or bytes for a columnar answer. A `posted` question comes
    as JSON in a body, since it takes more than an address holds; it changes nothing and is about now.
    """

    path: str
    summary: str
    params: type[msgspec.Struct]
    run: Callable[..., Any]
    binary: bool = False
    posted: bool = False


class Told(msgspec.Struct, frozen=True):
    """A value somebody writes to an attribute of an entity of the city's own; until "" = the system's usual time."""

    entity_type: str
    local_id: str
    attribute: str
    value: Any
    until: str = ""


def _nothing_changes(state: Any, event: Event) -> Sequence[Document]:
    return ()


def _nothing_kept(state: Any, documents: Iterable[Document]) -> None:
    return


def _nothing_seen(state: Any) -> Sequence[ColumnState]:
    return ()


def _nothing_published(state: Any) -> Mapping[str, EntitySource]:
    return {}


def _nothing_actuated(state: Any, told: Told, now_us: int) -> tuple[str, msgspec.Struct] | None:
    return None


def _nothing_more(state: Any, content: Any) -> tuple[str, ...]:
    return ()


def _meets_nobody(state: Any, parts: Mapping[str, Part]) -> None:
    return


def _nothing_watched(state: Any) -> Mapping[str, Watched]:
    return {}


def _nothing_sensed(state: Any, now_us: int) -> Mapping[str, Sensed]:
    return {}


@dataclass(frozen=True, slots=True)
class System:
    """One of the city's systems as app and doors see it.

    `decide(state, order, now_us)` is pure and gives the events of an order. `evolve(state, event)` makes an event of
    the system's own (`name.` before its kind) true in the state and returns the documents that keep it, in collections
    with the same beginning; `recall` takes them back at a start. `columns` are the observed types and their
    attributes, `whole` those that are whole numbers, `seen` their working copies, `entities` what is published of them.
    `react` are its reactions to events of others. `needs(state, content)` names permissions a command takes beyond its
    own kind. `meet(state, parts)` is for systems of the house that command or draw the others.
    """

    name: str
    commands: Mapping[str, type[msgspec.Struct]]
    queries: tuple[Query, ...]
    make: Callable[[CityFolder], Any]
    decide: Callable[[Any, Order, int], list[Event]]
    evolve: Callable[[Any, Event], Sequence[Document]] = _nothing_changes
    recall: Callable[[Any, Iterable[Document]], None] = _nothing_kept
    columns: Mapping[str, Sequence[str]] = field(default_factory=dict)
    whole: Collection[str] = ()
    seen: Callable[[Any], Sequence[ColumnState]] = _nothing_seen
    entities: Callable[[Any], Mapping[str, EntitySource]] = _nothing_published
    react: tuple[Reaction, ...] = ()
    actuate: Callable[[Any, Told, int], tuple[str, msgspec.Struct] | None] = _nothing_actuated
    needs: Callable[[Any, Any], tuple[str, ...]] = _nothing_more
    meet: Callable[[Any, Mapping[str, Part]], None] = _meets_nobody
    alarms: tuple[AlarmKind, ...] = ()
    watched: Callable[[Any], Mapping[str, Watched]] = _nothing_watched
    sense: Callable[[Any, int], Mapping[str, Sensed]] = _nothing_sensed


@dataclass(frozen=True, slots=True)
class Part:
    """A system at work in one city: its face and its state."""

    system: System
    state: Any
