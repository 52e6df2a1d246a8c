"""Saying the same in another source's terms: names of types and attributes of a body (ETSI GS CIM 009 clause 5.5.7)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from stadtwerk.context.entities.document import VALUE_OF

_PLAIN = frozenset(
    (
        *("id", "@id", "@type", "scope", "@context", "createdAt", "modifiedAt", "deletedAt", "expiresAt"),
        *("observedAt", "unitCode", "datasetId", "instanceId", "lang", "previousValue"),
        *(name for name in VALUE_OF.values()),
    )
)
"""Members whose names and values are the same in all terms."""

Rename = Callable[[str], str]


def said_anew(body: Mapping[str, Any], rename: Rename) -> dict[str, Any]:
    """Return an entity or a fragment with its types and attributes, and theirs, under other names."""
    said: dict[str, Any] = {}
    for name, value in body.items():
        if name == "type":
            said[name] = [rename(one) for one in value] if isinstance(value, list) else rename(value)
        elif name in _PLAIN:
            said[name] = value
        else:
            said[rename(name)] = attribute_anew(value, rename)
    return said


def attribute_anew(value: Any, rename: Rename) -> Any:
    """Return an attribute, or a list of its instances, with its own attributes under other names."""
    if isinstance(value, list):
        return [attribute_anew(one, rename) for one in value]
    if not isinstance(value, dict):
        return value
    said: dict[str, Any] = {}
    for name, content in value.items():
        if name in ("type", "value", "json", "languageMap", "valueList", "coordinates"):
            said[name] = content
        elif name in ("vocab", "objectType"):
            said[name] = [rename(one) for one in content] if isinstance(content, list) else rename(content)
        else:
            said[name if name in _PLAIN else rename(name)] = attribute_anew(content, rename)
    return said
