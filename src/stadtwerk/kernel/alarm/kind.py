"""An entry of a rationalised alarm table (ISA-18.2 clause 8): nothing is an alarm without all of it."""

from __future__ import annotations

from dataclasses import dataclass

PRIORITIES = ("low", "medium", "high", "critical")
"""Priorities from least to most urgent."""

_HIGHEST = {"low": 333, "medium": 666, "high": 900, "critical": 1000}
"""Highest severity of each priority (OPC UA Part 9: 1 to 1000)."""


@dataclass(frozen=True, slots=True)
class Words:
    """A text in the city's two languages."""

    de: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmKind:
    """One kind of alarm: what it means, what to do within which time, and when it is told.

    `on_delay_s` and `off_delay_s`: how long the condition must hold, or be gone, seconds of city time; `deadband`: how
    far a measured value must come back inside its limits, in its own unit, 0 for a yes or no; `shelve_max_s`: the
    longest it may be shelved (MaxTimeShelved); `confirms`: whether somebody must confirm that the action was taken.
    """

    id: str
    source_type: str
    title: Words
    cause: Words
    consequence: Words
    action: Words
    respond_s: int
    severity: int
    on_delay_s: float
    off_delay_s: float
    deadband: float
    shelve_max_s: int
    confirms: bool

    def __post_init__(self) -> None:
        texts = (self.title, self.cause, self.consequence, self.action)
        if not all(words.de.strip() and words.en.strip() for words in texts):
            raise ValueError(f"{self.id}: an alarm has title, cause, consequence and action in both languages")
        if "." not in self.id or not self.source_type:
            raise ValueError(f"{self.id}: an alarm is named system.kind and has a type of source")
        if not 1 <= self.severity <= 1000:
            raise ValueError(f"{self.id}: severity is from 1 to 1000")
        if self.respond_s <= 0 or self.shelve_max_s <= 0:
            raise ValueError(f"{self.id}: time to respond and longest shelving are more than nothing")
        if min(self.on_delay_s, self.off_delay_s, self.deadband) < 0:
            raise ValueError(f"{self.id}: delays and deadband are not negative")

    @property
    def priority(self) -> str:
        """Return the priority that goes with the severity."""
        return priority(self.severity)


def priority(severity: int) -> str:
    """Return the priority of a severity of 1 to 1000."""
    return next(name for name in PRIORITIES if severity <= _HIGHEST[name])


def alarm_id(kind: str, source: str) -> str:
    """Name the alarm of a kind at a source."""
    return f"{kind}:{source}"


def split_id(alarm: str) -> tuple[str, str]:
    """Return kind and source of an alarm's name."""
    kind, _, source = alarm.partition(":")
    return kind, source
