"""What a schedule orders: a command's content in which times may be said relative to the occurrence."""

from __future__ import annotations

import re
from datetime import time, timedelta
from typing import Any

from stadtwerk.kernel.clock import US, iso
from stadtwerk.kernel.refusal import Refused
from stadtwerk.kernel.schedule.calendar import Calendar

_DURATION = re.compile(r"P(?:(\d{1,4})D)?(?:T(?=\d)(?:(\d{1,4})H)?(?:(\d{1,5})M)?(?:(\d{1,6})S)?)?")
_UNITS_S = (86_400, 3_600, 60, 1)
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?")
_DEPTH = 12


def resolve(content: Any, calendar: Calendar, at_us: int, depth: int = 0) -> Any:
    """Return content with its relative times made absolute for an occurrence.

    `{"$after": "PT4H"}` becomes the instant four hours after it, `{"$clock": "06:00"}` the next time after it that the
    city's clocks show six; all else stays as it is.
    """
    if depth > _DEPTH:
        raise Refused.field("order.content", f"nested deeper than {_DEPTH}")
    if isinstance(content, dict):
        if relative := [name for name in content if isinstance(name, str) and name.startswith("$")]:
            if len(content) != 1 or not isinstance(content[relative[0]], str):
                raise Refused.field("order.content", "a relative time is one of $after, $clock and a text")
            return iso(_instant(relative[0], content[relative[0]], calendar, at_us))
        return {name: resolve(value, calendar, at_us, depth + 1) for name, value in content.items()}
    if isinstance(content, list | tuple):
        return [resolve(value, calendar, at_us, depth + 1) for value in content]
    return content


def _instant(name: str, text: str, calendar: Calendar, at_us: int) -> int:
    if name == "$after":
        return at_us + duration_s(text) * US
    if name != "$clock":
        raise Refused.field("order.content", f"no relative time {name[:20]!r}; there are $after and $clock")
    if not _CLOCK.fullmatch(text):
        raise Refused.field("order.content", f"not a clock time: {text[:20]!r}")
    clock, day = time.fromisoformat(text), calendar.day_of(at_us)
    today_us = calendar.instant(day, clock)
    return today_us if today_us > at_us else calendar.instant(day + timedelta(days=1), clock)


def duration_s(text: str) -> int:
    """Read an ISO 8601 duration of days, hours, minutes and seconds (`P1DT4H`), in seconds."""
    match = _DURATION.fullmatch(text)
    if not match or not any(match.groups()):
        raise Refused.field("order.content", f"not an ISO 8601 duration such as PT4H: {text[:20]!r}")
    return sum(int(number or 0) * unit for number, unit in zip(match.groups(), _UNITS_S, strict=True))
