"""Making and asking dates, times and durations (DMN 1.5, tables 66 and 72 to 74)."""

from __future__ import annotations

from decimal import Decimal

from stadtwerk.engines.feel.library.signature import function, whole
from stadtwerk.engines.feel.moments import (
    MINUTE_NS,
    SECOND_NS,
    Date,
    DateTime,
    Days,
    Months,
    Time,
    date_of,
    make_date,
    make_time,
    months_between,
)
from stadtwerk.engines.feel.moments_text import read_date, read_datetime, read_duration, read_time
from stadtwerk.engines.feel.values import NUMBERS, Run, Value, VoidError

DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTH_NAMES = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


@function("date(from: string|date|date and time)")
def date(value: str | Date | DateTime) -> Date:
    """Read a date, or take that of a date and time."""
    if isinstance(value, str):
        return read_date(value)
    return value.date if isinstance(value, DateTime) else value


@function("date(year: number, month: number, day: number)")
def date_from_parts(year: Decimal, month: Decimal, day: Decimal) -> Date:
    """Make a date of its parts."""
    return make_date(whole(year, "the year"), whole(month, "the month"), whole(day, "the day"))


@function("time(from: string|date|time|date and time)")
def time(value: str | Date | Time | DateTime) -> Time:
    """Read a time, or take that of a date and time; a date's is its midnight in UTC."""
    if isinstance(value, str):
        return read_time(value)
    if isinstance(value, Date):
        return Time(0, 0)
    return value.time if isinstance(value, DateTime) else value


@function("time(hour: number, minute: number, second: number, offset?: days and time duration?)")
def time_from_parts(hour: Decimal, minute: Decimal, second: Decimal, offset: Days | None = None) -> Time:
    """Make a time of its parts; seconds may have a fraction."""
    ns = NUMBERS.multiply(second, Decimal(SECOND_NS))
    zone = None if offset is None else int(offset.ns / SECOND_NS)
    inside = 0 <= ns < MINUTE_NS
    return make_time(whole(hour, "the hour"), whole(minute, "the minute"), int(ns) if inside else -1, zone)


@function("date and time(from: string|date|date and time)")
def date_and_time(value: str | Date | DateTime) -> DateTime:
    """Read a date and time."""
    if isinstance(value, str):
        return read_datetime(value)
    return DateTime(value, Time(0, 0)) if isinstance(value, Date) else value


@function("date and time(date: date|date and time, time: time)")
def date_with_time(day: Date | DateTime, time: Time) -> DateTime:
    """Put a date and a time together."""
    return DateTime(day.date if isinstance(day, DateTime) else day, time)


@function("duration(from: string|duration)")
def duration(value: str | Days | Months) -> Days | Months:
    """Read a duration."""
    return read_duration(value) if isinstance(value, str) else value


@function("years and months duration(from: date|date and time, to: date|date and time)")
def years_and_months_duration(first: Date | DateTime, last: Date | DateTime) -> Months:
    """Return the whole months between two days, whatever the time of day."""
    return Months(months_between(_day(first), _day(last)))


def _day(value: Date | DateTime) -> Date:
    return value.date if isinstance(value, DateTime) else value


@function("day of year(date: date|date and time)")
def day_of_year(value: Date | DateTime) -> Decimal:
    """Return 1 for 1 January, 365 or 366 for 31 December."""
    day = _day(value)
    return Decimal(day.ordinal - Date(day.year, 1, 1).ordinal + 1)


@function("day of week(date: date|date and time)")
def day_of_week(value: Date | DateTime) -> str:
    """Return the English name of the day."""
    return DAY_NAMES[(_day(value).ordinal + 3) % 7]


@function("month of year(date: date|date and time)")
def month_of_year(value: Date | DateTime) -> str:
    """Return the English name of the month."""
    return MONTH_NAMES[_day(value).month - 1]


@function("week of year(date: date|date and time)")
def week_of_year(value: Date | DateTime) -> Decimal:
    """Return the week after ISO 8601: the first has the year's first Thursday."""
    day = _day(value).ordinal
    thursday = day - (day + 3) % 7 + 3
    return Decimal((thursday - Date(date_of(thursday).year, 1, 1).ordinal) // 7 + 1)


@function("now()", run=True)
def now(run: Run) -> DateTime:
    """Return the moment the evaluation was told."""
    if run.now is None:
        raise VoidError("no clock was given")
    return run.now


@function("today()", run=True)
def today(run: Run) -> Date:
    """Return the day the evaluation was told."""
    return now(run).date


def _form(value: Value) -> tuple[object, ...]:
    if isinstance(value, Time):
        return (value.ns, value.zone)
    if isinstance(value, DateTime):
        return (value.date, *_form(value.time))
    return (value,)


@function("is(value1: any, value2: any)")
def same(one: Value, other: Value) -> bool:
    """Tell whether two values are the same element of FEEL's domain; times also tell their zone."""
    return type(one) is type(other) and _form(one) == _form(other)
