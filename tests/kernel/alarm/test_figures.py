"""The figures of merit of a written-down afternoon equal what one works out by hand."""

from __future__ import annotations

from typing import Any

import pytest

from stadtwerk.kernel.alarm.figures import Figures, figures
from stadtwerk.kernel.clock import US
from stadtwerk.kernel.journal import Event

BEGIN_US = 1_790_000_000 * US
HOUR_S = 3_600

LOW, MEDIUM, HIGH, CRITICAL = 150, 500, 850, 950


def at(second: float, kind: str, alarm: str, **body: Any) -> Event:
    """Make an event so many seconds after the beginning."""
    return Event(BEGIN_US + round(second * US), f"alarm.{kind}", alarm, "", "", body)


def told(second: float, alarm: str, severity: int = LOW) -> Event:
    """Make an event of which operators are told."""
    return at(second, "raised", alarm, severity=severity, annunciated=True)


def value(found: Figures, name: str) -> tuple[float | None, str]:
    """Return a figure and its verdict."""
    return next((one.value, one.band) for one in found.figures if one.name == name)


AFTERNOON = [
    # Yesterday: one that stands since 30 hours, one acknowledged long ago and gone since.
    told(-30 * HOUR_S, "old"),
    told(-20 * HOUR_S, "past"),
    at(-19 * HOUR_S, "acknowledged", "past"),
    at(-18 * HOUR_S, "returned", "past"),
    # Minutes 0 to 10: eleven lamps in a row, which is one more than a flood begins with.
    *(told(10 + number, f"lamp{number}") for number in range(11)),
    # Minutes 10 to 20: a relay that chatters, four times told, three times back within 50 seconds.
    *(
        event
        for start in (700, 720, 740)
        for event in (told(start, "relay", MEDIUM), at(start + 10, "returned", "relay"))
    ),
    told(760, "relay", MEDIUM),
    # Two are acknowledged: after 90 s and after 190 s; one more after 25 minutes.
    at(100, "acknowledged", "lamp0"),
    at(201, "acknowledged", "lamp1"),
    # One goes back, one is shelved, one is explained by a cabinet, one comes while shelved and is not told.
    at(900, "returned", "lamp2"),
    at(910, "shelved", "lamp3", until_us=0, one_shot=False, severity=LOW),
    at(920, "raised", "cabinet", severity=HIGH, annunciated=True),
    at(920, "suppressed", "lamp4", by="cabinet", severity=LOW),
    at(930, "raised", "lamp9000", severity=LOW, annunciated=False),
    at(1512, "acknowledged", "lamp2"),
]


def test_the_afternoon_by_hand() -> None:
    """One hour, six windows of ten minutes.

    Told: 11 lamps + 4 relay + 1 cabinet = 16 in an hour, so 16 x 24 = 384 a day and 16 / 6 = 2.67 in ten minutes.
    Windows: 11, 5 (relay 4, cabinet 1), 0, 0, 0, 0: the peak is 11, one of six is a flood = 16.7 %.
    Standing at the end: old, lamps 0, 1 and 5 to 10 (8 of 11: without 2, 3, 4), relay, cabinet = 11; stale: old.
    Chattering: relay came back at 710, 730 and 750, three times within 40 s.
    Low: 11, medium: 4, high: 1; low and medium are 15 of 16 = 93.75 %; critical none.
    Acknowledged: lamp0 told at 10, after 90 s; lamp1 told at 11, after 190 s; lamp2 told at 12, after 1,500 s.
    Waiting: old, lamps 5 to 10 (6), relay, cabinet = 9; lamps 3 and 4 are hidden.
    """
    found = figures(AFTERNOON, BEGIN_US, BEGIN_US + HOUR_S * US)
    assert value(found, "per_day") == (384, "bad")
    assert value(found, "mean_10_min") == (pytest.approx(16 / 6), "bad")
    assert value(found, "peak_10_min") == (11, "fair")
    assert value(found, "flood") == (pytest.approx(100 / 6), "bad")
    assert value(found, "standing") == (11, "")
    assert value(found, "stale") == (1, "good")
    assert found.stale == ("old",)
    assert value(found, "chattering") == (1, "fair")
    assert found.chattering == ("relay",)
    assert value(found, "top_ten") == (pytest.approx(100 * (4 + 9) / 16), "")
    assert [(one.id, one.n) for one in found.top][:2] == [("relay", 4), ("cabinet", 1)]
    assert found.priorities == {"low": 11, "medium": 4, "high": 1, "critical": 0}
    assert value(found, "critical") == (0, "good")
    assert value(found, "low_medium") == (pytest.approx(93.75), "good")
    assert value(found, "acknowledge_median") == (190, "")
    assert value(found, "unacknowledged") == (9, "")


def test_a_quiet_day_has_no_verdict_on_shares() -> None:
    found = figures([], BEGIN_US, BEGIN_US + 86_400 * US)
    assert value(found, "per_day") == (0, "good")
    assert value(found, "flood") == (0, "good")
    assert value(found, "low_medium") == (None, "")
    assert value(found, "acknowledge_median") == (None, "")


def test_a_city_observed_for_less_than_a_window_has_no_rates_yet() -> None:
    found = figures([told(10, "x")], BEGIN_US, BEGIN_US + 599 * US)
    assert value(found, "per_day") == (None, "")
    assert value(found, "mean_10_min") == (None, "")
    assert value(found, "peak_10_min") == (1, "good")


def test_three_returns_in_more_than_a_minute_are_no_chattering() -> None:
    slow = [event for n in range(3) for event in (told(40 * n, "x"), at(40 * n + 5, "returned", "x"))]
    assert value(figures(slow, BEGIN_US, BEGIN_US + HOUR_S * US), "chattering") == (0, "good")


def test_the_share_of_the_ten_worst_counts_from_two_hundred_alarms_on() -> None:
    many = [told(n, f"a{n % 100}") for n in range(200)]
    assert value(figures(many, BEGIN_US, BEGIN_US + HOUR_S * US), "top_ten") == (10, "fair")


def test_what_comes_after_the_end_does_not_count() -> None:
    late = [told(HOUR_S, "x", CRITICAL)]
    assert value(figures(late, BEGIN_US, BEGIN_US + HOUR_S * US), "per_day") == (0, "good")
