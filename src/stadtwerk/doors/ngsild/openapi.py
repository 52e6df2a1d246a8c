"""The NGSI-LD door's part of the OpenAPI 3.1 document."""

from __future__ import annotations

from typing import Any

from stadtwerk.context.geometry import SHAPES
from stadtwerk.context.geoq import RELATIONS
from stadtwerk.context.limits import JOIN_LEVELS, OFFSET_MAX, PAGE_DEFAULT, PAGE_MAX
from stadtwerk.context.query import FORMS, JOINS

Json = dict[str, Any]

_NAME = r"[A-Za-z_][A-Za-z0-9_]*"
_URI = r"[A-Za-z][A-Za-z0-9+.-]*:[A-Za-z0-9._~:/?#@!$&'()*+;=%-]+"
_FORM = "|".join(FORMS)
_NAMES = {"type": "string", "pattern": f"^{_NAME}(,{_NAME})*$"}
_URIS = {"type": "string", "pattern": f"^{_URI}(,{_URI})*$"}
_LANG = "[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,3}"
_BY = f"{_NAME}(;(asc|desc))?"
_TEXT = {"type": "string", "minLength": 1}
_FLAG = {"type": "boolean"}
_JSON = ("application/json", "application/ld+json")

_REFUSALS = {
    "400": "malformed (InvalidRequest) or wrong (BadRequestData), with all faults",
    "403": "too complex a query or too large a page",
    "404": "no such entity, type, attribute, document or tenant",
    "406": "no media type that this resource offers",
    "414": "the query string is too long",
    "422": "part of NGSI-LD that this city does not do",
    "504": "the @context named in the Link header is not here (LdContextNotAvailable)",
}

_PROBLEM: Json = {
    "type": "object",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "faults": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "detail"],
                "properties": {"field": {"type": "string"}, "detail": {"type": "string"}},
            },
        },
    },
}

_SHAPE: Json = {
    "type": "object",
    "required": ["type", "coordinates"],
    "properties": {"type": {"enum": list(SHAPES)}, "coordinates": {"type": "array"}},
}

_ENTITY: Json = {
    "type": "object",
    "description": "Attributes beside id and type, in the representation asked for",
    "properties": {"id": {"type": "string", "format": "uri"}, "type": _TEXT},
}

_FEATURE: Json = {
    "type": "object",
    "required": ["type", "geometry", "properties"],
    "properties": {
        "id": {"type": "string", "format": "uri"},
        "type": {"const": "Feature"},
        "geometry": {"anyOf": [_SHAPE, {"type": "null"}]},
        "properties": {"type": "object"},
    },
}

_FEATURES: Json = {
    "type": "object",
    "required": ["type", "features"],
    "properties": {"type": {"const": "FeatureCollection"}, "features": {"type": "array", "items": _FEATURE}},
}

_SHOWN: tuple[tuple[str, Json, str], ...] = (
    ("attrs", _NAMES, "only entities with one of these attributes, and only these"),
    ("pick", _NAMES, "only these members; of linked entities in braces: `standsOn{name}`"),
    ("omit", _NAMES, "all but these members; of linked entities in braces"),
    (
        "options",
        {"type": "string", "pattern": f"^({_FORM}|sysAttrs)(,({_FORM}|sysAttrs))*$"},
        "sysAttrs shows times of creation and change; representation (older spelling)",
    ),
    ("format", {"enum": list(FORMS)}, "representation"),
    ("geometryProperty", {"type": "string", "pattern": f"^{_NAME}$"}, "geometry of GeoJSON features"),
    ("local", _FLAG, "only what is kept here, nothing of other context sources"),
    (
        "lang",
        {"type": "string", "pattern": f"^({_LANG}|\\*)(,{_LANG})*$"},
        "texts in these languages, the first there is",
    ),
    ("datasetId", {"type": "string", "pattern": f"^(@none|{_URI})(,(@none|{_URI}))*$"}, "only these instances"),
    ("join", {"enum": list(JOINS)}, "linked entities inside, or beside"),
    (
        "joinLevel",
        {"type": "integer", "minimum": 1, "maximum": JOIN_LEVELS, "default": 1},
        "how far links are followed",
    ),
    ("containedBy", _URIS, "entities that are not shown again"),
    ("splitEntities", _FLAG, "whether entities are spread over context sources"),
)

