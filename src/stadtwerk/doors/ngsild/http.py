"""HTTP as NGSI-LD uses it: what was asked, what is answered, and the manners in between (clause 6.3)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import quote

import msgspec
from msgspec.structs import replace
from starlette.types import Receive, Scope

from stadtwerk import logs
from stadtwerk.context.entities.holdings import Holdings
from stadtwerk.context.headers import choose_media, context_link, context_of_link, wants_plain_body
from stadtwerk.context.limits import BODY_BYTES
from stadtwerk.context.params import Params
from stadtwerk.context.problems import http
from stadtwerk.context.rights import EVERYTHING, Rights
from stadtwerk.kernel.access import PUBLIC, Principal
from stadtwerk.kernel.refusal import Refused

Header = tuple[bytes, bytes]


class AsWritten(bytes):
    """A header's name that keeps its capitals: clients exist that know only the spelling of the standard."""

    def lower(self) -> bytes:
        """Stay as it is."""
        return self


LOCATION = AsWritten(b"Location")
JSON_MEDIA = ("application/json", "application/ld+json")
VARY: Header = (b"vary", b"Accept, Link, Prefer, NGSILD-Tenant, NGSILD-Snapshot")

_encode = msgspec.json.Encoder().encode


class Asked:
    """A request: method, path and what its parts mean, query string, headers, body, who asks for which tenant."""

    __slots__ = (
        "_headers",
        "body",
        "holdings",
        "method",
        "path",
        "path_params",
        "principal",
        "query_string",
        "rights",
        "tenant",
    )

    def __init__(self, scope: Scope, path_params: dict[str, str], body: bytes = b"") -> None:
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.path_params = path_params
        self.query_string: bytes = scope["query_string"]
        self.body = body
        self.principal: Principal = PUBLIC
        self.rights: Rights = EVERYTHING
        self.tenant = ""
        """Name of the tenant, "" for the city itself."""
        self.holdings: Holdings | None = None
        """What is read from in place of the tenant's own, once other sources were asked."""
        self._headers: dict[bytes, bytes] = {}
        for name, value in scope["headers"]:
            before = self._headers.get(name)
            self._headers[name] = value if before is None else before + b", " + value

    def header(self, name: bytes) -> str:
        """Return a header, empty when it is absent."""
        value = self._headers.get(name)
        return value.decode("latin-1") if value else ""

    def params(self, *known: str) -> Params:
        """Return the parameters of the query string; refuses unknown ones (400)."""
        return Params(self.query_string, known)

    def media(self, offered: tuple[str, ...]) -> str:
        """Return the media type to answer in (406 when none of the offered will do)."""
        return choose_media(self.header(b"accept"), offered)

    def context_url(self) -> str | None:
        """Return the URL of the @context the client speaks in."""
        link = self.header(b"link")
        return context_of_link(link) if link else None

    def plain_body(self) -> bool:
        """Tell whether GeoJSON is to come without @context in its body."""
        return wants_plain_body(self.header(b"prefer"))

    def context_header(self, url: str) -> Header:
        """Return the Link header that names an @context."""
        return _context_header(url)


@dataclass(slots=True)
class Answer:
    """What goes back: body, media type, further headers, status."""

    body: bytes = b""
    media: str = "application/json"
    headers: list[Header] = field(default_factory=list)
    status: int = 200


Handler = Callable[[Asked], Awaitable[Answer]]
"""Answers one method of one resource; refuses by raising `Refused`."""


def answer_json(content: Any, status: int = 200, headers: list[Header] | None = None) -> Answer:
    """Answer with JSON."""
    return Answer(_encode(content), "application/json", headers or [], status)


def created(path: str) -> Answer:
    """Answer that something new is at a path (201); in ASCII, with `?` and `#` escaped, so that it can be followed."""
    return Answer(b"", "", [(LOCATION, quote(path, safe="/:@!$&'()*+,;=[]").encode())], 201)


def no_content(headers: list[Header] | None = None) -> Answer:
    """Answer that it is done (204)."""
    return Answer(b"", "", headers or [], 204)


def refusal_answer(refused: Refused, allowed: str = "", accept: bytes = b"") -> Answer:
    """Turn a refusal into a problem document (RFC 9457); as plain JSON for those who accept nothing else."""
    refusal = refused.refusal
    if refusal.status == 411:
        return Answer(b"", "", [], 411)  # a status and no more, says clause 6.3.4
    headers: list[Header] = [(b"allow", allowed.encode())] if refusal.status == 405 else []
    if refusal.status in (429, 503):
        headers.append((b"retry-after", str(int(getattr(refused, "wait_s", 0)) + 1).encode()))
    if refusal.status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    number = logs.current("request_id")
    told = replace(refusal, instance=f"urn:uuid:{number}") if number else refusal
    media = "application/json" if accept.strip() == b"application/json" else "application/problem+json"
    return Answer(_encode(told), media, headers, refusal.status)


def link_header(link: str) -> Header:
    """Return a Link header."""
    return (b"link", link.encode("latin-1"))


async def read_whole(scope: Scope, receive: Receive) -> bytes:
    """Read a request's body; refuses one that is too large (413)."""
    message = await receive()
    body: bytes = message.get("body", b"")
    if not message.get("more_body", False) and len(body) <= BODY_BYTES:
        return body
    parts, size = [body], len(body)
    while message.get("more_body", False) and size <= BODY_BYTES:
        message = await receive()
        parts.append(message.get("body", b""))
        size += len(parts[-1])
    if size > BODY_BYTES:
        raise http(413, "Content Too Large", f"at most {BODY_BYTES} bytes")
    return b"".join(parts)


@lru_cache(maxsize=64)
def _context_header(url: str) -> Header:
    return link_header(context_link(url))
