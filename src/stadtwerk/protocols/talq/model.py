"""TALQ 2.7.1 objects and the checks of their values: functions are a union told apart by `type`."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from stadtwerk.protocols.talq.tables import FUNCTIONS
from stadtwerk.protocols.talq.wire import Refused

Document = dict[str, Any]
"""A JSON object whose unknown (vendor) members are kept."""


class Reference(msgspec.Struct):
    """A resource by its kind and address (ResourceReference)."""

    resource: str
    address: str


class Device(msgspec.Struct, kw_only=True):
    """One device with its functions, each told by `type` (Device)."""

    address: UUID
    name: str
    class_: str = msgspec.field(name="class")
    functions: list[Document] = []


@dataclass(slots=True)
class Network:
    """What a gateway has behind it: its own device (address NIL until it has one), classes, services, devices."""

    gateway: Device
    classes: list[Document]
    services: list[Document]
    devices: list[Device] = field(default_factory=list)


class Override(msgspec.Struct, omit_defaults=True):
    """A command for devices or groups, without a command the end of one (OverrideCommand)."""

    addresses: list[Reference]
    targetCommand: Document | None = None  # noqa: N815 - the name on the wire


class Assignment(msgspec.Struct, omit_defaults=True):
    """An entity for devices or groups, an empty address takes it away (AssignCommand)."""

    addresses: list[Reference]
    entity: Reference
    cmsRefId: str = ""  # noqa: N815 - the name on the wire


class LogReport(msgspec.Struct):
    """What a logger recorded (LogReport)."""

    address: str
    entries: list[Document] = []


def _table() -> dict[str, dict[str, tuple[str, str]]]:
    """Read the packed table: kind and scope by function type and attribute."""
    read: dict[str, dict[str, tuple[str, str]]] = {}
    for function, packed in FUNCTIONS.items():
        read[function] = {}
        for part in packed.split("; "):
            head, names = part.split(": ")
            kind, scope = head.split(".")
            read[function].update(dict.fromkeys(names.split(), (kind, scope)))
    return read


ATTRIBUTES = _table()
"""Kind and scope (c, m, e, o) of each attribute, by function type and name."""


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _instant(value: object) -> bool:
    if not isinstance(value, str) or "T" not in value.upper():
        return False
    try:
        return datetime.fromisoformat(value.upper()).tzinfo is not None
    except ValueError:
        return False


def _state(value: object) -> bool:
    return isinstance(value, Mapping) and isinstance(value.get("name"), str)


def _command(value: object) -> bool:
    return isinstance(value, Mapping) and _state(value.get("state"))


def _text(value: object) -> bool:
    return isinstance(value, str)


def _row(value: object) -> bool:
    return isinstance(value, list)


def _map(value: object) -> bool:
    return isinstance(value, Mapping)


def _truth(value: object) -> bool:
    return isinstance(value, bool)


SHAPES: dict[str, Callable[[object], bool]] = {
    "Boolean": _truth,
    "Integer": _whole,
    "Percent": _whole,
    "Float": _number,
    "DateTime": _instant,
    "Command": _command,
    "LevelState": _state,
    "StringArray": _row,
    "IntegerArray": _row,
    "CabinetSegmentsConfiguration": _row,
    "Location": _map,
    "Velocity": _map,
    "DaliUnit": _whole,
    "DaliQuantity": _whole,
    "DaliOccupancyState": _whole,
}
"""The shape of a value by the kind of its attribute; kinds not named are texts."""
RANGES = {"Percent": 100, "DaliUnit": 255, "DaliQuantity": 255, "DaliOccupancyState": 255}
"""The largest value by kind, the smallest is 0."""
CHOICES = {
    "Binary": ("ON", "OFF"),
    "LocalOverride": ("ON", "OFF", "NONE"),
    "FactorSense": ("lead", "lag"),
    "SupplyType": ("AC", "DC"),
    "CabinetActuatingType": ("DALI", "Relay Control"),
}
"""The texts allowed by kind."""


def check_attribute(function: str, name: str, attribute: object) -> None:
    """Refuse an attribute of wrong shape (400) or range (422); attributes and functions not known pass."""
    if not isinstance(attribute, Mapping) or not isinstance(attribute.get("type"), str):
        raise Refused(400, "payloadError", f"{name} is no attribute with a type")
    known = ATTRIBUTES.get(function, {}).get(name)
    member = "daliId" if known is not None and known[0].startswith("Dali") else "value"
    if known is None or attribute.get(member) is None:
        return
    kind, value = known[0], attribute[member]
    if attribute["type"] != f"Attribute{kind}" or not SHAPES.get(kind, _text)(value):
        raise Refused(400, "payloadError", f"{name} of {function} holds no Attribute{kind}")
    if kind in CHOICES and value not in CHOICES[kind]:
        raise Refused(400, "payloadError", f"{name} of {function} is none of {', '.join(CHOICES[kind])}")
    if kind in RANGES and not 0 <= value <= RANGES[kind]:
        raise Refused(422, "parameterValueNotValid", f"{name} of {function} is not within 0..{RANGES[kind]}")
    if kind in ("LevelState", "Command"):
        check_level(value if kind == "LevelState" else value["state"])


def check_level(state: Mapping[str, Any]) -> None:
    """Refuse a level that is no whole percent (400) or not within 0..100 (422); other states pass (DimLevel)."""
    if state["name"] != "LevelState" or "value" not in state:
        return
    if not _whole(state["value"]):
        raise Refused(400, "payloadError", "a level is a whole number of percents")
    if not 0 <= state["value"] <= 100:
        raise Refused(422, "overrideCommandNotValid", f"level {state['value']} is not within 0..100")


def check_command(command: Mapping[str, Any]) -> None:
    """Refuse a command without a state (400), with a level, ramp or time that cannot be (422)."""
    if not _command(command):
        raise Refused(400, "payloadError", "a command has a state with a name")
    check_level(command["state"])
    for ramp in ("rampToLevelTime", "rampFromLevelTime"):
        if ramp in command and not (_number(command[ramp]) and command[ramp] >= 0):
            raise Refused(422, "overrideCommandNotValid", f"{ramp} is no number of seconds")
    for instant in ("start", "expiration"):
        if instant in command and not _instant(command[instant]):
            raise Refused(400, "payloadError", f"{instant} is no instant with a zone")
    if "start" in command and "expiration" in command:
        start, end = (datetime.fromisoformat(command[name].upper()) for name in ("start", "expiration"))
        if end <= start:
            raise Refused(422, "overrideCommandNotValid", "the command ends before it starts")


def check_function(function: object) -> None:
    """Refuse a function without id and type, or with an attribute that cannot be."""
    if not isinstance(function, dict) or not isinstance(function.get("id"), str):
        raise Refused(400, "payloadError", "a function has an id")
    if not isinstance(function.get("type"), str):
        raise Refused(400, "payloadError", "a function has a type")
    for name, attribute in function.items():
        if name not in ("id", "type"):
            check_attribute(function["type"], name, attribute)


def check_device(device: Device) -> None:
    """Refuse a device with a function that cannot be, or two functions of one id."""
    for function in device.functions:
        check_function(function)
    if len({function["id"] for function in device.functions}) < len(device.functions):
        raise Refused(422, "resourceConflict", "two functions have one id", "devices", str(device.address))


def merge(device: Device, patch: Device, *, owner: bool) -> Device:
    """Return the device with a patch's functions merged by id; what only the owner may set is left as it is.

    Writes to measurements and events by the other side are accepted without effect (TALQ 2.7.1, read-only).
    """
    merged = {function["id"]: dict(function) for function in device.functions}
    for function in patch.functions:
        there = merged.setdefault(function["id"], {"id": function["id"], "type": function["type"]})
        kinds = ATTRIBUTES.get(there["type"], {})
        for name, attribute in function.items():
            if name not in ("id", "type") and (owner or kinds.get(name, ("", "c"))[1] in "co"):
                there[name] = attribute
    return Device(address=device.address, name=patch.name, class_=patch.class_, functions=list(merged.values()))
