"""Who is at the door: one-time links, sessions, API keys; all on wall time, never on the city's."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import time
from typing import Protocol

from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from stadtwerk.doors.problem import problem
from stadtwerk.doors.quota import Quotas
from stadtwerk.kernel.access import PUBLIC, Principal
from stadtwerk.kernel.access.accounts import ApiKey
from stadtwerk.kernel.clock import US
from stadtwerk.kernel.refusal import Refusal, Refused, problem_type
from stadtwerk.stores.vault.sessions import Session

COOKIE = "stadtwerk_session"
SESSION_S = 12 * 3600
"""A shift: then sign in again."""
IDLE_S = 4 * 3600
"""A session nobody uses for so long has ended."""
LINK_S = 15 * 60
"""A one-time link is good for so long."""
JWT_DOTS = 2
"""Dots in a signed JSON Web Token (RFC 7515)."""
SAFE = frozenset(("GET", "HEAD", "OPTIONS"))
TELLING = frozenset((b"cookie", b"origin", b"sec-fetch-site"))
"""Headers without which a request is nobody's and of no page."""

HOUSE = Principal("operator", ("operator", "engineer", "admin"))
"""Whoever holds the data folder: runs it, sets it up and lets the first people in."""


class SessionStore(Protocol):
    """Where sessions are remembered."""

    def open(self, session: Session) -> None:
        """Remember a session or one-time link, durably."""
        ...

    def find(self, token_hash: str, wall_us: int, idle_us: int) -> Session | None:
        """Return the session of a token, if it still holds and was used of late."""
        ...

    def seen(self, session: Session, wall_us: int) -> bool:
        """Note that a session is used; tells whether that is to be written down."""
        ...

    def write_seen(self, token_hash: str, wall_us: int) -> None:
        """Write down when a session was used."""
        ...

    def redeem(self, token_hash: str, wall_us: int) -> Session | None:
        """Use up a one-time link."""
        ...

    def of(self, actor: str, wall_us: int) -> list[Session]:
        """Return somebody's sessions."""
        ...

    def end(self, actor: str, ids: set[str] | None = None) -> None:
        """End somebody's sessions."""
        ...


class Accounts(Protocol):
    """What the door needs to know of accounts."""

    def principal(self, account_id: str, via: str, scopes: tuple[str, ...] = ()) -> Principal | None:
        """Return what an account may do now, or None if it may not come in."""
        ...

    def of_key(self, token_hash: str, wall_us: int) -> tuple[Principal, ApiKey] | None:
        """Return whom an API key stands for, if it still holds."""
        ...


class ForeignTokens(Protocol):
    """Tokens that somebody else signed."""

    def principal(self, token: str, wall_s: int) -> Principal | None:
        """Return whom a token stands for now."""
        ...


