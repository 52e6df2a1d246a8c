"""The part of CBOR (RFC 8949) that SenML needs, with limits on depth and items: hostile bytes raise Malformed."""

from __future__ import annotations

import math
import struct
from typing import Any

from stadtwerk.protocols.malformed import Malformed

DEPTH_MAX = 4
"""SenML is an array of maps of plain values; a decimal fraction is one deeper."""
ITEMS_MAX = 4_000
EXPONENT_MAX = 400
"""Largest power of ten of a decimal fraction that a float can hold."""
_BREAK = object()


def encode(value: Any) -> bytes:
    """Write whole numbers, floats, text, bytes, true and false, lists and maps in their shortest form (4.2.1)."""
    if isinstance(value, list):
        return _head(4, len(value)) + b"".join(map(encode, value))
    if isinstance(value, dict):
        pairs = (encode(key) + encode(item) for key, item in value.items())
        return _head(5, len(value)) + b"".join(pairs)
    if isinstance(value, bool):
        return b"\xf5" if value else b"\xf4"
    if isinstance(value, int | float):
        return _number(value)
    body = value.encode() if isinstance(value, str) else value
    return _head(3 if isinstance(value, str) else 2, len(body)) + body


def decode(data: bytes) -> Any:
    """Read one item that takes all the bytes; Malformed if it is cut off, too deep, too long or of a strange kind."""
    reader = _Reader(data)
    value = reader.item(0)
    if value is _BREAK or reader.at != len(data):
        raise Malformed("cbor-end", f"{len(data) - reader.at} bytes too many")
    return value


class _Reader:
    """Reads item by item."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._items = 0
        self.at = 0

    def item(self, depth: int) -> Any:
        """Read the next item; `_BREAK` for the end of an open list or map."""
        self._items += 1
        if depth > DEPTH_MAX or self._items > ITEMS_MAX:
            raise Malformed("cbor-limit", f"deeper than {DEPTH_MAX} or more than {ITEMS_MAX} items")
        first = self._take(1)[0]
        kind, short = first >> 5, first & 31
        if kind == 7:
            return self._simple(short)
        size = self._size(kind, short)
        if kind < 2:
            return size if kind == 0 else -1 - size
        if kind in (2, 3):
            body = self._chunks(kind) if size < 0 else self._take(size)
            return body if kind == 2 else _text(body)
        if kind == 6:
            return _fraction(size, self.item(depth + 1))
        return self._list(size, depth) if kind == 4 else self._map(size, depth)

    def _list(self, size: int, depth: int) -> list[Any]:
        found: list[Any] = []
        while size < 0 or len(found) < size:
            one = self.item(depth + 1)
            if one is _BREAK:
                if size < 0:
                    return found
                raise Malformed("cbor-break", "an end where none may be")
            found.append(one)
        return found

    def _map(self, size: int, depth: int) -> dict[Any, Any]:
        flat = self._list(size if size < 0 else 2 * size, depth)
        keys = flat[::2]
        if len(flat) % 2 or not all(isinstance(key, int | str) for key in keys) or len(set(keys)) != len(keys):
            raise Malformed("cbor-map", "a map's keys are whole numbers or text, each once")
        return dict(zip(keys, flat[1::2], strict=True))

    def _chunks(self, kind: int) -> bytes:
        """Read the pieces of a text or bytes of open length."""
        parts: list[bytes] = []
        while True:
            self._items += 1
            if self._items > ITEMS_MAX:
                raise Malformed("cbor-limit", f"more than {ITEMS_MAX} items")
            first = self._take(1)[0]
            if first == 0xFF:
                return b"".join(parts)
            size = self._size(kind, first & 31) if first >> 5 == kind else -1
            if size < 0:
                raise Malformed("cbor-chunk", "a piece of another kind")
            parts.append(self._take(size))

    def _size(self, kind: int, short: int) -> int:
        """Read the number in an item's head, -1 for an open length."""
        if short < 24:
            return short
        if short < 28:
            return int.from_bytes(self._take(1 << short - 24))
        if short == 31 and kind in (2, 3, 4, 5):
            return -1
        raise Malformed("cbor-head", f"additional information {short} means nothing here")

    def _simple(self, short: int) -> Any:
        if short in _SIMPLE:
            return _SIMPLE[short]
        if short in _FLOATS:
            form = _FLOATS[short]
            return struct.unpack(form, self._take(struct.calcsize(form)))[0]
        raise Malformed("cbor-simple", f"simple value {short} means nothing here")

    def _take(self, n: int) -> bytes:
        end = self.at + n
        if end > len(self._data):
            raise Malformed("cbor-length", "the message is cut off")
        taken, self.at = self._data[self.at : end], end
        return taken


_SIMPLE = {20: False, 21: True, 22: None, 31: _BREAK}
_FLOATS = {25: ">e", 26: ">f", 27: ">d"}


def _text(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise Malformed("cbor-text", "a text is not UTF-8") from error


def _fraction(tag: int, content: Any) -> float:
    """Work out a decimal fraction (tag 4: [exponent of ten, mantissa]), the only tag SenML allows (RFC 8428, 6)."""
    whole = isinstance(content, list) and len(content) == 2 and all(type(part) is int for part in content)
    if tag != 4 or not whole or not -EXPONENT_MAX <= content[0] <= EXPONENT_MAX:
        raise Malformed("cbor-tag", f"tag {tag} is none of SenML's, or not what it should be")
    return float(f"{content[1]}e{content[0]}")


def _head(kind: int, number: int) -> bytes:
    if number < 24:
        return bytes([kind << 5 | number])
    for more in range(4):
        if number < 1 << (8 << more):
            return bytes([kind << 5 | 24 + more]) + number.to_bytes(1 << more)
    raise Malformed("cbor-number", "a whole number does not fit into 64 bits")


def _number(value: float) -> bytes:
    if isinstance(value, int):
        return _head(0, value) if value >= 0 else _head(1, -1 - value)
    return _float(value)


def _float(value: float) -> bytes:
    """Write a float in the shortest form that loses nothing; NaN is the quiet one of two bytes."""
    if math.isnan(value):
        return b"\xf9\x7e\x00"
    for first, form in zip((0xF9, 0xFA), (">e", ">f"), strict=True):
        try:
            body = struct.pack(form, value)
        except OverflowError:
            continue
        if struct.unpack(form, body)[0] == value:
            return bytes([first]) + body
    return b"\xfb" + struct.pack(">d", value)
