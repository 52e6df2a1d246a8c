"""The city's time: handed to everything, read from nowhere else."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol

from stadtwerk.kernel.refusal import Refused

US = 1_000_000
"""Microseconds in a second."""

EARLIEST_US = 1_577_836_800 * US
"""2020-01-01T00:00:00Z: a device clock before this was never set."""


class Clock(Protocol):
    """Tells the time in microseconds since 1970-01-01T00:00:00Z."""

    def now_us(self) -> int:
        """Return the present instant, microseconds UTC."""
        ...


class SteppedClock:
    """A clock that moves only when told to, and never backwards."""

    def __init__(self, now_us: int) -> None:
        self._now_us = now_us

    def now_us(self) -> int:
        """Return the instant it was last moved to, microseconds UTC."""
        return self._now_us

    def move_to(self, now_us: int) -> None:
        """Move forward to an instant; an earlier one is ignored, since city time never runs back."""
        self._now_us = max(self._now_us, now_us)

    def advance(self, seconds: float) -> None:
        """Move forward by a duration in seconds."""
        self.move_to(self._now_us + round(seconds * US))


def iso(at_us: int) -> str:
    """Write an instant as RFC 3339 UTC with milliseconds."""
    moment = datetime.fromtimestamp(at_us / US, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_iso(text: str, field: str = "at") -> int:
    """Read an RFC 3339 instant into microseconds UTC; a time without zone is refused."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise Refused.field(field, f"not an RFC 3339 time: {text[:40]!r}") from error
    if moment.tzinfo is None:
        raise Refused.field(field, "a time needs its zone, for example 2026-11-23T22:00:00Z")
    return round(moment.timestamp() * US)
