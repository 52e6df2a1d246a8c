"""What a TALQ data logger records: which devices, and in which mode (LoggerConfig)."""

from __future__ import annotations

from typing import Any

from stadtwerk.protocols.talq.model import Document
from stadtwerk.protocols.talq.wire import Refused


def check_logger(row: Document) -> None:
    """Refuse with 400 a logger whose modes or lists are none."""
    if not all(isinstance(row.get(name), str) for name in ("address", "ownerCMS")):
        raise Refused(400, "payloadError", "a logger has address and ownerCMS")
    for member in ("sourceAddresses", "recordingMode", "reportingMode"):
        if not isinstance(row.get(member, {}), dict):
            raise Refused(400, "payloadError", f"{member} is an object")
    for lists in (row.get("sourceAddresses", {}), row.get("recordingMode", {}).get("sourceEvents", {})):
        if not isinstance(lists, dict) or not all(
            isinstance(lists.get(n, []), list) for n in ("whiteList", "blackList")
        ):
            raise Refused(400, "payloadError", "whiteList and blackList are lists")


def wanted(logger: Document, device: str, data: Document) -> bool:
    """Tell whether a logger records this: its devices and, in event mode, its events only."""
    mode = logger.get("recordingMode", {})
    if mode.get("type") == "EventRecordingMode":
        event = data.get("eventType")
        if event is None or not _listed(mode.get("sourceEvents", {}), event):
            return False
    elif mode.get("content") == []:
        return False
    return _listed(logger.get("sourceAddresses", {}), device)


def _listed(lists: dict[str, Any], inside: str) -> bool:
    """Tell whether something is on the white list, or there is none, and it is not on the black list."""
    white, black = ([_address(one) for one in lists.get(name, [])] for name in ("whiteList", "blackList"))
    return (not white or inside in white) and inside not in black


def _address(one: Document | str) -> str:
    """Return an event's name, or the device a reference means."""
    return one if isinstance(one, str) else str(one.get("address", "")).partition("/")[0]
