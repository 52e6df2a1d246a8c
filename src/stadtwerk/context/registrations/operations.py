"""What a context source may be asked to do: operations by name and in groups (ETSI GS CIM 009 clause 4.20)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from stadtwerk.context.problems import one_fault

_RETRIEVE = ("retrieveEntity", "queryEntity")
_DESCRIBE = (
    *("retrieveEntityTypes", "retrieveEntityTypeDetails", "retrieveEntityTypeInfo"),
    *("retrieveAttrTypes", "retrieveAttrTypeDetails", "retrieveAttrTypeInfo"),
)
_SUBSCRIBE = (
    *("createSubscription", "updateSubscription", "retrieveSubscription", "querySubscription"),
    "deleteSubscription",
)
_MAPS = ("retrieveEntityMap", "updateEntityMap", "deleteEntityMap", "createEntityMap")
_UPDATE = ("updateEntity", "updateAttrs", "replaceEntity", "replaceAttrs")
_WRITE = ("createEntity", "appendAttrs", "deleteAttrs", "deleteEntity", "mergeEntity", "purgeEntity")

GROUPS: Mapping[str, tuple[str, ...]] = {
    "federationOps": (*_RETRIEVE, "queryBatch", *_DESCRIBE, *_SUBSCRIBE, *_MAPS),
    "updateOps": _UPDATE,
    "retrieveOps": _RETRIEVE,
    "redirectionOps": (*_WRITE, *_UPDATE, *_RETRIEVE, *_DESCRIBE, *_MAPS),
}
"""Groups of operations (table 4.20-2)."""

NAMES = frozenset(
    (
        *(name for group in GROUPS.values() for name in group),
        *("createBatch", "upsertBatch", "updateBatch", "deleteBatch", "mergeBatch"),
        *("upsertTemporal", "appendAttrsTemporal", "deleteAttrsTemporal", "updateAttrInstanceTemporal"),
        *("deleteAttrInstanceTemporal", "deleteTemporal", "retrieveTemporal", "queryTemporal", "queryBatchTemporal"),
    )
)
"""Operations that a registration may name one by one (table 4.20-1)."""


def read_operations(value: Any) -> frozenset[str]:
    """Return the operations that a registration opens, groups taken apart; refuses unknown names (400)."""
    return frozenset(_each(value))


def _each(value: Any) -> Iterable[str]:
    if not isinstance(value, list) or not value:
        raise one_fault("operations", "a list of names of operations or groups")
    for name in value:
        if not isinstance(name, str) or (name not in GROUPS and name not in NAMES):
            raise one_fault("operations", f"{str(name)[:60]!r} is no operation of a context source")
        yield from GROUPS.get(name, (name,))
