"""Conditions on what a source says about itself: its properties and its places (clauses 4.9, 4.10, 5.2.9)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stadtwerk.context.entities.document import Entity, at_rest
from stadtwerk.context.entities.expand import Reader
from stadtwerk.context.evaluate import Subject
from stadtwerk.context.geoq import GeoQuery, shape_of, shape_test
from stadtwerk.context.registrations.document import TYPE, properties_of
from stadtwerk.context.terms import Terms

_IRIS = Terms({}, {})
"""A registration's properties stand under their IRIs already."""


def as_subject(document: Mapping[str, Any]) -> Subject:
    """Return a registration as something a query can be asked about: its properties are the attributes."""
    fragment = Reader(_IRIS, 0).fragment(properties_of(document))
    return Subject(Entity(document["id"], [TYPE], at_rest(fragment.attrs)))


def lies(query: GeoQuery, place: Mapping[str, Any]) -> bool:
    """Tell whether a place (GeoJSON) stands in the relation that is asked for."""
    shape = shape_of(place)
    return shape is not None and shape_test(query)(shape)
