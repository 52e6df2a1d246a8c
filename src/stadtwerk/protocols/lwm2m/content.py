"""Which content format a message is in, and its codec: TLV, SenML CBOR, SenML JSON, text."""

from __future__ import annotations

from collections.abc import Callable, Collection

from stadtwerk.protocols.lwm2m import senml, text, tlv
from stadtwerk.protocols.lwm2m.model import Path, Value, Values
from stadtwerk.protocols.malformed import Malformed

Encode = Callable[[Values, Path], bytes]
Decode = Callable[[bytes, Path], dict[Path, Value]]

CODECS: dict[int, tuple[Encode, Decode]] = {
    senml.CBOR: (senml.encode_cbor, senml.decode_cbor),
    tlv.FORMAT: (tlv.encode, tlv.decode),
    senml.JSON: (senml.encode_json, senml.decode_json),
    text.FORMAT: (text.encode, text.decode),
}
"""Codecs by number of the content format, the best first; text is for single resources only."""


def preferred(spoken: Collection[int]) -> int:
    """Choose the format to speak with a client that says which it knows; TLV with one that says nothing.

    A client of version 1.0 knows TLV only; one of 1.1 may lack any, and says what it has by `ct` (Core 1.1, 6.2.1).
    """
    return next((number for number in (senml.CBOR, tlv.FORMAT, senml.JSON) if number in spoken), tlv.FORMAT)


def encode(number: int, values: Values, base: Path) -> bytes:
    """Write resources in a content format; Malformed if it is not spoken here."""
    return _codec(number)[0](values, base)


def decode(number: int, data: bytes, base: Path) -> dict[Path, Value]:
    """Read resources in a content format; Malformed if it is not spoken here, or the data are none."""
    return _codec(number)[1](data, base)


def _codec(number: int) -> tuple[Encode, Decode]:
    if number not in CODECS:
        raise Malformed("lwm2m-format", f"content format {number} is not spoken here")
    return CODECS[number]
