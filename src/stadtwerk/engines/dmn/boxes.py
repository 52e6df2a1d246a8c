"""Boxed expressions as XML into a model (DMN 1.5, 10.2.1)."""

from __future__ import annotations

from collections.abc import Callable

from stadtwerk.engines.dmn.document import Element, ModelError
from stadtwerk.engines.dmn.limits import BOXES, RULES
from stadtwerk.engines.dmn.model import (
    Box,
    ConditionalBox,
    ContextBox,
    FilterBox,
    FunctionBox,
    InputClause,
    InvocationBox,
    IteratorBox,
    ListBox,
    LiteralBox,
    OutputClause,
    Parameter,
    RelationBox,
    Rule,
    TableBox,
)
from stadtwerk.engines.feel.names import canonical


def read_parameter(element: Element) -> Parameter:
    """Read a name and its type."""
    return Parameter(canonical(element.get("name")), element.get("typeRef"))


def read_box(element: Element | None, depth: int = 0) -> Box | None:
    """Read the boxed expression that stands in an element, None where it has none."""
    if element is None:
        return None
    if depth > BOXES:
        raise ModelError(f"boxed expressions are nested deeper than {BOXES}")
    for child in element.children:
        read = _READERS.get(child.name)
        if read is not None:
            return read(child, depth + 1)
    return None


def _literal(element: Element, depth: int) -> Box:
    language = element.get("expressionLanguage")
    return LiteralBox(element.text_of("text"), element.get("typeRef"), "" if "FEEL" in language.upper() else language)


def _context(element: Element, depth: int) -> Box:
    entries: list[tuple[Parameter | None, Box | None]] = []
    for entry in element.all("contextEntry"):
        variable = entry.first("variable")
        entries.append((read_parameter(variable) if variable is not None else None, read_box(entry, depth)))
    return ContextBox(tuple(entries), element.get("typeRef"))


def _list(element: Element, depth: int) -> Box:
    items = [_READERS[child.name](child, depth + 1) for child in element.children if child.name in _READERS]
    if depth > BOXES:
        raise ModelError(f"boxed expressions are nested deeper than {BOXES}")
    return ListBox(tuple(items), element.get("typeRef"))


def _relation(element: Element, depth: int) -> Box:
    columns = tuple(read_parameter(column) for column in element.all("column"))
    rows = tuple(
        tuple(_READERS[cell.name](cell, depth + 1) for cell in row.children if cell.name in _READERS)
        for row in element.all("row")
    )
    if any(len(row) != len(columns) for row in rows):
        raise ModelError("a relation has rows of another width than its head")
    return RelationBox(columns, rows, element.get("typeRef"))


def _invocation(element: Element, depth: int) -> Box:
    bindings: list[tuple[Parameter, Box | None]] = []
    for binding in element.all("binding"):
        parameter = binding.first("parameter")
        if parameter is None:
            raise ModelError("a binding names no parameter")
        bindings.append((read_parameter(parameter), read_box(binding, depth)))
    return InvocationBox(read_box(element, depth), tuple(bindings), element.get("typeRef"))


def read_function(element: Element, depth: int = 0) -> FunctionBox:
    """Read a function: its parameters and body."""
    parameters = tuple(read_parameter(one) for one in element.all("formalParameter"))
    return FunctionBox(parameters, read_box(element, depth), element.get("kind", "FEEL"), element.get("typeRef"))


def _conditional(element: Element, depth: int) -> Box:
    condition, then, otherwise = (read_box(element.first(name), depth) for name in ("if", "then", "else"))
    return ConditionalBox(condition, then, otherwise, element.get("typeRef"))


def _filter(element: Element, depth: int) -> Box:
    return FilterBox(
        read_box(element.first("in"), depth), read_box(element.first("match"), depth), element.get("typeRef")
    )


def _iterator(element: Element, depth: int) -> Box:
    body = element.first("return", "satisfies")
    return IteratorBox(
        kind=element.name,
        variable=canonical(element.get("iteratorVariable")),
        source=read_box(element.first("in"), depth),
        body=read_box(body, depth),
        type_ref=element.get("typeRef"),
    )


def _texts(element: Element, name: str) -> tuple[str, ...]:
    return tuple(child.text_of("text") for child in element.all(name))


def _values(element: Element, name: str) -> str:
    found = element.first(name)
    return found.text_of("text") if found is not None else ""


def _table(element: Element, depth: int) -> Box:
    inputs: list[InputClause] = []
    for clause in element.all("input"):
        told = clause.first("inputExpression")
        text = told.text_of("text") if told is not None else ""
        type_ref = told.get("typeRef") if told is not None else ""
        inputs.append(InputClause(text, type_ref, _values(clause, "inputValues"), clause.get("label")))
    outputs = tuple(
        OutputClause(
            canonical(clause.get("name")),
            clause.get("typeRef"),
            _values(clause, "outputValues"),
            _values(clause, "defaultOutputEntry"),
        )
        for clause in element.all("output")
    )
    rules = tuple(
        Rule(
            rule.get("id"),
            _texts(rule, "inputEntry"),
            _texts(rule, "outputEntry"),
            _texts(rule, "annotationEntry"),
        )
        for rule in element.all("rule")
    )
    if len(rules) > RULES:
        raise ModelError(f"a decision table has more than {RULES} rules")
    if any(len(rule.tests) != len(inputs) or len(rule.results) != len(outputs) for rule in rules):
        raise ModelError("a rule has more or fewer cells than the table has columns")
    return TableBox(
        hit_policy=element.get("hitPolicy", "UNIQUE"),
        aggregation=element.get("aggregation"),
        inputs=tuple(inputs),
        outputs=outputs,
        rules=rules,
        annotations=tuple(one.get("name") for one in element.all("annotation")),
        type_ref=element.get("typeRef"),
    )


_READERS: dict[str, Callable[[Element, int], Box]] = {
    "literalExpression": _literal,
    "context": _context,
    "list": _list,
    "relation": _relation,
    "invocation": _invocation,
    "functionDefinition": read_function,
    "decisionTable": _table,
    "conditional": _conditional,
    "filter": _filter,
    "for": _iterator,
    "some": _iterator,
    "every": _iterator,
}
