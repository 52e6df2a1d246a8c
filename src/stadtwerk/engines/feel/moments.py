"""Dates, times and durations of FEEL (DMN 1.5, 10.3.2.3): any year of nine digits, nanoseconds, zones by name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from stadtwerk.engines.feel.limits import DURATION_MONTHS, DURATION_NS, YEAR

SECOND_NS = 1_000_000_000
MINUTE_NS = 60 * SECOND_NS
HOUR_NS = 60 * MINUTE_NS
DAY_NS = 24 * HOUR_NS
MONTH_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)

Zone = int | str | None
"""Offset from UTC in seconds, name in the IANA time zone database, or none told."""


class OutOfRangeError(ValueError):
    """A date, time or duration that does not exist or lies outside of what FEEL counts."""


def is_leap(year: int) -> bool:
    """Tell whether a year of the proleptic Gregorian calendar has a 29 February."""
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def month_length(year: int, month: int) -> int:
    """Return the number of days of a month."""
    return 29 if month == 2 and is_leap(year) else MONTH_DAYS[month - 1]


@dataclass(frozen=True, slots=True)
class Date:
    """A day of the proleptic Gregorian calendar."""

    year: int
    month: int
    day: int

    @property
    def ordinal(self) -> int:
        """Days since 1970-01-01, counted in years that begin in March."""
        year = self.year - (self.month <= 2)
        within = (153 * ((self.month + 9) % 12) + 2) // 5 + self.day - 1
        return 365 * year + year // 4 - year // 100 + year // 400 + within - 719_468


EPOCH = Date(1970, 1, 1)


def make_date(year: int, month: int, day: int) -> Date:
    """Return a date; OutOfRangeError where the calendar has none."""
    if abs(year) > YEAR or not 1 <= month <= 12 or not 1 <= day <= month_length(year, month):
        raise OutOfRangeError(f"there is no day {day} in month {month} of year {year}")
    return Date(year, month, day)


def date_of(ordinal: int) -> Date:
    """Return the date so many days after 1970-01-01."""
    cycle, left = divmod(ordinal + 719_468, 146_097)
    year = (left - left // 1_460 + left // 36_524 - left // 146_096) // 365
    rest = left - (365 * year + year // 4 - year // 100)
    month = (5 * rest + 2) // 153
    day = rest - (153 * month + 2) // 5 + 1
    after = month >= 10
    return make_date(400 * cycle + year + after, month - 9 if after else month + 3, day)


@dataclass(frozen=True, slots=True)
class Time:
    """A time of day in nanoseconds since midnight, with or without its zone."""

    ns: int
    zone: Zone = None


def make_time(hour: int, minute: int, second_ns: int, zone: Zone = None) -> Time:
    """Return a time of day, seconds in nanoseconds; OutOfRangeError where the clock has none."""
    if not (0 <= hour <= 23 and 0 <= minute <= 59 and 0 <= second_ns < MINUTE_NS):
        raise OutOfRangeError("no clock shows this time")
    if isinstance(zone, int) and abs(zone) > 18 * 3_600:
        raise OutOfRangeError("no zone is more than 18 hours from UTC")
    if isinstance(zone, str):
        known_zone(zone)
    return Time(hour * HOUR_NS + minute * MINUTE_NS + second_ns, zone)


@dataclass(frozen=True, slots=True)
class DateTime:
    """A date with a time of day."""

    date: Date
    time: Time

    @property
    def local_ns(self) -> int:
        """Nanoseconds since 1970-01-01T00:00:00 of the same zone."""
        return self.date.ordinal * DAY_NS + self.time.ns

    @property
    def utc_ns(self) -> int:
        """Nanoseconds since 1970-01-01T00:00:00Z; a local time counts as UTC."""
        return self.local_ns - SECOND_NS * (offset_s(self.date, self.time) or 0)


def datetime_of(local_ns: int, zone: Zone) -> DateTime:
    """Return the date and time so many nanoseconds after 1970 began in its zone."""
    days, ns = divmod(local_ns, DAY_NS)
    return DateTime(date_of(days), Time(ns, zone))


@lru_cache(maxsize=1_024)
def known_zone(name: str) -> ZoneInfo:
    """Return a zone of the IANA database; OutOfRangeError where it has none of that name."""
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        raise OutOfRangeError(f"no time zone is called {name}") from None


def offset_s(date: Date, time: Time) -> int | None:
    """Return the offset from UTC in seconds at a local date and time, None where no zone is told.

    The zone database ends with rules that repeat; a year outside 1900 to 2299 is taken for one 400 years away.
    """
    if not isinstance(time.zone, str):
        return time.zone
    year = date.year if 1900 <= date.year <= 2299 else 2000 + date.year % 400
    hour, rest = divmod(time.ns // SECOND_NS, 3_600)
    moment = datetime(year, date.month, date.day, hour, rest // 60, rest % 60, tzinfo=UTC)
    told = moment.replace(tzinfo=known_zone(time.zone)).utcoffset()
    return int(told.total_seconds()) if told is not None else 0


@dataclass(frozen=True, slots=True)
class Days:
    """A duration of days, hours, minutes and seconds, in nanoseconds."""

    ns: int


@dataclass(frozen=True, slots=True)
class Months:
    """A duration of years and months, in months."""

    months: int


def make_days(ns: int) -> Days:
    """Return a duration of days and time; OutOfRangeError beyond the longest."""
    if abs(ns) > DURATION_NS:
        raise OutOfRangeError("the duration is longer than all time")
    return Days(ns)


def make_months(months: int) -> Months:
    """Return a duration of years and months; OutOfRangeError beyond the longest."""
    if abs(months) > DURATION_MONTHS:
        raise OutOfRangeError("the duration is longer than all time")
    return Months(months)


def add_months(date: Date, months: int) -> Date:
    """Return the same day so many months later, or the month's last where it has no such day."""
    year, month = divmod(12 * date.year + date.month - 1 + months, 12)
    return make_date(year, month + 1, min(date.day, month_length(year, month + 1)))


def months_between(first: Date, last: Date) -> int:
    """Return the whole months from the first day to the last, negative where the last is before."""
    if first.ordinal > last.ordinal:
        return -months_between(last, first)
    months = 12 * (last.year - first.year) + last.month - first.month
    return months - (last.day < first.day)
