"""Conditions on what a source says about itself: its properties and its places (clauses 4.9, 4.10, 5.2.9)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np
import shapely

from stadtwerk.context.entities.document import Entity, raw_attributes
from stadtwerk.context.entities.expand import Reader
from stadtwerk.context.evaluate import Subject
from stadtwerk.context.geoq import GeoQuery, distance_m
from stadtwerk.context.registrations.document import TYPE, properties_of
from stadtwerk.context.terms import Terms

_IRIS = Terms({}, {})
"""A registration's properties stand under their IRIs already."""


def as_subject(document: Mapping[str, Any]) -> Subject:
    """Return a registration as something a query can be asked about: its properties are the attributes."""
    fragment = Reader(_IRIS, 0).fragment(properties_of(document))
    return Subject(Entity(document["id"], [TYPE], raw_attributes(fragment.attrs)))


def lies(query: GeoQuery, place: Mapping[str, Any]) -> bool:
    """Tell whether a place (GeoJSON) stands in the relation that is asked for."""
    shape = shapely.from_geojson(msgspec.json.encode(place))
    if query.relation != "near":
        return bool(getattr(shapely, query.relation)(shape, query.geometry))
    nearest = shapely.shortest_line(shape, query.geometry)
    (lon, lat), (to_lon, to_lat) = shapely.get_coordinates(nearest)
    metres = float(distance_m(np.array([lon]), np.array([lat]), to_lon, to_lat)[0])
    return query.least_m <= metres <= query.most_m
