"""Instances put together by periods: counts, sums, means, extremes, spread (ETSI GS CIM 009 clause 4.5.19).

Numbers count as themselves, booleans as 1 and 0, lists by their length (no spread, no squares); of texts there are only
the counts and the first and last in order, of all else only the counts. `stddev` is that of the whole (divided by n).
Periods follow each other from `timeAt`, where that bounds the range below, else from the entity's first instance;
those without an instance are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import msgspec
import numpy as np

from stadtwerk.context.limits import PERIODS_MAX
from stadtwerk.context.problems import problem
from stadtwerk.context.temporal.asking import Aggregation, Method, Span
from stadtwerk.context.temporal.duration import Duration
from stadtwerk.context.temporal.tracks import BOOLEAN, LIST, NUMBER, TEXT, Floats, Ints, Sorted, sort_of

Value = float | int | str
Bucket = tuple[Value, int, int]
"""A value, and the period it is of: from and until, microseconds UTC."""
Result = dict[Method, list[Bucket]]

_ANYTHING: tuple[Method, ...] = ("totalCount", "distinctCount")
_OF_LISTS: tuple[Method, ...] = (*_ANYTHING, "sum", "avg", "min", "max")
_OF_TEXTS: tuple[Method, ...] = (*_ANYTHING, "min", "max")


@dataclass(slots=True)
class Series:
    """Instances of one attribute and dataset, by time.

    `origin_us` is where the periods begin; `content` gives the values themselves where numbers do not tell enough.
    """

    seen: Sorted
    origin_us: int
    content: Sequence[Any] | None = None


def needs_content(seen: Sorted, methods: Sequence[Method]) -> bool:
    """Tell whether numbers alone do not tell what was asked for of these sorts of values."""
    sort = seen.only_sort()
    if sort in (NUMBER, BOOLEAN):
        return False
    if sort == LIST:
        return "distinctCount" in methods
    return any(method != "totalCount" for method in methods)


def origin(span: Span, first_us: int) -> int:
    """Return where periods begin: at the bound that was asked for, else at the first instance."""
    if span.relation == "after":
        return span.since_us - 1
    return span.since_us if span.relation == "between" else first_us


def aggregate(series: Sequence[Series], ask: Aggregation, span: Span) -> list[Result]:
    """Aggregate several series at once; those whose content is needed one by one."""
    results: list[Result] = [{} for _ in series]
    quick = [number for number, one in enumerate(series) if one.content is None]
    if quick:
        _aggregate_numbers([series[number] for number in quick], [results[number] for number in quick], ask, span)
    for number, one in enumerate(series):
        if one.content is not None:
            results[number] = aggregate_content(one, ask, span)
    return results


def _aggregate_numbers(series: Sequence[Series], results: Sequence[Result], ask: Aggregation, span: Span) -> None:
    lengths = [len(one.seen) for one in series]
    values = series[0].seen.values if len(series) == 1 else np.concatenate([one.seen.values for one in series])
    periods = [_periods(one.seen.at_us, one.origin_us, ask.period) for one in series]
    # A run is what shares series and period: where it begins is all that reduceat needs.
    begins = [_begins(numbers) for numbers in periods]
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    starts = np.concatenate([start + offset for start, offset in zip(begins, offsets, strict=False)])
    if len(starts) > PERIODS_MAX:
        raise problem("TooManyResults", f"at most {PERIODS_MAX} periods in one answer; ask for longer ones")
    sizes = np.diff(np.append(starts, offsets[-1]))
    columns = {method: _REDUCE[method](values, starts, sizes).tolist() for method in ask.methods}
    at = 0
    for one, result, numbers, begin in zip(series, results, periods, begins, strict=True):
        until = at + len(begin)
        bounds = _bounds(one, numbers[begin].tolist(), ask.period, span)
        applicable = _applicable(int(one.seen.sorts[0]))
        for method, column in columns.items():
            some = column[at:until] if method in applicable else ()
            result[method] = [(value, start, end) for value, (start, end) in zip(some, bounds, strict=False)]
        at = until


def _periods(at_us: Ints, origin_us: int, period: Duration) -> Ints:
    """Return the number of each instance's period, counted from the origin."""
    if period.whole:
        return np.zeros(len(at_us), np.int64)
    if not period.months:
        return (at_us - origin_us) // period.us
    edges, last_us = [origin_us], int(at_us[-1])
    while edges[-1] <= last_us:
        edges.append(period.after(origin_us, len(edges)))
    return np.searchsorted(np.array(edges, np.int64), at_us, "right") - 1


