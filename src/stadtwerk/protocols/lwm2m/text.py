"""One resource as plain text (OMA-TS-LightweightM2M_Core-V1_1, 7.4.1)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable

from stadtwerk.protocols.lwm2m.model import Path, Value, Values, check, kind_of
from stadtwerk.protocols.malformed import Malformed

FORMAT = 0
"""Number of `text/plain` among CoAP content formats."""


def encode(values: Values, base: Path) -> bytes:
    """Write a single resource; Malformed for more or none."""
    if base.resource < 0 or set(values) != {base}:
        raise Malformed("lwm2m-text", f"{base} is not one value")
    value = check(base, values[base])
    if isinstance(value, bytes):
        return base64.b64encode(value)
    if isinstance(value, bool):
        return b"1" if value else b"0"
    return (f"{value[0]}:{value[1]}" if isinstance(value, tuple) else str(value)).encode()


def decode(data: bytes, base: Path) -> dict[Path, Value]:
    """Read a single resource of the type the registry gives it; Malformed otherwise."""
    known = kind_of(base)
    if known is None or known.kind not in _READ:
        raise Malformed("lwm2m-text", f"{base} cannot be told as text")
    try:
        value = _READ[known.kind](data.decode())
    except (ValueError, KeyError, binascii.Error) as error:
        raise Malformed("lwm2m-text", f"{base}: {data[:40]!r} is no {known.kind}") from error
    return {base: check(base, value)}


def _link(text: str) -> tuple[int, int]:
    left, right = text.split(":")
    return int(left), int(right)


_READ: dict[str, Callable[[str], Value]] = {
    "Integer": int,
    "Unsigned Integer": int,
    "Time": int,
    "Float": float,
    "Boolean": lambda text: {"0": False, "1": True}[text],
    "String": str,
    "Corelnk": str,
    "Opaque": lambda text: base64.b64decode(text, validate=True),
    "Objlnk": _link,
}
