"""What programs and calendars of TALQ must be to be followed: a gateway refuses others when they are written."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import time
from typing import Any

from stadtwerk.protocols.talq.model import Document, check_command
from stadtwerk.protocols.talq.wire import Refused

_HOURS = ("startTime", "endTime")
_OFFSETS = ("sunsetOffset", "sunriseOffset")
_OFFSET_MIN = 24 * 60


def has_texts(row: Any, *names: str) -> None:
    """Refuse with 400 what is no object with these texts."""
    if not isinstance(row, dict) or not all(isinstance(row.get(name), str) for name in names):
        raise Refused(400, "payloadError", f"each has {', '.join(names)}")


def check_program(row: Document) -> None:
    """Refuse a program without its parts (400) or with a command that cannot be."""
    has_texts(row, "id", "ownerCMS", "type")
    if row["type"] != "ControlProgramOne":
        return
    for part in ("activePeriods", "fixedTimeControls"):
        if not isinstance(row.get(part), list) or not all(isinstance(one, dict) for one in row[part]):
            raise Refused(400, "payloadError", f"a program has a list of {part}")
    for control in row["fixedTimeControls"]:
        if not _is_time(control.get("startTime")) or not isinstance(control.get("command"), dict):
            raise Refused(400, "payloadError", "a fixed time control has startTime and command")
        check_command(control["command"])
    for period in row["activePeriods"]:
        has_texts(period, "name")
        if period["name"] == "AbsoluteActivePeriod" and not all(_is_time(period.get(name)) for name in _HOURS):
            raise Refused(400, "payloadError", "an absolute period has startTime and endTime")
        if period["name"] == "AstroClockActivePeriod" and not _within((period.get(n) for n in _OFFSETS), _OFFSET_MIN):
            raise Refused(400, "payloadError", "a period of the sun has offsets in minutes, of a day at most")


def check_rules(rules: Any) -> None:
    """Refuse with 400 what are no rules of a calendar."""
    if not isinstance(rules, list) or not all(isinstance(rule, dict) and "program" in rule for rule in rules):
        raise Refused(400, "payloadError", "each rule of a calendar names a program")
    for rule in rules:
        condition = rule.get("condition", {})
        if not isinstance(condition, dict):
            raise Refused(400, "payloadError", "a rule's condition is an object")
        for part, kind in (("days", int), ("dates", str)):
            items = condition.get(part, [])
            if not isinstance(items, list) or not all(_spans(one, kind) for one in items):
                raise Refused(400, "payloadError", f"{part} have a start and may have an end")
        if condition.get("type", "ccDay") not in ("ccDay", "ccDate"):
            raise Refused(400, "payloadError", "a condition is ccDay or ccDate")


def _spans(one: Any, kind: type) -> bool:
    """Tell whether something has a start, and an end if any, of a kind."""
    return isinstance(one, dict) and all(isinstance(one.get(name, one.get("start")), kind) for name in ("start", "end"))


def _is_time(value: Any) -> bool:
    """Tell whether something is a wall time without a zone."""
    try:
        return isinstance(value, str) and time.fromisoformat(value).tzinfo is None
    except ValueError:
        return False


def _within(values: Iterable[Any], most: int) -> bool:
    """Tell whether all are whole numbers of at most a size."""
    return all(isinstance(one, int) and not isinstance(one, bool) and abs(one) <= most for one in values)
