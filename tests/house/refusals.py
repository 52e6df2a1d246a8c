"""Finds in the source every sentence with which the city refuses something: titles and details, `{}` where a value stands."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

SENTENCES_AT = {"Refused.of": (1, 3), "Refused.field": (1,), "Fault": (1,), "Refusal": (1, 3), "_refuse": (0,)}
"""Which arguments of a call are sentences that people read."""
DYNAMIC = "{}"

Function = ast.FunctionDef | ast.AsyncFunctionDef


def sentences(path: Path) -> set[str]:
    """Return the sentences of a module; what another library says is left out."""
    module = _Module(ast.parse(path.read_text(encoding="utf-8")))
    return {text for text in module.sentences() if text.strip(" {}.:;")}


class _Module:
    """One module: where its sentences are, and where the names in them come from."""

    def __init__(self, tree: ast.Module) -> None:
        self._tree = tree
        self._within: dict[ast.AST, Function | None] = {}
        self._place(tree, None)

    def _place(self, node: ast.AST, function: Function | None) -> None:
        for child in ast.iter_child_nodes(node):
            self._within[child] = function
            self._place(child, child if isinstance(child, Function) else function)

    def sentences(self) -> Iterator[str]:
        for call in ast.walk(self._tree):
            if isinstance(call, ast.Call):
                for place in SENTENCES_AT.get(ast.unparse(call.func).removeprefix("refusal."), ()):
                    if place < len(call.args):
                        yield from self._read(call.args[place], self._within[call])

    def _read(self, node: ast.expr, function: Function | None) -> Iterator[str]:
        """Return what an expression may say."""
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else DYNAMIC for part in node.values)
        elif isinstance(node, ast.IfExp):
            yield from self._read(node.body, function)
            yield from self._read(node.orelse, function)
        elif isinstance(node, ast.Subscript):
            yield from self._table(ast.unparse(node.value))
        elif isinstance(node, ast.Name):
            yield from self._named(node.id, function)

    def _table(self, name: str) -> Iterator[str]:
        for one in ast.walk(self._tree):
            if isinstance(one, ast.Assign) and ast.unparse(one.targets[0]) == name and isinstance(one.value, ast.Dict):
                for value in one.value.values:
                    yield from self._read(value, None)

    def _named(self, name: str, function: Function | None) -> Iterator[str]:
        """Return what a name may stand for: what is assigned to it, and what callers give."""
        for one in ast.walk(function or self._tree):
            if isinstance(one, ast.Assign) and name in map(ast.unparse, one.targets):
                yield from self._read(one.value, function)
        names = [argument.arg for argument in function.args.args] if function else []
        if function and name in names:
            for call in ast.walk(self._tree):
                if isinstance(call, ast.Call) and ast.unparse(call.func).split(".")[-1] == function.name:
                    place = names.index(name) - (names[0] in ("self", "cls"))
                    if place < len(call.args):
                        yield from self._read(call.args[place], self._within[call])
