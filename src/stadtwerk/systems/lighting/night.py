"""A night as a picture: light and power against programs and sun, and what happened when."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from stadtwerk.engines.sun import sun_elevations_deg, sun_times
from stadtwerk.kernel.clock import US, iso
from stadtwerk.kernel.command import Command
from stadtwerk.kernel.limits import NIGHT_MARKS
from stadtwerk.kernel.refusal import Refused
from stadtwerk.systems.lighting.engine.program import Place, place_of
from stadtwerk.systems.lighting.ports import NightArchive
from stadtwerk.systems.lighting.state import Lighting

STEP_US = 5 * 60 * US
"""Minutes are gathered into points so far apart."""
EDGE_US = 3_600 * US
"""The picture begins so long before sunset and ends as long after sunrise."""
HOLDS_US = 15 * 60 * US
"""A value of the city holds for so long; later nothing is known until the next one comes."""
PAGE = 200
SHOWN = ("lit", "power_kw", "program_kw", "faulty", "overridden")
Values = NDArray[np.float64]


def night_view(lighting: Lighting, archive: NightArchive, day: str, now_us: int) -> dict[str, Any]:
    """Show the night that begins on the evening of a local day ("" = the last that began), as far as it has come.

    Points are means of five minutes, None where the city was not observed. Energy counts observed time only;
    `observed` tells its share. Alarms and commands are marks, the first `NIGHT_MARKS` of each.
    """
    place = place_of(lighting.inventory.city)
    evening = _evening(day, place, now_us)
    since_us, until_us, sun = _span(place, evening)
    if since_us > now_us:
        raise Refused.field("day", f"this night begins at {iso(since_us)}")
    end_us = min(until_us, now_us)
    found = archive.history("CityLighting", 0, since_us, end_us + 1)
    points_us = np.arange(since_us, until_us, STEP_US)
    alarms, more_alarms = _alarms(archive, since_us, end_us)
    commands, more_commands = _commands(archive, since_us, end_us)
    elevations = sun_elevations_deg(place.lon, place.lat, points_us)
    return {
        "day": evening.isoformat(),
        "since": iso(since_us),
        "until": iso(until_us),
        "end": iso(end_us),
        "sun": {name: iso(at_us) for name, at_us in sun.items()},
        "lamps": len(lighting.inventory),
        "at": [iso(int(at_us)) for at_us in points_us],
        "sun_deg": np.round(elevations, 1).tolist(),
        **{name: _points(found["at_us"], found[name], points_us, end_us) for name in SHOWN},
        "summary": _summary(found, (since_us, end_us)),
        "alarms": alarms,
        "commands": commands,
        "more": more_alarms or more_commands,
    }


def _evening(day: str, place: Place, now_us: int) -> date:
    """Return the local day a night begins on: the one named, else today if its night has begun, else yesterday."""
    if not day:
        today = datetime.fromtimestamp(now_us / US, ZoneInfo(place.zone)).date()
        return today if _span(place, today)[0] <= now_us else today - timedelta(days=1)
    try:
        return date.fromisoformat(day)
    except ValueError:
        raise Refused.field("day", "not a day, for example 2026-11-26") from None


def _span(place: Place, evening: date) -> tuple[int, int, dict[str, int]]:
    """Return begin and end of the picture and the sun's times between, microseconds; noon to noon without a sunset."""
    morning = evening + timedelta(days=1)
    sun = {name: at for name, at in sun_times(*place, evening).items() if name in ("sunset", "civil-dusk")}
    sun |= {name: at for name, at in sun_times(*place, morning).items() if name in ("civil-dawn", "sunrise")}
    noons = [round(datetime.combine(at, time(12), ZoneInfo(place.zone)).timestamp()) * US for at in (evening, morning)]
    since_us = sun["sunset"] - EDGE_US if "sunset" in sun else noons[0]
    until_us = sun["sunrise"] + EDGE_US if "sunrise" in sun else noons[1]
    return since_us - since_us % STEP_US, until_us - until_us % STEP_US + STEP_US, sun


def _points(at_us: Values, values: Values, points_us: NDArray[np.int64], end_us: int) -> list[float | None]:
    """Return the mean of each five minutes, (n,); without a value the last one holds on, too old a one is None."""
    bins = ((at_us - points_us[0]) // STEP_US).astype(np.int64)
    known = ~np.isnan(values) & (bins >= 0) & (bins < len(points_us))
    counts = np.bincount(bins[known], minlength=len(points_us))
    sums = np.bincount(bins[known], weights=values[known], minlength=len(points_us))
    shown: list[float | None] = []
    held, held_us = None, -HOLDS_US
    for at, total, count in zip(points_us.tolist(), sums, counts, strict=True):
        if count:
            held, held_us = round(float(total / count), 2), at
        shown.append(held if at <= end_us and at - held_us <= HOLDS_US else None)
    return shown


def _summary(found: dict[str, Values], span_us: tuple[int, int]) -> dict[str, Any]:
    """Return energy of lamps and programs, kWh, the peaks, and the share of the time that was observed.

    Each value holds until the next one, `HOLDS_US` at most; energy counts no other time.
    """
    at_us, seen = found["at_us"], len(found["at_us"]) > 0
    lasts_us = np.minimum(np.diff(np.append(at_us, span_us[1])), HOLDS_US).clip(0)
    hours = lasts_us / (3_600 * US)
    return {
        "energy_kwh": round(float(np.nansum(found["power_kw"] * hours)), 2),
        "program_kwh": round(float(np.nansum(found["program_kw"] * hours)), 2),
        "peak_kw": round(float(np.nanmax(found["power_kw"])), 2) if seen else None,
        "most_lit": int(np.nanmax(found["lit"])) if seen else None,
        "most_faulty": int(np.nanmax(found["faulty"])) if seen else None,
        "observed": round(float(lasts_us.sum()) / max(span_us[1] - span_us[0], 1), 4),
    }


def _alarms(archive: NightArchive, since_us: int, end_us: int) -> tuple[list[dict[str, Any]], bool]:
    """Return the alarms people were told of in a night, oldest first, and whether there are more."""
    told = [
        {"at": iso(event.at_us), "id": event.subject, "severity": event.body["severity"]}
        for event in archive.alarm_events(since_us, 10 * NIGHT_MARKS)
        if event.at_us <= end_us and event.kind == "alarm.raised" and event.body.get("annunciated")
    ]
    return told[:NIGHT_MARKS], len(told) > NIGHT_MARKS


def _commands(archive: NightArchive, since_us: int, end_us: int) -> tuple[list[dict[str, Any]], bool]:
    """Return the commands of a night, oldest first, and whether there are more; reads the newest ones page by page."""
    found: list[Command] = []
    before: int | None = None
    for _ in range(NIGHT_MARKS // PAGE + 1):
        page = archive.latest(PAGE, before)
        found += [one for one in page if since_us <= one.requested_at_us <= end_us]
        if len(page) < PAGE or page[-1].requested_at_us < since_us:
            break
        before = page[-1].seq
    else:
        return _told(found), True
    return _told(found), len(found) > NIGHT_MARKS


def _told(commands: list[Command]) -> list[dict[str, Any]]:
    return [
        {
            "at": iso(one.requested_at_us),
            "id": one.id,
            "kind": one.kind,
            "title": one.title,
            "targets": len(one.rows),
            "actor": one.actor,
        }
        for one in reversed(commands[-NIGHT_MARKS:])
    ]
