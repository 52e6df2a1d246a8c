"""What a TALQ calendar asks of lamps: programs by date, active between sun events or hours, levels by wall time."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np

from stadtwerk.kernel.clock import US
from stadtwerk.protocols.talq.model import Document
from stadtwerk.twin.program import sun_elevations

NOON, DAY = time(12), timedelta(days=1)
RIM_DEG = -50 / 60
"""Height of the sun's centre at sunrise and sunset: refraction 34', semidiameter 16'."""
_MINUTES = 25 * 60
"""Minutes from one noon to the next, on the longest day of a year."""

Span = tuple[int, int]


class Almanac:
    """Where calendars are followed: a place (lon, lat) in degrees and its time zone. Days go from noon to noon."""

    def __init__(self, centre: tuple[float, float], timezone: str) -> None:
        self._centre, self._zone = centre, ZoneInfo(timezone)

    def program(self, calendar: Document, now_us: int) -> str:
        """Return the program of the day that an instant is in: that of the first rule that means it, else the default.

        Empty without one.
        """
        night = self._night(now_us)
        rules = (rule for rule in calendar.get("rules", []) if _means(rule, night))
        return str(next((rule["program"] for rule in rules), calendar.get("defaultProgram", "")))

    def level(self, program: Document, now_us: int) -> tuple[int, int]:
        """Return a program's level, percent, and until when it holds, us, the next noon at the latest."""
        night = self._night(now_us)
        begin_us, end_us = self._at_us(night, NOON), self._at_us(night + DAY, NOON)
        active = [self._active(period, night) for period in program["activePeriods"]] or [(begin_us, end_us)]
        switches = self._switches(program, night)
        edges = [at for span in active for at in span] + [at for at, _ in switches] + [end_us]
        later_us = min(at for at in edges if at > now_us)
        if not any(begin <= now_us < end for begin, end in active):
            return 0, later_us
        return next((level for at, level in reversed(switches) if at <= now_us), 0), later_us

    def _night(self, now_us: int) -> date:
        wall = datetime.fromtimestamp(now_us / US, self._zone).replace(tzinfo=None)
        return (wall - timedelta(hours=12)).date()

    def _at_us(self, day: date, clock: time) -> int:
        return round(datetime.combine(day, clock, self._zone).timestamp()) * US

    def _switches(self, program: Document, night: date) -> list[tuple[int, int]]:
        """List when levels (percent) begin, from the day before on: before the first of a day the last one goes on."""
        days = (night + n * DAY for n in (-1, 0, 1))
        found = [
            (self._at_us(day, time.fromisoformat(one["startTime"])), int(one["command"]["state"].get("value", 100)))
            for day in days
            for one in program["fixedTimeControls"]
        ]
        return sorted(found)

    def _active(self, period: Document, night: date) -> Span:
        """Return the active span of a night; kinds with sensors, which this gateway has not, are never active."""
        if period["name"] == "AstroClockActivePeriod":
            offsets_us = [60 * US * int(period[name]) for name in ("sunsetOffset", "sunriseOffset")]
            sun_us = sun_events(self._centre, self._at_us(night, NOON))
            return (sun_us[0] + offsets_us[0], sun_us[1] + offsets_us[1]) if sun_us else (0, 0)
        if period["name"] != "AbsoluteActivePeriod":
            return 0, 0
        begin, end = (time.fromisoformat(period[name]) for name in ("startTime", "endTime"))
        first, last = (night if clock >= NOON else night + DAY for clock in (begin, end))
        if (last, end) <= (first, begin):
            first, last, begin, end = night, night + DAY, NOON, NOON
        return self._at_us(first, begin), self._at_us(last, end)


@lru_cache(maxsize=64)
def sun_events(centre: tuple[float, float], noon_us: int) -> Span | None:
    """Return sunset and sunrise after a noon, us; None where the sun does not set or does not rise."""
    above = sun_elevations(centre, noon_us, _MINUTES) - RIM_DEG
    before = np.flatnonzero((above[:-1] < 0) != (above[1:] < 0))
    if len(before) < 2:
        return None
    share = above[before] / (above[before] - above[before + 1])
    sunset, sunrise = ((before + share)[:2] * 60).round().astype(np.int64).tolist()
    return noon_us + sunset * US, noon_us + sunrise * US


def _means(rule: Document, night: date) -> bool:
    """Tell whether a calendar's rule means a day: its dates, and its condition by weekday or by day of the month."""
    start, end = str(rule.get("startDate", "")), str(rule.get("endDate", ""))
    if (start and _like(start, night) < start) or (end and _like(end, night) > end):
        return False
    condition = rule.get("condition", {})
    if condition.get("type") == "ccDay":
        days = condition.get("days", [])
        return any(one["start"] <= night.isoweekday() <= one.get("end", one["start"]) for one in days)
    if condition.get("type") == "ccDate":
        return any(
            one["start"] <= _like(one["start"], night) <= one.get("end", one["start"])
            for one in condition.get("dates", [])
        )
    return True


def _like(edge: str, day: date) -> str:
    """Write a day as an edge is written: of one month (`---24`), of one year (`--12-24`) or once."""
    text = day.isoformat()
    return f"---{text[8:]}" if edge.startswith("---") else f"-{text[4:]}" if edge.startswith("--") else text
