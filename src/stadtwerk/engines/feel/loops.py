"""Closures of `for`, `some` and `every`, and what they go through."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from stadtwerk.engines.feel import syntax
from stadtwerk.engines.feel.compare import order
from stadtwerk.engines.feel.compiler import MAKERS, Compiler
from stadtwerk.engines.feel.limits import ITEMS
from stadtwerk.engines.feel.moments import Date, date_of
from stadtwerk.engines.feel.scope import Code, Scope
from stadtwerk.engines.feel.values import NUMBERS, LimitReachedError, Range, Value, kind


def uses(node: Any, name: str) -> bool:
    """Tell whether a name stands in an expression."""
    if isinstance(node, syntax.Name):
        return node.name == name
    if isinstance(node, tuple):
        return any(uses(part, name) for part in node)
    if hasattr(node, "__dataclass_fields__"):
        return any(uses(getattr(node, part), name) for part in node.__dataclass_fields__)
    return False


def _span(start: Value, end: Value) -> Iterator[Value] | None:
    """Count from start to end, up or down: whole numbers or days; None where there is nothing to count."""
    if isinstance(start, Decimal) and isinstance(end, Decimal):
        if (
            start != start.to_integral_value()
            or end != end.to_integral_value()
            or max(start, end, key=abs).adjusted() > 15
        ):
            return None
        first, last = int(start), int(end)
        return map(Decimal, range(first, last + 1) if first <= last else range(first, last - 1, -1))
    if isinstance(start, Date) and isinstance(end, Date):
        first, last = start.ordinal, end.ordinal
        return map(date_of, range(first, last + 1) if first <= last else range(first, last - 1, -1))
    return None


def _inside(span: Range) -> tuple[Value, Value]:
    """Return the first and last that a range includes."""
    low, high = span.start, span.end
    if isinstance(low, Decimal) and isinstance(high, Decimal):
        return NUMBERS.add(low, not span.start_included), NUMBERS.subtract(high, not span.end_included)
    if isinstance(low, Date) and isinstance(high, Date):
        return date_of(low.ordinal + (not span.start_included)), date_of(high.ordinal - (not span.end_included))
    return None, None


def _items(scope: Scope, source: Code, last: Code | None) -> Iterator[Value] | None:
    start = source(scope)
    if last is not None:
        return _span(start, last(scope))
    if isinstance(start, list):
        return iter(start)
    if isinstance(start, Range):
        low, high = _inside(start)
        return iter(()) if order(low, high) == 1 else _span(low, high)
    return None if start is None else iter([start])


class Loop:
    """All turns of the iterators of `for`, `some` or `every`, later ones inside of earlier ones."""

    def __init__(self, *iterators: tuple[str, Code, Code | None]) -> None:
        self._iterators = iterators

    def turns(self, scope: Scope, at: int = 0) -> Iterator[Scope | None]:
        """Yield a scope for each turn, None where a source cannot be walked."""
        if at == len(self._iterators):
            yield scope
            return
        name, source, end = self._iterators[at]
        items = _items(scope, source, end)
        if items is None:
            scope.run.void(f"{name} has nothing to go through")
            yield None
            return
        for item in items:
            scope.run.step()
            yield from self.turns(Scope({name: item}, scope, scope.run), at + 1)


def _loop(make: Compiler, iterators: tuple[syntax.Iterator, ...]) -> Loop:
    return Loop(
        *((one.name, make.code(one.source), make.code(one.end) if one.end is not None else None) for one in iterators)
    )


def make_for(make: Compiler, node: syntax.For) -> Code:
    """Make `for ... return`; `partial` is what was returned so far."""
    return _for(_loop(make, node.iterators), make.code(node.body), looks_back=uses(node.body, "partial"))


def _for(loop: Loop, body: Code, *, looks_back: bool) -> Code:
    def compute(scope: Scope) -> Value:
        made: list[Value] = []
        for turn in loop.turns(scope):
            if turn is None:
                return None
            if looks_back:
                scope.run.step(len(made))
                turn.values["partial"] = list(made)
            made.append(body(turn))
            if len(made) > ITEMS:
                raise LimitReachedError(f"more than {ITEMS} items")
        return made

    return compute


def make_quantified(make: Compiler, node: syntax.Quantified) -> Code:
    """Make `some` and `every`."""
    return _quantified(_loop(make, node.iterators), make.code(node.test), deciding=not node.every)


def _quantified(loop: Loop, test: Code, *, deciding: bool) -> Code:
    """Make the disjunction (what is true decides) or the conjunction (what is false does) over all turns."""

    def compute(scope: Scope) -> bool | None:
        known: bool | None = not deciding
        for turn in loop.turns(scope):
            if turn is None:
                return None
            verdict = test(turn)
            if verdict is deciding:
                return bool(deciding)
            if verdict is None:
                known = None
            elif verdict is not (not deciding):
                scope.run.void(f"{kind(verdict)} is neither true nor false")
                return None
        return known

    return compute


def iterated(word: str, name: str, source: Code, body: Code) -> Code:
    """Make `for`, `some` or `every` over one source."""
    loop = Loop((name, source, None))
    if word == "for":
        return _for(loop, body, looks_back=False)
    return _quantified(loop, body, deciding=word == "some")


MAKERS.update({syntax.For: make_for, syntax.Quantified: make_quantified})
