"""Types of FEEL: which values conform, and the conversions that are made without being asked (DMN 1.5, 10.3.2.9)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from stadtwerk.engines.feel.moments import Date, DateTime, Days, Months, Time
from stadtwerk.engines.feel.syntax import TypeNode
from stadtwerk.engines.feel.values import Function, Range, Run, Value, kind


@dataclass(frozen=True, slots=True)
class Type:
    """Any value at all; the types below hold less."""

    name: str = "Any"

    def holds(self, value: Value) -> bool:
        """Tell whether a value that is not null conforms."""
        return True

    def within(self, other: Type) -> bool:
        """Tell whether every value of this type conforms to the other."""
        return type(other) is Type or self == other


ANY = Type()


def conforms(value: Value, wanted: Type) -> bool:
    """Tell whether a value conforms; null does to every type."""
    return value is None or wanted.holds(value)


@dataclass(frozen=True, slots=True)
class Simple(Type):
    """A type without parts."""

    of: tuple[type, ...] = ()

    def holds(self, value: Value) -> bool:
        """Tell whether it is a value of this type."""
        return type(value) in self.of


@dataclass(frozen=True, slots=True)
class ListOf(Type):
    """Lists whose every item conforms."""

    of: Type = ANY

    def holds(self, value: Value) -> bool:
        """Tell whether it is a list of such items."""
        return isinstance(value, list) and all(conforms(item, self.of) for item in value)

    def within(self, other: Type) -> bool:
        """Tell whether such lists are lists of the other kind."""
        return type(other) is Type or (isinstance(other, ListOf) and self.of.within(other.of))


@dataclass(frozen=True, slots=True)
class RangeOf(Type):
    """Ranges whose ends conform."""

    of: Type = ANY

    def holds(self, value: Value) -> bool:
        """Tell whether it is such a range."""
        return isinstance(value, Range) and conforms(value.start, self.of) and conforms(value.end, self.of)


@dataclass(frozen=True, slots=True)
class ContextOf(Type):
    """Contexts that have these entries, and perhaps more."""

    fields: tuple[tuple[str, Type], ...] = ()

    def holds(self, value: Value) -> bool:
        """Tell whether all entries are there and conform."""
        return isinstance(value, dict) and all(
            name in value and conforms(value[name], wanted) for name, wanted in self.fields
        )

    def within(self, other: Type) -> bool:
        """Tell whether every entry the other wants is here, no wider."""
        if not isinstance(other, ContextOf):
            return type(other) is Type
        mine = dict(self.fields)
        return all(name in mine and mine[name].within(wanted) for name, wanted in other.fields)


@dataclass(frozen=True, slots=True)
class FunctionOf(Type):
    """Functions that take such arguments and return such a result."""

    parameters: tuple[Type, ...] = ()
    result: Type = ANY

    def holds(self, value: Value) -> bool:
        """Tell whether a function takes at least these arguments and returns no more than this result."""
        if not isinstance(value, Function):
            return hasattr(value, "positional")
        types = value.types or (ANY,) * len(value.parameters)
        return len(types) == len(self.parameters) and all(
            wanted.within(taken or ANY) for wanted, taken in zip(self.parameters, types, strict=True)
        )


@dataclass(frozen=True, slots=True)
class Restricted(Type):
    """Values of a type that also pass a test."""

    base: Type = ANY
    test: Callable[[Value], bool] = bool

    def holds(self, value: Value) -> bool:
        """Tell whether the value conforms to the base and passes."""
        return self.base.holds(value) and self.test(value)

    def within(self, other: Type) -> bool:
        """Tell whether the base is within the other, or this is the other."""
        return self == other or self.base.within(other)


SIMPLE: dict[str, Type] = {
    "Any": ANY,
    "Null": Simple("Null"),
    "number": Simple("number", (Decimal,)),
    "string": Simple("string", (str,)),
    "boolean": Simple("boolean", (bool,)),
    "date": Simple("date", (Date,)),
    "time": Simple("time", (Time,)),
    "date and time": Simple("date and time", (DateTime,)),
    "days and time duration": Simple("days and time duration", (Days,)),
    "years and months duration": Simple("years and months duration", (Months,)),
    "list": ListOf("list"),
    "context": ContextOf("context"),
    "range": RangeOf("range"),
}
SIMPLE |= {
    "dateTime": SIMPLE["date and time"],
    "dayTimeDuration": SIMPLE["days and time duration"],
    "yearMonthDuration": SIMPLE["years and months duration"],
}


def type_of(node: TypeNode, known: Mapping[str, Type]) -> Type | None:
    """Return the type a text names, None where it names one that nobody defined."""
    if not node.of:
        return known.get(node.name) or SIMPLE.get(node.name)
    of = [type_of(one, known) for one in node.of]
    parts = [one for one in of if one is not None]
    if len(parts) < len(of) or not parts:
        return None
    told = ", ".join(one.name for one in parts)
    if node.name in ("list", "range"):
        built = ListOf if node.name == "list" else RangeOf
        return built(f"{node.name}<{told}>", parts[0])
    if node.name == "context":
        return ContextOf(f"context<{told}>", tuple(zip(node.fields, parts, strict=True)))
    return FunctionOf(f"function<{told}>", tuple(parts[:-1]), parts[-1])


def bare(wanted: Type) -> Type:
    """Return a type without what restricts its values: `instance of` asks for the kind alone."""
    if isinstance(wanted, Restricted):
        return bare(wanted.base)
    if isinstance(wanted, ListOf):
        return ListOf(wanted.name, bare(wanted.of))
    if isinstance(wanted, ContextOf):
        return ContextOf(wanted.name, tuple((name, bare(one)) for name, one in wanted.fields))
    return wanted


def _is_list(wanted: Type) -> bool:
    return isinstance(wanted, ListOf) or (isinstance(wanted, Restricted) and _is_list(wanted.base))


def convert(value: Value, wanted: Type | None) -> tuple[bool, Value]:
    """Return whether a value fits a type, and the value that does: out of a list of one, in such a list, a midnight."""
    if value is None or wanted is None or wanted.holds(value):
        return True, value
    other: Value = None
    if _is_list(wanted):
        other = None if isinstance(value, list) else [value]
    elif isinstance(value, list) and len(value) == 1:
        if value[0] is None:
            return True, None
        other = value[0]
    elif isinstance(value, Date):
        other = DateTime(value, Time(0, 0))
    return (True, other) if other is not None and wanted.holds(other) else (False, None)


def bind(
    run: Run, called: str, names: Sequence[str], types: Sequence[Type | None], given: Sequence[Value]
) -> dict[str, Value] | None:
    """Return arguments by name as their types want them; None with the reason where one does not fit."""
    bound: dict[str, Value] = {}
    for name, wanted, value in zip(names, types, given, strict=True):
        fits, bound[name] = convert(value, wanted)
        if not fits and wanted is not None:
            run.void(f"{name} of {called} is {kind(value)}, not {wanted.name}")
            return None
    return bound


def coerce(run: Run, value: Value, wanted: Type | None, what: str) -> Value:
    """Return a value as the type wants it; null with the reason where it does not fit."""
    fits, found = convert(value, wanted)
    if not fits and wanted is not None:
        run.void(f"{what} is {kind(value)}, not {wanted.name}")
    return found
