"""Which lamps of a gateway follow a calendar, and what they are to be told now: the gateway holds levels for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from stadtwerk.kernel.clock import US
from stadtwerk.protocols.talq.model import Document
from stadtwerk.twin.talq.calendar import Almanac

GRACE_S = 600
"""How long a lamp keeps a level after it should have changed: then the gateway is away, its own program is followed."""


class Held(NamedTuple):
    """A level by a program for lamps, until an instant, us."""

    rows: tuple[int, ...]
    program: str
    level_percent: int
    until_us: int


class Following:
    """Lamps by row with their calendars; an override goes first and is waited for."""

    def __init__(self, almanac: Almanac) -> None:
        self._almanac = almanac
        self._calendar_of: dict[int, str] = {}
        self._told: dict[int, tuple[str, int]] = {}
        self._override_until_us: dict[int, int] = {}
        self._until_of: dict[str, int] = {}
        self._due_us = 0

    def assign(self, row: int, calendar: str) -> bool:
        """Have a lamp follow a calendar, "" for its own program; True if it must be let go for that."""
        self._due_us = 0
        if calendar:
            if self._calendar_of.get(row) != calendar:
                self._told.pop(row, None)
            self._calendar_of[row] = calendar
            return False
        self._told.pop(row, None)
        return self._calendar_of.pop(row, "") != ""

    def overridden(self, rows: Iterable[int], until_us: int) -> None:
        """Note that lamps do something else until an instant, 0 for not any more."""
        for row in rows:
            self._told.pop(row, None)
            self._override_until_us[row] = until_us
        self._due_us = 0

    def missed(self, row: int, now_us: int) -> None:
        """Note that a lamp did not hear what it was told last: it is told again."""
        if row in self._told and self._override_until_us.get(row, 0) <= now_us:
            del self._told[row]
            self._due_us = 0

    def renew(self) -> None:
        """Look again: calendars or programs may have changed."""
        self._due_us = 0

    def due(self, calendars: Mapping[str, Document], programs: Mapping[str, Document], now_us: int) -> Iterator[Held]:
        """Give what lamps are to be told now, lamps that are told the same together."""
        if now_us < self._due_us or not self._calendar_of:
            return
        self._due_us = now_us + 3_600 * US
        mine: dict[str, list[int]] = {}
        for row, name in self._calendar_of.items():
            until_us = self._override_until_us.get(row, 0)
            if until_us > now_us:
                self._due_us = min(self._due_us, until_us)
            else:
                mine.setdefault(name, []).append(row)
        for name, rows in mine.items():
            program = self._almanac.program(calendars[name], now_us) if name in calendars else ""
            if program not in programs or programs[program]["type"] != "ControlProgramOne":
                continue
            level, until_us = self._almanac.level(programs[program], now_us)
            self._due_us = min(self._due_us, until_us)
            untold = [row for row in rows if self._told.get(row) != (program, level)]
            # A level that goes on over a switch or a noon is told again: lamps keep it for a while only.
            again = rows if self._until_of.get(name) != until_us else untold
            self._until_of[name] = until_us
            if again:
                self._told.update(dict.fromkeys(again, (program, level)))
                yield Held(tuple(again), program, level, until_us + GRACE_S * US)
