"""Functions of strings (DMN 1.5, table 67); a character is a Unicode code point."""

from __future__ import annotations

from decimal import Decimal

from stadtwerk.engines.feel.library import patterns
from stadtwerk.engines.feel.library.signature import function, truncated
from stadtwerk.engines.feel.limits import STRING_CHARS
from stadtwerk.engines.feel.values import Run, Value, VoidError


@function("substring(string: string, start position: number, length?: number)")
def substring(text: str, start: Decimal, length: Decimal | None = None) -> str:
    """Return characters from a place on: 1 is the first, -1 the last."""
    place = truncated(start)
    count = len(text) if length is None else truncated(length)
    if place == 0 or abs(place) > len(text) or count < 1:
        raise VoidError("nothing stands there")
    first = place - 1 if place > 0 else len(text) + place
    return text[first : first + count]


@function("string length(string: string)")
def string_length(text: str) -> Decimal:
    """Return the number of characters."""
    return Decimal(len(text))


@function("upper case(string: string)")
def upper_case(text: str) -> str:
    """Return the text in capitals."""
    return text.upper()


@function("lower case(string: string)")
def lower_case(text: str) -> str:
    """Return the text in small letters."""
    return text.lower()


@function("substring before(string: string, match: string)")
def substring_before(text: str, match: str) -> str:
    """Return what stands before the first match, nothing where there is none."""
    found = text.find(match)
    return text[:found] if found > 0 else ""


@function("substring after(string: string, match: string)")
def substring_after(text: str, match: str) -> str:
    """Return what stands behind the first match, nothing where there is none."""
    found = text.find(match)
    return text[found + len(match) :] if found >= 0 else ""


@function("contains(string: string, match: string)")
def contains(text: str, match: str) -> bool:
    """Tell whether a text stands in another."""
    return match in text


@function("starts with(string: string, match: string)")
def starts_with(text: str, match: str) -> bool:
    """Tell whether a text begins with another."""
    return text.startswith(match)


@function("ends with(string: string, match: string)")
def ends_with(text: str, match: str) -> bool:
    """Tell whether a text ends with another."""
    return text.endswith(match)


@function("matches(input: string, pattern: string, flags?: string?)", run=True)
def matches(run: Run, text: str, pattern: str, flags: str | None = None) -> bool:
    """Tell whether a pattern is found in a text."""
    return patterns.search(run, pattern, flags or "", text)


@function("replace(input: string, pattern: string, replacement: string, flags?: string?)", run=True)
def replace(run: Run, text: str, pattern: str, replacement: str, flags: str | None = None) -> str:
    """Put another text in place of what a pattern finds; `$1` is its first group."""
    return patterns.replace(run, pattern, flags or "", text, replacement)


@function("split(string: string, delimiter: string)", run=True)
def split(run: Run, text: str, delimiter: str) -> list[Value]:
    """Return the parts between what a pattern finds."""
    return list[Value](patterns.split(run, delimiter, text))


@function("string join(list: list)")
@function("string join(list: list, delimiter: string?)")
@function("string join(list: list, delimiter: string?, prefix: string?, suffix: string?)")
def string_join(
    items: list[Value], delimiter: str | None = None, before: str | None = None, behind: str | None = None
) -> str:
    """Return strings one behind the other, nulls left out."""
    parts = [item for item in items if item is not None]
    if any(not isinstance(part, str) for part in parts):
        raise VoidError("an item is no string")
    return _bounded((before or "") + (delimiter or "").join(parts) + (behind or ""))


def _bounded(text: str) -> str:
    if len(text) > STRING_CHARS:
        raise VoidError(f"a string has at most {STRING_CHARS} characters")
    return text
