"""Reading entities, types and attributes, for the OpenAPI description (ETSI GS CIM 009 clauses 5.7, 6.4, 6.5, 6.23 to 6.28)."""  # noqa: E501

from __future__ import annotations

from stadtwerk.context.geometry import SHAPES
from stadtwerk.context.geoq import RELATIONS
from stadtwerk.context.limits import JOIN_LEVELS, PAGE_DEFAULT
from stadtwerk.context.query import FORMS, JOINS
from stadtwerk.doors.ngsild.http import JSON_MEDIA
from stadtwerk.doors.ngsild.openapi_parts import (
    BODY,
    COUNT,
    FLAG,
    LINK,
    LOCAL,
    NAME,
    NAMES,
    PAGE,
    READ,
    ROOT,
    SHAPE,
    TEXT,
    TOTAL,
    URI,
    URIS,
    Json,
    Parameter,
    in_path,
    operation,
    parameter,
    shown,
)

_FORM = "|".join(FORMS)
_LANG = "[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,3}"
_BY = f"{NAME}(;(asc|desc))?"

_ENTITY: Json = {
    "type": "object",
    "description": "Attributes beside id and type, in the representation asked for",
    "properties": {
        "id": {"type": "string", "format": "uri"},
        "type": {"anyOf": [TEXT, {"type": "array", "minItems": 2, "items": TEXT}]},
    },
}

_FEATURE: Json = {
    "type": "object",
    "required": ["type", "geometry", "properties"],
    "properties": {
        "id": {"type": "string", "format": "uri"},
        "type": {"const": "Feature"},
        "geometry": {"anyOf": [SHAPE, {"type": "null"}]},
        "properties": {"type": "object"},
    },
}

_FEATURES: Json = {
    "type": "object",
    "required": ["type", "features"],
    "properties": {"type": {"const": "FeatureCollection"}, "features": {"type": "array", "items": _FEATURE}},
}

_SHOWN: tuple[Parameter, ...] = (
    ("attrs", NAMES, "only entities with one of these attributes, and only these"),
    ("pick", NAMES, "only these members; of linked entities in braces: `standsOn{name}`"),
    ("omit", NAMES, "all but these members; of linked entities in braces"),
    (
        "options",
        {"type": "string", "pattern": f"^({_FORM}|sysAttrs)(,({_FORM}|sysAttrs))*$"},
        "sysAttrs shows times of creation and change; representation (older spelling)",
    ),
    ("format", {"enum": list(FORMS)}, "representation"),
    ("geometryProperty", {"type": "string", "pattern": f"^{NAME}$"}, "geometry of GeoJSON features"),
    LOCAL,
    (
        "lang",
        {"type": "string", "pattern": f"^({_LANG}|\\*)(,{_LANG})*$"},
        "texts in these languages, the first there is",
    ),
    ("datasetId", {"type": "string", "pattern": f"^(@none|{URI})(,(@none|{URI}))*$"}, "only these instances"),
    ("join", {"enum": list(JOINS)}, "linked entities inside, or beside"),
    (
        "joinLevel",
        {"type": "integer", "minimum": 1, "maximum": JOIN_LEVELS, "default": 1},
        "how far links are followed",
    ),
    ("containedBy", URIS, "entities that are not shown again"),
    ("splitEntities", FLAG, "whether entities are spread over context sources"),
)

_FILTERS: tuple[Parameter, ...] = (
    ("type", TEXT, "types: `A,B`, `(A;B)|C` or `*`"),
    ("id", URIS, "URNs, separated by commas"),
    ("idPattern", TEXT, "regular expression searched for in URNs"),
    ("q", TEXT, 'conditions, for example `illuminanceLevel>0.5;status=="ok"`'),
    ("scopeQ", TEXT, "scopes: `/Duisburg/#`, `/+/Ruhrort`, `(/a;/b)|/c`"),
    ("csf", TEXT, "conditions on context sources, written as q"),
    ("expandValues", NAMES, "attributes whose values in q are terms"),
    ("jsonKeys", NAMES, "attributes whose values are plain JSON"),
    ("orderBy", {"type": "string", "pattern": f"^{_BY}(,{_BY}){{0,7}}$"}, "attributes, id or type to order by"),
    ("collation", {"type": "string", "pattern": f"^{_LANG}$"}, "how texts are ordered (RFC 6067)"),
    ("orderFrom", TEXT, "GeoJSON coordinates from which an order by distance is taken"),
    ("orderGeometry", {"enum": list(SHAPES)}, "GeoJSON type of orderFrom"),
    (
        "georel",
        {
            "type": "string",
            "pattern": f"^(near;(max|min)Distance==[1-9][0-9]{{0,6}}|{'|'.join(RELATIONS[1:])})$",
        },
        "relation of the entity's place to the geometry; metres on the great circle",
    ),
    ("geometry", {"enum": list(SHAPES)}, "GeoJSON type of the geometry"),
    ("coordinates", TEXT, "GeoJSON coordinates of the geometry"),
    ("geoproperty", {"type": "string", "pattern": f"^{NAME}$"}, "attribute that holds the place"),
    *PAGE,
    ("entityMap", FLAG, "hold the entities found fast; NGSILD-EntityMap tells where (201)"),
    ("entityMapLifetime", {"type": "string", "pattern": "^PT[1-9][0-9]{0,3}[MH]$"}, "for how long, at most a day"),
)

