"""Sums, products and powers of numbers, dates and durations (DMN 1.5, 10.3.2.3 and tables 45, 55 to 58)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_HALF_EVEN, Decimal, DecimalException

from stadtwerk.engines.feel.limits import STEP_CHARS, STRING_CHARS
from stadtwerk.engines.feel.moments import (
    DAY_NS,
    EPOCH,
    Date,
    DateTime,
    Days,
    Months,
    OutOfRangeError,
    Time,
    add_months,
    date_of,
    datetime_of,
    make_days,
    make_months,
)
from stadtwerk.engines.feel.values import NUMBERS, Run, Value, kind

Operation = Callable[[Value, Value], Value]


def _whole(value: Decimal) -> int:
    """Round to a whole number of nanoseconds or months."""
    return int(value.to_integral_value(ROUND_HALF_EVEN)) if value.adjusted() < 40 else 10**40


def _cut(value: Decimal) -> int:
    """Drop the part of a month."""
    return int(value) if value.adjusted() < 40 else 10**40


def _later(moment: DateTime, length: Days) -> DateTime:
    return datetime_of(moment.local_ns + length.ns, moment.time.zone)


def _later_month(moment: DateTime, length: Months) -> DateTime:
    return DateTime(add_months(moment.date, length.months), moment.time)


def _midnight(date: Date) -> DateTime:
    return DateTime(date, Time(0, 0))


def _between(last: DateTime, first: DateTime) -> Days:
    if (last.time.zone is None) != (first.time.zone is None):
        raise OutOfRangeError("one has a zone, the other none")
    return make_days(last.utc_ns - first.utc_ns)


def _between_times(last: Time, first: Time) -> Days:
    return _between(DateTime(EPOCH, last), DateTime(EPOCH, first))


def _join(left: str, right: str) -> str:
    if len(left) + len(right) > STRING_CHARS:
        raise OutOfRangeError(f"a string has at most {STRING_CHARS} characters")
    return left + right


def _scale(length: int, factor: Decimal) -> int:
    return _whole(NUMBERS.multiply(Decimal(length), factor))


def _shrink(length: int, divisor: Decimal) -> int:
    return _whole(NUMBERS.divide(Decimal(length), divisor))


def _scale_months(length: int, factor: Decimal) -> int:
    return _cut(NUMBERS.multiply(Decimal(length), factor))


def _shrink_months(length: int, divisor: Decimal) -> int:
    return _cut(NUMBERS.divide(Decimal(length), divisor))


_ADD: dict[tuple[type, type], Operation] = {
    (Decimal, Decimal): NUMBERS.add,
    (str, str): _join,
    (Days, Days): lambda a, b: make_days(a.ns + b.ns),
    (Months, Months): lambda a, b: make_months(a.months + b.months),
    (Date, Days): lambda a, b: date_of((a.ordinal * DAY_NS + b.ns) // DAY_NS),
    (Date, Months): lambda a, b: add_months(a, b.months),
    (DateTime, Days): _later,
    (DateTime, Months): _later_month,
    (Time, Days): lambda a, b: Time((a.ns + b.ns) % DAY_NS, a.zone),
}


def _turned(add: Operation) -> Operation:
    return lambda a, b: add(b, a)


_ADD |= {(b, a): _turned(add) for (a, b), add in list(_ADD.items()) if a in (Date, DateTime, Time)}

_SUBTRACT: dict[tuple[type, type], Operation] = {
    (Decimal, Decimal): NUMBERS.subtract,
    (Days, Days): lambda a, b: make_days(a.ns - b.ns),
    (Months, Months): lambda a, b: make_months(a.months - b.months),
    (Date, Date): lambda a, b: make_days((a.ordinal - b.ordinal) * DAY_NS),
    (DateTime, DateTime): _between,
    (Date, DateTime): lambda a, b: _between(_midnight(a), b),
    (DateTime, Date): lambda a, b: _between(a, _midnight(b)),
    (Time, Time): _between_times,
    (Date, Days): lambda a, b: date_of((a.ordinal * DAY_NS - b.ns) // DAY_NS),
    (Date, Months): lambda a, b: add_months(a, -b.months),
    (DateTime, Days): lambda a, b: _later(a, Days(-b.ns)),
    (DateTime, Months): lambda a, b: _later_month(a, Months(-b.months)),
    (Time, Days): lambda a, b: Time((a.ns - b.ns) % DAY_NS, a.zone),
}

_MULTIPLY: dict[tuple[type, type], Operation] = {
    (Decimal, Decimal): NUMBERS.multiply,
    (Days, Decimal): lambda a, b: make_days(_scale(a.ns, b)),
    (Decimal, Days): lambda a, b: make_days(_scale(b.ns, a)),
    (Months, Decimal): lambda a, b: make_months(_scale_months(a.months, b)),
    (Decimal, Months): lambda a, b: make_months(_scale_months(b.months, a)),
}

_DIVIDE: dict[tuple[type, type], Operation] = {
    (Decimal, Decimal): NUMBERS.divide,
    (Days, Decimal): lambda a, b: make_days(_shrink(a.ns, b)),
    (Months, Decimal): lambda a, b: make_months(_shrink_months(a.months, b)),
    (Days, Days): lambda a, b: NUMBERS.divide(Decimal(a.ns), Decimal(b.ns)),
    (Months, Months): lambda a, b: NUMBERS.divide(Decimal(a.months), Decimal(b.months)),
}

OPERATIONS: dict[str, dict[tuple[type, type], Operation]] = {
    "+": _ADD,
    "-": _SUBTRACT,
    "*": _MULTIPLY,
    "/": _DIVIDE,
    "**": {(Decimal, Decimal): NUMBERS.power},
}


def calculate(run: Run, operator: str, left: Value, right: Value) -> Value:
    """Return the result of one operator; null with the reason where there is none."""
    operation = OPERATIONS[operator].get((type(left), type(right)))
    if operation is None:
        return run.void(f"{kind(left)} {operator} {kind(right)} is not defined")
    try:
        if operator == "+" and isinstance(left, str):
            run.step((len(left) + len(right)) // STEP_CHARS)
        return operation(left, right)
    except DecimalException:
        return run.void(f"{left} {operator} {right} has no finite result")
    except OutOfRangeError as error:
        return run.void(str(error))


def negative(run: Run, value: Value) -> Value:
    """Return a number or duration with the other sign."""
    if isinstance(value, Decimal):
        return NUMBERS.minus(value)
    if isinstance(value, Days):
        return Days(-value.ns)
    if isinstance(value, Months):
        return Months(-value.months)
    return run.void(f"- {kind(value)} is not defined")
