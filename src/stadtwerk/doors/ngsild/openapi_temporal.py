"""How entities evolved, for the OpenAPI description (ETSI GS CIM 009 clauses 5.6.11 to 5.6.16, 5.7.3, 5.7.4, 6.18 to 6.24)."""  # noqa: E501

from __future__ import annotations

from typing import get_args

from stadtwerk.context.temporal.asking import METHODS, Shape
from stadtwerk.context.temporal.tracks import TimeProperty
from stadtwerk.doors.ngsild.openapi_parts import (
    BODY,
    DONE,
    LINK,
    LOCAL,
    MOMENT,
    NAME,
    PAGE,
    READ,
    ROOT,
    TEXT,
    TOTAL,
    Json,
    Parameter,
    created,
    in_path,
    operation,
    parameter,
    shown,
    written,
)
from stadtwerk.doors.ngsild.openapi_values import EVOLUTION, PART, PAST, PAST_BENCH
from stadtwerk.doors.ngsild.openapi_writing import ATTRIBUTE, DATASET, ENTITY_ID, SOME, SPREAD_RESULT, change

_FORM = "|".join(get_args(Shape))
_METHOD = "|".join(METHODS)
_TIME: tuple[Parameter, ...] = (
    ("timerel", {"enum": ["before", "after", "between"]}, "relation to timeAt"),
    ("timeAt", MOMENT, "the instant, or the first of those between"),
    ("endTimeAt", MOMENT, "the end of between; not itself meant"),
    ("timeproperty", {"enum": list(get_args(TimeProperty))}, "which time of an instance counts"),
    ("lastN", {"type": "integer", "minimum": 1, "maximum": 999_999_999}, "only the last so many of each attribute"),
    ("aggrMethods", {"type": "string", "pattern": f"^({_METHOD})(,({_METHOD}))*$"}, "of aggregatedValues"),
    ("aggrPeriodDuration", TEXT, "length of a period, for example PT1H; PT0S for one of all"),
)
_FORMS: tuple[Parameter, ...] = (
    ("options", {"type": "string", "pattern": f"^({_FORM}|sysAttrs)(,sysAttrs)?$"}, "representation; sysAttrs"),
    ("format", {"enum": list(get_args(Shape))}, "representation"),
)
_ORDER: Parameter = ("orderBy", {"enum": ["id", "id;asc", "id;desc"]}, "the past is ordered by id only")
_ENTITY: Json = {"type": "object", "required": ["id", "type"]}
_RANGE: Json = {"description": "which part of the time asked about the answer covers", "schema": {"type": "string"}}
_INSTANCE_ID = in_path("instanceId", "URN of an instance")
_QUERY: Json = {
    "type": "object",
    "description": "the members stand for the parameters of GET /temporal/entities (clause 5.2.23)",
    "required": ["type"],
    "properties": {
        "type": {"const": "Query"},
        "entities": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["type"],
                "additionalProperties": False,
                "properties": {"type": TEXT, "id": {"type": ["string", "array"]}, "idPattern": TEXT},
            },
        },
        "attrs": {"type": "array", "minItems": 1, "items": {"type": "string", "pattern": f"^{NAME}$"}},
        "q": TEXT,
        "temporalQ": {"type": "object"},
    },
}
_EXAMPLE: Json = {
    "type": "Query",
    "entities": [{"type": "Bench"}],
    "temporalQ": {"timerel": "after", "timeAt": "2026-11-01T00:00:00Z"},
}


def temporal_paths(selecting: tuple[Parameter, ...], members: tuple[Parameter, ...]) -> Json:
    """Describe the resources of the past; `selecting` says which entities, `members` what of them is shown."""
    past = f"{ROOT}/temporal/entities"
    one_attribute = f"{past}/{{entityId}}/attrs/{{attribute}}"
    return {
        past: {
            "get": _read("Query how entities evolved", (*selecting, *members, *_TIME, *_FORMS, *PAGE, _ORDER)),
            "post": change(
                "Tell of an entity's past",
                {"201": created(), "204": DONE, "207": SPREAD_RESULT},
                (LOCAL,),
                written(EVOLUTION, PAST_BENCH),
            ),
        },
        f"{past}/{{entityId}}": {
            "get": _retrieve(members),
            "delete": change("Delete an entity's past", {"204": DONE, "207": SPREAD_RESULT}, (LOCAL,), None, ENTITY_ID),
        },
        f"{past}/{{entityId}}/attrs": {"post": _append()},
        one_attribute: {
            "delete": change(
                "Delete an attribute's past",
                {"204": DONE, "207": SOME},
                (LOCAL, *DATASET),
                None,
                *(ENTITY_ID, ATTRIBUTE),
            )
        },
        f"{one_attribute}/{{instanceId}}": _instance(),
        f"{ROOT}/temporal/entityOperations/query": {"post": _post()},
    }


def _answers(schema: Json) -> Json:
    headers = {"Link": LINK, "NGSILD-Results-Count": TOTAL}
    whole = shown(schema, "the past asked about", headers)
    part = shown(schema, "the newest or oldest part of it: all would be too much", {**headers, "Content-Range": _RANGE})
    return {"200": whole, "206": part}


def _read(summary: str, parameters: tuple[Parameter, ...]) -> Json:
    listed: Json = {"type": "array", "items": _ENTITY}
    return operation(summary, _answers(listed), parameters=[parameter(*one) for one in parameters], public=True)


def _retrieve(members: tuple[Parameter, ...]) -> Json:
    parameters = (("type", TEXT, "types the entity may have"), *members, *_TIME, *_FORMS)
    described = [ENTITY_ID, *(parameter(*one) for one in parameters)]
    return operation("Retrieve how an entity evolved", _answers(_ENTITY), parameters=described, public=True)


def _append() -> Json:
    body = written(PAST, {"seats": PAST_BENCH["seats"]})
    return change("Tell of attributes' past", {"204": DONE, "207": SOME}, (LOCAL,), body, ENTITY_ID)


def _instance() -> Json:
    done, path = {"204": DONE, "207": SOME}, (ENTITY_ID, ATTRIBUTE, _INSTANCE_ID)
    return {
        "patch": change(
            "Correct an instance of the past", done, (LOCAL,), written(PART, {"value": 3}, merge=True), *path
        ),
        "delete": change("Delete an instance of the past", done, (LOCAL,), None, *path),
    }


def _post() -> Json:
    listed: Json = {"type": "array", "items": _ENTITY}
    parameters = [parameter(*one) for one in (*_FORMS, *PAGE, LOCAL)]
    return operation(
        "Query how entities evolved by a posted Query",
        _answers(listed),
        parameters=parameters,
        body=written(_QUERY, _EXAMPLE),
        refused=(*READ, *BODY),
        public=True,
    )
