"""The pasts of the city's own entities: what their devices told lately, out of columns (clause 4.5.6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

import numpy as np

from stadtwerk.context.entities.document import Entity, Instance
from stadtwerk.context.library import Library
from stadtwerk.context.temporal.choose import write_plain
from stadtwerk.context.temporal.told import Place
from stadtwerk.context.temporal.tracks import NEVER, Past, Track, sort_of
from stadtwerk.context.terms import Terms
from stadtwerk.kernel.entity import Coded, EntitySource, Origin, PlainColumn, Remembered
from stadtwerk.kernel.things import at_once

PREFIX = "urn:ngsi-ld:"
_FOREVER = 2**63 - 1


class Archive(Protocol):
    """Keeps what was observed."""

    def history(self, name: str, row: int, since_us: int, until_us: int) -> dict[str, Any]:
        """Return an entity's observations in [since, until): at_us (n,) int64 and its columns (n,) float64."""
        ...


class CityPast:
    """Gives the city's entities numbers below zero, by type and row, so that they are never those of documents."""

    def __init__(self, sources: Mapping[str, EntitySource], archive: Archive, library: Library) -> None:
        self._archive, self._core, self._home = archive, library.core.terms, library.home.terms
        self._sources: list[tuple[str, EntitySource, Mapping[str, Origin]]] = []
        for name, living in sources.items():
            source = at_once(living)
            if isinstance(source, Remembered) and (origins := source.origins()):
                self._sources.append((name, source, origins))
        self._iris = [library.home.terms.expand(name) for name, *_ in self._sources]

    def known(self, urn: str) -> tuple[int, Entity] | None:
        """Return an entity's number and head, None if it is none of the city's with a past."""
        for place, (name, source, _) in enumerate(self._sources):
            if urn.startswith(f"{PREFIX}{name}:"):
                row = source.row_of(urn.removeprefix(f"{PREFIX}{name}:"))
                if row is not None:
                    return -1 - (row * len(self._sources) + place), Entity(urn, [self._iris[place]])
        return None

    def ids(self, iris: frozenset[str] | None) -> Iterable[str]:
        """Give the ids of the entities of some types, all for None."""
        for iri, (name, source, _) in zip(self._iris, self._sources, strict=True):
            if iris is None or iri in iris:
                yield from (f"{PREFIX}{name}:{local_id}" for local_id in source.ids())

    def recall(self, number: int, terms: Terms) -> Past:
        """Return what an entity's devices told as far as the tail reaches back, in a client's words."""
        expand = (terms if terms is self._core else self._home).expand
        past = Past()
        for place, (name, at_us, values, _) in enumerate(self._columns(number)):
            if not at_us:
                continue
            track = past.tracks[expand(name)] = Track()
            for at, value in zip(at_us, values, strict=True):
                sort, counts = sort_of(value)
                track.add((number, place, at, 0, sort, 0, at, NEVER, NEVER, NEVER), counts)
            track.settle()
        return past

    def instances(self, places: Iterable[Place]) -> dict[Place, Instance]:
        """Return instances by their places: number of the entity, of the attribute, and when it was."""
        found: dict[Place, Instance] = {}
        by_number: dict[int, list[Place]] = {}
        for place in places:
            by_number.setdefault(place[0], []).append(place)
        for number, wanted in by_number.items():
            columns = [
                (dict(zip(at_us, values, strict=True)), unit) for _, at_us, values, unit in self._columns(number)
            ]
            for place in wanted:
                values, unit = columns[place[1]]
                if place[2] in values:
                    found[place] = _instance(values[place[2]], place[2], unit)
        return found

    def _columns(self, number: int) -> list[tuple[str, list[int], list[Any], str | None]]:
        """Return each attribute of an entity: name, when it was told, its values, unit."""
        row, place = divmod(-1 - number, len(self._sources))
        name, source, origins = self._sources[place]
        told = self._archive.history(name, row, 0, _FOREVER)
        units = {attribute.name: attribute.unit_code for attribute in source.entity_type.attributes}
        columns: list[tuple[str, list[int], list[Any], str | None]] = []
        for attribute, (column, work_out) in origins.items():
            kept = ~np.isnan(told[column])
            values = _plain(work_out(told[column][kept]))
            at_us = told["at_us"][kept].tolist()
            columns.append((attribute, at_us, values, units[attribute]))
        return columns


def _plain(column: PlainColumn) -> list[Any]:
    if isinstance(column, Coded):
        return [column.labels[code] for code in column.codes.tolist()]
    return list(np.asarray(column).tolist())


def _instance(value: Any, at_us: int, unit: str | None) -> Instance:
    made: Instance = {"type": "Property", "value": value, "observedAt": write_plain(at_us)}
    return {**made, "unitCode": unit} if unit else made
