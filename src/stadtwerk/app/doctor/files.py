"""Checks of files around the city: its folder, the browser's libraries, the logs, whom strangers may write to."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import msgspec

from stadtwerk.app.doctor.case import Case
from stadtwerk.app.doctor.finding import Finding, error, ok, warning
from stadtwerk.app.folder import lamp_mark, open_folder
from stadtwerk.app.security import contacts
from stadtwerk.app.systems import make_parts
from stadtwerk.apps.vendor import VendorError, load_manifest, manifest_path, missing
from stadtwerk.kernel.refusal import Refused
from stadtwerk.logs.read import LEVELS, Line, lines
from stadtwerk.stores import checkup

FORMAT = 1
"""The form of city folders that this release reads."""
TABLES = ("districts", "streets", "cabinets", "circuits", "gateways", "lamps")
TOP = 5
"""So many kinds of warnings are told."""
_NUMBER = re.compile(r"\d[\d.:]*")
READY = "the city is ready"
"""What the supervisor's log says once all is up."""


def city(case: Case) -> Iterator[Finding]:
    """Look whether the city folder is whole, of a form we read, and the one this data folder belongs to."""
    if case.city is None:
        return
    absent = [f"{name}.csv" for name in TABLES if not (case.city / f"{name}.csv").exists()]
    if absent or not (case.city / "city.json").exists():
        yield error("city.incomplete", folder=case.city, files=", ".join(absent) or "city.json")
        return
    try:
        folder = open_folder(case.city)
        written = int(folder.city.get("format", 0))
        if written > FORMAT:
            yield error("city.newer", folder=case.city, format=written)
            return
        mark = lamp_mark(make_parts(folder)["lighting"].state.inventory)
    except (Refused, KeyError, ValueError, msgspec.MsgspecError) as fault:
        yield error("city.broken", folder=case.city, fault=fault)
        return
    known = checkup.meta(case.decisions, "lamps") if case.decisions else None
    if known not in (None, mark):
        yield error("city.other", folder=case.city, data=case.data)
    elif not (case.city / "map.pmtiles").exists():
        yield warning("city.no-map", folder=case.city)
    else:
        yield ok("city.ok", folder=case.city)


def vendor(case: Case) -> Finding:
    """Look whether the browser's libraries are there, as verified when they were brought."""
    try:
        absent = missing(load_manifest(manifest_path()), case.vendor)
    except VendorError as fault:
        return warning("vendor.unknown", fault=fault)
    if absent:
        return error("vendor.missing", names=", ".join(package.name for package in absent), folder=case.vendor)
    return ok("vendor.ok")


def logs(case: Case) -> Iterator[Finding]:
    """Sum up the warnings of the last hour, and tell why a city that should run does not."""
    if not case.started:
        return
    found = list(lines(case.run))
    if not case.running and (fault := _refusal(found)):
        yield error("logs.refused", process=fault.process, event=fault.event[:300])
    since = (datetime.fromtimestamp(case.now_s, UTC) - timedelta(hours=1)).isoformat()[:26]
    grave = [line for line in found if line.at >= since and LEVELS.index("warning") <= _rank(line)]
    kinds = Counter((line.process, _NUMBER.sub("…", line.event)[:80]) for line in grave)
    if not grave:
        yield ok("logs.quiet")
        return
    told = "; ".join(f"{n}× {process}: {event}" for (process, event), n in kinds.most_common(TOP))
    yield warning("logs.warnings", n=len(grave), kinds=told)


def _rank(line: Line) -> int:
    return LEVELS.index(line.level) if line.level in LEVELS else 1


def _refusal(found: list[Line]) -> Line | None:
    """Return the last grave line if the city has not been ready since."""
    for line in reversed(found):
        if line.event.startswith(READY):
            return None
        if line.level == "critical":
            return line
    return None


def contact(case: Case) -> Iterator[Finding]:
    """Look whether the city names whom to tell of a weakness."""
    if case.city is None:
        return
    try:
        named, own = contacts(open_folder(case.city).city)
    except Refused as no:
        yield error("contact.wrong", fault=no.refusal.detail)
        return
    yield ok("contact.ok", contact=", ".join(named)) if own else warning("contact.default", contact=named[0])
