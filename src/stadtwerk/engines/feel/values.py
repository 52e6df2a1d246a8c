"""What FEEL computes with: null is None, numbers are Decimal, lists list, contexts dict; ranges and functions here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Context, Decimal, DivisionByZero, InvalidOperation, Overflow
from typing import Any

from stadtwerk.engines.feel.limits import NOTES, STEPS
from stadtwerk.engines.feel.moments import Date, DateTime, Days, Months, Time

Value = Any
"""None, Decimal, str, bool, Date, Time, DateTime, Days, Months, list, dict, Range, or a function (built in or not)."""

NUMBERS = Context(
    prec=34, rounding=ROUND_HALF_EVEN, Emin=-6143, Emax=6144, traps=[InvalidOperation, DivisionByZero, Overflow]
)
"""IEEE 754 decimal128, as DMN 1.5, 10.3.2.3.1 wants it; what has no finite result becomes null."""

KINDS: dict[type, str] = {
    type(None): "null",
    Decimal: "number",
    str: "string",
    bool: "boolean",
    Date: "date",
    Time: "time",
    DateTime: "date and time",
    Days: "days and time duration",
    Months: "years and months duration",
    list: "list",
    dict: "context",
}


class VoidError(Exception):
    """Inside of a built-in function: the result is null, and why."""


class LimitReachedError(Exception):
    """An evaluation needs more than it may have."""


@dataclass(slots=True)
class Run:
    """One evaluation: its clock, the reasons of its nulls, what fired, and what it has used of its limits."""

    now: DateTime | None = None
    notes: list[str] = field(default_factory=list)
    fired: list[Any] = field(default_factory=list)
    steps: int = 0
    depth: int = 0

    def void(self, reason: str) -> None:
        """Note why a value is null."""
        if len(self.notes) < NOTES:
            self.notes.append(reason)

    def step(self, count: int = 1) -> None:
        """Count turns of a loop or a call."""
        self.steps += count
        if self.steps > STEPS:
            raise LimitReachedError(f"more than {STEPS} steps")


@dataclass(frozen=True, slots=True)
class Range:
    """All values between two ends; an end that is None with its bracket open is no end."""

    start: Value
    end: Value
    start_included: bool = True
    end_included: bool = True
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Function:
    """A function defined in FEEL or DMN: names and types of its parameters, and its body."""

    name: str
    parameters: tuple[str, ...]
    body: Callable[[Run, Sequence[Value]], Value]
    types: tuple[Any, ...] = ()
    result: Any = None

    @property
    def arities(self) -> tuple[int, ...]:
        """Numbers of arguments it can be called with."""
        return (len(self.parameters),)

    def positional(self, run: Run, arguments: list[Value]) -> Value:
        """Call with arguments in order; null where their number is wrong."""
        if len(arguments) != len(self.parameters):
            return run.void(f"{self.name} takes {len(self.parameters)} arguments, not {len(arguments)}")
        return self.body(run, arguments)

    def named(self, run: Run, arguments: dict[str, Value]) -> Value:
        """Call with arguments by name; null where one is missing or unknown."""
        if set(arguments) != set(self.parameters):
            return run.void(f"{self.name} takes the arguments {', '.join(self.parameters)}")
        return self.body(run, [arguments[name] for name in self.parameters])


def kind(value: Value) -> str:
    """Return the FEEL name of a value's type."""
    return KINDS.get(type(value)) or ("range" if isinstance(value, Range) else "function")