def _begins(numbers: Ints) -> Ints:
    """Return where each run of equals begins."""
    return cast("Ints", np.concatenate([[0], np.flatnonzero(numbers[1:] != numbers[:-1]) + 1]))


def _bounds(one: Series, numbers: Sequence[int], period: Duration, span: Span) -> list[tuple[int, int]]:
    if period.whole:
        end = span.until_us if span.relation in ("before", "between") else int(one.seen.at_us[-1])
        return [(one.origin_us, end)]
    return [(period.after(one.origin_us, number), period.after(one.origin_us, number + 1)) for number in numbers]


def _total(values: Floats, starts: Ints, sizes: Ints) -> Ints:
    return sizes


def _sum(values: Floats, starts: Ints, sizes: Ints) -> Floats:
    return cast("Floats", np.add.reduceat(values, starts))


def _avg(values: Floats, starts: Ints, sizes: Ints) -> Floats:
    return np.add.reduceat(values, starts) / sizes


def _min(values: Floats, starts: Ints, sizes: Ints) -> Floats:
    return cast("Floats", np.minimum.reduceat(values, starts))


def _max(values: Floats, starts: Ints, sizes: Ints) -> Floats:
    return cast("Floats", np.maximum.reduceat(values, starts))


def _sumsq(values: Floats, starts: Ints, sizes: Ints) -> Floats:
    return cast("Floats", np.add.reduceat(values * values, starts))


def _stddev(values: Floats, starts: Ints, sizes: Ints) -> Floats:
    # From the mean, not from the squares: these lose all digits where values are large and near each other.
    away = values - np.repeat(_avg(values, starts, sizes), sizes)
    return np.sqrt(_avg(away * away, starts, sizes))


def _distinct(values: Floats, starts: Ints, sizes: Ints) -> Ints:
    run = np.repeat(np.arange(len(starts)), sizes)
    order = np.lexsort((values, run))
    fresh = np.ones(len(values), np.int64)
    fresh[1:] = (np.diff(run[order]) != 0) | (values[order[1:]] != values[order[:-1]])
    return cast("Ints", np.add.reduceat(fresh, starts))


_REDUCE: Mapping[Method, Callable[[Floats, Ints, Ints], Any]] = {
    "totalCount": _total,
    "distinctCount": _distinct,
    "sum": _sum,
    "avg": _avg,
    "min": _min,
    "max": _max,
    "stddev": _stddev,
    "sumsq": _sumsq,
}


def _applicable(sort: int) -> tuple[Method, ...]:
    if sort in (NUMBER, BOOLEAN):
        return tuple(_REDUCE)
    if sort == LIST:
        return _OF_LISTS
    return _OF_TEXTS if sort == TEXT else _ANYTHING


def aggregate_content(one: Series, ask: Aggregation, span: Span) -> Result:
    """Aggregate values of any sort, period by period: slower, and the measure of the quick way."""
    numbers = _periods(one.seen.at_us, one.origin_us, ask.period)
    begins = _begins(numbers)
    bounds = _bounds(one, numbers[begins].tolist(), ask.period, span)
    ends = [*begins[1:].tolist(), len(numbers)]
    result: Result = {method: [] for method in ask.methods}
    for start, stop, (since_us, until_us) in zip(begins.tolist(), ends, bounds, strict=True):
        values = (one.content or ())[start:stop]
        for method in ask.methods:
            value = _of(values, method)
            if value is not None:
                result[method].append((value, since_us, until_us))
    return result


def _of(values: Sequence[Any], method: Method) -> Value | None:
    """Return what a method makes of some values, None if it does not apply to any of them."""
    if method == "totalCount":
        return len(values)
    if method == "distinctCount":
        return len({msgspec.json.encode(value, order="deterministic") for value in map(_plain, values)})
    sorted_ = [(sort_of(value), value) for value in values]
    numbers = [number for (sort, number), _ in sorted_ if method in _applicable(sort) and sort != TEXT]
    if not numbers:
        texts = [value for (sort, _), value in sorted_ if sort == TEXT and method in _OF_TEXTS]
        return (min(texts) if method == "min" else max(texts)) if texts else None
    one_run = np.array([0]), np.array([len(numbers)])
    return float(_REDUCE[method](np.array(numbers, np.float64), *one_run)[0])


def _plain(value: Any) -> Any:
    """Return a value in which equal numbers look equal."""
    return float(value) if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**53 else value
