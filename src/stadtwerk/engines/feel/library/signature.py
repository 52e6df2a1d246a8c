"""How built-in functions are told: a signature in the specification's words, checked and converted before a call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, DecimalException
from typing import Any, TypeVar

from stadtwerk.engines.feel.limits import STEP_CHARS, STEP_ITEMS
from stadtwerk.engines.feel.moments import Date, DateTime, Days, Months, OutOfRangeError, Time
from stadtwerk.engines.feel.values import Range, Run, Value, VoidError, kind

_TYPES: dict[str, tuple[type, ...]] = {
    "number": (Decimal,),
    "string": (str,),
    "boolean": (bool,),
    "date": (Date,),
    "time": (Time,),
    "date and time": (DateTime,),
    "duration": (Days, Months),
    "days and time duration": (Days,),
    "list": (list,),
    "context": (dict,),
    "range": (Range,),
    "any": (),
    "function": (),
}
_UNFIT = object()
Compute = TypeVar("Compute", bound=Callable[..., Value])


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter: its name, the kinds of values it takes, and whether it may be null or missing."""

    name: str
    kinds: tuple[str, ...]
    types: tuple[type, ...]
    nullable: bool
    optional: bool
    several: bool

    def fit(self, value: Value) -> Value:
        """Return the value as it is taken: itself, one in a list of one, or a list around one."""
        if value is None:
            return None if self.nullable else _UNFIT
        if type(value) in self.types or "any" in self.kinds:
            return value
        if "function" in self.kinds:
            return value if hasattr(value, "positional") else _UNFIT
        if list in self.types:
            return [value]
        if isinstance(value, list) and len(value) == 1 and type(value[0]) in self.types:
            return value[0]
        return _UNFIT


def _parameter(text: str) -> Parameter:
    name, _, told = text.partition(":")
    told = told.strip()
    nullable = told.endswith("?")
    kinds = tuple(told.removesuffix("?").split("|"))
    types = tuple(one for name in kinds for one in _TYPES[name])
    plain = name.strip().removesuffix("...").removesuffix("?")
    optional, several = name.strip().endswith("?"), name.strip().endswith("...")
    return Parameter(plain, kinds, types, nullable or "any" in kinds, optional, several)


@dataclass(frozen=True, slots=True)
class Overload:
    """One signature and what computes it."""

    parameters: tuple[Parameter, ...]
    compute: Callable[..., Value]
    wants_run: bool

    def bind(self, arguments: Sequence[Value]) -> list[Value] | None:
        """Return the arguments as they are taken, None where they do not fit."""
        taken = self.parameters
        if taken and taken[-1].several:
            return [list(arguments)] if arguments else None
        if not sum(not one.optional for one in taken) <= len(arguments) <= len(taken):
            return None
        found = [one.fit(value) for one, value in zip(taken, arguments, strict=False)]
        return None if any(value is _UNFIT for value in found) else found

    def bind_named(self, arguments: dict[str, Value]) -> list[Value] | None:
        """Return arguments given by name in order, None where they do not fit."""
        if not arguments.keys() <= {one.name for one in self.parameters}:
            return None
        found: list[Value] = []
        for one in self.parameters:
            if one.name not in arguments and not one.optional:
                return None
            value = one.fit(arguments[one.name]) if one.name in arguments else None
            if value is _UNFIT:
                return None
            found.append(value)
        return found


@dataclass(slots=True)
class Builtin:
    """A built-in function with all its signatures."""

    name: str
    overloads: list[Overload] = field(default_factory=list)

    @property
    def arities(self) -> tuple[int, ...]:
        """Numbers of arguments it can be called with; empty is any."""
        counts = set()
        for one in self.overloads:
            if any(parameter.several for parameter in one.parameters):
                return ()
            counts |= {len(one.parameters), sum(not parameter.optional for parameter in one.parameters)}
        return tuple(sorted(counts))

    def positional(self, run: Run, arguments: list[Value]) -> Value:
        """Call with arguments in order."""
        for overload in self.overloads:
            bound = overload.bind(arguments)
            if bound is not None:
                return self._call(run, overload, bound)
        return self._unfit(run, arguments)

    def named(self, run: Run, arguments: dict[str, Value]) -> Value:
        """Call with arguments by name."""
        for overload in self.overloads:
            bound = overload.bind_named(arguments)
            if bound is not None:
                return self._call(run, overload, bound)
        return self._unfit(run, list(arguments.values()))

    def _unfit(self, run: Run, arguments: list[Value]) -> None:
        run.void(f"{self.name} does not take ({', '.join(kind(value) for value in arguments)})")

    def _call(self, run: Run, overload: Overload, bound: list[Value]) -> Value:
        run.step(_size(bound))
        try:
            value = overload.compute(run, *bound) if overload.wants_run else overload.compute(*bound)
        except (VoidError, OutOfRangeError) as error:
            return run.void(f"{self.name}: {error}")
        except DecimalException:
            return run.void(f"{self.name} has no finite result")
        run.step(_size((value,)))
        return value


def _size(values: Sequence[Value]) -> int:
    """Return the steps that reading or making values costs."""
    steps = 0
    for value in values:
        if isinstance(value, list):
            steps += len(value) // STEP_ITEMS
        elif isinstance(value, str):
            steps += len(value) // STEP_CHARS
    return steps


FUNCTIONS: dict[str, Builtin] = {}
"""All built-in functions by name."""


def function(signature: str, *, run: bool = False) -> Callable[[Compute], Compute]:
    """Register what computes a signature like `substring(string: string, start position: number, length?: number)`."""
    name, _, rest = signature.partition("(")
    told = rest.removesuffix(")")
    parameters = tuple(_parameter(part) for part in told.split(", ")) if told else ()

    def register(compute: Compute) -> Compute:
        FUNCTIONS.setdefault(name, Builtin(name)).overloads.insert(0, Overload(parameters, compute, run))
        return compute

    return register


def truncated(value: Any) -> int:
    """Return a position or length without its fraction; VoidError beyond all lengths."""
    if value.adjusted() > 15:
        raise VoidError(f"{value} is beyond all lengths")
    return int(value)


def whole(value: Any, what: str) -> int:
    """Return a number as an int; VoidError where it has a fraction or is beyond all lengths."""
    if value != value.to_integral_value() or value.adjusted() > 15:
        raise VoidError(f"{what} is {value}, not a whole number")
    return int(value)
