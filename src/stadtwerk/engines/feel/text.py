"""Values as text: what `string` makes of them."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from stadtwerk.engines.feel.lexer import tokenize
from stadtwerk.engines.feel.limits import STRING_CHARS
from stadtwerk.engines.feel.moments import Date, DateTime, Days, Months, Time
from stadtwerk.engines.feel.moments_text import write_temporal
from stadtwerk.engines.feel.syntax import FeelSyntaxError
from stadtwerk.engines.feel.values import Range, Value, VoidError


def _number(value: Decimal) -> str:
    """Write a number without exponent and without zeros behind that say nothing."""
    told = format(value, "f")
    if "." in told:
        told = told.rstrip("0").rstrip(".")
    return "0" if told in ("-0", "") else told


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _key(key: str) -> str:
    """Write a key plainly where it is made of names, else in quotes."""
    try:
        tokens = tokenize(key)[:-1]
    except FeelSyntaxError:
        return _quoted(key)
    plain = all(token.kind == "name" for token in tokens) and " ".join(token.text for token in tokens) == key
    return key if plain and tokens else _quoted(key)


class _Writer:
    """Writes one value; what stands in it more than once is written once and copied."""

    def __init__(self, temporal: str = "") -> None:
        self._temporal = temporal
        self._made: dict[int, str] = {}

    def inner(self, value: Value) -> str:
        """Write a value inside of another: strings in quotes."""
        if isinstance(value, str):
            return _quoted(value)
        if self._temporal and isinstance(value, Date | DateTime | Time | Days | Months):
            return f"{self._temporal}{_quoted(write_temporal(value))}"
        return self.whole(value)

    def whole(self, value: Value) -> str:
        """Write a value as FEEL tells it."""
        write = _WRITERS.get(type(value))
        if write is not None:
            return write(value)
        if id(value) not in self._made:
            told = self._structure(value)
            if len(told) > STRING_CHARS:
                raise VoidError(f"a string has at most {STRING_CHARS} characters")
            self._made[id(value)] = told
        return self._made[id(value)]

    def _structure(self, value: Value) -> str:
        if isinstance(value, list):
            return f"[{', '.join(self.inner(item) for item in value)}]"
        if isinstance(value, dict):
            return "{" + ", ".join(f"{_key(key)}: {self.inner(item)}" for key, item in value.items()) + "}"
        return self._range(value) if isinstance(value, Range) else f"function {value.name}"

    def _range(self, value: Range) -> str:
        if value.negated:
            return f"(!={self.inner(value.start)})"
        if value.start is None:
            return f"(<{'=' if value.end_included else ''}{self.inner(value.end)})"
        if value.end is None:
            return f"(>{'=' if value.start_included else ''}{self.inner(value.start)})"
        opening, closing = "[" if value.start_included else "(", "]" if value.end_included else ")"
        return f"{opening}{self.inner(value.start)}..{self.inner(value.end)}{closing}"


def text_of(value: Value) -> str:
    """Write a value as FEEL tells it; VoidError where it is longer than a string may be."""
    return _Writer().whole(value)


def written(value: Value) -> str:
    """Write a value so that FEEL reads it as the same: strings in quotes, dates, times and durations behind @."""
    return _Writer("@").inner(value)


_WRITERS: dict[type, Callable[[Any], str]] = {
    str: str,
    type(None): lambda value: "null",
    bool: lambda value: "true" if value else "false",
    Decimal: _number,
    Date: write_temporal,
    DateTime: write_temporal,
    Time: write_temporal,
    Days: write_temporal,
    Months: write_temporal,
}
