"""The city as plain rows, for databases that know nothing of NGSI-LD: an entity a row, an instance of an attribute a row."""  # noqa: E501

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from stadtwerk.context.entities.document import VALUE_OF

ENTITY_COLUMNS = ("tenant", "id", "type", "scope")
ATTRIBUTE_COLUMNS = ("tenant", "entity_id", "name", "dataset_id", "kind", "value", "unit_code", "observed_at")
"""`value` is JSON text; what more there is of an instance (its own attributes) stands in the NGSI-LD dump."""

_MEMBERS = frozenset(("id", "type", "scope", "@context", "createdAt", "modifiedAt", "expiresAt"))

EntityRow = tuple[str, str, str, str | None]
AttributeRow = tuple[str, str, str, str | None, str, str, str | None, str | None]


def entity_row(tenant: str, entity: Mapping[str, Any]) -> EntityRow:
    """Return a normalized entity as a row; several types or scopes are joined by commas."""
    scope = entity.get("scope")
    return tenant, entity["id"], _joined(entity["type"]), _joined(scope) if scope else None


def attribute_rows(tenant: str, entity: Mapping[str, Any]) -> Iterator[AttributeRow]:
    """Give a row for every instance of every attribute of a normalized entity."""
    for name, content in entity.items():
        if name in _MEMBERS:
            continue
        for one in content if isinstance(content, list) else (content,):
            value = msgspec.json.encode(one[VALUE_OF[one["type"]]]).decode()
            head = (tenant, entity["id"], name, one.get("datasetId"), one["type"], value)
            yield (*head, one.get("unitCode"), one.get("observedAt"))


def _joined(value: Any) -> str:
    return ",".join(value) if isinstance(value, list) else str(value)
