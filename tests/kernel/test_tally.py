"""Counting durations, and judging how full bounded things are."""

from __future__ import annotations

import pytest

from stadtwerk.kernel.health import Fill, Reason, reasons_of, status_of
from stadtwerk.kernel.tally import Durations


def test_a_duration_falls_under_its_inclusive_bound() -> None:
    spent = Durations((0.1, 1.0))
    for seconds in (0.05, 0.1, 0.5, 7.0):
        spent.note(seconds)
    assert spent.counts == [2, 1, 1]
    assert spent.n == 4
    assert spent.total_s == pytest.approx(7.65)


def test_a_quantile_is_the_bound_above_it() -> None:
    spent = Durations((0.1, 1.0))
    for _ in range(99):
        spent.note(0.05)
    spent.note(0.5)
    assert (spent.quantile_s(0.5), spent.quantile_s(0.99), spent.quantile_s(1)) == (0.1, 0.1, 1.0)
    spent.note(100)
    assert spent.quantile_s(1) == float("inf")


@pytest.mark.parametrize(
    ("value", "status"), [(0, "ok"), (79, "ok"), (80, "degraded"), (99, "degraded"), (100, "failing")]
)
def test_a_bound_that_is_near_or_reached_has_a_reason(value: int, status: str) -> None:
    assert status_of(reasons_of([Fill("inbox_rows", value, 100, "rows")])) == status


def test_what_drops_the_oldest_by_design_may_be_full() -> None:
    assert not reasons_of([Fill("commands_recent", 500, 500, rolling=True)])


def test_the_worst_reason_counts() -> None:
    assert (
        status_of([Reason("degraded", "broker", ""), Reason("failing", "loop_lag", ""), Reason("degraded", "x", "")])
        == "failing"
    )
