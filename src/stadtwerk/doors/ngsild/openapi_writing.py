"""Writing entities, one by one and in batches, for the OpenAPI description (ETSI GS CIM 009 clauses 5.6, 6.4 to 6.17)."""  # noqa: E501

from __future__ import annotations

from stadtwerk.doors.ngsild.openapi_parts import (
    DONE,
    FLAG,
    LOCAL,
    MOMENT,
    ROOT,
    SPREAD,
    TEXT,
    URI,
    WRITE,
    Json,
    Parameter,
    created,
    in_path,
    operation,
    parameter,
    plain,
    refusals,
    written,
)
from stadtwerk.doors.ngsild.openapi_values import BENCH, ENTITY, FRAGMENT, INSTANCE, PART, SEATS, URI_WRITTEN

ENTITY_ID = in_path("entityId", "URN of the entity")
ATTRIBUTE = in_path("attribute", "name or IRI", {**TEXT, "examples": ["seats"]})
DATASET: tuple[Parameter, ...] = (
    ("datasetId", {"type": "string", "pattern": f"^{URI}$"}, "only this instance"),
    ("deleteAll", FLAG, "all instances"),
)
_UPDATE_RESULT: Json = {
    "type": "object",
    "required": ["updated", "notUpdated"],
    "properties": {
        "updated": {"type": "array", "items": {"type": "string"}},
        "notUpdated": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["attributeName", "reason"],
                "properties": {"attributeName": {"type": "string"}, "reason": {"type": "string"}},
            },
        },
    },
}
_BATCH_RESULT: Json = {
    "type": "object",
    "required": ["success", "errors"],
    "properties": {
        "success": {"type": "array", "items": {"type": "string"}},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["entityId", "error"],
                "properties": {"entityId": {"type": "string"}, "error": {"type": "object"}},
            },
        },
    },
}
SOME = plain(_UPDATE_RESULT, "some of it was done; what was not, and why (UpdateResult, clause 5.2.18)")
_EACH = plain(_BATCH_RESULT, "some were written; which were not, and why (BatchOperationResult, clause 5.2.16)")
SPREAD_RESULT = plain(_BATCH_RESULT, "other context sources wrote some of it only; what is told is of entities")
_REFUSED = (*WRITE, *SPREAD)
_IDS: Json = {"type": "array", "items": {"type": "string"}}
_OPTIONS: Parameter = ("options", TEXT, "words in a list; those that say nothing here are passed over")


def writing_paths(selecting: tuple[Parameter, ...]) -> Json:
    """Describe how entities are written; `selecting` are the parameters that say which are purged."""
    return {
        f"{ROOT}/entities": {
            "post": change(
                "Create an entity", {"201": created(), "207": SPREAD_RESULT}, (LOCAL,), written(ENTITY, BENCH)
            ),
            "put": _nameless("Replace an entity: its id is missing in the path"),
            "patch": _nameless("Merge into an entity: its id is missing in the path"),
            "delete": _purge(selecting),
        },
        f"{ROOT}/entities/{{entityId}}": _whole(),
        f"{ROOT}/entities/{{entityId}}/attrs": _several(),
        f"{ROOT}/entities/{{entityId}}/attrs/{{attribute}}": _single(),
        **{f"{ROOT}/entityOperations/{name}": {"post": told} for name, told in _batches().items()},
    }


def change(
    summary: str, answers: Json, parameters: tuple[Parameter, ...], body: Json | None = None, *path: Json
) -> Json:
    """Describe an operation that writes entities, here and at other context sources."""
    described = [*path, *(parameter(*one) for one in parameters)]
    return operation(summary, answers, parameters=described, body=body, refused=_REFUSED)


def _nameless(summary: str) -> Json:
    """Describe what always fails: the path names no entity (clauses 6.5.3.3, 6.5.3.4)."""
    return {**operation(summary, {}, refused=()), "responses": refusals(["400", "401", "403", "429", "503"])}


def _purge(selecting: tuple[Parameter, ...]) -> Json:
    names = {"type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_]*(,[A-Za-z_][A-Za-z0-9_]*)*$"}
    parameters = (
        *selecting,
        ("keep", names, "only delete the attributes that are not these"),
        ("drop", names, "only delete these attributes"),
    )
    return change("Delete all entities that a query selects", {"204": DONE, "207": SPREAD_RESULT}, parameters)


def _whole() -> Json:
    merging: tuple[Parameter, ...] = (
        LOCAL,
        _OPTIONS,
        ("format", TEXT, "simplified: values stand bare"),
        ("observedAt", MOMENT, "of all attributes that say nothing of it"),
        ("lang", TEXT, "language of bare texts of a LanguageProperty"),
    )
    done = {"204": DONE, "207": SPREAD_RESULT}
    # A device takes orders attribute by attribute, and tells which it took.
    merged = {"204": DONE, "207": plain({"anyOf": [_BATCH_RESULT, _UPDATE_RESULT]}, "some of it was done")}
    return {
        "put": change("Replace an entity", done, (LOCAL,), written(FRAGMENT, BENCH), ENTITY_ID),
        "patch": change("Merge into an entity", merged, merging, written(FRAGMENT, SEATS, merge=True), ENTITY_ID),
        "delete": change(
            "Delete an entity", done, (LOCAL, ("type", TEXT, "types the entity may have")), None, ENTITY_ID
        ),
    }


def _several() -> Json:
    done, body = {"204": DONE, "207": SOME}, written(FRAGMENT, SEATS)
    return {
        "post": change("Append attributes", done, (LOCAL, _OPTIONS), body, ENTITY_ID),
        "patch": change("Update attributes", done, (LOCAL,), body, ENTITY_ID),
    }


def _single() -> Json:
    done, path = {"204": DONE, "207": SOME}, (ENTITY_ID, ATTRIBUTE)
    whole = {**INSTANCE, "type": "object"}
    return {
        "patch": change("Change an attribute", done, (LOCAL,), written(PART, {"value": 6}, merge=True), *path),
        "put": change("Replace an attribute", done, (LOCAL,), written(whole, {"value": 7}), *path),
        "delete": change("Delete an attribute", done, (LOCAL, *DATASET), None, *path),
    }


def _batches() -> Json:
    entities: Json = {"type": "array", "minItems": 1, "items": ENTITY}
    forms: tuple[Parameter, ...] = (LOCAL, _OPTIONS, ("format", TEXT, "simplified: values stand bare"))
    new = {"201": plain(_IDS, "ids of those that are new"), "207": _EACH}
    done = {"204": DONE, "207": _EACH}
    body = written(entities, [BENCH])
    ids: Json = {"type": "array", "minItems": 1, "items": URI_WRITTEN}
    listed = {"required": True, "content": {"application/json": {"schema": ids, "example": [BENCH["id"]]}}}
    return {
        "create": change("Create entities", new, forms, body),
        "upsert": change("Create entities or replace (or update) them", {**new, **done}, forms, body),
        "update": change("Update entities", done, forms, body),
        "merge": change("Merge into entities", done, forms, body),
        "delete": change("Delete entities", done, (LOCAL,), listed),
    }
