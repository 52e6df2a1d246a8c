"""HTTP as NGSI-LD uses it: what was asked, what is answered, and the manners in between (clause 6.3)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import msgspec
from msgspec.structs import replace
from starlette.convertors import Convertor, register_url_convertor
from starlette.types import Receive, Scope, Send

from stadtwerk import logs
from stadtwerk.context.headers import choose_media, context_link, context_of_link, wants_plain_body
from stadtwerk.context.limits import QUERY_BYTES
from stadtwerk.context.problems import http, one_fault, problem
from stadtwerk.kernel.refusal import Refusal, Refused

Header = tuple[bytes, bytes]

JSON_MEDIA = ("application/json", "application/ld+json")
ALLOWED = b"GET, HEAD, OPTIONS"
VARY: Header = (b"vary", b"Accept, Link, Prefer, NGSILD-Tenant")

_encode = msgspec.json.Encoder().encode


class Anything(Convertor[str]):
    """The rest of a path, whatever signs it has: the answer to a strange name is ours, not the router's."""

    regex = "(?s:.*)"

    def convert(self, value: str) -> str:
        """Take it as it is."""
        return value

    def to_string(self, value: str) -> str:
        """Give it as it is."""
        return value


register_url_convertor("anything", Anything())


class Asked:
    """A request: path, query string, headers (lower-case names, repeated ones joined by commas)."""

    __slots__ = ("_headers", "path", "path_params", "query_string")

    def __init__(self, scope: Scope) -> None:
        self.path: str = scope["path"]
        self.path_params: Mapping[str, str] = scope.get("path_params", {})
        self.query_string: bytes = scope["query_string"]
        self._headers: dict[bytes, bytes] = {}
        for name, value in scope["headers"]:
            before = self._headers.get(name)
            self._headers[name] = value if before is None else before + b", " + value

    def header(self, name: bytes) -> str:
        """Return a header, empty when it is absent."""
        value = self._headers.get(name)
        return value.decode("latin-1") if value else ""

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

    body: bytes
    media: str
    headers: list[Header] = field(default_factory=list)
    status: int = 200


class Resource:
    """One resource of the API as an ASGI application: methods, tenant, length, refusals."""

    def __init__(self, answer: Callable[[Asked], Awaitable[Answer]]) -> None:
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        method = scope["method"]
        try:
            answer = _options() if method == "OPTIONS" else await self._checked(scope, method)
        except Refused as refused:
            answer = refusal_answer(refused.refusal)
        length = (b"content-length", str(len(answer.body)).encode())
        kind = (b"content-type", answer.media.encode())
        headers = [kind, length, *answer.headers] if answer.status != 204 else answer.headers
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if method == "HEAD" else answer.body})

    async def _checked(self, scope: Scope, method: str) -> Answer:
        if method not in ("GET", "HEAD"):
            raise http(405, "Method Not Allowed", "entities are read here: GET, HEAD, OPTIONS")
        if len(scope["query_string"]) > QUERY_BYTES:
            raise http(414, "URI Too Long", f"at most {QUERY_BYTES} bytes of query")
        asked = Asked(scope)
        tenant = asked.header(b"ngsild-tenant")
        if tenant:
            raise problem("NonexistentTenant", f"{tenant[:100]}: this city has the default tenant only")
        if "\0" in asked.path:
            raise one_fault("path", "a zero byte")
        answer = await self._answer(asked)
        answer.headers.append(VARY)
        return answer


def refusal_answer(refusal: Refusal) -> Answer:
    """Turn a refusal into a problem document (RFC 9457)."""
    headers = [(b"allow", ALLOWED)] if refusal.status == 405 else []
    number = logs.current("request_id")
    told = replace(refusal, instance=f"urn:uuid:{number}") if number else refusal
    return Answer(_encode(told), "application/problem+json", headers, refusal.status)


def link_header(link: str) -> Header:
    """Return a Link header."""
    return (b"link", link.encode("latin-1"))


def _options() -> Answer:
    return Answer(b"", "", [(b"allow", ALLOWED)], 204)


@lru_cache(maxsize=64)
def _context_header(url: str) -> Header:
    return link_header(context_link(url))
