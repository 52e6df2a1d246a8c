"""TALQ's own OpenAPI files as judge: what is mandatory for a profile and a side, and whether a message fits."""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jsonschema import Draft4Validator, FormatChecker
from referencing import Registry
from referencing.jsonschema import DRAFT4

from stadtwerk.protocols.talq.wire import Answer, Request, read_body

FOLDER = Path(os.environ.get("STADTWERK_TEST_TALQ", Path(__file__).parents[4] / "shared" / "data" / "talq"))
PROFILES = ("lighting", "cabinetControl", "daliD4iLuminaireTalqZhaga", "daliD4iSensorsTalqZhaga")
MODEL = "talq-data-model-2-7-1-online.json"
FILES = {"cms": "talq-api-cms-2-7-1-online.json", "gw": "talq-api-gateway-2-7-1-online.json"}
GENERAL = {400, 403, 404, 405, 411, 413, 415}
"""Statuses HTTP and the bootstrap allow for every operation."""


@functools.cache
def load(name: str) -> dict[str, Any]:
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))


def schemas() -> dict[str, Any]:
    return load(MODEL)["components"]["schemas"]


@functools.cache
def registry() -> Registry:
    return Registry().with_resources((name, DRAFT4.create_resource(load(name))) for name in (MODEL, *FILES.values()))


@functools.cache
def validator(name: str) -> Draft4Validator:
    reference = {"$ref": f"{MODEL}#/components/schemas/{name}"}
    return Draft4Validator(reference, registry=registry(), format_checker=FormatChecker())


def must_fit(name: str, document: Any) -> None:
    """Fail unless the document and every concrete type in it fit the schemas."""
    for schema, part in concrete(name, document):
        told = [f"{schema}: {error.json_path} {error.message[:200]}" for error in validator(schema).iter_errors(part)]
        assert not told, told[:3]


def referred(schema: dict[str, Any]) -> list[str]:
    """Name the schemas a schema refers to, itself or through its combinations."""
    names = [schema["$ref"].split("/")[-1]] if "$ref" in schema else []
    for how in ("allOf", "anyOf", "oneOf"):
        for part in schema.get(how, []):
            names += referred(part)
    return names


def properties(schema: dict[str, Any], *, inherited: bool = True) -> dict[str, Any]:
    found: dict[str, Any] = dict(schema.get("properties", {}))
    if "$ref" in schema and inherited:
        found |= properties(schemas()[schema["$ref"].split("/")[-1]])
    for part in schema.get("allOf", []):
        if inherited or "$ref" not in part:
            found |= properties(part, inherited=inherited)
    return found


def concrete(name: str, document: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give every object in a document with its schema: by the discriminator if it has one, else as declared."""
    if not isinstance(document, dict):
        return
    told = document.get(discriminator(schemas()[name]))
    name = told if told in schemas() else name
    yield name, document
    declared = properties(schemas()[name])
    for key, value in document.items():
        yield from _inner(declared.get(key, {}), value)


def discriminator(schema: dict[str, Any]) -> str:
    """Return the member that tells a schema's concrete type, empty without one."""
    if "discriminator" in schema:
        return schema["discriminator"]["propertyName"]
    above = (discriminator(schemas()[one]) for one in referred(schema) if one in schemas())
    return next((one for one in above if one), "")


def _inner(schema: dict[str, Any], value: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(value, list):
        for one in value:
            yield from _inner(schema.get("items", {}), one)
    elif isinstance(value, dict):
        names = [one for one in referred(schema) if one in schemas()]
        if names:
            yield from concrete(names[0], value)
        else:
            for key, one in value.items():
                yield from _inner(properties(schema).get(key, {}), one)


def flag(schema: dict[str, Any], profile: str, side: str) -> bool:
    """Tell whether a schema, attribute or operation is mandatory for a side of a profile."""
    for part in (schema, *schema.get("allOf", [])):
        for flags in part.get("x-talq-profiles", []):
            if profile in flags:
                return flags[profile].get(side) == "M"
    return False


@functools.cache
def operations(side: str) -> list[tuple[str, str, dict[str, Any]]]:
    paths = load(FILES[side])["paths"].items()
    return [(m.upper(), path, one) for path, methods in paths for m, one in methods.items() if m != "parameters"]


def mandatory(profile: str, side: str) -> set[str]:
    """Name all that is mandatory: operations `METHOD path`, objects `Name`, their members `Name.member`."""
    items = {f"{method} {path}" for method, path, operation in operations(side) if flag(operation, profile, side)}
    for name, schema in schemas().items():
        if flag(schema, profile, side):
            items.add(name)
            members = properties(schema, inherited=False)
            items |= {f"{name}.{member}" for member, one in members.items() if flag(one, profile, side)}
    return items


def matching(side: str, request: Request) -> tuple[str, dict[str, Any]] | None:
    """Find the operation of a request: the path with the fewest variables that fits."""
    parts = request.path.split("/")
    fits = []
    for method, path, operation in operations(side):
        pattern = path.split("/")
        alike = len(pattern) == len(parts) and all(
            p.startswith("{") or p == q for p, q in zip(pattern, parts, strict=True)
        )
        if method == request.method and alike:
            fits.append((path.count("{"), path, operation))
    return min(fits, key=lambda fit: fit[0])[1:] if fits else None


def body_of(message: Request | Answer) -> Any:
    return json.loads(read_body(message.headers, message.body)) if message.body else None


def must_fit_operation(operation: dict[str, Any], request: Request, answer: Answer) -> list[tuple[str, dict[str, Any]]]:
    """Fail unless an exchange fits its operation; return the objects that were carried and followed."""
    assert "talq-api-version" in answer.headers
    assert str(answer.status) in operation["responses"] or answer.status in GENERAL, answer
    carried = []
    content = operation["responses"].get(str(answer.status), {}).get("content", {})
    if answer.status in GENERAL:
        content = {"application/json": {"schema": {"type": "array", "items": {"$ref": "#/TALQErrorMessage"}}}}
    carried += _objects(content, body_of(answer))
    if answer.status < 300:
        for parameter in operation.get("parameters", []):
            given = request.headers if parameter["in"] == "header" else request.query
            if parameter.get("required") and parameter["in"] != "path":
                assert parameter["name"] in given or request.path == "/devices", parameter["name"]
        carried += _objects(operation.get("requestBody", {}).get("content", {}), body_of(request))
    return carried


def _objects(content: dict[str, Any], body: Any) -> list[tuple[str, dict[str, Any]]]:
    if body is None:
        return []
    assert "application/json" in content, body
    schema = content["application/json"]["schema"]
    is_list = schema.get("type") == "array"
    assert isinstance(body, list) == is_list, body
    names = referred(schema.get("items", {}) if is_list else schema)
    found = []
    for row in body if is_list else [body]:
        if names:
            must_fit(names[0], row)
            found += list(concrete(names[0], row))
        else:
            assert schema["type"] == "integer"
            assert isinstance(row, int)
    return found
