"""Parts of an expression into Python closures, once; computing them walks no tree and resolves no name twice."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, DecimalException
from typing import Any

from stadtwerk.engines.feel import syntax
from stadtwerk.engines.feel.arithmetic import calculate, negative
from stadtwerk.engines.feel.compare import at_most, both, equal, less, negate
from stadtwerk.engines.feel.paths import entry
from stadtwerk.engines.feel.scope import Code, Scope, Test, reader
from stadtwerk.engines.feel.shapes import Type, bare, type_of
from stadtwerk.engines.feel.values import NUMBERS, Range, Value, kind


@dataclass(frozen=True)
class Compiler:
    """Turns nodes into code: `types` are known by name, `functions` where no scope has the name."""

    types: Mapping[str, Type] = field(default_factory=dict)
    functions: Mapping[str, Any] = field(default_factory=dict)

    def code(self, node: syntax.Node) -> Code:
        """Return what computes a node."""
        return MAKERS[type(node)](self, node)

    def test(self, node: syntax.Node) -> Test:
        """Return what holds a value against a unary test, or several."""
        return TESTERS.get(type(node), TESTERS[object])(self, node)


def literal(make: Compiler, node: syntax.Literal) -> Code:
    """Make a value written down."""
    value = node.value
    return lambda scope: value


def variable(make: Compiler, node: syntax.Name) -> Code:
    """Make a name."""
    return reader(node.name, make.functions.get(node.name))


def path(make: Compiler, node: syntax.Path) -> Code:
    """Make `source.name`."""
    source, name = make.code(node.source), node.name

    def read(scope: Scope) -> Value:
        value = source(scope)
        if type(value) is dict and name in value:
            return value[name]
        return entry(scope.run, value, name)

    return read


def arithmetic(make: Compiler, node: syntax.Arithmetic) -> Code:
    """Make operators of one rank, left to right."""
    code = make.code(node.first)
    for operator, right in node.rest:
        code = _operation(operator, code, make.code(right))
    return code


_PLAIN: dict[str, Callable[[Decimal, Decimal], Decimal]] = {
    "+": NUMBERS.add,
    "-": NUMBERS.subtract,
    "*": NUMBERS.multiply,
    "/": NUMBERS.divide,
}


def _operation(operator: str, left: Code, right: Code) -> Code:
    plain = _PLAIN.get(operator)

    def compute(scope: Scope) -> Value:
        one, other = left(scope), right(scope)
        if plain is not None and type(one) is Decimal and type(other) is Decimal:
            try:
                return plain(one, other)
            except DecimalException:
                pass  # told below, with the reason
        return calculate(scope.run, operator, one, other)

    return compute


def minus(make: Compiler, node: syntax.Negation) -> Code:
    """Make `-value`."""
    value = make.code(node.value)
    return lambda scope: negative(scope.run, value(scope))


def logic(make: Compiler, node: syntax.Logic) -> Code:
    """Make `and` and `or` (table 50): what decides wins over what is not known."""
    parts = [make.code(part) for part in node.parts]
    deciding = node.operator == "or"

    def compute(scope: Scope) -> bool | None:
        known: bool | None = not deciding
        for part in parts:
            value = part(scope)
            if value is deciding:
                return bool(deciding)
            if value is not (not deciding):
                known = None
                if value is not None:
                    scope.run.void(f"{kind(value)} is neither true nor false")
        return known

    return compute


def _told(scope: Scope, verdict: bool | None, left: Value, right: Value) -> bool | None:  # noqa: FBT001
    if verdict is None:
        scope.run.void(f"{kind(left)} and {kind(right)} cannot be compared")
    return verdict


_VERDICTS: dict[str, Callable[[Value, Value], bool | None]] = {
    "=": equal,
    "!=": lambda left, right: negate(equal(left, right)),
    "<": less,
    "<=": at_most,
    ">": lambda left, right: less(right, left),
    ">=": lambda left, right: at_most(right, left),
}
_NUMBERS: dict[str, Callable[[Decimal, Decimal], bool]] = {
    "=": Decimal.__eq__,
    "!=": Decimal.__ne__,
    "<": Decimal.__lt__,
    "<=": Decimal.__le__,
    ">": Decimal.__gt__,
    ">=": Decimal.__ge__,
}


def comparison(make: Compiler, node: syntax.Comparison) -> Code:
    """Make `left < right` and the like."""
    left, right = make.code(node.left), make.code(node.right)
    verdict, plain = _VERDICTS[node.operator], _NUMBERS[node.operator]

    def compute(scope: Scope) -> bool | None:
        one, other = left(scope), right(scope)
        if type(one) is Decimal and type(other) is Decimal:
            return plain(one, other)
        return _told(scope, verdict(one, other), one, other)

    return compute


def one_sided(make: Compiler, node: syntax.OneSided) -> Code:
    """Make `(> value)` as a range (DMN 1.5, 10.3.2.7)."""
    value, operator = make.code(node.value), node.operator

    def compute(scope: Scope) -> Range:
        end = value(scope)
        if operator in ("=", "!="):
            return Range(end, end, start_included=True, end_included=True, negated=operator == "!=")
        closed = operator.endswith("=")
        if operator.startswith("<"):
            return Range(None, end, start_included=False, end_included=closed)
        return Range(end, None, start_included=closed, end_included=False)

    return compute


def one_sided_test(make: Compiler, node: syntax.OneSided) -> Test:
    """Make `> value` as a unary test."""
    bound, verdict, plain = make.code(node.value), _VERDICTS[node.operator], _NUMBERS[node.operator]

    def test(scope: Scope, value: Value) -> bool | None:
        other = bound(scope)
        if type(value) is Decimal and type(other) is Decimal:
            return plain(value, other)
        return verdict(value, other)

    return test


def between(make: Compiler, node: syntax.Between) -> Code:
    """Make `value between low and high`."""
    value, low, high = make.code(node.value), make.code(node.low), make.code(node.high)

    def compute(scope: Scope) -> bool | None:
        one, least, most = value(scope), low(scope), high(scope)
        return _told(scope, both(at_most(least, one), at_most(one, most)), one, least)

    return compute


def conditional(make: Compiler, node: syntax.If) -> Code:
    """Make `if`: what is not true is otherwise."""
    condition, then, otherwise = make.code(node.condition), make.code(node.then), make.code(node.otherwise)

    def compute(scope: Scope) -> Value:
        verdict = condition(scope)
        if verdict is True:
            return then(scope)
        if verdict is not False:
            scope.run.void(f"the condition is {kind(verdict)}, which counts as false")
        return otherwise(scope)

    return compute


def instance_of(make: Compiler, node: syntax.InstanceOf) -> Code:
    """Make `value instance of type`; null is of no type but Null."""
    value, told, name = make.code(node.value), type_of(node.type, make.types), node.type.name
    wanted = None if told is None else bare(told)

    def compute(scope: Scope) -> bool | None:
        found = value(scope)
        if wanted is None:
            scope.run.void(f"no type is called {name}")
            return None
        if found is None:
            return wanted.name == "Null"
        return wanted.holds(found)

    return compute


MAKERS: dict[type, Callable[[Compiler, Any], Code]] = {
    syntax.Literal: literal,
    syntax.Name: variable,
    syntax.Path: path,
    syntax.Arithmetic: arithmetic,
    syntax.Negation: minus,
    syntax.Logic: logic,
    syntax.Comparison: comparison,
    syntax.OneSided: one_sided,
    syntax.Between: between,
    syntax.If: conditional,
    syntax.InstanceOf: instance_of,
}
TESTERS: dict[type, Callable[[Compiler, Any], Test]] = {syntax.OneSided: one_sided_test}