class SignIn:
    """Makes and checks tokens; of each only the hash is kept."""

    def __init__(
        self,
        sessions: SessionStore,
        accounts: Accounts,
        key: str,
        *,
        secure: bool = False,
        foreign: ForeignTokens | None = None,
    ) -> None:
        self._foreign = foreign
        self.sessions, self._accounts, self._key_hash = sessions, accounts, digest(key)
        self.quotas = Quotas()
        self.secure = secure
        self._writes: set[asyncio.Task[None]] = set()

    def of_bearer(self, token: str) -> tuple[Principal, ApiKey | None] | None:
        """Return who a bearer token stands for: the folder's own key, a person's API key, or a session."""
        token_hash = digest(token)
        if secrets.compare_digest(token_hash, self._key_hash):
            return self._house("folder"), None
        if found := self._accounts.of_key(token_hash, wall_us()):
            return found
        if self._foreign and token.count(".") == JWT_DOTS:
            known = self._foreign.principal(token, wall_us() // US)
            return (known, None) if known else None
        session = self.session(token)
        principal = self.principal(session) if session else None
        return (principal, None) if principal else None

    def session(self, token: str) -> Session | None:
        """Return the session of a token and note that it is used."""
        session = self.sessions.find(digest(token), wall_us(), IDLE_S * US)
        if session and self.sessions.seen(session, wall_us()):
            task = asyncio.create_task(asyncio.to_thread(self.sessions.write_seen, session.token_hash, wall_us()))
            self._writes.add(task)
            task.add_done_callback(self._writes.discard)
        return session

    def principal(self, session: Session) -> Principal | None:
        """Return what the owner of a session may do now: a closed account may nothing from this moment."""
        if session.actor == HOUSE.actor:
            return self._house(session.via)
        return self._accounts.principal(session.actor, session.via)

    async def new_link_token(self, actor: str = HOUSE.actor) -> str:
        """Make the token of a one-time link for an account, or for whoever holds the folder."""
        return await self._issue(actor, "link", "", LINK_S, one_time=True)

    async def redeem(self, token: str, device: str, earlier: str = "") -> str | None:
        """Trade a one-time token for a session token; a session the browser had before ends."""
        link = await asyncio.to_thread(self.sessions.redeem, digest(token), wall_us())
        if link is None or self.principal(link) is None:
            return None
        return await self.enter(link.actor, "link", device, earlier)

    async def enter(self, actor: str, via: str, device: str, earlier: str = "") -> str:
        """Open a session for somebody who proved who it is, with a token never used before."""
        if earlier and (before := self.session(earlier)):
            await asyncio.to_thread(self.sessions.end, before.actor, {before.id})
        return await self._issue(actor, via, device, SESSION_S, one_time=False)

    def keep(self, answer: Response, token: str) -> Response:
        """Give the browser its session."""
        answer.set_cookie(COOKIE, token, max_age=SESSION_S, httponly=True, samesite="strict", secure=self.secure)
        return answer

    def drop(self, answer: Response) -> Response:
        """Take the session from the browser."""
        answer.delete_cookie(COOKIE, httponly=True, samesite="strict", secure=self.secure)
        return answer

    async def _issue(self, actor: str, via: str, device: str, life_s: int, *, one_time: bool) -> str:
        token, now_us = secrets.token_urlsafe(32), wall_us()
        session = Session(digest(token), actor, via, device, one_time, now_us, now_us, now_us + life_s * US)
        await asyncio.to_thread(self.sessions.open, session)
        return token

    def _house(self, via: str) -> Principal:
        return Principal(HOUSE.actor, HOUSE.roles, (), via)


class Overdrawn(Refused):
    """A key's quota is used up; there is more after `wait_s`."""

    def __init__(self, per_minute: int, wait_s: float) -> None:
        detail = f"{per_minute} requests a minute"
        super().__init__(Refusal(problem_type("quota"), "The key's quota is used up", 429, detail))
        self.wait_s = wait_s


class WhoIsIt:
    """Puts principal and session of each request into its state, and how to ask later; nobody known is the public."""

    def __init__(self, app: ASGIApp, sign_in: SignIn) -> None:
        self._app, self._sign_in = app, sign_in

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Name the caller and go on; foreign pages and used-up quotas end here."""
        if scope["type"] == "http":
            try:
                self.identify(scope)
            except Refused as refused:
                answer = problem(refused.refusal)
                if isinstance(refused, Overdrawn):
                    answer.headers["Retry-After"] = str(int(refused.wait_s) + 1)
                await answer(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def identify(self, scope: Scope) -> Principal:
        """Return who sends a request, noting it in the request's state; refuses foreign pages, used-up quotas."""
        state = scope.setdefault("state", {})
        state["principal"], state["session"], state["still_in"] = PUBLIC, None, lambda: True
        headers = dict(scope["headers"])
        scheme, _, token = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
        if scheme.lower() == "bearer":
            self._bearer(state, token)
        elif not TELLING.isdisjoint(headers):
            self._cookie(state, scope, HTTPConnection(scope))
        principal: Principal = state["principal"]
        return principal

    def _bearer(self, state: dict[str, object], token: str) -> None:
        found = self._sign_in.of_bearer(token) if token else None
        if found is None:
            return
        principal, key = found
        state["principal"], state["still_in"] = principal, lambda: self._sign_in.of_bearer(token) is not None
        if key and (wait_s := self._sign_in.quotas.wait_s(key.id, key.per_minute)):
            raise Overdrawn(key.per_minute, wait_s)

    def _cookie(self, state: dict[str, object], scope: Scope, connection: HTTPConnection) -> None:
        token = connection.cookies.get(COOKIE, "")
        session = self._sign_in.session(token) if token else None
        principal = self._sign_in.principal(session) if session else None
        if scope["method"] not in SAFE and _foreign(connection):
            detail = "This was sent by a page of another site."
            raise Refused.of("foreign-page", "This comes from elsewhere", 403, detail)
        if principal:
            state["principal"], state["session"] = principal, session
            state["still_in"] = lambda: self._still_in(token)

    def _still_in(self, token: str) -> bool:
        """Tell whether a session still holds; whoever watches uses it."""
        session = self._sign_in.session(token)
        return session is not None and self._sign_in.principal(session) is not None


def _foreign(connection: HTTPConnection) -> bool:
    """Tell whether a browser says that the request was made by another site's page."""
    site = connection.headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = connection.headers.get("origin")
    return origin is not None and origin.partition("://")[2] != connection.headers.get("host")


def digest(token: str) -> str:
    """Return what is stored of a token: its SHA-256."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def wall_us() -> int:
    """Return the time of the wall, microseconds UTC."""
    return time.time_ns() // 1000
