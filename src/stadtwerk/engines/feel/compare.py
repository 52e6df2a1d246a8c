"""Equality, order and membership in three-valued logic (DMN 1.5, 10.3.2.8 and tables 52 to 54): None is not known."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from decimal import Decimal
from typing import Any

from stadtwerk.engines.feel.moments import EPOCH, Date, DateTime, Days, Months, Time
from stadtwerk.engines.feel.values import KINDS, Range, Value

Seen = dict[tuple[int, int], bool]
"""Lists and contexts already compared, by identity: the same part may stand in a value a million times."""


def _equal_lists(left: list[Value], right: list[Value], seen: Seen) -> bool:
    if len(left) != len(right):
        return False
    return all(_equal(one, other, seen) for one, other in zip(left, right, strict=True))


def _equal_contexts(left: dict[str, Value], right: dict[str, Value], seen: Seen) -> bool:
    if left.keys() != right.keys():
        return False
    return all(_equal(value, right[key], seen) for key, value in left.items())


def _equal_ranges(left: Range, right: Range, seen: Seen) -> bool:
    if (left.start_included, left.end_included, left.negated) != (
        right.start_included,
        right.end_included,
        right.negated,
    ):
        return False
    return bool(_equal(left.start, right.start, seen) and _equal(left.end, right.end, seen))


def _instant(value: Value) -> int | None:
    """Return what places a time or date and time on one line, None where it is local; a time is of the first day."""
    moment = value if isinstance(value, DateTime) else DateTime(EPOCH, value)
    return moment.utc_ns if moment.time.zone is not None else None


def _equal_times(left: Value, right: Value, seen: Seen) -> bool:
    one, other = _instant(left), _instant(right)
    if one is not None and other is not None:
        return one == other
    return bool(left == right)


def equal(left: Value, right: Value) -> bool | None:
    """Tell whether two values are the same; None for values of different kinds, null equals null only.

    Lists and contexts with parts of different kinds are not the same: table 53 asks for parts that are equal.
    """
    return _equal(left, right, {})


def _equal(left: Value, right: Value, seen: Seen) -> bool | None:
    if left is None or right is None:
        return left is right
    if type(left) is not type(right):
        return None
    compare = _EQUAL.get(type(left))
    if compare is None:
        return bool(left == right)
    pair = (id(left), id(right))
    if pair not in seen:
        seen[pair] = compare(left, right, seen)
    return seen[pair]


def hashed(value: Value) -> Hashable:
    """Return what equal values have in common, to find them quickly; None for lists, contexts, ranges, functions."""
    if isinstance(value, Time | DateTime):
        instant = _instant(value)
        return (type(value), value if instant is None else instant)
    return (type(value), value) if value is None or (type(value) in KINDS and type(value) not in _EQUAL) else None


_EQUAL: dict[type, Callable[[Any, Any, Seen], bool]] = {
    list: _equal_lists,
    dict: _equal_contexts,
    Range: _equal_ranges,
    Time: _equal_times,
    DateTime: _equal_times,
}
_PLACE: dict[type, Callable[[Value], Value]] = {
    Decimal: lambda value: value,
    str: lambda value: value,
    Date: lambda value: value.ordinal,
    Days: lambda value: value.ns,
    Months: lambda value: value.months,
}


def order(left: Value, right: Value) -> int | None:
    """Return -1, 0 or 1 as left is before, at or after right; None where the two have no order."""
    place = _PLACE.get(type(left))
    if type(left) is not type(right):
        return None
    if place is not None:
        one, other = place(left), place(right)
    elif isinstance(left, Time | DateTime):
        one, other = _instant(left), _instant(right)
        if (one is None) != (other is None):
            return None
        if one is None:
            one, other = (left.local_ns, right.local_ns) if isinstance(left, DateTime) else (left.ns, right.ns)
    else:
        return None
    return int(one > other) - int(one < other)


def less(left: Value, right: Value) -> bool | None:
    """Tell whether left is before right, None where that is not known."""
    found = order(left, right)
    return None if found is None else found < 0


def at_most(left: Value, right: Value) -> bool | None:
    """Tell whether left is before right or at it, None where that is not known."""
    found = order(left, right)
    return None if found is None else found <= 0


def both(left: bool | None, right: bool | None) -> bool | None:  # noqa: FBT001 - truth is what this computes with
    """Return the conjunction (table 50): false beats not known."""
    if left is False or right is False:
        return False
    return None if left is None or right is None else True


def negate(value: bool | None) -> bool | None:  # noqa: FBT001 - truth is what this computes with
    """Return the negation; not known stays so."""
    return None if value is None else not value


def within(value: Value, span: Range) -> bool | None:
    """Tell whether a value lies in a range, None where it cannot be compared with the ends."""
    if span.start is None and span.end is None:
        return None
    if span.negated:
        return negate(equal(value, span.start))
    if span.start_included and span.end_included and equal(span.start, span.end):
        return equal(value, span.start)
    low: bool | None = True
    high: bool | None = True
    if span.start is not None:
        low = at_most(span.start, value) if span.start_included else less(span.start, value)
    if span.end is not None:
        high = at_most(value, span.end) if span.end_included else less(value, span.end)
    return both(low, high)


def contains(value: Value, candidate: Value) -> bool | None:
    """Tell whether a value meets what stands right of `in`: a range holds it, a list has it, a value equals it."""
    if isinstance(candidate, Range):
        if isinstance(value, Range):
            return equal(value, candidate)
        return within(value, candidate)
    if isinstance(candidate, list):
        if isinstance(value, list) and equal(value, candidate):
            return True
        verdicts = [contains(value, one) for one in candidate]
        return any(verdicts)
    return equal(value, candidate)
