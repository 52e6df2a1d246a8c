"""Documents made from TALQ's own schemas: every member a schema declares, with a value it allows."""

from __future__ import annotations

from typing import Any

from conformance.talq.oas import properties, referred, schemas

AT = "2026-11-27T22:00:00Z"
LEVEL = {"name": "LevelState", "value": 40}
COMMAND = {
    "state": LEVEL,
    "rampToLevelTime": 2.5,
    "rampFromLevelTime": 1.5,
    "reason": "override",
    "cmsRefId": "order 7",
    "refAddress": "sensor",
    "start": AT,
    "expiration": "2026-11-28T05:00:00Z",
}
TEXTS = {
    "date-time": AT,
    "time": "22:00:00",
    "date": "2026-11-27",
    "uri": "https://talq.example/",
    "uuid": "8d0f2a57-7f2b-4d4d-9a64-0e8b8d7a4b10",
}
ABSTRACT = {"State": LEVEL, "LevelState": LEVEL, "Command": COMMAND}


def value(schema: dict[str, Any]) -> Any:
    """Make a value a schema allows."""
    if "enum" in schema:
        return schema["enum"][0]
    for name in referred(schema):
        return ABSTRACT[name] if name in ABSTRACT else value(schemas()[name])
    for how in ("oneOf", "anyOf", "allOf"):
        if schema.get(how):
            return value(schema[how][0] if how != "allOf" else schema[how][-1])
    kind = schema.get("type")
    if kind == "array":
        return [value(schema["items"])]
    if kind == "object" or "properties" in schema:
        return {name: value(one) for name, one in schema.get("properties", {}).items()}
    plain = {"boolean": True, "string": TEXTS.get(schema.get("format", ""), "a text")}
    return plain.get(kind, min(max(schema.get("minimum", 1), 1), schema.get("maximum", 1)))


def attribute(schema: dict[str, Any]) -> dict[str, Any]:
    """Make an attribute of the kind a function's member refers to."""
    kind = next(name for name in referred(schema) if name.startswith("Attribute"))
    held = properties(schemas()[kind])
    made = {key: value(one) for key, one in held.items() if key not in ("type", "timestamp")}
    return {"type": kind, "timestamp": AT, **made}


def function(name: str) -> dict[str, Any]:
    """Make a function with every attribute its schema declares."""
    declared = properties(schemas()[name], inherited=False)
    members = {key: attribute(one) for key, one in declared.items() if key not in ("id", "type")}
    return {"id": name.removesuffix("Function"), "type": name, **members}


def dali_type(name: str) -> dict[str, Any]:
    """Make a DALI type with every member its schema declares."""
    return {key: value(one) for key, one in properties(schemas()[name]).items()}
