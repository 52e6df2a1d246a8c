"""The NGSI-LD door as one ASGI application: it finds the resource, says who asks, and answers or refuses (clause 6)."""

from __future__ import annotations

import itertools
import logging
import re
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from starlette.types import ASGIApp, Receive, Scope, Send

from stadtwerk import logs
from stadtwerk.context.limits import QUERY_BYTES
from stadtwerk.context.problems import denied, http, one_fault, problem
from stadtwerk.context.rights import EVERYTHING, Rights
from stadtwerk.doors.meter import HttpTally
from stadtwerk.doors.ngsild.http import VARY, Answer, Asked, Handler, Header, read_whole, refusal_answer
from stadtwerk.kernel.access import PUBLIC, Principal
from stadtwerk.kernel.refusal import Refused

log = logging.getLogger(__name__)

ROOT = "/ngsi-ld/v1/"
_TENANT = re.compile(r"[A-Za-z0-9_-]{1,64}")
_UUID = re.compile(rb"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_BOOT = str(uuid.uuid4()).encode()[:24]
_NUMBERS = itertools.count(1)
_SAFE: tuple[Header, ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"content-security-policy", b"default-src 'none'"),
)

Who = Callable[[Scope], Principal]
"""Tells who asks; refuses a key whose quota is used up (429)."""


RightsOf = Callable[[Principal, str], Rights]
"""Tells what a caller may do in a tenant."""
Enter = Callable[[Asked, str], None]
"""Leads a request into the snapshot of a name: what it reads and changes, and what the caller may there."""
READING = frozenset(("entityOperations/query", "temporal/entityOperations/query"))
"""Resources that read although they are posted to."""
CHANGING = ("entit", "temporal")
"""How paths begin below which writes change entities: these wait while too much is still to be told of others."""

FROZEN = ("entit", "types", "attributes", "temporal", "subscriptions")
"""How paths begin that can be asked of a snapshot, too: those of the Core and the Temporal API (clause 5.5.15)."""
SNAPSHOT = b"ngsild-snapshot"


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource of the API: its path below the root, such as `entities/{entity_id}/attrs`, and its methods."""

    path: str
    methods: Mapping[str, Handler]

    @property
    def allowed(self) -> str:
        """Return the methods as a header names them."""
        names = [*self.methods, *(["HEAD"] if "GET" in self.methods else []), "OPTIONS"]
        return ", ".join(names)


class NgsildDoor:
    """Resources; `who` tells who asks, `rights_of` what they may; `admit` refuses writes, `enter` opens snapshots."""

    def __init__(
        self,
        resources: list[Resource],
        *,
        who: Who = lambda scope: PUBLIC,
        rights_of: RightsOf = lambda principal, tenant: EVERYTHING,
        admit: Callable[[], None] = lambda: None,
        enter: Enter | None = None,
        tally: HttpTally | None = None,
    ) -> None:
        self.resources = tuple(resources)
        self._table: dict[str, list[tuple[re.Pattern[str], Resource]]] = {}
        for resource in sorted(resources, key=lambda one: -one.path.count("/")):
            first = resource.path.split("/")[0]
            self._table.setdefault(first, []).append((_pattern(resource.path), resource))
        self._who, self._rights_of, self._tally = who, rights_of, tally or HttpTally()
        self._admit, self._enter = admit, enter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        began = time.perf_counter()
        number = _number(scope)
        logs.bind(request_id=number.decode())
        resource: Resource | None = None
        try:
            resource, params = self._find(scope)
            answer = await self._answer(resource, params, scope, receive)
        except Refused as refused:
            answer = refusal_answer(refused, resource.allowed if resource else "", _sent(scope, b"accept"))
            if snapshot := _sent(scope, SNAPSHOT):
                answer.headers.append((SNAPSHOT, snapshot))
        except Exception:
            log.exception("a request could not be answered")
            answer = refusal_answer(http(500, "Internal Server Error", "it is in the log"))
        route = f"{ROOT}{resource.path}" if resource else "(none)"
        self._tally.requests[scope["method"], route, answer.status] += 1
        self._tally.answer_s[route].note(time.perf_counter() - began)
        await send({"type": "http.response.start", "status": answer.status, "headers": _headers(answer, number)})
        body = b"" if scope["method"] == "HEAD" else answer.body
        await send({"type": "http.response.body", "body": body})

    def _find(self, scope: Scope) -> tuple[Resource, dict[str, str]]:
        raw = scope.get("raw_path") or scope["path"].encode()
        path = raw.decode("latin-1").partition("?")[0].removeprefix(ROOT)
        if len(path) > 1 and path.endswith("/"):
            path = path[:-1]
        for pattern, resource in self._table.get(path.split("/", 1)[0], ()):
            if found := pattern.fullmatch(path):
                given = found.groupdict()
                return resource, {name: unquote(text) for name, text in given.items()} if "%" in path else given
        raise http(404, "Not Found", "no resource of NGSI-LD has this path")

    async def _answer(self, resource: Resource, params: dict[str, str], scope: Scope, receive: Receive) -> Answer:
        method = scope["method"]
        if method == "OPTIONS":
            return Answer(b"", "", [(b"allow", resource.allowed.encode())], 204)
        handler = resource.methods.get("GET" if method == "HEAD" else method)
        if handler is None:
            raise http(405, "Method Not Allowed", f"this resource has {resource.allowed}")
        if len(scope["query_string"]) > QUERY_BYTES:
            raise http(414, "URI Too Long", f"at most {QUERY_BYTES} bytes of query")
        if "\0" in scope["path"]:
            raise one_fault("path", "a zero byte")
        _check_length(scope)
        asked = Asked(scope, params, await read_whole(scope, receive))
        asked.principal = self._who(scope)
        asked.tenant = _tenant(asked.header(b"ngsild-tenant"))
        asked.rights = self._rights_of(asked.principal, asked.tenant)
        reads = method in ("GET", "HEAD") or resource.path in READING
        if not asked.rights.any("read" if reads else "write"):
            raise refuse(asked.principal)
        if not reads and resource.path.startswith(CHANGING):
            self._admit()
        tenant, snapshot = asked.tenant, asked.header(SNAPSHOT)
        if snapshot and not resource.path.startswith("snapshots"):
            self._go_into(asked, resource, snapshot)
        answer = await handler(asked)
        answer.headers.append(VARY)
        if tenant:
            answer.headers.append((b"ngsild-tenant", tenant.encode()))
        if snapshot:
            answer.headers.append((SNAPSHOT, snapshot.encode("latin-1")))
        return answer

    def _go_into(self, asked: Asked, resource: Resource, snapshot: str) -> None:
        if self._enter is None or not resource.path.startswith(FROZEN):
            raise problem("OperationNotSupported", "this resource has nothing that a snapshot holds")
        self._enter(asked, snapshot)


def front(ngsild: ASGIApp, pages: ASGIApp) -> ASGIApp:
    """Put the NGSI-LD door beside all others: its hot path passes by what only pages need."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        is_ngsild = scope["type"] == "http" and scope["path"].startswith(ROOT)
        await (ngsild if is_ngsild else pages)(scope, receive, send)

    return answer


