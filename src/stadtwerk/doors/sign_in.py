"""Who is at the door: one-time links, sessions, keys."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import time
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Protocol

from starlette.requests import HTTPConnection
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from stadtwerk.kernel.access import PUBLIC, Principal, require
from stadtwerk.kernel.clock import US

COOKIE = "stadtwerk_session"
SESSION_S = 12 * 3600
"""A shift: then sign in again."""
LINK_S = 15 * 60
"""A one-time link is good for so long."""

OPERATOR = Principal("operator", ("operator",))


class Sessions(Protocol):
    """Where sessions are remembered."""

    def open_session(
        self, token_hash: str, principal: Principal, expires_at_us: int, *, one_time: bool
    ) -> Future[None]:
        """Remember a token by its hash."""
        ...

    def session(self, token_hash: str, now_us: int) -> Principal | None:
        """Return whose token it is."""
        ...

    def redeem(self, token_hash: str, now_us: int) -> Future[Principal | None]:
        """Use up a one-time link."""
        ...


class SignIn:
    """Makes and checks tokens; security runs on wall time, never on the city's."""

    def __init__(self, sessions: Sessions, key: str) -> None:
        self._sessions = sessions
        self._key_hash = digest(key)

    def principal(self, token: str) -> Principal | None:
        """Return who a session token or the folder's own key stands for."""
        if secrets.compare_digest(digest(token), self._key_hash):
            return OPERATOR
        return self._sessions.session(digest(token), _wall_us())

    async def new_link_token(self) -> str:
        """Make the token of a one-time link."""
        return await self._issue(OPERATOR, LINK_S, one_time=True)

    async def redeem(self, token: str) -> str | None:
        """Trade a one-time token for a session token."""
        principal = await asyncio.wrap_future(self._sessions.redeem(digest(token), _wall_us()))
        return await self._issue(principal, SESSION_S, one_time=False) if principal else None

    async def _issue(self, principal: Principal, life_s: int, *, one_time: bool) -> str:
        token = secrets.token_urlsafe(24)
        expires_at_us = _wall_us() + life_s * US
        await asyncio.wrap_future(
            self._sessions.open_session(digest(token), principal, expires_at_us, one_time=one_time)
        )
        return token


class WhoIsIt:
    """Puts the principal of each request into its state; nobody known is the public."""

    def __init__(self, app: ASGIApp, sign_in: SignIn) -> None:
        self._app, self._sign_in = app, sign_in

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Name the caller and go on."""
        if scope["type"] == "http":
            connection = HTTPConnection(scope)
            scheme, _, token = connection.headers.get("authorization", "").partition(" ")
            if scheme.lower() != "bearer":
                token = connection.cookies.get(COOKIE, "")
            found = self._sign_in.principal(token) if token else None
            scope.setdefault("state", {})["principal"] = found or PUBLIC
        await self._app(scope, receive, send)


def guard(routes: Sequence[Route], permission: str) -> list[Route]:
    """Let only principals with a permission through to routes."""
    for route in routes:
        route.app = _Guard(route.app, permission)
    return list(routes)


class _Guard:
    def __init__(self, app: ASGIApp, permission: str) -> None:
        self._app, self._permission = app, permission

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        require(scope["state"]["principal"], self._permission)
        await self._app(scope, receive, send)


def digest(token: str) -> str:
    """Return what is stored of a token: its SHA-256."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def _wall_us() -> int:
    return time.time_ns() // 1000
