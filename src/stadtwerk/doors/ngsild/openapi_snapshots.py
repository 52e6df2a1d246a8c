"""Snapshots, for the OpenAPI description (ETSI GS CIM 009 clauses 5.2.41, 5.16, 6.36 to 6.38)."""

from __future__ import annotations

from stadtwerk.context.limits import SNAPSHOT_QUERIES
from stadtwerk.context.snapshots import PRIORITY, PRIORITY_MAX
from stadtwerk.doors.ngsild.openapi_parts import (
    DONE,
    LOCAL,
    MOMENT,
    READ,
    ROOT,
    TEXT,
    WRITE,
    Json,
    created,
    in_path,
    operation,
    parameter,
    shown,
    written,
)
from stadtwerk.doors.ngsild.openapi_values import URI_WRITTEN

_ID = in_path("snapshotId", "URN of the snapshot")
_QUERIES: Json = {
    "type": "array",
    "minItems": 1,
    "maxItems": SNAPSHOT_QUERIES,
    "items": {"type": "object", "required": ["type"], "properties": {"type": {"const": "Query"}}},
}
_PAIR: Json = {
    "type": "object",
    "required": ["key", "value"],
    "additionalProperties": False,
    "properties": {"key": TEXT, "value": {}},
}
_SAID: Json = {
    "snapshotLifetime": {"type": "string", "pattern": "^P", "description": "a duration, counted from when it is said"},
    "snapshotPriority": {"type": "integer", "minimum": 1, "maximum": PRIORITY_MAX, "default": PRIORITY},
    "endpoint": {"type": "string", "pattern": "^(https?|mqtts?)://", "description": "is told when it is done, changed"},
    "receiverInfo": {"type": "array", "items": _PAIR},
}
_TYPE: Json = {"const": "Snapshot"}
_ASKED: Json = {
    "type": "object",
    "description": "at least one query of the present or of the past",
    "required": ["type"],
    "additionalProperties": False,
    "properties": {
        "id": URI_WRITTEN,
        "type": _TYPE,
        "snapshotQueries": _QUERIES,
        "snapshotTemporalQueries": _QUERIES,
        **_SAID,
    },
}
_TWIN: Json = {
    "type": "object",
    "additionalProperties": False,
    "properties": {"id": URI_WRITTEN, "type": _TYPE, **_SAID},
}
_CHANGE: Json = {
    "type": "object",
    "description": "null takes a member back",
    "properties": {name: {"anyOf": [schema, {"type": "null"}]} for name, schema in _SAID.items()},
}
_SNAPSHOT: Json = {
    "type": "object",
    "required": ["id", "type", "snapshotStatus", "snapshotPriority", "createdAt", "modifiedAt", "expiresAt"],
    "properties": {
        "id": URI_WRITTEN,
        "type": _TYPE,
        "snapshotStatus": {"enum": ["preparing", "success", "partial", "empty", "failure"]},
        **dict.fromkeys(("createdAt", "modifiedAt", "expiresAt", "lastUsedAt"), MOMENT),
    },
}
_EXAMPLE: Json = {
    "type": "Snapshot",
    "snapshotQueries": [{"type": "Query", "entities": [{"type": "Streetlight"}]}],
    "snapshotLifetime": "PT6H",
}


def snapshot_paths() -> Json:
    """Describe snapshots; `NGSILD-Snapshot: URN` then leads any request for entities, past or types into one."""
    here = [_ID, parameter(*LOCAL)]
    which = parameter("q", TEXT, "a query about members of snapshots, such as snapshotPriority<5")
    return {
        f"{ROOT}/snapshots": {
            "post": operation(
                "Hold fast what queries find",
                {"201": created("it is being filled; its status tells when it is done")},
                parameters=[parameter(*LOCAL)],
                body=written(_ASKED, _EXAMPLE),
                refused=(*WRITE, "409"),
            ),
            "delete": operation("Purge snapshots", {"204": DONE}, parameters=[which, parameter(*LOCAL)], refused=WRITE),
        },
        f"{ROOT}/snapshots/{{snapshotId}}": {
            "get": operation(
                "Tell how a snapshot is", {"200": shown(_SNAPSHOT)}, parameters=here, refused=(*READ, "401")
            ),
            "patch": operation(
                "Change how long a snapshot is kept, its priority, and who is told of it",
                {"200": shown(_SNAPSHOT)},
                parameters=here,
                body=written(_CHANGE, {"snapshotLifetime": "P2D"}, merge=True),
                refused=(*WRITE, "406"),
            ),
            "delete": operation("Delete a snapshot", {"204": DONE}, parameters=here, refused=WRITE),
        },
        f"{ROOT}/snapshots/{{snapshotId}}/clone": {
            "post": operation(
                "Make a twin of a snapshot",
                {"201": created("it is being filled")},
                parameters=here,
                body=written(_TWIN, {"type": "Snapshot"}),
                refused=(*WRITE, "409"),
            ),
        },
    }
