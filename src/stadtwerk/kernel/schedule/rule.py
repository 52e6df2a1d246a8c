"""When something is to happen: days by calendar, and times of those days by clock, sun or interval."""

from __future__ import annotations

from datetime import date, time
from typing import Annotated, Literal

import msgspec

from stadtwerk.kernel.limits import (
    RULE_DATES,
    RULE_EVERY_S,
    RULE_SUN_OFFSET_S,
    RULE_TIMES,
)
from stadtwerk.kernel.refusal import Fault

Weekday = Literal["mo", "tu", "we", "th", "fr", "sa", "su"]
WEEKDAYS: tuple[Weekday, ...] = ("mo", "tu", "we", "th", "fr", "sa", "su")

SunEvent = Literal["civil-dawn", "sunrise", "sunset", "civil-dusk"]

Holidays = Literal["any", "not", "only", "as-sunday"]
"""Public holidays: like any other day, left out, nothing else, or as if they were Sundays."""

Clock = Annotated[str, msgspec.Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?$")]
Day = Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")]
Days = Annotated[tuple[Day, ...], msgspec.Meta(max_length=RULE_DATES)]
Month = Annotated[int, msgspec.Meta(ge=1, le=12)]
MonthDay = Annotated[int, msgspec.Meta(ge=-31, le=31)]
Offset = Annotated[int, msgspec.Meta(ge=-RULE_SUN_OFFSET_S, le=RULE_SUN_OFFSET_S)]


class SunTime(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """So many seconds after (negative: before) what the sun does."""

    event: SunEvent
    offset_s: Offset = 0


class Interval(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Every so many seconds from one clock time to another of the same day, both included; 24 hours if not said."""

    every_s: Annotated[int, msgspec.Meta(ge=RULE_EVERY_S, le=86_400)]
    begin: Clock = "00:00"
    end: Clock = "23:59:59"


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Days that pass every test given, or are named in `dates`; on each of them, all times given.

    `month_days` counts from the month's end when negative. `since` and `until` are the first and the last day;
    `except_dates` wins over everything.
    """

    times: Annotated[tuple[Clock, ...], msgspec.Meta(max_length=RULE_TIMES)] = ()
    sun: Annotated[tuple[SunTime, ...], msgspec.Meta(max_length=8)] = ()
    interval: Interval | None = None
    weekdays: Annotated[tuple[Weekday, ...], msgspec.Meta(max_length=7)] = ()
    month_days: Annotated[tuple[MonthDay, ...], msgspec.Meta(max_length=62)] = ()
    months: Annotated[tuple[Month, ...], msgspec.Meta(max_length=12)] = ()
    holidays: Holidays = "any"
    dates: Days = ()
    except_dates: Days = ()
    since: Day | None = None
    until: Day | None = None


def rule_faults(rule: Rule) -> list[Fault]:
    """Tell everything wrong with a rule that its types do not say."""
    faults = [
        Fault(f"rule.{name}", f"no such day: {text}")
        for name, texts in (("dates", rule.dates), ("except_dates", rule.except_dates), *_ends(rule))
        for text in texts
        if not _is_day(text)
    ]
    if not (rule.times or rule.sun or rule.interval):
        faults.append(Fault("rule.times", "give a clock time, a sun event or an interval"))
    if 0 in rule.month_days:
        faults.append(Fault("rule.month_days", "the month has no day 0; -1 is its last"))
    if rule.interval and time.fromisoformat(rule.interval.end) < time.fromisoformat(rule.interval.begin):
        faults.append(Fault("rule.interval", "its end comes before its begin"))
    if rule.since and rule.until and rule.until < rule.since:
        faults.append(Fault("rule.until", "comes before since"))
    return faults


def _ends(rule: Rule) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return (("since", (rule.since,) if rule.since else ()), ("until", (rule.until,) if rule.until else ()))


def _is_day(text: str) -> bool:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return False
    return date.min.year + 1 < day.year < date.max.year - 1
