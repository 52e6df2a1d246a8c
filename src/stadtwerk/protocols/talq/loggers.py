"""What a TALQ data logger records: which devices, in which mode, at which instants (LoggerConfig)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from stadtwerk.kernel.clock import US
from stadtwerk.protocols.talq.model import ATTRIBUTES, Device, Document
from stadtwerk.protocols.talq.wire import Refused

_PERIOD = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")
_SCOPES = {"configuration": "c", "measurement": "m", "event": "e", "operational": "o"}


def check_logger(row: Document) -> None:
    """Refuse with 400 a logger whose modes, lists or sampling instants are none."""
    if not all(isinstance(row.get(name), str) for name in ("address", "ownerCMS")):
        raise Refused(400, "payloadError", "a logger has address and ownerCMS")
    for member in ("sourceAddresses", "recordingMode", "reportingMode"):
        if not isinstance(row.get(member, {}), dict):
            raise Refused(400, "payloadError", f"{member} is an object")
    mode = row.get("recordingMode", {})
    for lists in (row.get("sourceAddresses", {}), mode.get("sourceEvents", {})):
        if not isinstance(lists, dict) or not all(
            isinstance(lists.get(n, []), list) for n in ("whiteList", "blackList")
        ):
            raise Refused(400, "payloadError", "whiteList and blackList are lists")
    _check_mode(mode)


def _check_mode(mode: Document) -> None:
    for parts in ("content", "samplingProfiles"):
        if not all(isinstance(one, dict) for one in _list(mode.get(parts, []))):
            raise Refused(400, "payloadError", f"{parts} is a list of objects")
    for content in mode.get("content", []):
        if not isinstance(content.get("function"), dict):
            raise Refused(400, "payloadError", "content names functions")
    for profile in mode.get("samplingProfiles", []):
        _instants(profile)


def wanted(logger: Document, device: str, function: str, data: Document) -> bool:
    """Tell whether a logger records a change or event of a function (its type) as it comes."""
    mode = logger.get("recordingMode", {})
    if mode.get("type") == "EventRecordingMode":
        if "eventType" not in data or not _listed(mode.get("sourceEvents", {}), data["eventType"]):
            return False
    elif mode.get("type") == "PeriodicRecordingMode" or "eventType" in data:
        return False
    elif "content" in mode:
        identifier = data["srcAddress"].partition("/")[2]
        row = {"id": identifier, "type": function}
        if not any(_means(one, row, data["attributeName"]) for one in mode["content"]):
            return False
    return _listed(logger.get("sourceAddresses", {}), device)


def due(logger: Document, since_us: int, now_us: int) -> bool:
    """Tell whether a periodic logger has an instant to sample in (since, now]."""
    mode = logger.get("recordingMode", {})
    if mode.get("type") != "PeriodicRecordingMode":
        return False
    for profile in mode.get("samplingProfiles", []):
        start_us, period_us, end_us = _instants(profile)
        last_us = min(now_us, end_us)
        if last_us < start_us:
            continue
        newest_us = last_us - (last_us - start_us) % period_us if period_us else start_us
        if newest_us > since_us:
            return True
    return False


def sample(logger: Document, devices: Iterable[Device]) -> Iterable[Document]:
    """Give an entry for each attribute a periodic logger asks for, as it is now."""
    content = logger["recordingMode"].get("content", [])
    for device in devices:
        if not _listed(logger.get("sourceAddresses", {}), str(device.address)):
            continue
        for row in device.functions:
            for name, attribute in row.items():
                if name not in ("id", "type") and any(_means(one, row, name) for one in content):
                    yield {
                        "type": "AttributeLogData",
                        "srcAddress": f"{device.address}/{row['id']}",
                        "attributeName": name,
                        "attributeValue": attribute,
                    }


def _means(content: Document, row: Document, name: str) -> bool:
    """Tell whether a logger's content means an attribute of a function."""
    asked = content["function"]
    if asked.get("functionId", row["id"]) != row["id"] or asked.get("functionType", row["type"]) != row["type"]:
        return False
    scope = content.get("attributeScope")
    if scope is not None and ATTRIBUTES.get(row["type"], {}).get(name, ("", ""))[1] != _SCOPES.get(scope):
        return False
    return "attributes" not in asked or any(one.get("name") == name for one in asked["attributes"])


def _instants(profile: Document) -> tuple[int, int, int]:
    """Return start, period (0: once) and end of a sampling profile in microseconds; Refused with 400."""
    found = _PERIOD.fullmatch(str(profile.get("samplingPeriod", "PT0S")))
    try:
        start_us, end_us = (
            round(datetime.fromisoformat(str(profile.get(name, other)).upper()).timestamp()) * US
            for name, other in (("samplingStartTime", ""), ("samplingEndTime", "9999-12-31T00:00:00Z"))
        )
    except ValueError:
        found = None
    if found is None:
        raise Refused(400, "payloadError", "a sampling profile has instants with a zone and a period")
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return start_us, (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * US, end_us


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise Refused(400, "payloadError", "content and samplingProfiles are lists")
    return value


def _listed(lists: dict[str, Any], inside: str) -> bool:
    """Tell whether something is meant: of all with a black list only, else of the white list, but for the black one."""
    if not lists:
        return False
    black = [_address(one) for one in lists.get("blackList", [])]
    white = [_address(one) for one in lists["whiteList"]] if "whiteList" in lists else [inside]
    return inside in white and inside not in black


def _address(one: Document | str) -> str:
    """Return an event's name, or the device a reference means."""
    return one if isinstance(one, str) else str(one.get("address", "")).partition("/")[0]
