"""TALQ messages as HTTP/1.1 carries them: versions, codings, lengths, errors (TALQ 2.7.1, application protocol)."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec

VERSION = "2.7.1"
NIL = UUID(int=0)
"""The address of a gateway that has not been given one."""
BODY_BYTES = 64_000_000
"""Largest body after inflating; 50,000 lamps in one message are about 29 MB."""

VERSION_HEADER = "talq-api-version"
_WINDOW = {"gzip": 31, "deflate": 15}
"""zlib window bits by content coding: RFC 1952 and RFC 1950."""


class Refused(Exception):  # noqa: N818 - the peer's message is refused; nothing of ours broke
    """A message that is not followed: HTTP status, TALQ error key, description, the address it is about."""

    def __init__(self, status: int, key: str, description: str, resource: str = "", address: str = "") -> None:
        super().__init__(f"{status} {key}: {description}")
        self.status, self.key, self.description = status, key, description
        self.resource, self.address = resource, address


class Request(msgspec.Struct, frozen=True):
    """One request as it stands on the wire; header names are lower case."""

    method: str
    path: str
    query: dict[str, str] = {}
    headers: dict[str, str] = {}
    body: bytes = b""


class Answer(msgspec.Struct, frozen=True):
    """One response as it stands on the wire; header names are lower case."""

    status: int
    headers: dict[str, str] = {}
    body: bytes = b""


def agreed_version(theirs: str | None, highest: str = VERSION) -> str:
    """Return the version both sides speak: the side with the higher minor version steps down; Refused otherwise."""
    if theirs is None:
        raise Refused(400, "headerMissing", f"{VERSION_HEADER} is missing")
    mine, other = _numbers(highest), _numbers(theirs)
    if other is None or mine is None or other[0] != mine[0]:
        raise Refused(400, "headerValueNotValid", f"{VERSION_HEADER} {theirs[:20]} is not spoken here, {highest} is")
    return min((mine, highest), (other, theirs))[1]


def _numbers(version: str) -> tuple[int, int, int] | None:
    """Split a version into three numbers, None where it is no version."""
    parts = version.split(".")
    if len(parts) != 3 or not all(part.isascii() and part.isdigit() and len(part) < 5 for part in parts):
        return None
    return int(parts[0]), int(parts[1]), int(parts[2])


def read_body(headers: Mapping[str, str], body: bytes) -> bytes:
    """Return the body inflated; Refused for chunks (411), other codings (415), broken (400) or huge (413) bodies."""
    if "transfer-encoding" in headers or "content-length" not in headers:
        raise Refused(411, "headerMissing", "content-length is asked for, chunks are not taken")
    if headers["content-length"] != str(len(body)):
        raise Refused(400, "headerValueNotValid", "content-length is not the length of the body")
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Refused(415, "headerValueNotValid", "content-type is not application/json")
    coding = headers.get("content-encoding", "identity").strip().lower()
    if coding == "identity":
        plain = body
    elif coding in _WINDOW:
        plain = _inflate(body, _WINDOW[coding])
    else:
        raise Refused(415, "headerValueNotValid", f"content-encoding {coding[:20]} is not taken, gzip and deflate are")
    if len(plain) > BODY_BYTES:
        raise Refused(413, "payloadError", f"the body is larger than {BODY_BYTES} bytes")
    return plain


def _inflate(body: bytes, window: int) -> bytes:
    """Inflate one whole stream of at most BODY_BYTES and one more byte."""
    inflater = zlib.decompressobj(window)
    try:
        plain = inflater.decompress(body, BODY_BYTES + 1)
    except zlib.error:
        raise Refused(400, "payloadError", "the body does not inflate") from None
    if len(plain) <= BODY_BYTES and (not inflater.eof or inflater.unused_data):
        raise Refused(400, "payloadError", "the body is not one whole compressed stream")
    return plain


def write_body(value: Any, coding: str = "identity") -> tuple[dict[str, str], bytes]:
    """Return headers and body of a JSON value in a content coding; length explicit, no chunks."""
    body = msgspec.json.encode(value)
    headers = {"content-type": "application/json"}
    if coding in _WINDOW:
        deflater = zlib.compressobj(1, zlib.DEFLATED, _WINDOW[coding])
        body = deflater.compress(body) + deflater.flush()
        headers["content-encoding"] = coding
    headers["content-length"] = str(len(body))
    return headers, body


def error_body(refused: Refused) -> list[dict[str, Any]]:
    """Return the TALQErrorMessage list of a refusal."""
    told: dict[str, Any] = {"key": refused.key, "description": refused.description}
    if refused.resource:
        told["references"] = [{"address": {"resource": refused.resource, "address": refused.address}}]
    return [told]
