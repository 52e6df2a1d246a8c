"""Dates, times and durations as text: the forms of XML Schema 1.1 Part 2, with `@Zone/Name` as FEEL adds it."""

from __future__ import annotations

import re

from stadtwerk.engines.feel.moments import (
    DAY_NS,
    HOUR_NS,
    MINUTE_NS,
    SECOND_NS,
    Date,
    DateTime,
    Days,
    Months,
    OutOfRangeError,
    Time,
    Zone,
    date_of,
    make_date,
    make_days,
    make_months,
    make_time,
)

Temporal = Date | Time | DateTime | Days | Months

_DATE = re.compile(r"(-?(?:[1-9]\d{4,8}|\d{4}))-(\d\d)-(\d\d)", re.ASCII)
_TIME = re.compile(
    r"(\d\d):(\d\d):(\d\d(?:\.\d{1,30})?)(?:(Z)|([+-])(\d\d):(\d\d)(?::(\d\d))?|@([A-Za-z0-9_+\-/]{1,64}))?", re.ASCII
)
_MONTHS = re.compile(r"(-)?P(?=\d)(?:(\d{1,12})Y)?(?:(\d{1,12})M)?", re.ASCII)
_DAYS = re.compile(
    r"(-)?P(?=[\dT])(?:(\d{1,15})D)?(?:T(?=\d)(?:(\d{1,15})H)?(?:(\d{1,15})M)?(?:(\d{1,15}(?:\.\d{0,30})?)S)?)?",
    re.ASCII,
)


def _nanoseconds(text: str) -> int:
    whole, _, part = text.partition(".")
    return int(whole) * SECOND_NS + int((part + "000000000")[:9])


def read_date(text: str) -> Date:
    """Read `2026-11-27`; OutOfRangeError where it is none."""
    found = _DATE.fullmatch(text)
    if found is None:
        raise OutOfRangeError(f'"{text[:40]}" is not a date')
    return make_date(int(found[1]), int(found[2]), int(found[3]))


def read_time(text: str) -> Time:
    """Read `11:22:33.5`, with `Z`, `+01:00` or `@Europe/Berlin` behind; OutOfRangeError where it is none."""
    found = _TIME.fullmatch(text)
    if found is None:
        raise OutOfRangeError(f'"{text[:40]}" is not a time')
    hour, minute, second, utc, sign, *offset, name = found.groups()
    zone: Zone = name
    if utc:
        zone = 0
    elif sign:
        hours, minutes, seconds = (int(part or 0) for part in offset)
        if minutes > 59 or seconds > 59:
            raise OutOfRangeError("an offset has no more than 59 minutes")
        zone = (3_600 * hours + 60 * minutes + seconds) * (-1 if sign == "-" else 1)
    if (hour, minute, _nanoseconds(second)) == ("24", "00", 0):
        hour = "00"  # XML Schema Part 2, 3.3.8: the end of a day is the begin of the next
    return make_time(int(hour), int(minute), _nanoseconds(second), zone)


def read_datetime(text: str) -> DateTime:
    """Read `2026-11-27T11:22:33`; a date alone is its midnight; OutOfRangeError where it is neither."""
    date, _, time = text.partition("T")
    if not time and "T" in text:
        raise OutOfRangeError(f'"{text[:40]}" has no time after T')
    day = read_date(date)
    if time.startswith("24:"):
        day = date_of(day.ordinal + 1)
    return DateTime(day, read_time(time) if time else Time(0))


def read_duration(text: str) -> Days | Months:
    """Read `P1Y2M` or `P1DT2H3M4.5S`; OutOfRangeError where it is neither."""
    found = _MONTHS.fullmatch(text)
    if found:
        months = 12 * int(found[2] or 0) + int(found[3] or 0)
        return make_months(-months if found[1] else months)
    found = _DAYS.fullmatch(text)
    if found is None:
        raise OutOfRangeError(f'"{text[:40]}" is not a duration')
    sign, days, hours, minutes, seconds = found.groups()
    ns = int(days or 0) * DAY_NS + int(hours or 0) * HOUR_NS + int(minutes or 0) * MINUTE_NS
    ns += _nanoseconds(seconds or "0")
    return make_days(-ns if sign else ns)


def read_temporal(text: str) -> Temporal:
    """Read what stands behind `@`: a date, time, date and time or duration; OutOfRangeError where it is none."""
    if "P" in text[:2]:
        return read_duration(text)
    if "T" in text:
        return read_datetime(text)
    return read_time(text) if ":" in text else read_date(text)


def _zone(zone: Zone) -> str:
    if zone is None:
        return ""
    if isinstance(zone, str):
        return f"@{zone}"
    if zone == 0:
        return "Z"
    minutes, seconds = divmod(abs(zone), 60)
    return f"{'-' if zone < 0 else '+'}{minutes // 60:02}:{minutes % 60:02}" + (f":{seconds:02}" if seconds else "")


def _part(ns: int) -> str:
    return f".{ns:09}".rstrip("0") if ns else ""


def _months(length: Months) -> str:
    years, months = divmod(abs(length.months), 12)
    told = (f"{years}Y" if years else "") + (f"{months}M" if months or not years else "")
    return f"{'-' if length.months < 0 else ''}P{told}"


def _days(length: Days) -> str:
    days, rest = divmod(abs(length.ns), DAY_NS)
    hours, rest = divmod(rest, HOUR_NS)
    minutes, rest = divmod(rest, MINUTE_NS)
    seconds, ns = divmod(rest, SECOND_NS)
    clock = (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "")
    clock += f"{seconds}{_part(ns)}S" if seconds or ns else ""
    told = (f"{days}D" if days else "") + (f"T{clock}" if clock else "")
    return f"{'-' if length.ns < 0 else ''}P{told or 'T0S'}"


def write_temporal(value: Temporal) -> str:
    """Write in the canonical form that is read back as the same value."""
    if isinstance(value, Date):
        return f"{'-' if value.year < 0 else ''}{abs(value.year):04}-{value.month:02}-{value.day:02}"
    if isinstance(value, DateTime):
        return f"{write_temporal(value.date)}T{write_temporal(value.time)}"
    if isinstance(value, Months):
        return _months(value)
    if isinstance(value, Days):
        return _days(value)
    seconds, ns = divmod(value.ns, SECOND_NS)
    clock = f"{seconds // 3_600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return clock + _part(ns) + _zone(value.zone)
