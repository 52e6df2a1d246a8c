"""Sums, means and spreads of lists of numbers (DMN 1.5, table 68)."""

from __future__ import annotations

from decimal import Decimal

from stadtwerk.engines.feel.arithmetic import calculate
from stadtwerk.engines.feel.library.signature import function
from stadtwerk.engines.feel.moments import Days, Months
from stadtwerk.engines.feel.values import NUMBERS, Run, Value, VoidError


def _numbers(items: list[Value]) -> list[Decimal]:
    if any(not isinstance(item, Decimal) for item in items):
        raise VoidError("an item is no number")
    return items


def _total(items: list[Value]) -> Decimal:
    total = Decimal(0)
    for item in _numbers(items):
        total = NUMBERS.add(total, item)
    return total


@function("sum(list: list)", run=True)
@function("sum(n...: any)", run=True)
def sum_of(run: Run, items: list[Value]) -> Value:
    """Return the sum, null of nothing; durations of one kind can be summed as well."""
    if not items:
        return None
    if not isinstance(items[0], Days | Months):
        return _total(items)
    total = items[0]
    for item in items[1:]:
        total = calculate(run, "+", total, item)
    return total


@function("mean(list: list)", run=True)
@function("mean(n...: any)", run=True)
def mean(run: Run, items: list[Value]) -> Value:
    """Return the mean, null of nothing."""
    return calculate(run, "/", sum_of(run, items), Decimal(len(items))) if items else None


@function("product(list: list)")
@function("product(n...: any)")
def product(items: list[Value]) -> Decimal | None:
    """Return the product, null of nothing."""
    if not items:
        return None
    total = Decimal(1)
    for item in _numbers(items):
        total = NUMBERS.multiply(total, item)
    return total


@function("median(list: list)")
@function("median(n...: any)")
def median(items: list[Value]) -> Decimal | None:
    """Return the middle of the sorted numbers, the mean of the two where there are two; null of nothing."""
    if not items:
        return None
    ranked = sorted(_numbers(items))
    middle = len(ranked) // 2
    if len(ranked) % 2:
        return ranked[middle]
    return NUMBERS.divide(NUMBERS.add(ranked[middle - 1], ranked[middle]), Decimal(2))


@function("stddev(list: list)")
@function("stddev(n...: any)")
def stddev(items: list[Value]) -> Decimal | None:
    """Return the standard deviation of a sample (divided by n - 1); null of fewer than two."""
    numbers = _numbers(items)
    if len(numbers) < 2:
        return None
    middle = NUMBERS.divide(_total(items), Decimal(len(items)))
    squares = [NUMBERS.power(NUMBERS.subtract(one, middle), Decimal(2)) for one in numbers]
    return NUMBERS.sqrt(NUMBERS.divide(_total(squares), Decimal(len(items) - 1)))


@function("mode(list: list)")
@function("mode(n...: any)")
def mode(items: list[Value]) -> list[Value]:
    """Return the numbers that stand there most often, from the least on."""
    counts: dict[Decimal, int] = {}
    for one in _numbers(items):
        counts[one] = counts.get(one, 0) + 1
    most = max(counts.values(), default=0)
    return sorted(number for number, times in counts.items() if times == most)
