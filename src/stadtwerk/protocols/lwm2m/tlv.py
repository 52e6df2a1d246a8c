"""The TLV format of LwM2M: type, identifier, length, value (OMA-TS-LightweightM2M_Core-V1_1, 7.4.3)."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from typing import NamedTuple

from stadtwerk.protocols.lwm2m.model import ID_MAX, Path, Value, Values, check, kind_of
from stadtwerk.protocols.malformed import Malformed

FORMAT = 11_542
"""Number of `application/vnd.oma.lwm2m+tlv` among CoAP content formats."""

INSTANCE, ITEM, MANY, RESOURCE = range(4)
"""What an entry is, in the two highest bits of its type: object instance, resource instance, resource with instances,
resource."""

ENTRIES_MAX = 2_000
"""Most entries of one message."""
_WHOLE = {1: ">b", 2: ">h", 4: ">i", 8: ">q"}
_UNSIGNED = {1: ">B", 2: ">H", 4: ">I", 8: ">Q"}


class Entry(NamedTuple):
    """One entry: what it is, its number, its bytes."""

    kind: int
    id: int
    data: bytes


def encode(values: Values, base: Path) -> bytes:
    """Write the resources below an object, an instance or a resource; those with instances are put together."""
    if base.instance < 0:
        parts = [
            (number, encode(_below(values, Path(base.object, number)), Path(base.object, number)))
            for number in sorted({path.instance for path in values})
        ]
        return b"".join(_entry(INSTANCE, number, body) for number, body in parts)
    written = []
    for number in sorted({path.resource for path in values}):
        mine = {path: value for path, value in values.items() if path.resource == number}
        items = sorted(path for path in mine if path.item >= 0)
        if items:
            body = b"".join(_entry(ITEM, path.item, write_value(path, mine[path])) for path in items)
            written.append(_entry(MANY, number, body))
        else:
            path = Path(base.object, base.instance, number)
            written.append(_entry(RESOURCE, number, write_value(path, mine[path])))
    return b"".join(written)


def decode(data: bytes, base: Path) -> dict[Path, Value]:
    """Read what was told of an object, an instance or a resource; Malformed for wrong lengths, places and types."""
    values: dict[Path, Value] = {}
    for entry in entries(data):
        if entry.kind == INSTANCE and base.instance < 0:
            values |= _resources(entry.data, Path(base.object, entry.id))
        elif entry.kind == INSTANCE and entry.id == base.instance:
            values |= _resources(entry.data, base)
        elif base.instance >= 0:
            values |= _resource(entry, Path(base.object, base.instance))
        else:
            raise Malformed("lwm2m-tlv-place", f"entry {entry.kind} {entry.id} cannot stand below {base}")
    wrong = [path for path in values if not base.holds(path)]
    if wrong:
        raise Malformed("lwm2m-tlv-place", f"{wrong[0]} does not lie below {base}")
    return values


def entries(data: bytes) -> Iterator[Entry]:
    """Cut a message into its entries; Malformed where one is cut off."""
    at = n = 0
    while at < len(data):
        n += 1
        if n > ENTRIES_MAX:
            raise Malformed("lwm2m-tlv-entries", f"more than {ENTRIES_MAX} entries")
        kind, long_id, size = data[at] >> 6, data[at] >> 5 & 1, data[at] >> 3 & 3
        begin = at + 2 + long_id
        end = begin + size
        if end > len(data):
            raise Malformed("lwm2m-tlv-length", "an entry's head is cut off")
        number = int.from_bytes(data[at + 1 : begin])
        length = int.from_bytes(data[begin:end]) if size else data[at] & 7
        at = end + length
        if at > len(data):
            raise Malformed("lwm2m-tlv-length", f"entry {number} is {length} bytes long, {len(data) - end} are there")
        if number > ID_MAX:
            raise Malformed("lwm2m-tlv-id", f"{number} is reserved")
        yield Entry(kind, number, data[end:at])


def write_value(path: Path, value: Value) -> bytes:
    """Write a value in the fewest bytes its type allows (7.4.3, appendix C); Malformed if it is not of its type."""
    value = check(path, value)
    known = kind_of(path)
    if isinstance(value, bool):
        return b"\1" if value else b"\0"
    if isinstance(value, int):
        unsigned = known is not None and known.kind == "Unsigned Integer"
        return _whole(value, _UNSIGNED if unsigned else _WHOLE)
    if isinstance(value, float):
        return _float(value)
    if isinstance(value, str):
        return value.encode()
    return struct.pack(">HH", *value) if isinstance(value, tuple) else value


def read_value(path: Path, data: bytes) -> Value:
    """Read a value of the resource's type, bytes where it is not known here; Malformed if it is none."""
    known = kind_of(path)
    kind = known.kind if known else "Opaque"
    try:
        return check(path, _READ[kind](data))
    except (KeyError, struct.error, UnicodeDecodeError) as error:
        raise Malformed("lwm2m-tlv-value", f"{path}: {len(data)} bytes are no {kind or 'value'}") from error


