"""Conversions between kinds of values (DMN 1.5, table 66) and `not`."""

from __future__ import annotations

import re
from decimal import Decimal

from stadtwerk.engines.feel.library.signature import function
from stadtwerk.engines.feel.text import text_of
from stadtwerk.engines.feel.values import NUMBERS, Value, VoidError

_NUMBER = re.compile(r"-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,5})?")


@function("string(from: any)")
def to_string(value: Value) -> str | None:
    """Write a value; null stays null."""
    return None if value is None else text_of(value)


@function("number(from: string)")
def to_number(text: str) -> Decimal:
    """Read a number as FEEL writes it."""
    return _read(text)


def _read(text: str) -> Decimal:
    if _NUMBER.fullmatch(text.strip()) is None:
        raise VoidError(f'"{text[:40]}" is not a number')
    return NUMBERS.create_decimal(text.strip())


@function("number(from: string, grouping separator: string?, decimal separator: string?)")
def to_number_with(text: str, grouping: str | None, point: str | None) -> Decimal:
    """Read a number that groups its digits and has a decimal sign of its own."""
    if grouping not in (None, " ", ",", ".") or point not in (None, ",", ".") or (grouping and grouping == point):
        raise VoidError("these separators are not possible")
    if grouping:
        text = text.replace(grouping, "")
    elif point == "," and "." in text:
        raise VoidError("a point has no meaning here")
    if point == ",":
        if "." in text:
            raise VoidError("a point has no meaning here")
        text = text.replace(",", ".")
    return _read(text)


@function("not(negand: any)")
def negation(value: Value) -> bool | None:
    """Return the other truth; what is neither true nor false has none."""
    return not value if isinstance(value, bool) else None
