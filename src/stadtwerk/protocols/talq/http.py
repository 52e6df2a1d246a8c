"""TALQ messages as bytes on a connection: HTTP/1.1 with explicit lengths, never in chunks (RFC 9112, RFC 3986)."""

from __future__ import annotations

from collections.abc import Mapping

from stadtwerk.protocols.talq.wire import Answer, Refused, Request

HEAD_BYTES = 16_384
"""Largest head of a message."""
HEAD_END = b"\r\n\r\n"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
"""What a client that asks for it waits for before it sends a body (RFC 9110 section 10.1.1)."""

_PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/")
_REASONS = {200: "OK", 201: "Created", 202: "Accepted", 400: "Bad Request", 403: "Forbidden", 404: "Not Found"}
_METHOD_LETTERS = 10


def read_request(head: bytes) -> Request:
    """Read the head of a request, its body still to come; Refused with 400 for what is no HTTP/1.1."""
    first, headers = _read_head(head)
    parts = first.split(" ")
    if len(parts) != 3 or parts[2] != "HTTP/1.1" or not parts[1].startswith("/"):
        raise Refused(400, "genericError", "this is no request of HTTP/1.1")
    method, target = parts[0], parts[1]
    if not (method.isascii() and method.isupper() and len(method) <= _METHOD_LETTERS):
        raise Refused(400, "genericError", "this is no method of HTTP")
    path, _, query = target.partition("?")
    pairs = (pair.partition("=") for pair in query.split("&") if pair)
    return Request(method, _decoded(path), {_decoded(name): _decoded(value) for name, _, value in pairs}, headers)


def read_answer(head: bytes) -> Answer:
    """Read the head of an answer, its body still to come; Refused with 400 for what is no HTTP/1.1."""
    first, headers = _read_head(head)
    parts = first.split(" ", 2)
    if len(parts) < 2 or not parts[0].startswith("HTTP/1.") or not (parts[1].isdigit() and len(parts[1]) == 3):
        raise Refused(400, "genericError", "this is no answer of HTTP/1.1")
    return Answer(int(parts[1]), headers)


def body_bytes(headers: Mapping[str, str], most: int) -> int:
    """Return how many bytes follow a head; Refused for chunks (411), a wrong length (400) or one above `most` (413)."""
    if "transfer-encoding" in headers:
        raise Refused(411, "headerMissing", "content-length is asked for, chunks are not taken")
    told = headers.get("content-length", "0")
    if not (told.isascii() and told.isdigit() and len(told) < 16):
        raise Refused(400, "headerValueNotValid", "content-length is no length")
    if int(told) > most:
        raise Refused(413, "payloadError", f"the body is larger than {most} bytes")
    return int(told)


def write_request(request: Request, host: str, below: str = "") -> bytes:
    """Write a request to a host, its path below that of the other side's own URI."""
    query = "&".join(f"{_encoded(name)}={_encoded(value)}" for name, value in request.query.items())
    target = _encoded(below.rstrip("/") + request.path) + (f"?{query}" if query else "")
    return _written(f"{request.method} {target} HTTP/1.1", {"host": host, **request.headers}, request.body)


def write_answer(answer: Answer, *, last: bool = False) -> bytes:
    """Write an answer; the `last` one says that the connection ends with it."""
    first = f"HTTP/1.1 {answer.status} {_REASONS.get(answer.status, 'Status')}"
    return _written(first, {**answer.headers, **({"connection": "close"} if last else {})}, answer.body)


def wants_end(headers: Mapping[str, str]) -> bool:
    """Tell whether the other side ends the connection after this message."""
    return headers.get("connection", "").strip().lower() == "close"


def _read_head(head: bytes) -> tuple[str, dict[str, str]]:
    """Split a head into its first line and headers, names in small letters; two lengths are refused."""
    if len(head) > HEAD_BYTES:
        raise Refused(400, "genericError", "the head is too large")
    first, *lines = head.decode("latin-1").removesuffix("\r\n\r\n").split("\r\n")
    headers: dict[str, str] = {}
    for line in lines:
        name, sign, value = line.partition(":")
        name = name.lower()
        if not sign or not name or name != name.strip() or (name in headers and name == "content-length"):
            raise Refused(400, "genericError", "this is no header of HTTP/1.1")
        value = value.strip()
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return first, headers


def _written(first: str, headers: Mapping[str, str], body: bytes) -> bytes:
    lines = [first, *(f"{name}: {value}" for name, value in headers.items())]
    if not all(line.isprintable() for line in lines):
        raise Refused(400, "genericError", "a header would break out of its line")
    return "\r\n".join(lines).encode("latin-1", "replace") + HEAD_END + body


def _encoded(text: str) -> str:
    return "".join(chr(byte) if byte in _PLAIN else f"%{byte:02X}" for byte in text.encode())


def _decoded(text: str) -> str:
    """Decode percent signs (RFC 3986 section 2.1); Refused with 400 for what decodes to no text."""
    if "%" not in text:
        return text
    first, *parts = text.split("%")
    raw = first.encode("latin-1")
    try:
        for part in parts:
            raw += bytes.fromhex(part[:2].ljust(2, "?")) + part[2:].encode("latin-1")
        return raw.decode()
    except ValueError:
        raise Refused(400, "genericError", "the address is not encoded as UTF-8") from None
