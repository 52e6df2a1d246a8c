"""How points and ranges lie to each other (DMN 1.5, table 76, after Allen's interval algebra), and `range`."""

from __future__ import annotations

from decimal import Decimal

from stadtwerk.engines.feel.compare import equal, order
from stadtwerk.engines.feel.lexer import tokenize
from stadtwerk.engines.feel.library.signature import function
from stadtwerk.engines.feel.moments_text import read_date, read_datetime, read_duration, read_temporal, read_time
from stadtwerk.engines.feel.syntax import FeelSyntaxError
from stadtwerk.engines.feel.values import NUMBERS, Range, Value, VoidError

_MAKERS = {"date": read_date, "time": read_time, "date and time": read_datetime, "duration": read_duration}


def _ends(value: Value) -> tuple[Value, Value, bool, bool]:
    """Return start, end and whether they belong to it; a point is both its ends."""
    if isinstance(value, Range):
        if value.start is None or value.end is None:
            raise VoidError("a range without an end cannot be placed")
        return value.start, value.end, value.start_included, value.end_included
    return value, value, True, True


def _compared(one: Value, other: Value) -> int:
    found = order(one, other)
    if found is None:
        raise VoidError("the two cannot be compared")
    return found


@function("before(point1: any, point2: any)")
def before(one: Value, other: Value) -> bool:
    """Tell whether all of the first lies before the second."""
    _, end, _, end_in = _ends(one)
    start, _, start_in, _ = _ends(other)
    found = _compared(end, start)
    return found < 0 or (found == 0 and not (end_in and start_in))


@function("after(point1: any, point2: any)")
def after(one: Value, other: Value) -> bool:
    """Tell whether all of the first lies after the second."""
    return before(other, one)


@function("meets(range1: range, range2: range)")
def meets(one: Range, other: Range) -> bool:
    """Tell whether the first ends where the second starts, with that point in both."""
    _, end, _, end_in = _ends(one)
    start, _, start_in, _ = _ends(other)
    return end_in and start_in and _compared(end, start) == 0


@function("met by(range1: range, range2: range)")
def met_by(one: Range, other: Range) -> bool:
    """Tell whether the first starts where the second ends."""
    return meets(other, one)


@function("overlaps(range1: range, range2: range)")
def overlaps(one: Range, other: Range) -> bool:
    """Tell whether the two have points in common."""
    return not before(one, other) and not before(other, one)


def _starts(one: Value, other: Value) -> int:
    """Compare where two start: at the same value, one that includes it starts first."""
    found = _compared(_ends(one)[0], _ends(other)[0])
    return found or int(_ends(other)[2]) - int(_ends(one)[2])


def _stops(one: Value, other: Value) -> int:
    """Compare where two end: at the same value, one that includes it ends last."""
    found = _compared(_ends(one)[1], _ends(other)[1])
    return found or int(_ends(one)[3]) - int(_ends(other)[3])


@function("overlaps before(range1: range, range2: range)")
def overlaps_before(one: Range, other: Range) -> bool:
    """Tell whether the first starts before the second and ends in it."""
    return overlaps(one, other) and _starts(one, other) < 0 and _stops(one, other) <= 0


@function("overlaps after(range1: range, range2: range)")
def overlaps_after(one: Range, other: Range) -> bool:
    """Tell whether the first starts in the second and ends after it."""
    return overlaps_before(other, one)


@function("includes(range: range, point: any)")
def includes(one: Range, other: Value) -> bool:
    """Tell whether all of the second lies in the first."""
    return _starts(one, other) <= 0 and _stops(one, other) >= 0


@function("during(point: any, range: range)")
def during(one: Value, other: Range) -> bool:
    """Tell whether all of the first lies in the second."""
    return includes(other, one)


@function("starts(point: any, range: range)")
def starts(one: Value, other: Range) -> bool:
    """Tell whether the first starts with the second and lies in it."""
    return _starts(one, other) == 0 and includes(other, one)


@function("started by(range: range, point: any)")
def started_by(one: Range, other: Value) -> bool:
    """Tell whether the second starts with the first and lies in it."""
    return starts(other, one)


@function("finishes(point: any, range: range)")
def finishes(one: Value, other: Range) -> bool:
    """Tell whether the first ends with the second and lies in it."""
    return _stops(one, other) == 0 and includes(other, one)


@function("finished by(range: range, point: any)")
def finished_by(one: Range, other: Value) -> bool:
    """Tell whether the second ends with the first and lies in it."""
    return finishes(other, one)


@function("coincides(point1: any, point2: any)")
def coincides(one: Value, other: Value) -> bool | None:
    """Tell whether the two are the same point or the same range."""
    return equal(one, other)


@function("range(from: string)")
def range_of(text: str) -> Range:
    """Read a range whose ends are written down: numbers, strings, dates, times, durations."""
    try:
        tokens = tokenize(text)
    except FeelSyntaxError as error:
        raise VoidError(str(error)) from None
    if len(tokens) < 4 or tokens[0].text not in ("[", "(", "]") or tokens[-2].text not in ("]", ")", "["):
        raise VoidError("a range has brackets")
    middle = [at for at, token in enumerate(tokens) if token.text == ".." and token.kind == "symbol"]
    if len(middle) != 1:
        raise VoidError("a range has two ends")
    start = _written(text[tokens[0].end : tokens[middle[0]].at])
    end = _written(text[tokens[middle[0]].end : tokens[-2].at])
    if _compared(start, end) > 0:
        raise VoidError("the range ends before it starts")
    return Range(start, end, tokens[0].text == "[", tokens[-2].text == "]")


def _written(text: str) -> Value:
    """Read one end: a literal, or a call that makes a date, time or duration of a string."""
    told = [(token.kind, token.text) for token in tokenize(text)[:-1]]
    kinds, words = [one for one, _ in told], [one for _, one in told]
    if kinds == ["number"]:
        return NUMBERS.create_decimal(words[0])
    if kinds == ["symbol", "number"] and words[0] == "-":
        return -Decimal(words[1])
    if kinds == ["string"]:
        return words[0]
    if kinds == ["symbol", "string"] and words[0] == "@":
        return read_temporal(words[1])
    maker = _MAKERS.get(" ".join(words[:-3]))
    if maker is not None and kinds[-3:] == ["symbol", "string", "symbol"] and words[-3::2] == ["(", ")"]:
        return maker(words[-2])
    raise VoidError(f'"{text.strip()[:40]}" is no end of a range')
