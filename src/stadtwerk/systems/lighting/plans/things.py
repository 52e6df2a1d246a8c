"""What is kept of programs, calendars and their assignment: every step with its time, so that any instant is known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec

from stadtwerk.kernel.limits import CALENDAR_RULES
from stadtwerk.kernel.schedule.rule import Holidays, Weekday
from stadtwerk.systems.lighting.engine.program import Rule
from stadtwerk.vocab.lighting import Target

PlanId = Annotated[str, msgspec.Meta(pattern="^[a-z0-9][a-z0-9-]{0,31}$")]
Percent = Annotated[float, msgspec.Meta(ge=0, le=100)]
Elevation = Annotated[float, msgspec.Meta(ge=-12, le=6)]
WallTime = Annotated[str, msgspec.Meta(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$")]
Edge = Annotated[str, msgspec.Meta(pattern=r"^(-|\d{4})-\d{2}-\d{2}$")]
"""A day of one year (`2026-12-24`) or of every year (`--12-24`), as TALQ writes them."""
Title = str | Mapping[str, str]
"""A name as people gave it, or by language."""


class Program(msgspec.Struct, frozen=True, tag="program"):
    """Light on below a sun elevation (degrees), full or dimmed (percent); equal dimmed hours: never dimmed."""

    on_elevation_deg: Elevation
    full_percent: Percent
    dim_percent: Percent
    dim_from: WallTime
    dim_until: WallTime

    def rule(self) -> Rule:
        """Return it as the engine computes on it."""
        return Rule(self.on_elevation_deg, self.full_percent, self.dim_percent, self.dim_from, self.dim_until)

    def levels(self) -> tuple[float, float]:
        """Return the least and the most light it asks for in the dark, percent."""
        dimmed = self.dim_percent if self.dim_from != self.dim_until else self.full_percent
        return min(self.full_percent, dimmed), max(self.full_percent, dimmed)


class CalendarRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Nights ruled by a program, if they pass every test given (TALQ 2.7.1 `CalendarRule`).

    A night is named by its evening's day. Dates from and until are included; one of every year may run over New Year.
    Public holidays are taken like any other day, left out, alone, or as if they were Sundays.
    """

    program: PlanId
    start_date: Edge | None = None
    end_date: Edge | None = None
    weekdays: Annotated[tuple[Weekday, ...], msgspec.Meta(max_length=7)] = ()
    holidays: Holidays = "any"


class Calendar(msgspec.Struct, frozen=True, tag="calendar"):
    """Rules of which the first that means a night wins, and the program of all other nights (TALQ `Calendar`)."""

    default_program: PlanId
    rules: Annotated[tuple[CalendarRule, ...], msgspec.Meta(max_length=CALENDAR_RULES)] = ()

    def programs(self) -> tuple[str, ...]:
        """Return the programs it names, the default first, each once."""
        return tuple(dict.fromkeys((self.default_program, *(rule.program for rule in self.rules))))


class Version(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a plan said from an instant on, until the next version or until it was taken back (`undone_us`)."""

    number: int
    at_us: int
    by: str
    title: Title
    content: Program | Calendar
    reason: str = ""
    retired: bool = False
    undone_us: int = 0


class Plan(msgspec.Struct, frozen=True):
    """A program or a calendar with its versions, oldest first."""

    id: str
    versions: tuple[Version, ...]

    def at(self, at_us: int) -> Version | None:
        """Return the version in force at an instant, None before there was any."""
        return next((one for one in reversed(self.versions) if _holds(one.at_us, one.undone_us, at_us)), None)

    def now(self) -> Version | None:
        """Return the version in force."""
        return next((one for one in reversed(self.versions) if not one.undone_us), None)

    @property
    def kind(self) -> Literal["program", "calendar"]:
        """Tell what it is."""
        return "program" if isinstance(self.versions[0].content, Program) else "calendar"


class Assignment(msgspec.Struct, frozen=True, omit_defaults=True):
    """From when until when (`undone_us`) lamps were to follow a plan; a newer assignment wins. `rows` are packed."""

    id: str
    number: int
    plan: str
    at_us: int
    by: str
    target: Target
    title: str
    rows: str
    lamps: int
    reason: str = ""
    undone_us: int = 0

    def holds(self, at_us: int) -> bool:
        """Tell whether it was in force at an instant."""
        return _holds(self.at_us, self.undone_us, at_us)


def _holds(since_us: int, undone_us: int, at_us: int) -> bool:
    return since_us <= at_us and not 0 < undone_us <= at_us
