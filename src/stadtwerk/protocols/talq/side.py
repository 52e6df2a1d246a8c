"""What both sides of TALQ do with a request: version, route, client, body, handler, answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

import msgspec

from stadtwerk.protocols.talq.shelf import Shelf, page
from stadtwerk.protocols.talq.wire import (
    NIL,
    VERSION,
    VERSION_HEADER,
    Answer,
    Refused,
    Request,
    agreed_version,
    error_body,
    read_body,
    write_body,
)

Kind = TypeVar("Kind")

WRITES = ("POST", "PUT", "PATCH", "DELETE")


class Ask(msgspec.Struct):
    """A request that may be handled: its client (NIL before it has an address), path values and inflated body."""

    request: Request
    client: UUID
    values: list[str]
    body: bytes = b""

    def read(self, kind: type[Kind]) -> Kind:
        """Return the body as a kind of object; Refused with 400 if it is none."""
        try:
            return msgspec.json.decode(self.body, type=kind)
        except (msgspec.ValidationError, msgspec.DecodeError) as error:
            raise Refused(400, "payloadError", str(error)[:200]) from None


class Reply(msgspec.Struct):
    """What a handler answers: status, JSON value (None: no body), headers of its own."""

    status: int
    value: Any = None
    headers: dict[str, str] = {}


Handler = Callable[[Ask], Reply]


class Side:
    """One end of TALQ without sockets: routes in, answers out; subclasses say who may ask."""

    def __init__(self) -> None:
        self._routes: dict[tuple[str, ...], dict[str, Handler]] = {}

    def route(self, method: str, path: str, handler: Handler) -> None:
        """Serve a method of a path whose variable parts are `*`."""
        self._routes.setdefault(tuple(path.strip("/").split("/")), {})[method] = handler

    def admit(self, request: Request, client: UUID) -> None:
        """Refuse a client that may not ask this now."""
        raise NotImplementedError

    def done(self, request: Request, client: UUID) -> None:
        """Note that a request was followed."""

    def handle(self, request: Request) -> Answer:
        """Answer one request; a refusal is an answer, too."""
        version, coding = VERSION, request.headers.get("content-encoding", "identity")
        try:
            version = agreed_version(request.headers.get(VERSION_HEADER))
            handler, values = self._find(request)
            ask = Ask(request, _client(request), values)
            self.admit(request, ask.client)
            if request.method in WRITES:
                _uuid(request, "talqRequestId")
            if request.method in WRITES[:3]:
                ask.body = read_body(request.headers, request.body)
            reply = handler(ask)
            self.done(request, ask.client)
        except Refused as refused:
            reply = Reply(refused.status, error_body(refused))
        headers, body = {"content-length": "0"}, b""
        if reply.value is not None:
            headers, body = write_body(reply.value, coding)
        return Answer(reply.status, {**headers, **reply.headers, VERSION_HEADER: version}, body)

    def _find(self, request: Request) -> tuple[Handler, list[str]]:
        """Return the handler of a path and its variable parts; Refused with 404 or 405."""
        parts = request.path.strip("/").split("/")
        fits = [
            pattern
            for pattern in self._routes
            if len(pattern) == len(parts) and all(p in ("*", part) for p, part in zip(pattern, parts, strict=True))
        ]
        if not fits:
            raise Refused(404, "resourceNotFound", "there is no such path")
        pattern = min(fits, key=lambda fit: fit.count("*"))
        handler = self._routes[pattern].get(request.method)
        if handler is None:
            raise Refused(405, "genericError", f"{request.method} is not taken here")
        return handler, [part for p, part in zip(pattern, parts, strict=True) if p == "*"]


def _client(request: Request) -> UUID:
    """Return the client's address, NIL where the first POST names none yet."""
    if "clientAddress" not in request.query and (request.method, request.path) == ("POST", "/devices"):
        return NIL
    return _uuid(request, "clientAddress")


def _uuid(request: Request, name: str) -> UUID:
    """Return a query parameter as UUID; Refused with 400."""
    if name not in request.query:
        raise Refused(400, "parameterMissing", f"{name} is missing")
    try:
        return UUID(request.query[name])
    except ValueError:
        raise Refused(400, "parameterValueNotValid", f"{name} is no UUID") from None


def serve_shelf(
    side: Side, shelf: Shelf[Any], kind: type[Any], check: Callable[[Any], None], *, echo: bool = True
) -> None:
    """Serve all methods of a shelf: list, count, one, add, replace (written rows in the answer if `echo`), delete."""

    def read(ask: Ask) -> list[Any]:
        rows: list[Any] = ask.read(list[kind])  # type: ignore[valid-type]
        for row in rows:
            check(row)
        return rows

    def add(ask: Ask) -> Reply:
        rows = read(ask)
        shelf.add(rows)
        return Reply(201, rows)

    def replace(ask: Ask) -> Reply:
        rows = read(ask)
        shelf.replace(rows)
        return Reply(200, rows)

    def put(ask: Ask) -> Reply:
        row = ask.read(kind)
        check(row)
        shelf.put(ask.values[0], row)
        return Reply(200, row)

    serve_reading(side, shelf)
    path = f"/{shelf.resource}"
    side.route("POST", path, add)
    side.route("PUT", path, replace)
    side.route("PUT", f"{path}/*", put)
    side.route("DELETE", f"{path}/*", lambda ask: Reply(200, shelf.delete(ask.values[0])))


def serve_reading(side: Side, shelf: Shelf[Any]) -> None:
    """Serve the reading methods of a shelf: list in pages, count, one."""
    path = f"/{shelf.resource}"
    side.route("GET", path, lambda ask: _listed(shelf, ask))
    side.route("GET", f"{path}/count", lambda _: Reply(200, len(shelf.rows)))
    side.route("GET", f"{path}/*", lambda ask: Reply(200, shelf.get(ask.values[0])))


def _listed(shelf: Shelf[Any], ask: Ask) -> Reply:
    shown, headers = page(list(shelf.rows.values()), ask.request.query)
    return Reply(200, shown, headers)
