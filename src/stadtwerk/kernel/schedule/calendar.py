"""The city's calendar: its zone, its sun, its public holidays; which days a rule means and when on them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from stadtwerk.kernel.clock import US
from stadtwerk.kernel.limits import OCCURRENCE_DAYS, RULE_SUN_OFFSET_S
from stadtwerk.kernel.schedule.public_holidays import Names
from stadtwerk.kernel.schedule.rule import WEEKDAYS, Holidays, Interval, Rule

SunTimes = Callable[[date], Mapping[str, int]]
"""When a local day's sun events are, microseconds UTC."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """What the days of one city are."""

    zone: ZoneInfo
    sun: SunTimes
    holidays: Callable[[int], Mapping[date, Names]]

    def day_of(self, at_us: int) -> date:
        """Return the local day of an instant."""
        return datetime.fromtimestamp(at_us // US, self.zone).date()

    def instant(self, day: date, clock: time) -> int:
        """Return when the city's clocks show a time, microseconds UTC.

        As RFC 5545 section 3.3.5 says: of a time that comes twice the first, and a time that is skipped counts from
        the offset before the gap (02:30 of a day that jumps from 02:00 to 03:00 is 03:30).
        """
        return round(datetime.combine(day, clock, self.zone).astimezone(UTC).timestamp()) * US

    def is_holiday(self, day: date) -> bool:
        """Tell whether a day is a public holiday."""
        return day in self.holidays(day.year)


def means(rule: Rule, calendar: Calendar, day: date) -> bool:
    """Tell whether a rule means a day."""
    text = day.isoformat()
    if text in rule.except_dates or (rule.since and text < rule.since) or (rule.until and text > rule.until):
        return False
    if rule.dates and not (rule.weekdays or rule.month_days or rule.months or rule.holidays != "any"):
        return text in rule.dates
    return text in rule.dates or _passes(rule, calendar, day)


def _passes(rule: Rule, calendar: Calendar, day: date) -> bool:
    if rule.months and day.month not in rule.months:
        return False
    if rule.month_days:
        length = ((day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)).day
        if day.day not in rule.month_days and day.day - length - 1 not in rule.month_days:
            return False
    return means_day(rule.weekdays, rule.holidays, day, calendar.is_holiday)


def means_day(weekdays: Collection[str], holidays: Holidays, day: date, is_holiday: Callable[[date], bool]) -> bool:
    """Tell whether a day is one of some weekdays (none: all); public holidays are looked up only where they matter."""
    name = WEEKDAYS[day.weekday()]
    if holidays != "any" and is_holiday(day):
        if holidays == "not":
            return False
        name = "su" if holidays == "as-sunday" else name
    elif holidays == "only":
        return False
    return not weekdays or name in weekdays


def instants(rule: Rule, calendar: Calendar, day: date) -> list[int]:
    """Return when on a day that it means a rule lets something happen, microseconds UTC rising, each once."""
    found = {calendar.instant(day, time.fromisoformat(clock)) for clock in rule.times}
    if rule.sun:
        sun = calendar.sun(day)
        found |= {sun[one.event] + one.offset_s * US for one in rule.sun if one.event in sun}
    if rule.interval:
        found |= set(_steps(rule.interval, calendar, day))
    return sorted(found)


def _steps(interval: Interval, calendar: Calendar, day: date) -> range:
    begin = calendar.instant(day, time.fromisoformat(interval.begin))
    end = calendar.instant(day, time.fromisoformat(interval.end))
    return range(begin, end + 1, interval.every_s * US)


def occurrences(rule: Rule, calendar: Calendar, after_us: int, until_us: int | None = None) -> Iterator[int]:
    """Give a rule's occurrences after an instant and up to another (or the horizon), microseconds UTC, rising."""
    first, last_us = calendar.day_of(after_us) - timedelta(days=1), after_us
    waiting: list[int] = []
    for ahead in range(OCCURRENCE_DAYS):
        day = first + timedelta(days=ahead)
        if means(rule, calendar, day):
            waiting = sorted({*waiting, *instants(rule, calendar, day)})
        # Sunrise of tomorrow minus hours may come before sunset of today plus hours.
        sure_us = calendar.instant(day + timedelta(days=1), time()) - RULE_SUN_OFFSET_S * US
        while waiting and waiting[0] < sure_us:
            at_us = waiting.pop(0)
            if until_us is not None and at_us > until_us:
                return
            if at_us > last_us:
                last_us = at_us
                yield at_us
        if until_us is not None and sure_us > until_us:
            return
