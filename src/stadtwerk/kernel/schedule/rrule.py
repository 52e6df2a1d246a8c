"""Rules as RFC 5545 recurrence rules: what other calendars read and write."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from stadtwerk.kernel.refusal import Refused
from stadtwerk.kernel.schedule.rule import Rule

_FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_KNOWN = ("FREQ", "INTERVAL", "WKST", "BYDAY", "BYMONTH", "BYMONTHDAY", "BYHOUR", "BYMINUTE", "BYSECOND", "UNTIL")
_PAIR = re.compile(r"([A-Z-]+)=([A-Z0-9,+-]+)", re.IGNORECASE)


def write_rrule(rule: Rule) -> list[str] | None:
    """Return a rule as RRULEs in local time, one for each minute it names; None where there is no word for it.

    RFC 5545 has none for sun events, intervals, public holidays, single dates and exceptions of days.
    """
    if rule.sun or rule.interval or rule.dates or rule.except_dates or rule.holidays != "any" or not rule.times:
        return None
    days = ["FREQ=DAILY"]
    days += [f"BYMONTH={_join(rule.months)}"] if rule.months else []
    days += [f"BYMONTHDAY={_join(rule.month_days)}"] if rule.month_days else []
    days += [f"BYDAY={_join(day.upper() for day in rule.weekdays)}"] if rule.weekdays else []
    hours: dict[tuple[int, int], list[int]] = defaultdict(list)
    for clock in sorted(set(map(time.fromisoformat, rule.times))):
        hours[clock.minute, clock.second].append(clock.hour)
    until = [f"UNTIL={rule.until.replace('-', '')}T235959"] if rule.until else []
    return [
        ";".join([*days, f"BYHOUR={_join(named)}", f"BYMINUTE={minute}", f"BYSECOND={second}", *until])
        for (minute, second), named in hours.items()
    ]


def read_rrule(text: str, zone: ZoneInfo) -> Rule:
    """Read an RRULE (with or without a DTSTART line); refuses what this calendar cannot say."""
    begin, body = _lines(text)
    pairs = [_PAIR.fullmatch(part) for part in body.strip().strip(";").split(";")]
    if not all(pairs):
        raise _no(f"not a recurrence rule: {body[:60]!r}")
    parts = {match[1].upper(): match[2].upper() for match in pairs if match}
    if strange := [name for name in parts if name not in _KNOWN]:
        raise _no(f"{strange[0]} is not known here")
    if parts.get("FREQ") not in _FREQUENCIES or parts.get("INTERVAL", "1") != "1":
        raise _no("FREQ is DAILY, WEEKLY, MONTHLY or YEARLY, and INTERVAL is 1")
    said = {
        "times": _times(parts, begin),
        "weekdays": _list(parts, "BYDAY", str.lower),
        "months": _list(parts, "BYMONTH", int),
        "month_days": _list(parts, "BYMONTHDAY", int),
        "since": begin.date().isoformat() if begin else None,
        "until": _until(parts["UNTIL"], zone).isoformat() if "UNTIL" in parts else None,
    }
    try:
        return msgspec.convert(_by_frequency(parts["FREQ"], said, begin), Rule)
    except msgspec.ValidationError as error:
        raise _no(str(error)) from error


def _by_frequency(frequency: str, said: dict[str, Any], begin: datetime | None) -> dict[str, Any]:
    """Let the first day say what the rule leaves open (RFC 5545 section 3.3.10): weekday, day of month, month."""
    says_day = said["weekdays"] or said["month_days"]
    if frequency == "DAILY" or (says_day and (frequency != "YEARLY" or said["months"] or not said["month_days"])):
        return said
    if begin is None:
        raise _no(f"a {frequency} rule without days needs DTSTART")
    if frequency == "WEEKLY":
        return {**said, "weekdays": [("mo", "tu", "we", "th", "fr", "sa", "su")[begin.weekday()]]}
    day = said["month_days"] or [begin.day]
    if frequency == "MONTHLY":
        return {**said, "month_days": day}
    # Days of the month without a month mean each month of the year; a month without days means the first one's day.
    months = said["months"] or ([] if said["month_days"] else [begin.month])
    return {**said, "month_days": day, "months": months}


def _lines(text: str) -> tuple[datetime | None, str]:
    begin, body = None, ""
    for line in text.strip().splitlines():
        name, _, value = line.strip().rpartition(":")
        if name.upper().startswith("DTSTART"):
            begin = _moment(value.rstrip("Z"))
        else:
            body = value
    return begin, body


def _moment(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y%m%dT%H%M%S" if "T" in text else "%Y%m%d")  # noqa: DTZ007 - local by meaning
    except ValueError as error:
        raise _no(f"not a moment: {text[:20]!r}") from error


def _until(text: str, zone: ZoneInfo) -> date:
    """Return the last local day; an end within a day is only known to the day."""
    moment = _moment(text.rstrip("Z"))
    if text.endswith("Z"):
        moment = moment.replace(tzinfo=ZoneInfo("UTC")).astimezone(zone)
    return moment.date()


def _times(parts: dict[str, str], begin: datetime | None) -> list[str]:
    hours = _list(parts, "BYHOUR", int) or ([begin.hour] if begin else [])
    minutes = _list(parts, "BYMINUTE", int) or [begin.minute if begin else 0]
    seconds = _list(parts, "BYSECOND", int) or [begin.second if begin else 0]
    if not hours:
        raise _no("give BYHOUR or a DTSTART with a time")
    return [f"{hour:02}:{minute:02}:{second:02}" for hour in hours for minute in minutes for second in seconds]


def _list(parts: dict[str, str], name: str, read: Callable[[str], Any]) -> list[Any]:
    try:
        return [read(one) for one in parts[name].split(",")] if name in parts else []
    except ValueError as error:
        raise _no(f"{name}: {error}") from error


def _join(values: Any) -> str:
    return ",".join(map(str, values))


def _no(detail: str) -> Refused:
    return Refused.field("rrule", detail)
