"""Closures of unary tests and `in`."""

from __future__ import annotations

from stadtwerk.engines.feel import syntax
from stadtwerk.engines.feel.compare import contains, negate, within
from stadtwerk.engines.feel.compiler import MAKERS, TESTERS, Compiler
from stadtwerk.engines.feel.loops import uses
from stadtwerk.engines.feel.scope import Code, Scope, Test
from stadtwerk.engines.feel.values import Value


def expression_test(make: Compiler, node: syntax.Node) -> Test:
    """Make a test of any expression: true, or a value, range or list that the tested value meets."""
    code, asks = make.code(node), uses(node, "?")

    def test(scope: Scope, value: Value) -> bool | None:
        found = code(Scope({"?": value}, scope, scope.run))
        if isinstance(found, bool) and (asks or not isinstance(value, bool)):
            return found
        return contains(value, found)

    return test


def literal_test(make: Compiler, node: syntax.Literal) -> Test:
    """Make a test of a value written down."""
    wanted = node.value
    if isinstance(wanted, str):
        return lambda scope, value: value == wanted if isinstance(value, str) else contains(value, wanted)
    return lambda scope, value: contains(value, wanted)


def range_test(make: Compiler, node: syntax.RangeLiteral) -> Test:
    """Make a test of a range."""
    code = make.code(node)

    def test(scope: Scope, value: Value) -> bool | None:
        span = code(scope)
        return None if span is None else within(value, span)

    return test


def any_test(make: Compiler, node: syntax.Tests) -> Test:
    """Make tests of which one has to hold, or with `not` none may."""
    tests = [make.test(test) for test in node.tests]
    if len(tests) == 1 and not node.negated:
        return tests[0]

    def test(scope: Scope, value: Value) -> bool | None:
        known: bool | None = not tests
        for one in tests:
            verdict = one(scope, value)
            if verdict is True:
                known = True
                break
            if verdict is None:
                known = None
        return negate(known) if node.negated else known

    return test


def make_in(make: Compiler, node: syntax.In) -> Code:
    """Make `value in test`."""
    value, test = make.code(node.value), make.test(node.tests)
    return lambda scope: test(scope, value(scope))


def make_tests(make: Compiler, node: syntax.Tests) -> Code:
    """Make unary tests where a value is wanted: they tell about `?`."""
    test = make.test(node)
    question = make.code(syntax.Name("?"))
    return lambda scope: test(scope, question(scope))


MAKERS.update({syntax.In: make_in, syntax.Tests: make_tests})
TESTERS.update(
    {
        syntax.Literal: literal_test,
        syntax.RangeLiteral: range_test,
        syntax.Tests: any_test,
        object: expression_test,
    }
)
