"""Functions of numbers (DMN 1.5, table 70)."""

from __future__ import annotations

from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Decimal,
)

from stadtwerk.engines.feel.library.signature import function, whole
from stadtwerk.engines.feel.moments import Days, Months
from stadtwerk.engines.feel.values import NUMBERS, VoidError

_SCALES = range(-6111, 6177)


def _rounded(value: Decimal, scale: Decimal, mode: str) -> Decimal:
    """Round to so many digits behind the point, which may be negative."""
    digits = int(scale)
    if digits not in _SCALES:
        raise VoidError(f"no number has {scale} digits")
    exponent = value.as_tuple().exponent
    if isinstance(exponent, str) or digits >= -exponent:
        return value
    wide = NUMBERS.copy()
    wide.prec = max(34, value.adjusted() + digits + 3)
    return NUMBERS.plus(value.quantize(Decimal(1).scaleb(-digits), mode, wide))


@function("decimal(n: number, scale: number)")
def decimal(value: Decimal, scale: Decimal) -> Decimal:
    """Round to digits, halves to the even one."""
    return _rounded(value, scale, ROUND_HALF_EVEN)


@function("floor(n: number)")
@function("floor(n: number, scale: number)")
def floor(value: Decimal, scale: Decimal = Decimal(0)) -> Decimal:
    """Round down, towards minus infinity."""
    return _rounded(value, scale, ROUND_FLOOR)


@function("ceiling(n: number)")
@function("ceiling(n: number, scale: number)")
def ceiling(value: Decimal, scale: Decimal = Decimal(0)) -> Decimal:
    """Round up, towards infinity."""
    return _rounded(value, scale, ROUND_CEILING)


@function("round up(n: number, scale: number)")
def round_up(value: Decimal, scale: Decimal) -> Decimal:
    """Round away from zero."""
    return _rounded(value, scale, ROUND_UP)


@function("round down(n: number, scale: number)")
def round_down(value: Decimal, scale: Decimal) -> Decimal:
    """Round towards zero."""
    return _rounded(value, scale, ROUND_DOWN)


@function("round half up(n: number, scale: number)")
def round_half_up(value: Decimal, scale: Decimal) -> Decimal:
    """Round to the nearest, halves away from zero."""
    return _rounded(value, scale, ROUND_HALF_UP)


@function("round half down(n: number, scale: number)")
def round_half_down(value: Decimal, scale: Decimal) -> Decimal:
    """Round to the nearest, halves towards zero."""
    return _rounded(value, scale, ROUND_HALF_DOWN)


@function("abs(n: number|duration)")
def absolute(value: Decimal | Days | Months) -> Decimal | Days | Months:
    """Return the value without its sign."""
    if isinstance(value, Days):
        return Days(abs(value.ns))
    if isinstance(value, Months):
        return Months(abs(value.months))
    return NUMBERS.abs(value)


@function("modulo(dividend: number, divisor: number)")
def modulo(dividend: Decimal, divisor: Decimal) -> Decimal:
    """Return what is left of a division rounded down; it has the sign of the divisor."""
    if not divisor:
        raise VoidError("nothing can be divided by 0")
    left = NUMBERS.remainder(dividend, divisor)
    return NUMBERS.add(left, divisor) if left and (left < 0) != (divisor < 0) else left


@function("sqrt(number: number)")
def sqrt(value: Decimal) -> Decimal:
    """Return the square root."""
    return NUMBERS.sqrt(value)


@function("log(number: number)")
def log(value: Decimal) -> Decimal:
    """Return the natural logarithm."""
    if value <= 0:
        raise VoidError("only a number above 0 has a logarithm")
    return NUMBERS.ln(value)


@function("exp(number: number)")
def exp(value: Decimal) -> Decimal:
    """Return e to the power of a number."""
    return NUMBERS.exp(value)


@function("odd(number: number)")
def odd(value: Decimal) -> bool:
    """Tell whether a whole number is odd."""
    return whole(value, "the number") % 2 == 1


@function("even(number: number)")
def even(value: Decimal) -> bool:
    """Tell whether a whole number is even."""
    return whole(value, "the number") % 2 == 0
