"""Durations of periods: `PT1H`, `P1D`, `P1M`, `P2W` (ISO 8601 as clause 4.5.19.1 takes it)."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import MAXYEAR, UTC, datetime, timedelta
from functools import lru_cache

from stadtwerk.context.problems import one_fault
from stadtwerk.kernel.clock import US

_FORM = re.compile(
    r"P(?=.)(?:(\d{1,6})W|(?:(\d{1,6})Y)?(?:(\d{1,6})M)?(?:(\d{1,6})D)?"
    r"(?:T(?=.)(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9}(?:\.\d{1,6})?)S)?)?)",
    re.ASCII,
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time: months of the calendar, and microseconds; none of either is the whole range asked about."""

    months: int = 0
    us: int = 0

    @property
    def whole(self) -> bool:
        """Tell whether one period spans everything."""
        return not self.months and not self.us

    def after(self, start_us: int, times: int) -> int:
        """Return the instant so many durations after another; a day that a month lacks is its last."""
        if not self.months:
            return start_us + times * self.us
        start = _EPOCH + timedelta(microseconds=start_us)
        month = start.year * 12 + start.month - 1 + times * self.months
        year, month = month // 12, month % 12 + 1
        if year > MAXYEAR:
            raise one_fault("aggrPeriodDuration", "is too long")
        day = min(start.day, calendar.monthrange(year, month)[1])
        since = start.replace(year=year, month=month, day=day) - _EPOCH
        return (since.days * 86_400 + since.seconds) * US + since.microseconds + times * self.us


@lru_cache(maxsize=256)
def read_duration(text: str) -> Duration:
    """Read a duration or refuse it (400)."""
    found = _FORM.fullmatch(text)
    if found is None:
        raise one_fault("aggrPeriodDuration", f"{text[:40]!r} is no duration such as PT1H, P1D or P1M")
    weeks, years, months, days, hours, minutes = (int(part or 0) for part in found.groups()[:6])
    whole, _, fraction = (found[7] or "0").partition(".")
    seconds = ((weeks * 7 + days) * 24 + hours) * 3_600 + minutes * 60 + int(whole)
    length = Duration(years * 12 + months, seconds * US + int(fraction.ljust(6, "0") or 0))
    if length.months > 12 * 1_000 or length.us > 400_000 * 86_400 * US:
        raise one_fault("aggrPeriodDuration", "at most a thousand years")
    return length
