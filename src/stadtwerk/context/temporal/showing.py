"""How history is shown: instances in lists, bare values with their times, or aggregates (clauses 4.5.6 to 4.5.9, 4.5.19)."""  # noqa: E501

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from stadtwerk.context.entities.document import VALUE_OF, Entity, Instance
from stadtwerk.context.entities.show import Json, Look, show, show_instance, simple_value
from stadtwerk.context.moments import write_moment
from stadtwerk.context.temporal.aggregate import Result
from stadtwerk.context.temporal.asking import TimeAsk
from stadtwerk.context.temporal.told import SCOPE, Place, instance_id
from stadtwerk.context.terms import Terms

_LISTS: Mapping[str, str] = {
    "Property": "values",
    "GeoProperty": "values",
    "Relationship": "objects",
    "LanguageProperty": "languageMaps",
    "VocabProperty": "vocabs",
    "JsonProperty": "jsons",
    "ListProperty": "valueLists",
    "ListRelationship": "objectLists",
}
"""Which member holds the values of an attribute in the form `temporalValues`, by kind."""

Told = Sequence[tuple[Place, Instance]]
"""Instances of an attribute, each with the place that names it."""


def show_head(entity: Entity, terms: Terms, look: Look) -> Json:
    """Return the members of an entity that do not evolve in the answer: id, type, times of the system."""
    return show(Entity(entity.id, entity.type, {}, [], entity.created_at_us, entity.modified_at_us), terms, look)


def show_evolution(
    shown: Json, attributes: Iterable[tuple[str, str, Told]], terms: Terms, look: Look, ask: TimeAsk
) -> Json:
    """Add the chosen instances of each attribute (IRI, kind, instances) to an entity's head."""
    for iri, kind, told in attributes:
        if not look.shows(iri):
            continue
        name = iri if iri == SCOPE else terms.compact(iri)
        if ask.shape == "temporalValues":
            shown[name] = _values(kind, told, terms, look, ask)
        else:
            shown[name] = [_instance(place, one, terms, look, ask) for place, one in told]
    return shown


def show_aggregates(
    shown: Json, attributes: Iterable[tuple[str, str, Sequence[tuple[str, Result]]]], terms: Terms, look: Look
) -> Json:
    """Add what was aggregated of each attribute (IRI, kind, results by dataset) to an entity's head."""
    for iri, kind, results in attributes:
        if look.shows(iri):
            shown[iri if iri == SCOPE else terms.compact(iri)] = _one_or_all(
                [_aggregated(kind, dataset, result) for dataset, result in results]
            )
    return shown


def _aggregated(kind: str, dataset: str, result: Result) -> Json:
    shown: Json = {"type": kind}
    if dataset:
        shown["datasetId"] = dataset
    return {**shown, **result}


def _instance(place: Place, one: Instance, terms: Terms, look: Look, ask: TimeAsk) -> Any:
    shown = show_instance(one, terms, look)
    if not isinstance(shown, dict):
        shown = {VALUE_OF[one["type"]]: shown}
    shown["instanceId"] = instance_id(place)
    for member in {"deletedAt", ask.span.time}.intersection(one):
        if member != "observedAt":
            shown[member] = write_moment(one[member])
    return shown


def _values(kind: str, told: Told, terms: Terms, look: Look, ask: TimeAsk) -> Any:
    by_dataset: dict[str, list[Any]] = {}
    for _, one in told:
        by_dataset.setdefault(one.get("datasetId", ""), []).append(
            [simple_value(one, terms, look), _time(one, ask.span.time)]
        )
    shown = []
    for dataset, values in (by_dataset or {"": []}).items():
        part: Json = {"type": kind}
        if dataset:
            part["datasetId"] = dataset
        shown.append({**part, _LISTS[kind]: values})
    return _one_or_all(shown)


def _time(one: Instance, time: str) -> str:
    """Return the time of an instance: the property that was asked for, else the first it has."""
    for member in (time, "observedAt", "modifiedAt", "createdAt", "deletedAt"):
        if member in one:
            return str(one[member]) if member == "observedAt" else write_moment(one[member])
    return ""


def _one_or_all(items: list[Any]) -> Any:
    return items[0] if len(items) == 1 else items
