"""SenML (RFC 8428) as LwM2M carries resources in it: JSON and CBOR (OMA-TS-LightweightM2M_Core-V1_1, 7.4.4, 7.4.5)."""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import Sequence
from typing import Any

import msgspec

from stadtwerk.protocols.lwm2m import cbor
from stadtwerk.protocols.lwm2m.model import Path, Value, Values, check, parse_path
from stadtwerk.protocols.malformed import Malformed

JSON, CBOR = 110, 112
"""Numbers of `application/senml+json` and `application/senml+cbor` among CoAP content formats."""
RECORDS_MAX = 1_000
VERSION_MAX = 10
"""Version of SenML in RFC 8428."""

_LABELS = {"bver": -1, "bn": -2, "bt": -3, "bu": -4, "bv": -5, "n": 0, "u": 1, "v": 2, "vs": 3, "vb": 4, "t": 6}
_LABELS |= {"bs": -6, "s": 5, "ut": 7, "vd": 8, "vlo": "vlo"}  # type: ignore[dict-item]
_NAMES: dict[Any, str] = {label: name for name, label in _LABELS.items()}
_FIELDS = ("v", "vs", "vb", "vd", "vlo")

Record = dict[str, Any]


def encode_json(values: Values, base: Path) -> bytes:
    """Write resources as SenML JSON; Malformed for a number that JSON has no sign for."""
    records = _records(values, base)
    for record in records:
        number = record.get("v", 0)
        if isinstance(number, float) and not math.isfinite(number):
            raise Malformed("senml-number", f"{record['n']}: {number} cannot be written in JSON")
        if "vd" in record:
            record["vd"] = base64.urlsafe_b64encode(record["vd"]).rstrip(b"=").decode()
    return msgspec.json.encode(records)


def encode_cbor(values: Values, base: Path) -> bytes:
    """Write resources as SenML CBOR."""
    return cbor.encode([{_LABELS[name]: value for name, value in one.items()} for one in _records(values, base)])


def decode_json(data: bytes, base: Path) -> dict[Path, Value]:
    """Read resources out of SenML JSON; Malformed for wrong form, names that are no path below `base`, wrong types."""
    try:
        records = msgspec.json.decode(data)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise Malformed("senml-json", str(error)[:200]) from error
    pack = _pack(records)
    for record in pack:
        if isinstance(record.get("vd"), str):
            record["vd"] = _unpad(record["vd"])
    return _values(pack, base)


def decode_cbor(data: bytes, base: Path) -> dict[Path, Value]:
    """Read resources out of SenML CBOR, as `decode_json` does."""
    records = cbor.decode(data)
    if isinstance(records, list):
        records = [
            {_NAMES.get(key, key): value for key, value in one.items()} if isinstance(one, dict) else one
            for one in records
        ]
    return _values(_pack(records), base)


def _records(values: Values, base: Path) -> list[Record]:
    """Make a record of each resource; the first carries the base name."""
    root = str(base) if base.resource < 0 else str(Path(base.object, base.instance))
    records: list[Record] = []
    for path in sorted(values):
        value = check(path, values[path])
        record: Record = {} if records else {"bn": f"{root}/"}
        record["n"] = str(path).removeprefix(f"{root}/")
        records.append(record | _field(value))
    return records


def _field(value: Value) -> Record:
    if isinstance(value, bool):
        return {"vb": value}
    if isinstance(value, int | float):
        return {"v": value}
    if isinstance(value, str):
        return {"vs": value}
    return {"vlo": f"{value[0]}:{value[1]}"} if isinstance(value, tuple) else {"vd": value}


def _pack(records: Any) -> list[Record]:
    """Check the outer form: a list of maps with text keys, none of which must be understood and is not."""
    if not isinstance(records, list) or len(records) > RECORDS_MAX:
        raise Malformed("senml-pack", f"no list of at most {RECORDS_MAX} records")
    for record in records:
        if not isinstance(record, dict):
            raise Malformed("senml-record", "a record is no map")
        unknown = [key for key in record if isinstance(key, str) and key.endswith("_")]
        if unknown:
            raise Malformed("senml-must-understand", f"{unknown[0][:40]!r} is not understood here")
        if record.get("bver", VERSION_MAX) != VERSION_MAX:
            raise Malformed("senml-version", f"version {str(record['bver'])[:20]} is not spoken here")
        if "bv" in record or "bs" in record or "s" in record:
            raise Malformed("senml-sum", "base values and sums have no place in LwM2M")
    return records


def _values(records: Sequence[Record], base: Path) -> dict[Path, Value]:
    values: dict[Path, Value] = {}
    root = ""
    for record in records:
        root = record.get("bn", root)
        name = record.get("n", "")
        if not isinstance(root, str) or not isinstance(name, str):
            raise Malformed("senml-name", "a name is no text")
        fields = [field for field in _FIELDS if field in record]
        if not fields and not name:
            continue
        path = parse_path(root + name)
        if path.resource < 0 or not base.holds(path):
            raise Malformed("senml-name", f"{path} is no resource below {base}")
        if len(fields) != 1:
            raise Malformed("senml-value", f"{path} has {len(fields)} values")
        values[path] = check(path, _told(path, fields[0], record[fields[0]]))
    return values


def _told(path: Path, field: str, value: Any) -> Value:
    """Return a record's value, of the one type its field may have."""
    if field == "vlo":
        left, _, right = value.partition(":") if isinstance(value, str) else ("", "", "")
        if not (left.isdigit() and right.isdigit() and int(left) < 1 << 16 and int(right) < 1 << 16):
            raise Malformed("senml-link", f"{path}: {str(value)[:40]!r} is no object link")
        return int(left), int(right)
    wanted = {"v": (int, float), "vs": (str,), "vb": (bool,), "vd": (bytes,)}[field]
    if not isinstance(value, wanted) or (field == "v" and isinstance(value, bool)):
        raise Malformed("senml-value", f"{path}: {field} is {str(value)[:40]!r}")
    told: Value = value
    return told


def _unpad(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise Malformed("senml-data", "vd is no base64 of the URL alphabet") from error