def refuse(principal: Principal) -> Refused:
    """Say no: to nobody known with 401, to somebody without the right with 403."""
    if principal == PUBLIC:
        return Refused.of("sign-in", "Say who you are first", 401, "Send an API key: Authorization: Bearer KEY.")
    return denied(f"{principal.actor} may not do this in this tenant")


def _check_length(scope: Scope) -> None:
    """Refuse a body whose length the client does not tell (411, clause 6.3.4)."""
    if scope["method"] in ("POST", "PATCH", "PUT"):
        told = {name for name, _ in scope["headers"]}
        if b"transfer-encoding" in told and b"content-length" not in told:
            raise http(411, "Length Required", "say Content-Length")


def _tenant(name: str) -> str:
    if name and not _TENANT.fullmatch(name):
        raise one_fault("NGSILD-Tenant", "letters, digits, - and _, at most 64")
    return name


def _headers(answer: Answer, number: bytes) -> list[Header]:
    headers = [*answer.headers, (b"x-request-id", number), *_SAFE]
    if answer.status != 204:
        headers.append((b"content-length", str(len(answer.body)).encode()))
        if answer.media:
            headers.append((b"content-type", answer.media.encode()))
    return headers


def _sent(scope: Scope, header: bytes) -> bytes:
    return next((bytes(value) for name, value in scope["headers"] if name == header), b"")


def _number(scope: Scope) -> bytes:
    """Return the number of a request: the client's own if it is a UUID, else this process's next one."""
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _UUID.fullmatch(value):
            return bytes(value)
    return b"%s%012x" % (_BOOT, next(_NUMBERS))


def _pattern(path: str) -> re.Pattern[str]:
    """Make a path's pattern; a part in braces takes anything, slashes too, as little as it can."""
    return re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.*?)", re.escape(path)), re.DOTALL)
