"""This broker's entities as they look together with what other sources say, for one question (clause 4.3.6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from stadtwerk.context.entities.document import Entity
from stadtwerk.context.entities.holdings import Holdings, Record
from stadtwerk.context.registrations.conflicts import claimed
from stadtwerk.context.registrations.merging import merge_entities, only, without
from stadtwerk.context.registrations.source import EVERY, Names, Source


@dataclass(frozen=True, slots=True)
class Found:
    """What a source answered: which attributes it was asked about (EVERY for all), and entities."""

    source: Source
    names: Names
    entities: list[Entity]


def overlaid(base: Holdings, holders: Iterable[Source], found: Iterable[Found]) -> Holdings:
    """Return holdings with what sources answered merged in; `holders` are exclusive and redirect sources concerned.

    What these hold is taken from them alone; auxiliary sources only add what nobody else has.
    """
    mine = _mine(base, holders)
    theirs: dict[str, list[tuple[str, Entity]]] = {}
    for answer in found:
        for entity in answer.entities:
            theirs.setdefault(entity.id, []).append((answer.source.mode, only(entity, answer.names)))
    view = _copied(base)
    for entity_id in {**mine, **theirs}:
        record = base.by_id.get(entity_id)
        kept = mine.get(entity_id, record.entity if record else None)
        given = theirs.get(entity_id, [])
        parts = [entity for mode, entity in given if mode != "auxiliary"]
        extras = [entity for mode, entity in given if mode == "auxiliary"]
        merged = merge_entities([kept, *parts] if kept is not None else parts, extras)
        if record is not None:
            view.drop(view.by_id[entity_id])
        if merged is not None:
            number = record.number if record else 0
            view.put(Record(number, merged))
    return view


def narrowed(base: Holdings, ids: Iterable[str]) -> Holdings:
    """Return holdings with only some of the entities, for questions that reach no others."""
    view = Holdings(base.tenant, kept=base.kept)
    for record in filter(None, map(base.by_id.get, ids)):
        view.put(record)
    return view


def _mine(base: Holdings, holders: Iterable[Source]) -> Mapping[str, Entity | None]:
    """Return the entities here that others hold some of, without that; None where nothing remains."""
    mine: dict[str, Entity | None] = {}
    for source in holders:
        for entry in source.information:
            for record in claimed(entry, base):
                entity = mine.get(record.id, record.entity)
                mine[record.id] = None if entity is None or entry.names == EVERY else without(entity, entry.names)
    return mine


def _copied(base: Holdings) -> Holdings:
    """Return holdings that can be changed without touching the others; entities at rest are shared."""
    return Holdings(
        base.tenant,
        dict(base.by_id),
        {name: dict(records) for name, records in base.by_type.items()},
        version=base.version,
        kept=base.kept,
    )
