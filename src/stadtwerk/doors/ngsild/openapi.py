"""The NGSI-LD door's part of the OpenAPI 3.1 document."""

from __future__ import annotations

from typing import Any

from stadtwerk.context.geometry import SHAPES
from stadtwerk.context.geoq import RELATIONS
from stadtwerk.context.limits import OFFSET_MAX, PAGE_DEFAULT, PAGE_MAX
from stadtwerk.context.query import FORMS

Json = dict[str, Any]

_NAME = r"[A-Za-z_][A-Za-z0-9_]*"
_URI = r"[A-Za-z][A-Za-z0-9+.-]*:[A-Za-z0-9._~:/?#@!$&'()*+;=%-]+"
_FORM = "|".join(FORMS)
_NAMES = {"type": "string", "pattern": f"^{_NAME}(,{_NAME})*$"}
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
    "503": "the @context named in the Link header is not bundled (LdContextNotAvailable)",
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

_POINT: Json = {
    "type": "object",
    "required": ["type", "coordinates"],
    "properties": {
        "type": {"const": "Point"},
        "coordinates": {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2},
    },
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
        "geometry": {"anyOf": [_POINT, {"type": "null"}]},
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
    ("pick", _NAMES, "only these members"),
    ("omit", _NAMES, "all but these members"),
    ("options", {"type": "string", "pattern": f"^({_FORM})(,({_FORM}))*$"}, "representation (older spelling)"),
    ("format", {"enum": list(FORMS)}, "representation"),
    ("geometryProperty", {"type": "string", "pattern": f"^{_NAME}$"}, "geometry of GeoJSON features"),
    ("local", _FLAG, "only this city's own entities, which all are"),
)

_FILTERS: tuple[tuple[str, Json, str], ...] = (
    ("type", _TEXT, "types: `A,B`, `(A;B)|C` or `*`"),
    ("id", {"type": "string", "pattern": f"^{_URI}(,{_URI})*$"}, "URNs, separated by commas"),
    ("idPattern", _TEXT, "regular expression searched for in URNs"),
    ("q", _TEXT, 'conditions, for example `illuminanceLevel>0.5;status=="ok"`'),
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
        "/ngsi-ld/v1/entities": _get("Query entities", _entities(many=True), (*_FILTERS, *_SHOWN)),
        "/ngsi-ld/v1/entities/{entityId}": _get(
            "Retrieve an entity",
            _entities(many=False),
            (("type", _TEXT, "types the entity may have"), *_SHOWN),
            ("entityId", {"type": "string", "pattern": f"^{_URI}$"}, "URN of the entity"),
        ),
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
            "List bundled @context documents", _plain(listed), (*details, ("kind", kinds, "only these"))
        ),
        "/ngsi-ld/v1/jsonldContexts/{contextId}": _get(
            "Serve a bundled @context document",
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


def _parameter(name: str, schema: Json, description: str) -> Json:
    example = {"example": _EXAMPLES[name]} if name in _EXAMPLES else {}
    return {"name": name, "in": "query", "schema": schema, "description": description, **example}


def _plain(schema: Json) -> Json:
    return {"description": "the answer", "content": {media: {"schema": schema} for media in _JSON}}


def _entities(*, many: bool) -> Json:
    entity: Json = {"type": "array", "maxItems": PAGE_MAX, "items": _ENTITY} if many else _ENTITY
    content = {media: {"schema": entity} for media in _JSON}
    content["application/geo+json"] = {"schema": _FEATURES if many else _FEATURE}
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
