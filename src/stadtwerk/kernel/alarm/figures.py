"""The alarm system's own figures of merit (ISA-18.2 clause 16, EEMUA 191): pure, from the journal's events."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

import msgspec

from stadtwerk.kernel.alarm.condition import Told
from stadtwerk.kernel.alarm.kind import PRIORITIES, priority
from stadtwerk.kernel.clock import US
from stadtwerk.kernel.journal import Event

WINDOW_S = 600
"""Rates are counted in windows of ten minutes."""
FLOOD = 10
"""A window with more alarms than this is a flood."""
STALE_S = 86_400
"""An alarm that stands longer than this is stale."""
CHATTER_TIMES, CHATTER_S = 3, 60
"""An alarm that comes and goes so often in so many seconds chatters."""
TOP = 10
MANY = 200
"""From so many alarms on, the share of the ten most frequent says something."""


class Figure(msgspec.Struct, frozen=True):
    """One figure: what it is, when it is good and when it is bad (a limit reached), and how it is."""

    name: str
    value: float | None
    unit: str
    good: float | None = None
    bad: float | None = None
    band: str = ""
    """good, fair or bad; empty where nothing is said of it."""


class Often(msgspec.Struct, frozen=True):
    """An alarm and how often it was told."""

    id: str
    n: int


class Figures(msgspec.Struct, frozen=True):
    """All figures of a stretch of time."""

    since_us: int
    until_us: int
    figures: tuple[Figure, ...]
    top: tuple[Often, ...]
    chattering: tuple[str, ...]
    stale: tuple[str, ...]
    priorities: dict[str, int]


@dataclass(slots=True)
class _Tally:
    """What the events of the stretch, and those before it, come to."""

    told_at_us: list[int] = field(default_factory=list)
    told: Counter[str] = field(default_factory=Counter)
    priorities: Counter[str] = field(default_factory=Counter)
    answered_s: list[float] = field(default_factory=list)
    waiting: dict[str, int] = field(default_factory=dict)
    """Alarms told and not acknowledged, with since when."""
    standing: dict[str, int] = field(default_factory=dict)
    cleared: defaultdict[str, list[int]] = field(default_factory=lambda: defaultdict(list))


def figures(events: Iterable[Event], since_us: int, until_us: int) -> Figures:
    """Work out the figures of [since, until) from events in order; those before it tell what stands."""
    tally = _Tally()
    for event in events:
        if event.at_us < until_us:
            _count(tally, event, since_us)
    length_s, n = (until_us - since_us) / US, len(tally.told_at_us)
    # What was observed for less than a window has no rate yet.
    rate = n / length_s if length_s >= WINDOW_S else None
    windows = _windows(tally.told_at_us, since_us, until_us)
    stale = sorted(alarm for alarm, at_us in tally.standing.items() if until_us - at_us > STALE_S * US)
    chattering = tuple(sorted(alarm for alarm, at in tally.cleared.items() if _chatters(at)))
    top = tuple(Often(alarm, times) for alarm, times in sorted(tally.told.items(), key=_most)[:TOP])
    of_all = 100 * sum(one.n for one in top) / n if n else None
    made = (
        _band(Figure("per_day", _per(rate, 86_400), "1/d", 150, 300)),
        _band(Figure("mean_10_min", _per(rate, WINDOW_S), "1/10 min", 1, 2)),
        _band(Figure("peak_10_min", max(windows), "1/10 min", 10, 100)),
        _band(Figure("flood", 100 * sum(one > FLOOD for one in windows) / len(windows), "%", 1, 5)),
        Figure("standing", len(tally.standing), ""),
        _band(Figure("stale", len(stale), "", 5, 20)),
        _band(Figure("chattering", len(chattering), "", 0, 5)),
        _band(Figure("top_ten", of_all, "%", 5, 20)) if n >= MANY else Figure("top_ten", of_all, "%"),
        _band(Figure("critical", _share(tally.priorities, n, ("critical",)), "%", 5, 10)),
        _at_least(Figure("low_medium", _share(tally.priorities, n, ("low", "medium")), "%", 80, 60)),
        Figure("acknowledge_median", _middle(tally.answered_s), "s"),
        Figure("unacknowledged", len(tally.waiting), ""),
    )
    counts = {name: tally.priorities[name] for name in PRIORITIES}
    return Figures(since_us, until_us, made, top, chattering, tuple(stale), counts)


def _count(tally: _Tally, event: Event, since_us: int) -> None:
    alarm, within = event.subject, event.at_us >= since_us
    if event.body.get("annunciated"):
        tally.standing[alarm] = tally.waiting[alarm] = event.at_us
        if within:
            tally.told_at_us.append(event.at_us)
            tally.told[alarm] += 1
            tally.priorities[priority(event.body["severity"])] += 1
    if event.kind in _HIDES:
        tally.standing.pop(alarm, None)
        tally.waiting.pop(alarm, None)
    elif event.kind == Told.RETURNED and alarm in tally.standing:
        del tally.standing[alarm]
        if within:
            tally.cleared[alarm].append(event.at_us)
    elif event.kind == Told.ACKNOWLEDGED and alarm in tally.waiting:
        told_at_us = tally.waiting.pop(alarm)
        if within:
            tally.answered_s.append((event.at_us - told_at_us) / US)


_HIDES = {Told.SHELVED, Told.SUPPRESSED, Told.OUT_OF_SERVICE}


def _windows(told_at_us: list[int], since_us: int, until_us: int) -> list[int]:
    """Count the alarms in each window of ten minutes; the last one may be shorter."""
    n = max(1, -(-(until_us - since_us) // (WINDOW_S * US)))
    counts = Counter((at_us - since_us) // (WINDOW_S * US) for at_us in told_at_us)
    return [counts[window] for window in range(n)]


def _chatters(at_us: list[int]) -> bool:
    """Tell whether there are enough returns to normal close together."""
    later = at_us[CHATTER_TIMES - 1 :]
    return any(last - first <= CHATTER_S * US for first, last in zip(at_us, later, strict=False))


def _most(one: tuple[str, int]) -> tuple[int, str]:
    return -one[1], one[0]


def _per(rate: float | None, stretch_s: int) -> float | None:
    return None if rate is None else rate * stretch_s


def _share(counts: Counter[str], n: int, names: tuple[str, ...]) -> float | None:
    return 100 * sum(counts[name] for name in names) / n if n else None


def _middle(values: list[float]) -> float | None:
    """Return the median."""
    if not values:
        return None
    ranked, half = sorted(values), len(values) // 2
    return ranked[half] if len(ranked) % 2 else (ranked[half - 1] + ranked[half]) / 2


def _band(figure: Figure) -> Figure:
    """Say how a figure is of which less is better."""
    if figure.value is None or figure.good is None or figure.bad is None:
        return figure
    band = "good" if figure.value <= figure.good else "bad" if figure.value > figure.bad else "fair"
    return msgspec.structs.replace(figure, band=band)


def _at_least(figure: Figure) -> Figure:
    """Say how a figure is of which more is better."""
    if figure.value is None or figure.good is None or figure.bad is None:
        return figure
    band = "good" if figure.value >= figure.good else "bad" if figure.value < figure.bad else "fair"
    return msgspec.structs.replace(figure, band=band)