_FILTERS: tuple[tuple[str, Json, str], ...] = (
    ("type", _TEXT, "types: `A,B`, `(A;B)|C` or `*`"),
    ("id", _URIS, "URNs, separated by commas"),
    ("idPattern", _TEXT, "regular expression searched for in URNs"),
    ("q", _TEXT, 'conditions, for example `illuminanceLevel>0.5;status=="ok"`'),
    ("scopeQ", _TEXT, "scopes: `/Duisburg/#`, `/+/Ruhrort`, `(/a;/b)|/c`"),
    ("csf", _TEXT, "conditions on context sources, written as q"),
    ("expandValues", _NAMES, "attributes whose values in q are terms"),
    ("jsonKeys", _NAMES, "attributes whose values are plain JSON"),
    ("orderBy", {"type": "string", "pattern": f"^{_BY}(,{_BY}){{0,7}}$"}, "attributes, id or type to order by"),
    ("collation", {"type": "string", "pattern": f"^{_LANG}$"}, "how texts are ordered (RFC 6067)"),
    ("orderFrom", _TEXT, "GeoJSON coordinates from which an order by distance is taken"),
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
    ("coordinates", _TEXT, "GeoJSON coordinates of the geometry"),
    ("geoproperty", {"type": "string", "pattern": f"^{_NAME}$"}, "attribute that holds the place"),
    ("limit", {"type": "integer", "minimum": 0, "maximum": PAGE_MAX, "default": PAGE_DEFAULT}, "entities of a page"),
    ("offset", {"type": "integer", "minimum": 0, "maximum": OFFSET_MAX, "default": 0}, "entities before the page"),
    ("count", _FLAG, "tell how many there are, in NGSILD-Results-Count"),
    ("entityMap", _FLAG, "hold the entities found fast; NGSILD-EntityMap tells where (201)"),
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

_DETAILS: tuple[tuple[str, Json, str], ...] = (
    ("details", _FLAG, "describe each instead of naming it"),
    ("local", _FLAG, "only this city's own, which all are"),
)


def openapi_paths() -> Json:
    """Describe the paths of the NGSI-LD API (ETSI GS CIM 009 V1.9.1 clause 6), open to everybody to read."""
    document: Json = {"type": "object", "required": ["@context"]}
    entry: Json = {"type": "object", "required": ["URL", "localId", "kind"]}
    kinds = {"enum": ["Hosted", "Cached", "ImplicitlyCreated"]}
    listed: Json = {"type": "array", "items": {"anyOf": [{"type": "string", "format": "uri"}, entry]}}
    details = _DETAILS[:1]
    return {
        "/ngsi-ld/v1/entities": _with_map(_get("Query entities", _entities(many=True), (*_FILTERS, *_SHOWN))),
        "/ngsi-ld/v1/entities/{entityId}": _get(
            "Retrieve an entity",
            _entities(many=False),
            (("type", _TEXT, "types the entity may have"), *_SHOWN),
            ("entityId", {"type": "string", "pattern": f"^{_URI}$"}, "URN of the entity"),
        ),
        "/ngsi-ld/v1/entityOperations/query": _post_query(),
        "/ngsi-ld/v1/types": _get("List types", _plain(_described("typeList", "typeName")), _DETAILS),
        "/ngsi-ld/v1/types/{type}": _get(
            "Describe a type", _plain(_info("typeName", "entityCount")), _DETAILS[1:], ("type", _TEXT, "name or IRI")
        ),
        "/ngsi-ld/v1/attributes": _get(
            "List attributes", _plain(_described("attributeList", "attributeName")), _DETAILS
        ),
        "/ngsi-ld/v1/attributes/{attribute}": _get(
            "Describe an attribute",
            _plain(_info("attributeName", "attributeCount")),
            _DETAILS[1:],
            ("attribute", _TEXT, "name or IRI"),
        ),
        "/ngsi-ld/v1/jsonldContexts": _get(
            "List the @context documents that are here", _plain(listed), (*details, ("kind", kinds, "only these"))
        ),
        "/ngsi-ld/v1/jsonldContexts/{contextId}": _get(
            "Serve an @context document",
            _plain({"anyOf": [document, entry]}),
            details,
            ("contextId", _TEXT, "local name or URL"),
        ),
    }


def _get(
    summary: str, answer: Json, parameters: tuple[tuple[str, Json, str], ...], path: tuple[str, Json, str] | None = None
) -> Json:
    described = [_parameter(*parameter) for parameter in parameters]
    if path is not None:
        described.append({**_parameter(*path), "in": "path", "required": True})
    refusals = {
        status: {"description": why, "content": {"application/problem+json": {"schema": _PROBLEM}}}
        for status, why in _REFUSALS.items()
    }
    operation = {"summary": summary, "tags": ["NGSI-LD"], "security": [], "parameters": described}
    return {"get": {**operation, "responses": {"200": answer, **refusals}}}


def _with_map(path: Json) -> Json:
    """Add the answer that made an entity map."""
    responses = path["get"]["responses"]
    responses["201"] = {**responses["200"], "description": "the entities, and a new entity map"}
    return path


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
                    "type": {"type": "string", "pattern": f"^{_NAME}$"},
                    "id": {"type": "string", "pattern": f"^{_URI}$"},
                },
            },
        },
        "q": {"type": "string", "pattern": f"^{_NAME}(>[0-9]{{1,3}})?$"},
        "attrs": {"type": "array", "minItems": 1, "items": {"type": "string", "pattern": f"^x{_NAME}$"}},
    },
}