def _below(values: Values, base: Path) -> dict[Path, Value]:
    return {path: value for path, value in values.items() if base.holds(path)}


def _resources(data: bytes, base: Path) -> dict[Path, Value]:
    values: dict[Path, Value] = {}
    for entry in entries(data):
        values |= _resource(entry, base)
    return values


def _resource(entry: Entry, base: Path) -> dict[Path, Value]:
    path = Path(base.object, base.instance, entry.id)
    if entry.kind == RESOURCE:
        return {path: read_value(path, entry.data)}
    if entry.kind != MANY:
        raise Malformed("lwm2m-tlv-place", f"entry {entry.kind} {entry.id} cannot stand below {base}")
    items = list(entries(entry.data))
    if any(item.kind != ITEM for item in items):
        raise Malformed("lwm2m-tlv-place", f"{path} holds something else than instances")
    return {path._replace(item=item.id): read_value(path, item.data) for item in items}


def _entry(kind: int, number: int, data: bytes) -> bytes:
    if not 0 <= number <= ID_MAX:
        raise Malformed("lwm2m-tlv-id", f"{number} is not within 0..{ID_MAX}")
    n = len(data)
    size = 0 if n < 8 else 1 if n < 1 << 8 else 2 if n < 1 << 16 else 3
    if n >= 1 << 24:
        raise Malformed("lwm2m-tlv-length", f"{n} bytes, at most {(1 << 24) - 1}")
    wide = number > 0xFF
    head = kind << 6 | wide << 5 | size << 3 | (0 if size else n)
    return bytes([head]) + number.to_bytes(2 if wide else 1) + (n.to_bytes(size) if size else b"") + data


def _whole(value: int, forms: dict[int, str]) -> bytes:
    for form in forms.values():
        try:
            return struct.pack(form, value)
        except struct.error:
            continue
    raise Malformed("lwm2m-range", f"{value} does not fit into eight bytes")


def _float(value: float) -> bytes:
    """Write a float in four bytes where that loses nothing, else in eight."""
    try:
        short = struct.pack(">f", value)
    except OverflowError:
        return struct.pack(">d", value)
    lossless = value != value or struct.unpack(">f", short)[0] == value  # noqa: PLR0124 - only NaN differs from itself
    return short if lossless else struct.pack(">d", value)


def _read_whole(data: bytes) -> int:
    return int(struct.unpack(_WHOLE[len(data)], data)[0])


def _read_unsigned(data: bytes) -> int:
    return int(struct.unpack(_UNSIGNED[len(data)], data)[0])


def _read_bool(data: bytes) -> bool:
    return {b"\0": False, b"\1": True}[data]


def _read_float(data: bytes) -> float:
    return float(struct.unpack({4: ">f", 8: ">d"}[len(data)], data)[0])


def _read_link(data: bytes) -> tuple[int, int]:
    first, second = struct.unpack(">HH", data)
    return int(first), int(second)


_READ: dict[str, Callable[[bytes], Value]] = {
    "Boolean": _read_bool,
    "Integer": _read_whole,
    "Unsigned Integer": _read_unsigned,
    "Time": _read_whole,
    "Float": _read_float,
    "String": bytes.decode,
    "Corelnk": bytes.decode,
    "Opaque": bytes,
    "Objlnk": _read_link,
}
