"""Cells of decision tables as sets of values: what can be told of a column without any input at hand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cmp_to_key
from typing import Any

from stadtwerk.engines.feel import BUILTIN_NAMES, FUNCTIONS, FeelSyntaxError, syntax
from stadtwerk.engines.feel.compare import equal, hashed, order, within
from stadtwerk.engines.feel.compiler import Compiler
from stadtwerk.engines.feel.moments import Date, Months
from stadtwerk.engines.feel.names import Names
from stadtwerk.engines.feel.parser import parse
from stadtwerk.engines.feel.scope import Scope
from stadtwerk.engines.feel.text import written
from stadtwerk.engines.feel.values import Range, Run, Value


class UnclearError(ValueError):
    """A cell whose values depend on more than its own text."""


@dataclass(frozen=True, slots=True)
class Cell:
    """The values and ranges of a cell, or all others where it is negated; no parts at all is any value."""

    parts: tuple[Value, ...] = ()
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Atom:
    """A piece of a column that no cell splits: one value, or all between two (None: no end)."""

    start: Value
    end: Value
    point: bool


@dataclass(frozen=True, slots=True)
class OtherValues:
    """The piece of a column without order that no cell names."""


def read_cell(text: str) -> Cell:
    """Read a cell; UnclearError where it asks for names, for `?` or is no FEEL."""
    if text.strip() in ("-", ""):
        return Cell()
    try:
        node = parse(text, BUILTIN_NAMES, Names(), tests=True)
    except FeelSyntaxError as error:
        raise UnclearError(str(error)) from None
    if not isinstance(node, syntax.Tests) or not all(map(_plain, node.tests)):
        raise UnclearError(f"{text} depends on more than its own text")
    parts: list[Value] = []
    for test in node.tests:
        found = _value(test)
        if isinstance(found, Range) and found.negated:
            if len(node.tests) > 1:
                raise UnclearError(f"{text} mixes != with other tests")
            return Cell((found.start,), negated=not node.negated)
        parts += found if isinstance(found, list) else [found]
    if any(hashed(end) is None for part in parts for end in _ends(part)) or None in parts:
        raise UnclearError(f"{text} is null, or no value that could be compared")
    return Cell(tuple(parts), node.negated)


def _plain(node: Any) -> bool:
    """Tell whether nothing but built-in functions is named."""
    if isinstance(node, syntax.Name):
        return node.name in FUNCTIONS and node.name not in ("now", "today")
    if isinstance(node, tuple):
        return all(map(_plain, node))
    if hasattr(node, "__dataclass_fields__") and not isinstance(node, syntax.Literal):
        return all(_plain(getattr(node, name)) for name in node.__dataclass_fields__)
    return True


def _value(node: syntax.Node) -> Value:
    code = Compiler({}, FUNCTIONS).code(node)
    return code(Scope({}, None, Run()))


def holds(cell: Cell, atom: Atom | OtherValues) -> bool:
    """Tell whether a cell takes all of a piece; no cell takes a part of one."""
    if not cell.parts:
        return True
    return any(_part_holds(part, atom) for part in cell.parts) is not cell.negated


def _part_holds(part: Value, atom: Atom | OtherValues) -> bool:
    if isinstance(atom, OtherValues):
        return False
    if not isinstance(part, Range):
        return atom.point and equal(part, atom.start) is True
    if atom.point:
        return within(atom.start, part) is True
    low = part.start is None or (atom.start is not None and order(part.start, atom.start) in (-1, 0))
    high = part.end is None or (atom.end is not None and order(atom.end, part.end) in (-1, 0))
    return low and high


def pieces(cells: Sequence[Cell], domain: Cell) -> list[Atom | OtherValues]:
    """Cut a column where its cells begin and end, within what it may be; UnclearError where values have no order."""
    parts = [part for cell in (*cells, domain) for part in cell.parts]
    values = _distinct(end for part in parts for end in _ends(part))
    if any(isinstance(value, bool) for value in values):
        found: list[Atom | OtherValues] = [Atom(value, value, point=True) for value in (True, False)]
    elif any(isinstance(part, Range) for part in parts) or not all(isinstance(value, str) for value in values):
        found = list(_ordered(values))
    else:
        found = [*(Atom(value, value, point=True) for value in values), OtherValues()]
    return [atom for atom in found if holds(domain, atom)]


def _ends(part: Value) -> Iterator[Value]:
    if not isinstance(part, Range):
        yield part
        return
    yield from (end for end in (part.start, part.end) if end is not None)


def _distinct(values: Iterable[Value]) -> list[Value]:
    return list({hashed(value): value for value in values}.values())


def _ordered(values: list[Value]) -> Iterator[Atom]:
    if any(order(values[0], value) is None for value in values):
        raise UnclearError("the values of the column have no common order")
    ranked = sorted(values, key=cmp_to_key(lambda one, other: order(one, other) or 0))
    yield Atom(None, ranked[0], point=False)
    for value, after in zip(ranked, [*ranked[1:], None], strict=True):
        yield Atom(value, value, point=True)
        if not _neighbours(value, after):
            yield Atom(value, after, point=False)


def _neighbours(one: Value, other: Value) -> bool:
    """Tell whether no day or month lies between two."""
    if isinstance(one, Date) and isinstance(other, Date):
        return other.ordinal - one.ordinal == 1
    return isinstance(one, Months) and isinstance(other, Months) and other.months - one.months == 1


def told(atoms: Sequence[Atom | OtherValues], chosen: int) -> str:
    """Write the chosen pieces (a bit each) as unary tests; `-` where all are."""
    if chosen == (1 << len(atoms)) - 1:
        return "-"
    runs: list[list[Atom]] = []
    others = False
    for place, atom in enumerate(atoms):
        if not chosen >> place & 1:
            continue
        if isinstance(atom, OtherValues):
            others = True
        elif runs and place and chosen >> (place - 1) & 1 and _touch(runs[-1][-1], atom):
            runs[-1].append(atom)
        else:
            runs.append([atom])
    if others:
        left = [written(one.start) for at, one in enumerate(atoms) if isinstance(one, Atom) and not chosen >> at & 1]
        return f"not({', '.join(left)})"
    return ", ".join(_run(run[0], run[-1]) for run in runs)


def _touch(one: Atom, other: Atom) -> bool:
    if one.point and other.point:
        return _neighbours(one.start, other.start)
    return one.point != other.point


def _run(first: Atom, last: Atom) -> str:
    if first.start is None:
        return f"{'<=' if last.point else '<'} {written(last.end)}"
    if last.end is None:
        return f"{'>=' if first.point else '>'} {written(first.start)}"
    if first is last and first.point:
        return written(first.start)
    opening, closing = "[" if first.point else "(", "]" if last.point else ")"
    return f"{opening}{written(first.start)}..{written(last.end)}{closing}"
