"""The ways in for people: one-time link, passkey, the house's identity provider; and the way out."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from stadtwerk.adapters.oidc import OidcClient, Visit
from stadtwerk.doors.commands import decode
from stadtwerk.doors.languages import device, language
from stadtwerk.doors.passkeys import PasskeyCheck, Secret, passkey_id
from stadtwerk.doors.people_port import PeoplePort
from stadtwerk.doors.problem import read_json
from stadtwerk.doors.sign_in import COOKIE, SignIn
from stadtwerk.kernel.limits import SIGN_INS_OPEN
from stadtwerk.kernel.refusal import Refused

VISIT_COOKIE = "stadtwerk_visit"
VISIT_S = 600
"""How long somebody may take at the identity provider."""
NO_STORE = {"Cache-Control": "no-store"}
Render = Callable[..., str]


class Entrance:
    """Lets people in by whichever way they can prove who they are."""

    def __init__(
        self, sign_in: SignIn, people: PeoplePort, passkeys: PasskeyCheck, oidc: OidcClient | None, render: Render
    ) -> None:
        self._sign_in, self._people, self._passkeys, self._oidc, self._render = sign_in, people, passkeys, oidc, render
        self._visits: dict[str, tuple[Visit, float]] = {}

    def routes(self) -> list[Route]:
        """Make the routes of the ways in and out."""
        return [
            Route("/sign-in", self._page, methods=["GET"]),
            Route("/sign-in/oidc", self._leave_for_provider, methods=["GET"]),
            Route("/sign-in/oidc/callback", self._back_from_provider, methods=["GET"]),
            Route("/sign-out", self._sign_out, methods=["POST"]),
            Route("/api/sign-in/passkey/options", self._ask_passkey, methods=["POST"]),
            Route("/api/sign-in/passkey", self._check_passkey, methods=["POST"]),
        ]

    async def _page(self, request: Request) -> Response:
        token = request.query_params.get("token")
        if not token:
            return self._show(request)
        session = await self._sign_in.redeem(token, device(request), request.cookies.get(COOKIE, ""))
        if session is None:
            return self._show(request, "failed", 401)
        return self._sign_in.keep(RedirectResponse("/", 303), session)

    def _show(self, request: Request, failed: str = "", status: int = 200) -> Response:
        values = {"failed": failed, "provider": self._oidc is not None, "public_url": self._passkeys.origin}
        return HTMLResponse(self._render("sign_in", language(request), **values), status, NO_STORE)

    async def _sign_out(self, request: Request) -> Response:
        session = request.state.session
        if session:
            await asyncio.to_thread(self._sign_in.sessions.end, session.actor, {session.id})
        return self._sign_in.drop(RedirectResponse("/sign-in", 303))

    async def _ask_passkey(self, request: Request) -> Response:
        return Response(self._passkeys.ask_known(), media_type="application/json", headers=NO_STORE)

    async def _check_passkey(self, request: Request) -> Response:
        credential = decode(await read_json(request), dict[str, Any])
        known = self._people.people.passkeys.get(passkey_id(str(credential.get("id"))))
        if known is None:
            raise Refused.of("passkey", "The passkey was not accepted", 401, "nobody here has this passkey")
        secret = msgspec.json.decode(self._people.own(known.account, known.secret), type=Secret)
        counter = self._passkeys.check_known(credential, secret, self._people.counter(known.id))
        await asyncio.to_thread(self._people.count, known.id, known.account, counter)
        if self._people.people.principal(known.account, "passkey") is None:
            raise Refused.of("disabled", "The account is closed", 403, "An admin can open it again.")
        session = await self._sign_in.enter(known.account, "passkey", device(request), request.cookies.get(COOKIE, ""))
        return self._sign_in.keep(Response(b"{}", media_type="application/json"), session)

    async def _leave_for_provider(self, request: Request) -> Response:
        if self._oidc is None:
            raise Refused.of("no-provider", "There is no identity provider", 404, "access.toml names none.")
        now_s = time.monotonic()
        self._visits = {state: one for state, one in self._visits.items() if one[1] > now_s}
        if len(self._visits) >= SIGN_INS_OPEN:
            raise Refused.of("busy", "Too many sign-ins are under way", 503, "Try again in a minute.")
        visit = Visit(secrets.token_urlsafe(32), secrets.token_urlsafe(32), secrets.token_urlsafe(48))
        answer = RedirectResponse(await self._oidc.authorization_url(visit), 303, NO_STORE)
        self._visits[visit.state] = (visit, now_s + VISIT_S)
        # Lax: the browser comes back from the provider's site, and has to bring this along.
        kept = {"max_age": VISIT_S, "httponly": True, "secure": self._sign_in.secure, "path": "/sign-in"}
        answer.set_cookie(VISIT_COOKIE, visit.state, samesite="lax", **kept)  # type: ignore[arg-type] # one dict of both
        return answer

    async def _back_from_provider(self, request: Request) -> Response:
        state, code = request.query_params.get("state", ""), request.query_params.get("code", "")
        visit, end_s = self._visits.pop(state, (None, 0.0))
        same_browser = secrets.compare_digest(request.cookies.get(VISIT_COOKIE, "").encode(), state.encode())
        if self._oidc is None or visit is None or end_s <= time.monotonic() or not same_browser or not code:
            return self._show(request, "failed_other", 401)
        try:
            identity = await self._oidc.identity(visit, code, int(time.time()))
            account = await self._people.welcome(identity)
        except Refused as no:
            return self._show(request, "failed_other", no.refusal.status)
        session = await self._sign_in.enter(account, "oidc", device(request), request.cookies.get(COOKIE, ""))
        # A page of our own goes on: a redirect would still count as coming from the provider, without the session.
        answer = HTMLResponse(self._render("welcome", language(request)), headers=NO_STORE)
        answer.delete_cookie(VISIT_COOKIE, path="/sign-in")
        return self._sign_in.keep(answer, session)
