"""Reading what stands behind the question mark."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Any, TypeVar

import msgspec
from starlette.requests import Request

from stadtwerk.kernel.limits import WAIT_S
from stadtwerk.kernel.refusal import Fault, Refused, invalid

T = TypeVar("T")


def converted(given: Mapping[str, Any], kind: type[T]) -> T:
    """Read what was asked as text; refuses, naming the field, what is not of this kind."""
    try:
        return msgspec.convert(given, kind, strict=False)
    except msgspec.ValidationError as error:
        detail, _, where = str(error).partition(" - at `$.")
        raise Refused(invalid((Fault(where.strip("`") or "query", detail),))) from error


def integer(request: Request, name: str, default: int, *, low: int, high: int) -> int:
    """Read a whole number within bounds."""
    text = request.query_params.get(name)
    if text is None:
        return default
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 19 and low <= int(text) <= high):
        raise Refused.field(name, f"a whole number from {low} to {high}")
    return int(text)


def wait_s(request: Request) -> float:
    """Read how long to wait for the outcome: `2s` or `2`."""
    text = request.query_params.get("wait")
    if text is None:
        return 0.0
    try:
        value = float(text.removesuffix("s"))
    except ValueError:
        value = -1.0
    if not (isfinite(value) and 0 <= value <= WAIT_S):
        raise Refused.field("wait", f"seconds from 0 to {WAIT_S}, for example 2s")
    return value
