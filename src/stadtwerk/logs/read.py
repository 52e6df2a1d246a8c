"""Reading logs: the lines of all processes, merged by time, whatever wrote them."""

from __future__ import annotations

import heapq
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from operator import attrgetter
from pathlib import Path
from typing import Any

LEVELS = ("debug", "info", "warning", "error", "critical")
LINE_CHARS = 20_000
"""A longer line is cut: nobody reads further."""
_HEAD = ("timestamp", "level", "event", "process", "logger", "exception")
# mosquitto begins its lines with seconds since 1970; libraries write the level's name somewhere at the front.
_EPOCH = re.compile(r"^(\d{10}): ")
_LEVEL = re.compile(r"\b(debug|info|warning|error|critical)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a log; `at` is RFC 3339 UTC, of the line before if it has no time of its own."""

    at: str
    process: str
    level: str
    event: str
    fields: dict[str, Any] = field(default_factory=dict)
    exception: str = ""

    def words(self) -> str:
        """Lay the line out for people."""
        more = " ".join(f"{name}={value}" for name, value in self.fields.items())
        head = f"{self.at[:23]:23} {self.process:10} {self.level:8} {self.event}"
        return "\n    ".join((f"{head}  {more}".rstrip(), *self.exception.splitlines()))


def lines(run: Path) -> Iterator[Line]:
    """Return what is kept of all processes' logs in a run folder, oldest first."""
    names = sorted({path.name.removesuffix(".log").removesuffix(".old") for path in run.glob("*.log")})
    return heapq.merge(*(_of_process(run, name) for name in names), key=attrgetter("at"))


def _of_process(run: Path, process: str) -> Iterator[Line]:
    at = ""
    for path in (run / f"{process}.old.log", run / f"{process}.log"):
        if path.exists():
            with path.open(encoding="utf-8", errors="replace") as file:
                for text in file:
                    line = parse(text, process, at)
                    at = line.at
                    yield line


def parse(text: str, process: str, before: str) -> Line:
    """Read a line of a process; `before` is the time of the line before it."""
    text = text.strip()[:LINE_CHARS]
    if text.startswith("{"):
        try:
            found = json.loads(text)
        except ValueError:
            found = {}
        if "event" in found:
            more = {name: value for name, value in found.items() if name not in _HEAD}
            at, level = str(found.get("timestamp", before)), str(found.get("level", "info"))
            # Clocks of one machine may go back: a process's own order holds.
            stamp = max(at, before)
            told = str(found["event"]), more, str(found.get("exception", ""))
            return Line(stamp, str(found.get("process", process)), level, *told)
    epoch = _EPOCH.match(text)
    if epoch:
        before = max(before, datetime.fromtimestamp(int(epoch[1]), UTC).isoformat().replace("+00:00", ".000000Z"))
        text = text[epoch.end() :]
    named = _LEVEL.search(text[:80])
    return Line(before, process, named[1].lower() if named else "info", text)


def chosen(found: Iterable[Line], *, level: str = "debug", process: str = "", command: str = "") -> Iterator[Line]:
    """Keep lines of a level or above, of a process, and those that belong to a command and its requests."""
    lowest, requests = LEVELS.index(level), set[Any]()
    for line in found:
        if command:
            of_command = command in (line.fields.get("command_id"), *line.event.split())
            if of_command and "request_id" in line.fields:
                requests.add(line.fields["request_id"])
            if not (of_command or line.fields.get("request_id") in requests):
                continue
        heavy = LEVELS.index(line.level) if line.level in LEVELS else 1
        if heavy >= lowest and process in ("", line.process):
            yield line


def follow(run: Path, pause: Callable[[], None]) -> Iterator[Line]:
    """Return what is written from now on, for ever; pauses between two looks, starts anew where a log was put aside."""
    places = {path: path.stat().st_size for path in run.glob("*.log")}
    while True:
        fresh: list[Line] = []
        for path in sorted(run.glob("*.log")):
            if path.name.endswith(".old.log"):
                continue
            size = path.stat().st_size
            begin = places.get(path, 0)
            begin = 0 if size < begin else begin
            with path.open("rb") as file:
                file.seek(begin)
                whole, _, _ = file.read().rpartition(b"\n")
            places[path] = begin + len(whole) + (1 if whole else 0)
            told = whole.decode(errors="replace").splitlines()
            fresh += [parse(text, path.stem, datetime.now(UTC).isoformat()[:26] + "Z") for text in told]
        yield from sorted(fresh, key=attrgetter("at"))
        pause()