def _post_query() -> Json:
    """Describe queries that are posted."""
    beside = [one for one in (*_FILTERS, *_SHOWN) if one[0] in ("limit", "offset", "count", "format", "local")]
    described = _get("Query entities by a posted Query", _entities(many=True), tuple(beside))["get"]
    described["responses"]["415"] = described["responses"]["400"]
    return {"post": {**described, "requestBody": {"required": True, "content": {_JSON[0]: {"schema": _QUERY}}}}}


def _parameter(name: str, schema: Json, description: str) -> Json:
    example = {"example": _EXAMPLES[name]} if name in _EXAMPLES else {}
    return {"name": name, "in": "query", "schema": schema, "description": description, **example}


def _plain(schema: Json) -> Json:
    return {"description": "the answer", "content": {media: {"schema": schema} for media in _JSON}}


def _entities(*, many: bool) -> Json:
    listed: Json = {"type": "array", "items": _ENTITY}
    # With linked entities beside it, a single entity becomes a list, too (join=flat).
    entity: Json = listed if many else {"anyOf": [_ENTITY, listed]}
    content = {media: {"schema": entity} for media in _JSON}
    content["application/geo+json"] = {"schema": _FEATURES if many else {"anyOf": [_FEATURE, _FEATURES]}}
    link = {"description": "the @context, and the next and previous page", "schema": {"type": "string"}}
    total = {"description": "how many match, when counted", "schema": {"type": "integer", "minimum": 0}}
    headers = {"Link": link} | ({"NGSILD-Results-Count": total} if many else {})
    return {"description": "the entities" if many else "the entity", "headers": headers, "content": content}


def _described(names: str, name: str) -> Json:
    listed = {"type": "object", "required": ["id", "type", names], "properties": {names: _strings()}}
    described = {"type": "object", "required": ["id", "type", name], "properties": {name: _TEXT}}
    return {"anyOf": [listed, {"type": "array", "items": described}]}


def _info(name: str, number: str) -> Json:
    properties = {"id": {"type": "string", "format": "uri"}, name: _TEXT, number: {"type": "integer", "minimum": 0}}
    return {"type": "object", "required": ["id", "type", name, number], "properties": properties}


def _strings() -> Json:
    return {"type": "array", "items": {"type": "string"}}
