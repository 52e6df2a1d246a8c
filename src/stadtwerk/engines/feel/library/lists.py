"""Functions of lists (DMN 1.5, tables 68 and 71)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import cmp_to_key
from typing import Any

from stadtwerk.engines.feel.compare import equal, hashed, order
from stadtwerk.engines.feel.library.signature import function, truncated
from stadtwerk.engines.feel.limits import ITEMS
from stadtwerk.engines.feel.values import Run, Value, VoidError


def same(one: Value, other: Value) -> bool:
    """Tell whether two items are equal; items of different kinds are not."""
    return equal(one, other) is True


def _bounded(items: list[Value]) -> list[Value]:
    if len(items) > ITEMS:
        raise VoidError(f"a list has at most {ITEMS} items")
    return items


@function("list contains(list: list, element: any)")
def list_contains(items: list[Value], element: Value) -> bool:
    """Tell whether an item equals the element."""
    return any(same(item, element) for item in items)


@function("count(list: list)")
def count(items: list[Value]) -> Decimal:
    """Return the number of items."""
    return Decimal(len(items))


def _extreme(items: list[Value], wanted: int) -> Value:
    if not items:
        return None
    best = items[0]
    for item in items[1:]:
        found = order(item, best)
        if found is None:
            raise VoidError("items have no common order")
        best = item if found == wanted else best
    if order(best, best) is None:
        raise VoidError("items have no order")
    return best


@function("min(list: list)")
@function("min(c...: any)")
def least(items: list[Value]) -> Value:
    """Return the least item."""
    return _extreme(items, -1)


@function("max(list: list)")
@function("max(c...: any)")
def greatest(items: list[Value]) -> Value:
    """Return the greatest item."""
    return _extreme(items, 1)


@function("sublist(list: list, start position: number, length?: number)")
def sublist(items: list[Value], start: Decimal, length: Decimal | None = None) -> list[Value]:
    """Return items from a place on: 1 is the first, -1 the last."""
    place = truncated(start)
    amount = len(items) if length is None else truncated(length)
    if place == 0 or abs(place) > len(items) or amount < 0:
        raise VoidError("nothing stands there")
    first = place - 1 if place > 0 else len(items) + place
    if length is not None and first + amount > len(items):
        raise VoidError("the list ends before")
    return items[first : first + amount]


@function("append(list: list, item...: any)")
def append(arguments: list[Value]) -> list[Value]:
    """Return the list with items behind it."""
    items = arguments[0] if isinstance(arguments[0], list) else [arguments[0]]
    if arguments[0] is None:
        raise VoidError("there is no list")
    return _bounded(items + arguments[1:])


@function("concatenate(list...: list)")
def concatenate(lists: list[Value]) -> list[Value]:
    """Return the items of all lists, one list behind the other."""
    if any(one is None for one in lists):
        raise VoidError("a list is null")
    return _bounded([item for one in lists for item in (one if isinstance(one, list) else [one])])


@function("union(list...: list)", run=True)
def union(run: Run, lists: list[Value]) -> list[Value]:
    """Return the items of all lists, each once."""
    return distinct_values(run, concatenate(lists))


def _place(items: list[Value], position: Decimal) -> int:
    place = truncated(position)
    if place == 0 or abs(place) > len(items):
        raise VoidError(f"the list has no item {place}")
    return place - 1 if place > 0 else len(items) + place


@function("insert before(list: list, position: number, newItem: any)")
def insert_before(items: list[Value], position: Decimal, item: Value) -> list[Value]:
    """Return the list with an item more, before a place."""
    place = _place(items, position)
    return _bounded([*items[:place], item, *items[place:]])


@function("remove(list: list, position: number)")
def remove(items: list[Value], position: Decimal) -> list[Value]:
    """Return the list without an item."""
    place = _place(items, position)
    return items[:place] + items[place + 1 :]


@function("list replace(list: list, position: number, newItem: any)")
def list_replace(items: list[Value], position: Decimal, item: Value) -> list[Value]:
    """Return the list with another item at a place."""
    place = _place(items, position)
    return [*items[:place], item, *items[place + 1 :]]


@function("list replace(list: list, match: function, newItem: any)", run=True)
def list_replace_matching(run: Run, items: list[Value], match: Any, item: Value) -> list[Value]:
    """Return the list with another item wherever the function of old and new item is true."""
    return [item if _truth(_called(run, match, [old, item])) else old for old in items]


def _called(run: Run, called: Any, arguments: list[Value]) -> Value:
    if called.arities and len(arguments) not in called.arities:
        raise VoidError(f"the function does not take {len(arguments)} arguments")
    run.step()
    return called.positional(run, arguments)


def _truth(value: Value) -> bool:
    if not isinstance(value, bool):
        raise VoidError("the function does not say true or false")
    return value


@function("reverse(list: list)")
def reverse(items: list[Value]) -> list[Value]:
    """Return the items from the last to the first."""
    return items[::-1]


@function("index of(list: list, match: any)")
def index_of(items: list[Value], match: Value) -> list[Value]:
    """Return the places of all items that equal the match."""
    return [Decimal(place) for place, item in enumerate(items, 1) if same(item, match)]


@function("distinct values(list: list)", run=True)
def distinct_values(run: Run, items: list[Value]) -> list[Value]:
    """Return the items, each once."""
    return [group[0] for group in _groups(run, items)]


def _groups(run: Run, items: list[Value]) -> list[list[Value]]:
    """Return equal items together, groups in the order of their first."""
    groups: dict[object, list[Value]] = {}
    whole: list[list[Value]] = []
    for place, item in enumerate(items):
        key = hashed(item)
        if key is None:
            run.step(len(whole))
            found = next((group for group in whole if same(group[0], item)), None)
            if found is not None:
                found.append(item)
                continue
            key = place
            whole.append(groups.setdefault(key, []))
        groups.setdefault(key, []).append(item)
    return list(groups.values())


@function("duplicate values(list: list)", run=True)
def duplicate_values(run: Run, items: list[Value]) -> list[Value]:
    """Return the items that stand there more than once, each once."""
    return [group[0] for group in _groups(run, items) if len(group) > 1]


@function("flatten(list: list)")
def flatten(items: list[Value]) -> list[Value]:
    """Return the items of lists inside of lists as one list."""
    flat: list[Value] = []
    waiting = [iter(items)]
    while waiting:
        for item in waiting[-1]:
            if isinstance(item, list):
                waiting.append(iter(item))
                break
            flat.append(item)
            _bounded(flat)
        else:
            waiting.pop()
    return flat


@function("partition(list: list, size: number)")
def partition(items: list[Value], size: Decimal) -> list[Value]:
    """Return lists of so many items each."""
    amount = truncated(size)
    if amount < 1:
        raise VoidError("a part has at least one item")
    return [items[at : at + amount] for at in range(0, len(items), amount)]


@function("sort(list: list)", run=True)
@function("sort(list: list, precedes: function)", run=True)
def sort(run: Run, items: list[Value], precedes: Any = None) -> list[Value]:
    """Return the items in the order of a function that tells whether one precedes another, or in their own."""
    compare: Callable[[Value, Value], int] = _ordered
    run.step(len(items))
    if precedes is not None:

        def compare(one: Value, other: Value) -> int:
            if _truth(_called(run, precedes, [one, other])):
                return -1
            return 1 if _truth(_called(run, precedes, [other, one])) else 0

    return sorted(items, key=cmp_to_key(compare))


def _ordered(one: Value, other: Value) -> int:
    found = order(one, other)
    if found is None:
        raise VoidError("items have no common order")
    return found


def _conjunction(items: list[Value], deciding: bool) -> bool | None:  # noqa: FBT001 - truth is what this computes with
    known: bool | None = not deciding
    for item in items:
        if item is deciding:
            return bool(deciding)
        if not isinstance(item, bool):
            known = None
    return known


@function("all(list: list)")
@function("all(b...: any)")
def all_of(items: list[Value]) -> bool | None:
    """Tell whether no item is false."""
    return _conjunction(items, deciding=False)


@function("any(list: list)")
@function("any(b...: any)")
def any_of(items: list[Value]) -> bool | None:
    """Tell whether one item is true."""
    return _conjunction(items, deciding=True)
