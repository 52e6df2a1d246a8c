"""What names stand for while an expression is computed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from stadtwerk.engines.feel.values import Run, Value


class Scope:
    """Values by name, and the scope around."""

    __slots__ = ("around", "run", "values")

    def __init__(self, values: dict[str, Value], around: Scope | None, run: Run) -> None:
        self.values = values
        self.around = around
        self.run = run


Code = Callable[[Scope], Value]
"""An expression made ready: computes its value in a scope."""
Test = Callable[[Scope, Any], "bool | None"]
"""Unary tests made ready: tells whether a value meets them."""


def reader(name: str, fallback: Value) -> Code:
    """Return what reads a variable; a built-in function where no scope has the name."""

    def read(scope: Scope) -> Value:
        here: Scope | None = scope
        while here is not None:
            if name in here.values:
                return here.values[name]
            here = here.around
        if fallback is None:
            scope.run.void(f"nothing is called {name}")
        return fallback

    return read
