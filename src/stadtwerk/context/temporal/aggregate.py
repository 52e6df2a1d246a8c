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
from stadtwerk.context.temporal.choose import write_plain
from stadtwerk.context.temporal.duration import Duration
from stadtwerk.context.temporal.tracks import BOOLEAN, LIST, NUMBER, TEXT, Floats, Ints, Sorted, sort_of
from stadtwerk.kernel.clock import US

Value = float | int | str
Bucket = tuple[Value, str, str]
"""A value, and the period it is of: from and until, RFC 3339."""
Bounds = list[tuple[str, str]]
Result = dict[str, list[Bucket]]

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
    values = series[0].seen.values if len(series) == 1 else np.concatenate([one.seen.values for one in series])
    lengths = np.array([len(one.seen) for one in series], np.int64)
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    periods = _all_periods(series, lengths, ask.period)
    # A run is what shares series and period: where it begins is all that reduceat needs.
    fresh = np.empty(len(periods), np.bool_)
    fresh[0] = True
    np.not_equal(periods[1:], periods[:-1], out=fresh[1:])
    fresh[offsets[:-1]] = True
    starts = np.flatnonzero(fresh)
    if len(starts) > PERIODS_MAX:
        raise problem("TooManyResults", f"at most {PERIODS_MAX} periods in one answer; ask for longer ones")
    sizes = np.diff(np.append(starts, offsets[-1]))
    columns = {method: _REDUCE[method](values, starts, sizes).tolist() for method in ask.methods}
    cuts = np.searchsorted(starts, offsets)
    bounds = _bounds(series, periods[starts], np.diff(cuts), ask.period, span)
    ends = cuts.tolist()
    for one, result, start, end in zip(series, results, ends, ends[1:], strict=False):
        applicable = _applicable(int(one.seen.sorts[0]))
        for method, column in columns.items():
            some = column[start:end] if method in applicable else ()
            result[method] = [(value, *bound) for value, bound in zip(some, bounds[start:end], strict=False)]


def _all_periods(series: Sequence[Series], lengths: Ints, period: Duration) -> Ints:
    """Return the number of each instance's period, counted from its series' origin."""
    if period.months or len(series) == 1:
        return np.concatenate([_periods(one.seen.at_us, one.origin_us, period) for one in series])
    at_us = np.concatenate([one.seen.at_us for one in series])
    origins = np.repeat(np.array([one.origin_us for one in series], np.int64), lengths)
    return np.zeros(len(at_us), np.int64) if period.whole else (at_us - origins) // period.us


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


def _bounds(series: Sequence[Series], numbers: Ints, runs: Ints, period: Duration, span: Span) -> Bounds:
    """Return the bounds of each run, by the number of its period; `runs` says how many each series has."""
    origins = np.repeat(np.array([one.origin_us for one in series], np.int64), runs)
    if period.whole:
        bounded = span.relation in ("before", "between")
        ends = np.array([span.until_us if bounded else one.seen.at_us[-1] for one in series], np.int64)
        return list(zip(write_all(origins), write_all(ends), strict=True))
    if not period.months:
        starts = origins + numbers * period.us
        return list(zip(write_all(starts), write_all(starts + period.us), strict=True))
    steps = list(zip(origins.tolist(), numbers.tolist(), strict=True))
    since, until = ([period.after(start, number + more) for start, number in steps] for more in (0, 1))
    return list(zip(write_all(np.array(since, np.int64)), write_all(np.array(until, np.int64)), strict=True))


def write_all(at_us: Ints) -> list[str]:
    """Write instants (n,) us UTC as RFC 3339, without a fraction where all are whole seconds."""
    if (at_us % US).any():
        return [write_plain(one) for one in at_us.tolist()]
    distinct, place = np.unique(at_us, return_inverse=True)
    texts = np.char.add(np.datetime_as_string(distinct.astype("M8[us]"), unit="s"), "Z").tolist()
    return [texts[one] for one in place.tolist()]


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
    begins = np.concatenate([[0], np.flatnonzero(numbers[1:] != numbers[:-1]) + 1])
    bounds = _bounds([one], numbers[begins], np.array([len(begins)]), ask.period, span)
    ends = [*begins[1:].tolist(), len(numbers)]
    result: Result = {method: [] for method in ask.methods}
    for start, stop, bound in zip(begins.tolist(), ends, bounds, strict=True):
        values = (one.content or ())[start:stop]
        for method in ask.methods:
            value = _of(values, method)
            if value is not None:
                result[method].append((value, *bound))
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
