"""FEEL, the expression language of DMN 1.5 (chapter 10): text in, closures out; null with a reason, no errors."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from stadtwerk.engines.feel import loops, membership, structures
from stadtwerk.engines.feel.compiler import Compiler
from stadtwerk.engines.feel.library import FUNCTIONS
from stadtwerk.engines.feel.moments import DateTime
from stadtwerk.engines.feel.names import Names
from stadtwerk.engines.feel.parser import parse
from stadtwerk.engines.feel.scope import Code, Scope
from stadtwerk.engines.feel.shapes import Type
from stadtwerk.engines.feel.syntax import FeelSyntaxError
from stadtwerk.engines.feel.values import LimitReachedError, Run, Value

BUILTIN_NAMES = Names(FUNCTIONS)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an evaluation gave, and why values on the way are null."""

    value: Value
    reasons: tuple[str, ...]


def guarded(run: Run, compute: Callable[[], Value]) -> Value:
    """Compute; null with the reason where a limit is reached."""
    try:
        return compute()
    except LimitReachedError as error:
        return run.void(str(error))
    except RecursionError:
        return run.void("nested too deep for where it is computed")


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression made ready, to be evaluated often."""

    text: str
    code: Code

    def value(self, variables: dict[str, Value], now: DateTime | None = None) -> Value:
        """Return the value alone."""
        run = Run(now)
        scope = Scope(variables, None, run)
        try:
            return self.code(scope)
        except (LimitReachedError, RecursionError):
            return None

    def evaluate(self, variables: Mapping[str, Value], now: DateTime | None = None) -> Outcome:
        """Return the value and the reasons of nulls."""
        run = Run(now)
        scope = Scope(dict(variables), None, run)
        value = guarded(run, lambda: self.code(scope))
        return Outcome(value, tuple(run.notes))


@dataclass(frozen=True, slots=True)
class Feel:
    """Makes expressions ready where these variables, members of contexts and types are known by name."""

    variables: Iterable[str] = ()
    members: Iterable[str] = ()
    types: Mapping[str, Type] = field(default_factory=dict)

    def expression(self, text: str) -> Expression:
        """Make an expression ready; FeelSyntaxError where the text is none."""
        return Expression(text, self._code(text, tests=False))

    def tests(self, text: str) -> Expression:
        """Make unary tests about `?` ready; FeelSyntaxError where the text is none."""
        return Expression(text, self._code(text, tests=True))

    def _code(self, text: str, *, tests: bool) -> Code:
        names = Names((*self.variables, *self.types), BUILTIN_NAMES)
        node = parse(text, names, Names(self.members), tests=tests)
        return Compiler(self.types, FUNCTIONS).code(node)


def evaluate(text: str, variables: Mapping[str, Value] | None = None, now: DateTime | None = None) -> Outcome:
    """Read and evaluate an expression once; FeelSyntaxError where the text is none."""
    known = variables or {}
    return Feel(known, _members(known)).expression(text).evaluate(known, now)


def _members(value: Value, depth: int = 0) -> set[str]:
    if isinstance(value, dict) and depth < 20:
        return set(value).union(*(_members(one, depth + 1) for one in value.values()))
    if isinstance(value, list) and depth < 20:
        return set().union(*(_members(one, depth + 1) for one in value))
    return set()


__all__ = [
    "BUILTIN_NAMES",
    "FUNCTIONS",
    "Expression",
    "Feel",
    "FeelSyntaxError",
    "Outcome",
    "evaluate",
    "guarded",
    "loops",
    "membership",
    "structures",
]
