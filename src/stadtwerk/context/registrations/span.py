"""When a source's information is from: temporal questions against intervals (ETSI GS CIM 009 clauses 4.11, 5.12)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from typing import Any

from stadtwerk.context.moments import read_moment
from stadtwerk.context.problems import one_fault

RELATIONS = ("before", "after", "between")
TIMES = ("observedAt", "createdAt", "modifiedAt", "deletedAt")


@dataclass(frozen=True, slots=True)
class TimeQuery:
    """A stretch of time, microseconds UTC, and of which of a source's intervals it is asked."""

    start_us: float
    end_us: float
    interval: str

    def meets(self, document: Mapping[str, Any]) -> bool:
        """Tell whether a registration's interval and the stretch overlap."""
        interval = document.get(self.interval)
        if interval is None:
            return False
        start = read_moment(interval["startAt"]) or 0
        end = (read_moment(interval["endAt"]) or 0) if "endAt" in interval else inf
        return start < self.end_us and end > self.start_us


def read_time_query(given: Mapping[str, Any]) -> TimeQuery | None:
    """Read timerel, timeAt, endTimeAt and timeproperty, None when there is no timerel; refuses wrong ones (400)."""
    relation = given.get("timerel")
    if relation is None:
        for name in ("timeAt", "endTimeAt", "timeproperty"):
            if given.get(name) is not None:
                raise one_fault(name, "goes with timerel")
        return None
    if relation not in RELATIONS:
        raise one_fault("timerel", f"one of {', '.join(RELATIONS)}")
    at_us = _instant(given, "timeAt")
    wanted = given.get("timeproperty") or "observedAt"
    if wanted not in TIMES:
        raise one_fault("timeproperty", f"one of {', '.join(TIMES)}")
    interval = "observationInterval" if wanted == "observedAt" else "managementInterval"
    if relation == "before":
        return TimeQuery(-inf, at_us, interval)
    if relation == "after":
        return TimeQuery(at_us, inf, interval)
    return TimeQuery(at_us, _instant(given, "endTimeAt"), interval)


def is_latest(document: Mapping[str, Any]) -> bool:
    """Tell whether a source has present information: it names no interval (clause 5.12)."""
    return "observationInterval" not in document and "managementInterval" not in document


def _instant(given: Mapping[str, Any], name: str) -> int:
    text = given.get(name)
    at_us = read_moment(text) if isinstance(text, str) and "T" in text else None
    if at_us is None:
        raise one_fault(name, "a date and time such as 2026-11-26T18:00:00Z")
    return at_us
