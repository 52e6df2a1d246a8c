"""Closures of lists, contexts, ranges, filters and functions."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from stadtwerk.engines.feel import syntax
from stadtwerk.engines.feel.compare import order
from stadtwerk.engines.feel.compiler import MAKERS, Compiler
from stadtwerk.engines.feel.limits import CALL_DEPTH
from stadtwerk.engines.feel.scope import Code, Scope
from stadtwerk.engines.feel.shapes import bind, type_of
from stadtwerk.engines.feel.values import Function, LimitReachedError, Range, Run, Value, kind


def make_list(make: Compiler, node: syntax.ListLiteral) -> Code:
    """Make `[item, ...]`."""
    items = [make.code(item) for item in node.items]
    return lambda scope: [item(scope) for item in items]


def make_context(make: Compiler, node: syntax.ContextLiteral) -> Code:
    """Make `{key: value, ...}`; later entries see earlier ones."""
    entries = [(key, make.code(value)) for key, value in node.entries]

    def compute(scope: Scope) -> dict[str, Value]:
        made: dict[str, Value] = {}
        inner = Scope(made, scope, scope.run)
        for key, value in entries:
            made[key] = value(inner)
        return made

    return compute


def checked_range(run: Run, span: Range) -> Value:
    """Return a range; null with the reason where its ends have no order or the wrong one."""
    if span.start is None and span.end is None:
        return run.void("a range needs an end")
    if span.start is not None and span.end is not None:
        found = order(span.start, span.end)
        if found is None:
            return run.void(f"no range goes from {kind(span.start)} to {kind(span.end)}")
        if found > 0:
            return run.void("the range ends before it starts")
    return span


def make_range(make: Compiler, node: syntax.RangeLiteral) -> Code:
    """Make `[start..end]`."""
    start, end = make.code(node.start), make.code(node.end)
    low, high = node.start_included, node.end_included
    return lambda scope: checked_range(scope.run, Range(start(scope), end(scope), low, high))


def make_filter(make: Compiler, node: syntax.Filter) -> Code:
    """Make `source[test]`: a number picks an item, a condition picks all that meet it."""
    source, test = make.code(node.source), make.code(node.test)

    def compute(scope: Scope) -> Value:
        found = source(scope)
        items = found if isinstance(found, list) else [] if found is None else [found]
        return filtered(scope, items, test)

    return compute


def item_scope(scope: Scope, item: Value) -> Scope:
    """Return the scope of a filter: the item, and its entries by name."""
    values = {"item": item}
    return Scope(values | item if isinstance(item, dict) else values, scope, scope.run)


def filtered(scope: Scope, items: list[Value], test: Code) -> Value:
    """Return the item a number picks, or the items for which the test is true."""
    kept = []
    for place, item in enumerate(items):
        scope.run.step()
        verdict = test(item_scope(scope, item))
        if verdict is True:
            kept.append(item)
        elif type(verdict) is Decimal and place == 0:
            return picked(scope.run, items, verdict)
        elif verdict is not None and verdict is not False:
            return scope.run.void(f"a filter needs true or false, not {kind(verdict)}")
    if not items and type(test(item_scope(scope, None))) is Decimal:
        return scope.run.void("the list is empty")
    return kept


def picked(run: Run, items: list[Value], number: Decimal) -> Value:
    """Return the item of a number: 1 is the first, -1 the last."""
    if number != number.to_integral_value() or not 1 <= abs(number) <= len(items):
        return run.void(f"the list has no item {number}")
    return items[int(number) - 1 if number > 0 else int(number)]


def make_function(make: Compiler, node: syntax.FunctionLiteral) -> Code:
    """Make `function(...) body`, which remembers the scope it was made in."""
    names = tuple(name for name, _ in node.parameters)
    types = tuple(type_of(told, make.types) if told is not None else None for _, told in node.parameters)
    if node.body is None:
        return lambda scope: Function("function", names, _external, types)
    body = make.code(node.body)

    def compute(scope: Scope) -> Function:
        def call(run: Run, arguments: Any) -> Value:
            given = bind(run, "the function", names, types, arguments)
            return None if given is None else body(Scope(given, scope, run))

        return Function("function", names, call, types)

    return compute


def _external(run: Run, arguments: Any) -> Value:
    return run.void("functions of Java or PMML are not supported")


def make_call(make: Compiler, node: syntax.Call) -> Code:
    """Make a call; null with the reason where what is called is no function."""
    function, arguments = make.code(node.function), [make.code(one) for one in node.arguments]
    names = node.names

    def compute(scope: Scope) -> Value:
        called, run = function(scope), scope.run
        if not hasattr(called, "positional"):
            return run.void(f"{kind(called)} cannot be called")
        run.step()
        if run.depth >= CALL_DEPTH:
            raise LimitReachedError(f"functions call each other more than {CALL_DEPTH} deep")
        given = [argument(scope) for argument in arguments]
        run.depth += 1
        try:
            if names:
                return called.named(run, dict(zip(names, given, strict=True)))
            return called.positional(run, given)
        finally:
            run.depth -= 1

    return compute


MAKERS.update(
    {
        syntax.ListLiteral: make_list,
        syntax.ContextLiteral: make_context,
        syntax.RangeLiteral: make_range,
        syntax.Filter: make_filter,
        syntax.FunctionLiteral: make_function,
        syntax.Call: make_call,
    }
)
