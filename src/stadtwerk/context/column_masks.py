"""Conditions over one column: a term becomes a function from rows to a mask."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stadtwerk.context.columns import Listed, count, is_numeric, take, wide
from stadtwerk.context.moments import read_moment
from stadtwerk.context.q import Moment, Range, Term
from stadtwerk.context.values import value_test
from stadtwerk.kernel.entity import Coded, ColumnValues, Computed, Instants, Rows
from stadtwerk.kernel.observation import Values

Mask = NDArray[np.bool_]
MaskOf = Callable[[Rows], Mask]
Interval = tuple[float, float]
"""A closed interval of numbers, or of instants in microseconds."""

_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def column_mask(term: Term, column: ColumnValues) -> MaskOf:
    """Bind a term to one column."""
    if isinstance(column, Computed):
        of = column.of
        return lambda rows: column_mask(term, wide(of(rows)))(slice(0, count(rows)))
    if isinstance(column, Instants):
        return instant_mask(term, column)
    if isinstance(column, Coded):
        test = value_test(term)
        # The last place answers for code -1: absent.
        table = np.array([*map(test, column.labels), test(None)], np.bool_)
        return lambda rows: table[column.codes[rows]]
    if is_numeric(column):
        return _number_mask(term, column)
    return _walking_mask(term, column)


def never(rows: Rows) -> Mask:
    """Match nothing."""
    return np.zeros(count(rows), np.bool_)


def instant_mask(term: Term, column: Instants) -> MaskOf:
    """Bind a term to instants; texts count when they are dates or times."""
    at_us = column.at_us
    if term.path.members:
        return never
    if term.op not in _COMPARE:
        intervals = [_interval(value, _instant) for value in term.values]
        return _choice_mask(term, intervals, lambda rows: at_us[rows], present=lambda values: values != 0)
    bound, compare = _instant(term.values[0]), _COMPARE[term.op]
    if bound is None:
        return never
    return lambda rows: compare(at_us[rows], bound) & (at_us[rows] != 0)


def _number_mask(term: Term, column: Values) -> MaskOf:
    if term.path.members:
        return never
    if term.op not in _COMPARE:
        intervals = [_interval(value, _number) for value in term.values]
        return _choice_mask(term, intervals, lambda rows: column[rows], present=np.isfinite)
    bound, compare = _number(term.values[0]), _COMPARE[term.op]
    if bound is None:
        return never
    # Infinity is no JSON number: shown as absent, so it does not match either.
    return lambda rows: compare(column[rows], bound) & np.isfinite(column[rows])


def _choice_mask(
    term: Term,
    intervals: list[Interval | None],
    values_of: Callable[[Rows], NDArray[Any]],
    *,
    present: Callable[[NDArray[Any]], Mask],
) -> MaskOf:
    """Existence, equality, and patterns, which no number and no instant matches."""
    comparing = [interval for interval in intervals if interval is not None] if term.op in ("==", "!=") else []

    def mask(rows: Rows) -> Mask:
        values = values_of(rows)
        there = present(values)
        if term.op in ("exists", "!~="):
            return there
        equal = np.zeros(len(values), np.bool_)
        for low, high in comparing:
            equal |= (values == low) if low == high else (values >= low) & (values <= high)
        return there & (equal if term.op != "!=" else ~equal)

    return mask


def _interval(value: object, read: Callable[[object], float | None]) -> Interval | None:
    """Return a value or range as a closed interval; None when it is of another kind than the column."""
    ends = (value.low, value.high) if isinstance(value, Range) else (value, value)
    low, high = map(read, ends)
    return None if low is None or high is None else (low, high)


def _number(value: object) -> float | None:
    return value if isinstance(value, float) else None


def _instant(value: object) -> int | None:
    if isinstance(value, Moment):
        return value.at_us
    return read_moment(value) if isinstance(value, str) else None


def _walking_mask(term: Term, column: Listed) -> MaskOf:
    test = value_test(term)

    def mask(rows: Rows) -> Mask:
        values = take(column, rows)
        return np.fromiter(map(test, values), np.bool_, len(values))

    return mask
