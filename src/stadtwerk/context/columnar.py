"""Rows of columns as entities, for what only documents can do: links, orders, languages, times."""

from __future__ import annotations

from collections.abc import Sequence

from stadtwerk.context.cells import make_cell
from stadtwerk.context.entities.document import Entity
from stadtwerk.context.terms import Terms
from stadtwerk.context.text import Chosen, SeenTexts, json_text, value_texts
from stadtwerk.kernel.entity import Attribute, EntitySource


def entities_of(source: EntitySource, rows: Chosen, terms: Terms) -> list[Entity]:
    """Return some rows as entities, names by a table; their last observation counts as their last change."""
    entity_type, local_ids = source.entity_type, source.ids()
    iri, prefix = terms.expand(entity_type.name), f"urn:ngsi-ld:{entity_type.name}:"
    entities = [Entity(prefix + local_ids[row], [iri], {}) for row in rows.tolist()]
    seen = SeenTexts(source, rows)
    for attribute in entity_type.attributes:
        _give(entities, terms.expand(attribute.name), _instances(source, rows, attribute, seen))
        times = source.observed_at_us(attribute.name) if attribute.observed else None
        if times is not None:
            for entity, at_us in zip(entities, times[rows].tolist(), strict=True):
                entity.modified_at_us = max(entity.modified_at_us, at_us)
    return entities


def _give(entities: Sequence[Entity], iri: str, instances: Sequence[str | None]) -> None:
    for entity, instance in zip(entities, instances, strict=True):
        if instance is not None:
            entity.attrs[iri] = f"[{instance}]".encode()


def _instances(source: EntitySource, rows: Chosen, attribute: Attribute, seen: SeenTexts) -> list[str | None]:
    """Write an attribute of some rows in the internal form, which is the normalized one; None = absent."""
    cell = make_cell(attribute, "", "normalized")
    before = cell.before.removeprefix(json_text("") + ":")
    values = value_texts(source, attribute.name, rows, typed_time=True)
    times = seen.texts(attribute.name) if cell.timed else [""] * len(values)
    return [
        None if value is None else f"{before}{value}{time}{cell.after}"
        for value, time in zip(values, times, strict=True)
    ]