_EXAMPLES = {
    "type": "Streetlight",
    "q": 'illuminanceLevel>=0.5;status=="ok"',
    "georel": "near;maxDistance==500",
    "geometry": "Point",
    "coordinates": "[6.7623,51.4344]",
    "limit": PAGE_DEFAULT,
    "count": True,
}

_DETAILS: tuple[Parameter, ...] = (
    ("details", FLAG, "describe each instead of naming it"),
    ("local", FLAG, "only this city's own, which all are"),
)


def parameters_named(*names: str) -> tuple[Parameter, ...]:
    """Return parameters of GET /entities that other resources have, too."""
    return tuple(one for one in (*_FILTERS, *_SHOWN) if one[0] in names)


def reading_paths() -> Json:
    """Describe how entities, their types and their attributes are read; this is open to everybody."""
    return {
        f"{ROOT}/entities": {"get": _query()},
        f"{ROOT}/entities/{{entityId}}": {
            "get": _get(
                "Retrieve an entity",
                _entities(many=False),
                (("type", TEXT, "types the entity may have"), *_SHOWN),
                in_path("entityId", "URN of the entity"),
            )
        },
        f"{ROOT}/entityOperations/query": {"post": _post_query()},
        f"{ROOT}/types": {"get": _get("List types", shown(_described("typeList", "typeName")), _DETAILS)},
        f"{ROOT}/types/{{type}}": {
            "get": _get(
                "Describe a type",
                shown(_info("typeName", "entityCount")),
                _DETAILS[1:],
                in_path("type", "name or IRI", TEXT),
            )
        },
        f"{ROOT}/attributes": {
            "get": _get("List attributes", shown(_described("attributeList", "attributeName")), _DETAILS)
        },
        f"{ROOT}/attributes/{{attribute}}": {
            "get": _get(
                "Describe an attribute",
                shown(_info("attributeName", "attributeCount")),
                _DETAILS[1:],
                in_path("attribute", "name or IRI", TEXT),
            )
        },
    }


def _get(summary: str, answer: Json, parameters: tuple[Parameter, ...], *path: Json) -> Json:
    described = [*map(_with_example, parameters), *path]
    return operation(summary, {"200": answer}, parameters=described, public=True)


def _query() -> Json:
    described = _get("Query entities", _entities(many=True), (*_FILTERS, *_SHOWN))
    found = described["responses"]["200"]
    described["responses"]["201"] = {**found, "description": "the entities, and a new entity map"}
    return described


_QUERY: Json = {
    "type": "object",
    "description": "the members stand for the parameters of GET /entities (clause 5.2.23)",
    "required": ["type"],
    "additionalProperties": False,
    "properties": {
        "type": {"const": "Query"},
        "entities": {
            "type": "array",
            "minItems": 1,
            "maxItems": 20,
            "items": {
                "type": "object",
                "required": ["type"],
                "additionalProperties": False,
                "properties": {
                    "type": {"type": "string", "pattern": f"^{NAME}$"},
                    "id": {"type": "string", "pattern": f"^{URI}$"},
                },
            },
        },
        "q": {"type": "string", "pattern": f"^{NAME}(>[0-9]{{1,3}})?$"},
        "attrs": {"type": "array", "minItems": 1, "items": {"type": "string", "pattern": f"^x{NAME}$"}},
    },
}


def _post_query() -> Json:
    """Describe queries that are posted."""
    beside = map(_with_example, parameters_named("limit", "offset", "count", "format", "local"))
    return operation(
        "Query entities by a posted Query",
        {"200": _entities(many=True)},
        parameters=list(beside),
        body={"required": True, "content": {"application/json": {"schema": _QUERY}}},
        refused=(*READ, *BODY),
        public=True,
    )


def _with_example(one: Parameter) -> Json:
    example = {"example": _EXAMPLES[one[0]]} if one[0] in _EXAMPLES else {}
    return parameter(*one) | example


def _entities(*, many: bool) -> Json:
    listed: Json = {"type": "array", "items": _ENTITY}
    # With linked entities beside it, a single entity becomes a list, too (join=flat).
    entity: Json = listed if many else {"anyOf": [_ENTITY, listed]}
    content = {media: {"schema": entity} for media in JSON_MEDIA}
    content["application/geo+json"] = {"schema": _FEATURES if many else {"anyOf": [_FEATURE, _FEATURES]}}
    headers = {"Link": LINK} | ({"NGSILD-Results-Count": TOTAL} if many else {})
    return {"description": "the entities" if many else "the entity", "headers": headers, "content": content}


def _described(names: str, name: str) -> Json:
    listed = {"type": "object", "required": ["id", "type", names], "properties": {names: _strings()}}
    described = {"type": "object", "required": ["id", "type", name], "properties": {name: TEXT}}
    return {"anyOf": [listed, {"type": "array", "items": described}]}


def _info(name: str, number: str) -> Json:
    properties = {"id": {"type": "string", "format": "uri"}, name: TEXT, number: COUNT}
    return {"type": "object", "required": ["id", "type", name, number], "properties": properties}


def _strings() -> Json:
    return {"type": "array", "items": {"type": "string"}}
