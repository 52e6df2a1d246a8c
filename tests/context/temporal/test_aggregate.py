"""Aggregates equal those of a plain, slow evaluation (ETSI GS CIM 009 clause 4.5.19)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import groupby
from math import isclose, sqrt
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stadtwerk.context.temporal.asking import METHODS, Aggregation, Span, TimeAsk
from stadtwerk.context.temporal.choose import choose, write_plain
from stadtwerk.context.temporal.duration import Duration, read_duration
from stadtwerk.context.temporal.series import aggregates, bundles
from stadtwerk.context.temporal.told import told_about_past
from stadtwerk.context.temporal.tracks import Past
from stadtwerk.kernel.refusal import Refused

A = "urn:a"
MINUTE = 60 * 1_000_000
START = 1_795_000_000_000_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

numbers = st.integers(-(10**6), 10**6) | st.floats(-1e6, 1e6, allow_nan=False)
same_sort = st.one_of(
    st.lists(numbers, min_size=1, max_size=60),
    st.lists(st.booleans(), min_size=1, max_size=60),
    st.lists(st.text("abc", max_size=3), min_size=1, max_size=60),
    st.lists(st.lists(st.integers(0, 2), max_size=3), min_size=1, max_size=60),
    st.lists(st.one_of(numbers, st.booleans(), st.text("ab", max_size=2), st.lists(st.integers(0, 1))), min_size=1),
)
periods = st.sampled_from(["PT0S", "PT1M", "PT7M", "PT1H", "P1D", "P1M", "P1Y", "PT1H30M", "P2W"])


def past_of(values: list[Any], minutes: list[int]) -> Past:
    instances = [
        {"type": "Property", "value": value, "observedAt": write_plain(START + minute * MINUTE), "createdAt": 1}
        for value, minute in zip(values, minutes, strict=True)
    ]
    past = Past()
    past.take([(7, 1, told_about_past({A: instances}, ["T"], None))])
    past.settle()
    return past


def asked(past: Past, ask: TimeAsk, values: list[Any]) -> dict[str, Any]:
    """Aggregate as the door does."""
    made = bundles([choose(past, ask.span, None, (), strict=True)], ask)
    places = [place for bundle in made for place in bundle.places(ask.aggregation)]
    contents = {place: {"type": "Property", "value": values[place[2]]} for place in places}
    (entity,) = aggregates(made, contents, ask, 1)
    return dict(entity[0][2][0][1]) if entity else {}


def plainly(values: list[tuple[int, Any]], ask: TimeAsk, origin_us: int) -> dict[str, list[tuple[Any, str, str]]]:
    """Aggregate instance by instance, with nothing but arithmetic."""
    period = ask.aggregation.period
    found: dict[str, list[tuple[Any, str, str]]] = {method: [] for method in ask.aggregation.methods}

    def number(at_us: int) -> int:
        place = 0
        while not period.whole and period.after(origin_us, place + 1) <= at_us:
            place += 1
        return place

    for place, group in groupby(values, key=lambda one: number(one[0])):
        some = [value for _, value in group]
        ends = (origin_us, values[-1][0])
        if not period.whole:
            ends = period.after(origin_us, place), period.after(origin_us, place + 1)
        for method in ask.aggregation.methods:
            value = one_value(some, method)
            if value is not None:
                found[method].append((value, write_plain(ends[0]), write_plain(ends[1])))
    return found


def one_value(some: list[Any], method: str) -> Any:
    if method == "totalCount":
        return len(some)
    if method == "distinctCount":
        return len({(isinstance(v, bool), msgspec.json.encode(float(v) if type(v) is int else v)) for v in some})
    spread = method in ("stddev", "sumsq")
    found = [
        float(len(v) if isinstance(v, list) else v)
        for v in some
        if not isinstance(v, str) and not (spread and isinstance(v, list))
    ]
    if not found:
        texts = [v for v in some if isinstance(v, str)]
        return {"min": min, "max": max}[method](texts) if texts and method in ("min", "max") else None
    n = len(found)
    mean = sum(found) / n
    return {
        "sum": sum(found),
        "avg": mean,
        "min": min(found),
        "max": max(found),
        "stddev": sqrt(sum((v - mean) ** 2 for v in found) / n),
        "sumsq": sum(v * v for v in found),
    }[method]


def near(one: Any, other: Any, scale: float) -> bool:
    if isinstance(one, str) or isinstance(other, str):
        return bool(one == other)
    return isclose(one, other, rel_tol=1e-9, abs_tol=1e-9 * scale)


@given(same_sort, st.data(), periods, st.sampled_from(["", "after", "between", "before"]))
def test_4_5_19_aggregates_are_those_of_a_plain_evaluation(
    values: list[Any], data: Any, text: str, relation: str
) -> None:
    minutes = data.draw(
        st.lists(st.integers(0, 5_000), min_size=len(values), max_size=len(values), unique=True), label="minutes"
    )
    minutes = sorted(minutes)
    since, until = START + 100 * MINUTE, START + 4_000 * MINUTE
    span = {
        "": Span(time="observedAt"),
        "after": Span(since + 1, 2**63 - 1, "after", "observedAt"),
        "between": Span(since, until, "between", "observedAt"),
        "before": Span(until_us=until, relation="before", time="observedAt"),
    }[relation]
    ask = TimeAsk(span, "aggregatedValues", aggregation=Aggregation(METHODS, read_duration(text)))
    past = past_of(values, minutes)
    inside = [
        (START + minute * MINUTE, value)
        for minute, value in zip(minutes, values, strict=True)
        if span.since_us <= START + minute * MINUTE < span.until_us
    ]
    got = asked(past, ask, values)
    if not inside:
        assert got == {}
        return
    origin_us = since if relation in ("after", "between") else inside[0][0]
    wanted = plainly(inside, ask, origin_us)
    scale = max([1.0, *(float(v) ** 2 for _, v in inside if isinstance(v, int | float))])
    for method, buckets in wanted.items():
        mine = got[method]
        assert [one[1] for one in mine] == [one[1] for one in buckets], method
        if ask.aggregation.period.whole and relation in ("before", "between"):
            assert {one[2] for one in mine} == {write_plain(until)} or not mine
        else:
            assert [one[2] for one in mine] == [one[2] for one in buckets], method
        assert all(near(one[0], other[0], scale) for one, other in zip(mine, buckets, strict=True)), (
            method,
            mine,
            buckets,
        )


@given(st.lists(st.tuples(st.lists(numbers, min_size=1, max_size=20)), min_size=2, max_size=6), periods)
def test_4_5_19_many_series_give_what_each_gives_alone(columns: list[tuple[list[Any]]], text: str) -> None:
    ask = TimeAsk(Span(time="observedAt"), "aggregatedValues", aggregation=Aggregation(METHODS, read_duration(text)))
    pasts = [past_of(values, [place * 13 for place in range(len(values))]) for (values,) in columns]
    together = aggregates(
        bundles([choose(p, ask.span, None, (), strict=True) for p in pasts], ask), {}, ask, len(pasts)
    )
    for past, mine in zip(pasts, together, strict=True):
        (alone,) = aggregates(bundles([choose(past, ask.span, None, (), strict=True)], ask), {}, ask, 1)
        for method, buckets in alone[0][2][0][1].items():
            other = mine[0][2][0][1][method]
            assert [one[1:] for one in buckets] == [one[1:] for one in other]
            assert all(near(a[0], b[0], 1e12) for a, b in zip(buckets, other, strict=True))


def test_4_5_19_large_values_near_each_other_keep_their_spread() -> None:
    ask = TimeAsk(aggregation=Aggregation(("stddev",)), shape="aggregatedValues")
    past = past_of([1e9, 1e9 + 1, 1e9 + 2], [0, 1, 2])
    assert asked(past, ask, [])["stddev"][0][0] == pytest.approx(sqrt(2 / 3))


@pytest.mark.parametrize(
    ("text", "months", "seconds"),
    [
        ("PT1H", 0, 3600),
        ("P1D", 0, 86_400),
        ("P1Y2M", 14, 0),
        ("P2W", 0, 14 * 86_400),
        ("PT0S", 0, 0),
        ("PT0.5S", 0, 0.5),
    ],
)
def test_4_5_19_durations_are_read(text: str, months: int, seconds: float) -> None:
    assert read_duration(text) == Duration(months, round(seconds * 1_000_000))


@pytest.mark.parametrize("text", ["", "P", "PT", "1H", "P1H", "PT1D", "P1W2D", "P-1D", "P1.5M", "P999999Y"])
def test_4_5_19_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(Refused) as no:
        read_duration(text)
    assert no.value.refusal.status == 400


@given(st.integers(0, 3_500_000_000), st.integers(0, 40))
def test_4_5_19_months_are_those_of_the_calendar(seconds: int, times: int) -> None:
    start = EPOCH + timedelta(seconds=seconds)
    reached = EPOCH + timedelta(microseconds=Duration(1).after(seconds * 1_000_000, times))
    assert (reached.year * 12 + reached.month) - (start.year * 12 + start.month) == times
    assert reached.day == start.day or (reached + timedelta(days=1)).day == 1
