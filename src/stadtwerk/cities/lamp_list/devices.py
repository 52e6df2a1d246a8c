"""TALQ devices (2.7.1, JSON) as a table: an array of devices, or an object that holds one and its types."""

from __future__ import annotations

from typing import Any

import msgspec

from stadtwerk.cities.lamp_list.sheet import BYTES_MAX, ROWS_MAX, Sheet
from stadtwerk.kernel.refusal import Refused

HEADER = ("address", "assetId", "longitude", "latitude", "wattage", "lampType", "cct", "installationDate")
"""Columns of the table, by names that the mapping knows."""

_TYPES = ("luminaireTypes", "luminaire-types", "lampTypes", "lamp-types")
_POINTERS = (("LuminaireAsset", "luminaireTypeAddress"), ("LampMonitor", "lampTypeId"), ("LampActuator", "lampTypeId"))
"""Attributes that name a luminaire's type, the most telling first."""

_LOCATIONS = ("Basic", "LocationSensor")
"""`location` moved from the first to the second with TALQ 2.4.0."""


def read_devices(body: bytes) -> Sheet:
    """Read a device list; what is no device becomes an empty row. Refuses what is no JSON or holds no list."""
    if len(body) > BYTES_MAX:
        raise _unreadable(f"{len(body)} bytes; at most {BYTES_MAX} are read")
    try:
        told = msgspec.json.decode(body.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _unreadable(str(error)) from error
    types: dict[str, Any] = {}
    if isinstance(told, dict):
        listed = (one for name in _TYPES if isinstance(told.get(name), list) for one in told[name])
        types = {str(one.get("address")): one for one in listed if isinstance(one, dict)}
        told = told.get("devices")
    devices = [one for one in told if not _is_no_lamp(one)] if isinstance(told, list) else []
    if not 0 < len(devices) <= ROWS_MAX:
        raise _unreadable(f"it holds {len(devices)} devices with light; 1 to {ROWS_MAX} are read")
    rows = [_row(device, types) if isinstance(device, dict) else [""] * len(HEADER) for device in devices]
    odd = [row for row, device in enumerate(devices) if not isinstance(device, dict)]
    return Sheet(list(HEADER), rows, "utf-8", "JSON", {"no-device": odd} if odd else {})


def _is_no_lamp(device: Any) -> bool:
    """Tell devices that say what they do, but nothing about light: cabinets, gateways, sensors."""
    kinds = _functions(device).keys() if isinstance(device, dict) else ()
    return bool(kinds) and not any(kind.startswith(("Lamp", "Luminaire")) for kind in kinds)


def _row(device: dict[str, Any], types: dict[str, Any]) -> list[str]:
    functions = _functions(device)

    def value(function: str, attribute: str) -> Any:
        return _value(functions.get(function, {}).get(attribute))

    places = (*(value(function, "location") for function in _LOCATIONS), device.get("location"))
    place = next((place for place in places if isinstance(place, dict)), {})
    kind: dict[str, Any] = next(
        (types[str(name)] for name in (value(*where) for where in _POINTERS) if str(name) in types), {}
    )
    row = (
        device.get("address"),
        value("Basic", "assetId") or device.get("name"),
        place.get("longitude"),
        place.get("latitude"),
        kind.get("maximumPower", kind.get("wattage")),
        kind.get("lightSourceType", kind.get("name")),
        kind.get("cct"),
        value("Basic", "installationDate") or value("LuminaireAsset", "installationTimestamp"),
    )
    return [str(cell).strip()[:200] if isinstance(cell, str | int | float) else "" for cell in row]


def _functions(device: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return a device's functions by type without the ending, the first of each."""
    told = device.get("functions")
    found: dict[str, dict[str, Any]] = {}
    for function in told if isinstance(told, list) else []:
        if isinstance(function, dict) and isinstance(function.get("type"), str):
            found.setdefault(function["type"].removesuffix("Function"), function)
    return found


def _value(told: Any) -> Any:
    """Return an attribute's value, whether it stands plain or in its TALQ envelope."""
    return told.get("value") if isinstance(told, dict) and "value" in told else told


def _unreadable(detail: str) -> Refused:
    return Refused.of("unreadable-list", "This list of lamps cannot be read", 422, detail)
