"""Boxed expressions into closures (DMN 1.5, 10.2): each text read once, in the names its place knows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from stadtwerk.engines.dmn import model
from stadtwerk.engines.dmn.items import Types
from stadtwerk.engines.feel import FUNCTIONS, FeelSyntaxError
from stadtwerk.engines.feel.compiler import Compiler
from stadtwerk.engines.feel.loops import iterated
from stadtwerk.engines.feel.names import Names
from stadtwerk.engines.feel.parser import parse
from stadtwerk.engines.feel.scope import Code, Scope, Test
from stadtwerk.engines.feel.shapes import FunctionOf, Type, bind, coerce
from stadtwerk.engines.feel.structures import filtered
from stadtwerk.engines.feel.values import Function, Run, Value, kind


@dataclass(frozen=True)
class Maker:
    """Makes code where these names, members and types are known; texts that are no FEEL become faults and null."""

    names: Names
    members: Names
    types: Types
    faults: list[str] = field(default_factory=list)

    def among(self, *names: str) -> Maker:
        """Return a maker that knows more names."""
        return Maker(Names(names, self.names), self.members, self.types, self.faults)

    def text(self, text: str) -> Code:
        """Make an expression."""
        try:
            node = parse(text, self.names, self.members)
        except FeelSyntaxError as error:
            return self._fault(text, error)
        return Compiler(self.types.known, FUNCTIONS).code(node)

    def tests(self, text: str) -> Test:
        """Make unary tests."""
        try:
            node = parse(text, self.names, self.members, tests=True)
        except FeelSyntaxError as error:
            code = self._fault(text, error)
            return lambda scope, value: code(scope)
        return Compiler(self.types.known, FUNCTIONS).test(node)

    def _fault(self, text: str, error: FeelSyntaxError) -> Code:
        reason = f'"{text[:80]}" is no FEEL: {error}'
        self.faults.append(reason)
        return lambda scope: scope.run.void(reason)

    def code(self, box: model.Box | None) -> Code:
        """Make a boxed expression, of the type it tells."""
        if box is None:
            return lambda scope: scope.run.void("there is no expression")
        code = MAKERS[type(box)](self, box)
        wanted = self.types.optional(box.type_ref)
        if wanted is None or isinstance(box, model.FunctionBox):
            return code
        return lambda scope: coerce(scope.run, code(scope), wanted, "the expression")


def literal(make: Maker, box: model.LiteralBox) -> Code:
    """Make a text."""
    if box.language:
        return lambda scope: scope.run.void(f"expressions in {box.language} are not supported")
    return make.text(box.text)


def context(make: Maker, box: model.ContextBox) -> Code:
    """Make entries that see those above; one without a name is the result."""
    entries: list[tuple[str | None, Type | None, Code]] = []
    inner = make
    for parameter, part in box.entries:
        if parameter is None:
            entries.append((None, None, inner.code(part)))
            break
        known = inner.among(parameter.name) if isinstance(part, model.FunctionBox) else inner
        entries.append((parameter.name, make.types.optional(parameter.type_ref), known.code(part)))
        inner = inner.among(parameter.name)
        make.members.add(parameter.name)

    def compute(scope: Scope) -> Value:
        made: dict[str, Value] = {}
        within = Scope(made, scope, scope.run)
        for name, wanted, code in entries:
            if name is None:
                return code(within)
            made[name] = coerce(scope.run, code(within), wanted, name)
        return made

    return compute


def items(make: Maker, box: model.ListBox) -> Code:
    """Make a list."""
    codes = [make.code(item) for item in box.items]
    return lambda scope: [code(scope) for code in codes]


def relation(make: Maker, box: model.RelationBox) -> Code:
    """Make a list of contexts."""
    rows = [[make.code(cell) for cell in row] for row in box.rows]
    columns = [(column.name, make.types.optional(column.type_ref)) for column in box.columns]
    for column in box.columns:
        make.members.add(column.name)

    def compute(scope: Scope) -> list[dict[str, Value]]:
        return [
            {
                name: coerce(scope.run, code(scope), wanted, name)
                for (name, wanted), code in zip(columns, row, strict=True)
            }
            for row in rows
        ]

    return compute


def invocation(make: Maker, box: model.InvocationBox) -> Code:
    """Make a call with arguments by name."""
    function = make.code(box.function)
    bindings = [
        (parameter.name, make.types.optional(parameter.type_ref), make.code(part)) for parameter, part in box.bindings
    ]

    def compute(scope: Scope) -> Value:
        called = function(scope)
        if not hasattr(called, "named"):
            return scope.run.void(f"{kind(called)} cannot be called")
        given = {name: coerce(scope.run, code(scope), wanted, name) for name, wanted, code in bindings}
        return called.named(scope.run, given)

    return compute


def function(make: Maker, box: model.FunctionBox) -> Code:
    """Make a function that remembers the scope it was made in."""
    wanted = make.types.optional(box.type_ref)
    return shared_function(make, box, "function", wanted)


def shared_function(make: Maker, box: model.FunctionBox, name: str, told: Type | None) -> Callable[[Scope], Function]:
    """Return what makes a function in a scope; `told` is its own type or that of its result."""
    names = tuple(parameter.name for parameter in box.parameters)
    types = tuple(make.types.optional(parameter.type_ref) for parameter in box.parameters)
    result = told.result if isinstance(told, FunctionOf) else told
    if box.kind.upper() != "FEEL":
        refusal = f"functions of {box.kind} are not supported"
        return lambda scope: Function(name, names, lambda run, arguments: run.void(refusal), types, result)
    body = make.among(*names).code(box.body)

    def build(scope: Scope) -> Function:
        def call(run: Run, arguments: Any) -> Value:
            given = bind(run, name, names, types, arguments)
            if given is None:
                return None
            return coerce(run, body(Scope(given, scope, run)), result, f"what {name} returns")

        return Function(name, names, call, types, result)

    return build


def conditional(make: Maker, box: model.ConditionalBox) -> Code:
    """Make `if`."""
    condition, then, otherwise = make.code(box.condition), make.code(box.then), make.code(box.otherwise)
    return lambda scope: then(scope) if condition(scope) is True else otherwise(scope)


def filter_items(make: Maker, box: model.FilterBox) -> Code:
    """Make a filter."""
    source = make.code(box.source)
    match = Maker(Names(("item",), make.names, make.members), make.members, make.types, make.faults).code(box.match)

    def compute(scope: Scope) -> Value:
        found = source(scope)
        if found is None:
            return scope.run.void("there is no list to filter")
        return filtered(scope, found if isinstance(found, list) else [found], match)

    return compute


def iterator(make: Maker, box: model.IteratorBox) -> Code:
    """Make `for`, `some` or `every`, by the same rules as where they are written as text."""
    source, body = make.code(box.source), make.among(box.variable).code(box.body)
    return iterated(box.kind, box.variable, source, body)


MAKERS: dict[type, Callable[[Maker, Any], Code]] = {
    model.LiteralBox: literal,
    model.ContextBox: context,
    model.ListBox: items,
    model.RelationBox: relation,
    model.InvocationBox: invocation,
    model.FunctionBox: function,
    model.ConditionalBox: conditional,
    model.FilterBox: filter_items,
    model.IteratorBox: iterator,
}
