"""Conditions on single values: what one value must be for a term to hold (ETSI GS CIM 009 clause 4.9)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from stadtwerk.context.moments import read_moment
from stadtwerk.context.pattern import compile_pattern
from stadtwerk.context.q import Literal_, Moment, Range, Term

Test = Callable[[Any], bool]
"""Tells whether a value (None = absent) fulfils a condition."""


def value_test(term: Term) -> Test:
    """Compile a term into a test of one JSON value."""
    test = _plain_test(term)
    members = term.path.members
    if not members:
        return test
    return lambda value: test(_walk(value, members))


def _walk(value: Any, members: tuple[str, ...]) -> Any:
    for member in members:
        if member == "*" and isinstance(value, dict):
            return list(value.values())
        value = value.get(member) if isinstance(value, dict) else None
    return value


def _plain_test(term: Term) -> Test:
    if term.op == "exists":
        return lambda value: value is not None
    if term.op in ("~=", "!~="):
        return _pattern_test(str(term.values[0]), wanted=term.op == "~=")
    if term.op in ("==", "!="):
        return _equality_test(term, wanted=term.op == "==")
    return _any_of(_order_test(term.op, term.values[0]))


def _pattern_test(text: str, *, wanted: bool) -> Test:
    search = compile_pattern(text, "q").search

    def test(value: Any) -> bool:
        texts = value if isinstance(value, list) else [value]
        found = any(isinstance(text, str) and search(text) is not None for text in texts)
        return value is not None and found is wanted

    return test


def _equality_test(term: Term, *, wanted: bool) -> Test:
    plain = {v for v in term.values if isinstance(v, str)}
    others = [_equal(v) for v in term.values if not isinstance(v, str)]

    def equal(value: Any) -> bool:
        if isinstance(value, str):
            return value in plain or any(other(value) for other in others)
        return any(other(value) for other in others)

    found = _any_of(equal)
    return lambda value: value is not None and found(value) is wanted


def _equal(wanted: Literal_ | Range) -> Test:
    if isinstance(wanted, Range):
        low, high = _order_test(">=", wanted.low), _order_test("<=", wanted.high)
        return lambda value: low(value) and high(value)
    if isinstance(wanted, bool):
        return lambda value: value is wanted
    if isinstance(wanted, Moment):
        return lambda value: isinstance(value, str) and read_moment(value) == wanted.at_us
    return lambda value: is_number(value) and value == wanted


def _order_test(operator: str, bound: Literal_ | Range) -> Test:
    compare = _ORDER[operator]
    if isinstance(bound, Moment):
        at_us = bound.at_us
        return lambda value: (
            isinstance(value, str) and (moment := read_moment(value)) is not None and compare(moment, at_us)
        )
    if isinstance(bound, bool | Range):
        return lambda value: False
    if isinstance(bound, str):
        return lambda value: isinstance(value, str) and compare(value, bound)
    return lambda value: is_number(value) and compare(value, bound)


def _any_of(test: Test) -> Test:
    """A value that is an array fulfils what one of its elements fulfils."""
    return lambda value: any(map(test, value)) if isinstance(value, list) else test(value)


def is_number(value: Any) -> bool:
    """Tell numbers from truth values, which Python counts among them."""
    return isinstance(value, int | float) and not isinstance(value, bool)


_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}
