"""Relative times in what a schedule orders become absolute for each occurrence, by the city's clocks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.schedule.test_occurrences import CALENDAR, us
from stadtwerk.kernel.clock import parse_iso
from stadtwerk.kernel.refusal import Refused
from stadtwerk.kernel.schedule.content import duration_s, resolve


@pytest.mark.parametrize(
    ("at", "said", "expected"),
    [
        ("2026-11-24T22:00", {"$after": "PT4H"}, "2026-11-25T02:00+01:00"),
        ("2026-11-24T22:00", {"$after": "P1DT30M"}, "2026-11-25T22:30+01:00"),
        ("2026-11-24T22:00", {"$clock": "06:00"}, "2026-11-25T06:00+01:00"),
        ("2026-11-24T22:00", {"$clock": "22:00"}, "2026-11-25T22:00+01:00"),
        ("2026-11-24T22:00", {"$clock": "23:15:30"}, "2026-11-24T23:15:30+01:00"),
        ("2026-10-24T22:00", {"$clock": "06:00"}, "2026-10-25T06:00+01:00"),
        ("2026-10-24T22:00", {"$after": "PT9H"}, "2026-10-25T06:00+01:00"),
        ("2027-03-27T22:00", {"$clock": "02:30"}, "2027-03-28T03:30+02:00"),
    ],
)
def test_golden(at: str, said: dict[str, str], expected: str) -> None:
    found = resolve({"until": said, "other": [1, "x", {"deep": said}]}, CALENDAR, us(at))
    assert parse_iso(found["until"]) == us(expected)
    assert found["other"][:2] == [1, "x"]
    assert found["other"][2]["deep"] == found["until"]


@pytest.mark.parametrize(
    "said",
    [{"$after": "4h"}, {"$after": "P"}, {"$after": "PT"}, {"$after": "P1DT"}, {"$after": 5}, {"$clock": "25:00"}, {"$clock": "6"}, {"$moon": "full"}, {"$after": "PT1H", "b": 1}],
)  # fmt: skip
def test_what_is_no_time_is_refused(said: object) -> None:
    with pytest.raises(Refused):
        resolve({"until": said}, CALENDAR, us("2026-11-24T22:00"))


def test_too_deep_is_refused() -> None:
    deep: object = 1
    for _ in range(20):
        deep = [deep]
    with pytest.raises(Refused, match="deeper"):
        resolve({"a": deep}, CALENDAR, us("2026-11-24T22:00"))


@given(st.integers(0, 9999), st.integers(0, 23), st.integers(0, 59), st.integers(0, 59))
def test_durations(days: int, hours: int, minutes: int, seconds: int) -> None:
    assert duration_s(f"P{days}DT{hours}H{minutes}M{seconds}S") == ((days * 24 + hours) * 60 + minutes) * 60 + seconds


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", min_size=1, max_size=3), inner, max_size=3)
    ),
    max_leaves=10,
)


@given(json_values)
def test_what_holds_no_relative_time_stays_as_it_is(value: object) -> None:
    assert resolve(value, CALENDAR, us("2026-11-24T22:00")) == value
