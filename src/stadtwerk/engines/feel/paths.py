"""What stands behind a dot: entries of contexts, and the parts of dates, durations and ranges (table 53, 54, 65)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from stadtwerk.engines.feel.moments import (
    DAY_NS,
    EPOCH,
    HOUR_NS,
    MINUTE_NS,
    SECOND_NS,
    Date,
    DateTime,
    Days,
    Months,
    Time,
    offset_s,
)
from stadtwerk.engines.feel.values import Range, Run, Value, kind


def _offset(date: Date, time: Time) -> Days | None:
    found = offset_s(date, time)
    return None if found is None else Days(found * SECOND_NS)


def _rest(ns: int, whole: int, part: int) -> Decimal:
    found = abs(ns) % whole // part
    return Decimal(-found if ns < 0 else found)


_DATE: dict[str, Callable[[Date], Value]] = {
    "year": lambda value: Decimal(value.year),
    "month": lambda value: Decimal(value.month),
    "day": lambda value: Decimal(value.day),
    "weekday": lambda value: Decimal((value.ordinal + 3) % 7 + 1),
}
_TIME: dict[str, Callable[[Time], Value]] = {
    "hour": lambda value: Decimal(value.ns // HOUR_NS),
    "minute": lambda value: Decimal(value.ns % HOUR_NS // MINUTE_NS),
    "second": lambda value: Decimal(value.ns % MINUTE_NS // SECOND_NS),
    "timezone": lambda value: value.zone if isinstance(value.zone, str) else None,
}
_PROPERTIES: dict[type, dict[str, Callable[[Value], Value]]] = {
    Date: _DATE,
    Time: _TIME | {"time offset": lambda value: _offset(EPOCH, value)},
    DateTime: {name: lambda value, read=read: read(value.date) for name, read in _DATE.items()}
    | {name: lambda value, read=read: read(value.time) for name, read in _TIME.items()}
    | {"time offset": lambda value: _offset(value.date, value.time)},
    Days: {
        "days": lambda value: Decimal(int(value.ns / DAY_NS) if value.ns < 0 else value.ns // DAY_NS),
        "hours": lambda value: _rest(value.ns, DAY_NS, HOUR_NS),
        "minutes": lambda value: _rest(value.ns, HOUR_NS, MINUTE_NS),
        "seconds": lambda value: _rest(value.ns, MINUTE_NS, SECOND_NS),
    },
    Months: {
        "years": lambda value: Decimal(int(value.months / 12)),
        "months": lambda value: Decimal(abs(value.months) % 12 * (-1 if value.months < 0 else 1)),
    },
    Range: {
        "start": lambda value: None if value.negated else value.start,
        "end": lambda value: None if value.negated else value.end,
        "start included": lambda value: value.start_included,
        "end included": lambda value: value.end_included,
    },
}


def entry(run: Run, source: Value, name: str) -> Value:
    """Return what is called so in a value; of a list, of each of its items; null with the reason where nothing is."""
    if isinstance(source, dict):
        if name in source:
            return source[name]
        return run.void(f"the context has no {name}")
    if isinstance(source, list):
        return [entry(run, item, name) for item in source]
    read = _PROPERTIES.get(type(source), {}).get(name)
    return run.void(f"{kind(source)} has no {name}") if read is None else read(source)
