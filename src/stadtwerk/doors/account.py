"""One's own account: page and API; passkeys, sessions, API keys, and who read what about me."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from stadtwerk.doors.commands import JSON, decode
from stadtwerk.doors.entrance import NO_STORE, Render
from stadtwerk.doors.languages import language
from stadtwerk.doors.params import converted
from stadtwerk.doors.passkeys import PasskeyCheck, Secret
from stadtwerk.doors.people_port import PeoplePort
from stadtwerk.doors.problem import encode, read_json
from stadtwerk.doors.sign_in import SignIn, digest, wall_us
from stadtwerk.kernel.access import PUBLIC, require
from stadtwerk.kernel.access.accounts import Account
from stadtwerk.kernel.access.orders import AddPasskey, CreateKey, RemovePasskey, RevokeKey, Scope
from stadtwerk.kernel.clock import US, iso
from stadtwerk.kernel.command import Command
from stadtwerk.kernel.limits import KEY_PER_MINUTE, KEY_SCOPES, PAGE_ROWS
from stadtwerk.kernel.refusal import Refusal, Refused

FORM_BYTES = 10_000
"""Largest form that is read."""
KEY_DAYS = 365
"""Longest life of an API key."""
LABEL_CHARS = 60


class NewPasskey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A passkey as the browser made it."""

    credential: dict[str, Any]
    label: str = ""


class NewKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An API key to be made: what for, what it may do, for how long, how often."""

    name: str
    scopes: tuple[Scope, ...] = ()
    days: int = 90
    per_minute: int = 60


class AccountDoor:
    """What people do with their own account; keys and programs cannot come here."""

    def __init__(self, people: PeoplePort, sign_in: SignIn, passkeys: PasskeyCheck, render: Render) -> None:
        self._people, self._sign_in, self._passkeys, self._render = people, sign_in, passkeys, render

    def routes(self) -> list[Route]:
        """Make the routes of one's own account."""
        return [
            Route("/account", self._page, methods=["GET"]),
            Route("/account/data", self._data_page, methods=["GET"]),
            Route("/account/sessions/end", self._end_sessions, methods=["POST"]),
            Route("/account/passkeys/remove", self._remove_passkey, methods=["POST"]),
            Route("/account/keys", self._create_key_page, methods=["POST"]),
            Route("/account/keys/revoke", self._revoke_key, methods=["POST"]),
            Route("/api/me/data", self._data, methods=["GET"]),
            Route("/api/me/keys", self._create_key, methods=["POST"]),
            Route("/api/me/passkeys/options", self._ask_passkey, methods=["POST"]),
            Route("/api/me/passkeys", self._add_passkey, methods=["POST"]),
        ]

    async def _page(self, request: Request) -> Response:
        if request.state.principal == PUBLIC:
            return RedirectResponse("/sign-in", 303)
        return self._show(request)

    def _show(self, request: Request, *, new_key: str = "", problem: Refusal | None = None) -> Response:
        principal, account = request.state.principal, self._known(request)
        values = {
            "actor": principal.actor,
            "roles": principal.roles,
            "account": self._plain(account) if account else None,
            "passkeys": self._passkey_rows(account) if account else (),
            "keys": self._key_rows(account) if account else (),
            "sessions": self._session_rows(request),
            "public_url": self._passkeys.origin,
            "new_key": new_key,
            "problem": problem,
        }
        status = problem.status if problem else 200
        return HTMLResponse(self._render("account", language(request), **values), status, NO_STORE)

    async def _data_page(self, request: Request) -> Response:
        if request.state.principal == PUBLIC:
            return RedirectResponse("/sign-in", 303)
        data = self._my_data(self._account(request))
        return HTMLResponse(self._render("data", language(request), data=data), headers=NO_STORE)

    async def _data(self, request: Request) -> Response:
        return Response(encode(self._my_data(self._account(request))), media_type=JSON, headers=NO_STORE)

    def _my_data(self, account: Account) -> dict[str, Any]:
        """Tell a person everything that is kept of it, and who read it."""
        reads = [entry for entry, _ in zip(self._people.reads_of(account.id), range(PAGE_ROWS), strict=False)]
        return {
            "account": account.id,
            **self._plain(account),
            "roles": account.roles,
            "passkeys": [row["label"] or row["id"][:8] for row in self._passkey_rows(account)],
            "api_keys": [row["name"] for row in self._key_rows(account)],
            "reads": [_read_row(entry.event().body, entry.actor, entry.at_us) for entry in reads],
        }

    async def _end_sessions(self, request: Request) -> Response:
        me, form = self._signed_in(request), await read_form(request)
        sessions, here = self._sign_in.sessions, request.state.session
        ids = {form.get("id", "")}
        if form.get("id") == "others":
            ids = {one.id for one in sessions.of(me, wall_us())} - ({here.id} if here else set())
        await asyncio.to_thread(sessions.end, me, ids)
        gone = here is None or here.id in ids
        return RedirectResponse("/sign-in" if gone else "/account", 303)

    async def _remove_passkey(self, request: Request) -> Response:
        account, form = self._account(request), await read_form(request)
        return await self._carry_out(request, RemovePasskey(account.id, form.get("id", "")), "remove-passkey")

    async def _revoke_key(self, request: Request) -> Response:
        account, form = self._account(request), await read_form(request)
        return await self._carry_out(request, RevokeKey(account.id, form.get("id", "")), "revoke-key")

    async def _carry_out(self, request: Request, content: Any, verb: str) -> Response:
        command = await self._people.order(content.account, f"access.{verb}", content)
        if command.refusal:
            return self._show(request, problem=command.refusal)
        return RedirectResponse("/account", 303)

    async def _ask_passkey(self, request: Request) -> Response:
        account = self._account(request)
        name = self._people.own(account.id, account.name)
        known = [self._secret(account, one.secret).credential for one in self._people.people.passkeys_of(account.id)]
        options = self._passkeys.ask_new(account.id, name, known)
        return Response(options, media_type=JSON, headers=NO_STORE)

    async def _add_passkey(self, request: Request) -> Response:
        account = self._account(request)
        asked = decode(await read_json(request), NewPasskey)
        passkey, secret, counter = self._passkeys.check_new(account.id, asked.credential)
        content = AddPasskey(account.id, passkey, msgspec.json.encode(secret).decode(), asked.label[:LABEL_CHARS])
        _check(await self._people.order(account.id, "access.add-passkey", content))
        await asyncio.to_thread(self._people.count, passkey, account.id, counter)
        return Response(encode({"id": passkey}), 201, media_type=JSON)

    async def _create_key(self, request: Request) -> Response:
        asked = decode(await read_json(request), NewKey)
        key_id, token = await self._new_key(self._account(request), asked)
        return Response(encode({"id": key_id, "token": token}), 201, NO_STORE, JSON)

    async def _create_key_page(self, request: Request) -> Response:
        account, form = self._account(request), await read_form(request)
        try:
            given = {**form, "scopes": form.get("scopes", "").split()}
            _, token = await self._new_key(account, converted(given, NewKey))
        except Refused as no:
            return self._show(request, problem=no.refusal)
        return self._show(request, new_key=token)

    async def _new_key(self, account: Account, asked: NewKey) -> tuple[str, str]:
        """Make a key; its token is told once and never again."""
        if not 0 < len(asked.name) <= LABEL_CHARS:
            raise Refused.field("name", f"1 to {LABEL_CHARS} characters")
        if not 1 <= asked.days <= KEY_DAYS:
            raise Refused.field("days", f"from 1 to {KEY_DAYS}")
        if not 1 <= asked.per_minute <= KEY_PER_MINUTE:
            raise Refused.field("per_minute", f"from 1 to {KEY_PER_MINUTE}")
        if len(asked.scopes) > KEY_SCOPES:
            raise Refused.field("scopes", f"at most {KEY_SCOPES}")
        key_id, token = secrets.token_hex(6), f"sw_{secrets.token_urlsafe(32)}"
        expires_at_us = wall_us() + asked.days * 86_400 * US
        content = CreateKey(
            account.id, key_id, asked.name, digest(token), expires_at_us, asked.scopes, asked.per_minute
        )
        _check(await self._people.order(account.id, "access.create-key", content))
        return key_id, token

    def _signed_in(self, request: Request) -> str:
        """Return who is signed in as a person; refuses programs."""
        principal = request.state.principal
        require(principal, "me.account")
        if principal.via == "key":
            raise Refused.of("forbidden", "Only the person can do this", 403, "Sign in; a key manages no account.")
        return str(principal.actor)

    def _known(self, request: Request) -> Account | None:
        return self._people.people.accounts.get(request.state.principal.actor)

    def _account(self, request: Request) -> Account:
        self._signed_in(request)
        account = self._known(request)
        if account is None:
            raise Refused.of("no-account", "The folder's holder is no account", 409, "Make yourself one: #/people.")
        return account

    def _secret(self, account: Account, sealed: str) -> Secret:
        return msgspec.json.decode(self._people.own(account.id, sealed), type=Secret)

    def _plain(self, account: Account) -> dict[str, str]:
        return {name: self._people.own(account.id, getattr(account, name)) for name in ("name", "mail")}

    def _passkey_rows(self, account: Account) -> list[dict[str, str]]:
        known = self._people.people.passkeys_of(account.id)
        return [
            {"id": one.id, "label": self._people.own(account.id, one.label), "since": _minute(one.created_at_us)}
            for one in known
        ]

    def _key_rows(self, account: Account) -> list[dict[str, Any]]:
        return [
            {
                "id": key.id,
                "name": self._people.own(account.id, key.name),
                "scopes": " ".join(key.scopes),
                "per_minute": key.per_minute,
                "until": _minute(key.expires_at_us),
            }
            for key in self._people.people.keys_of(account.id)
        ]

    def _session_rows(self, request: Request) -> list[dict[str, Any]]:
        here = request.state.session
        return [
            {
                "id": one.id,
                "via": one.via,
                "device": one.device,
                "used": _minute(one.seen_at_us),
                "until": _minute(one.expires_at_us),
                "this": here is not None and one.id == here.id,
            }
            for one in self._sign_in.sessions.of(request.state.principal.actor, wall_us())
        ]


def _read_row(body: Mapping[str, Any], reader: str, at_us: int) -> dict[str, Any]:
    facts = {"fields": body["fields"], "why": body["why"]}
    return {"reader": reader, **facts, "wall_at": _minute(body["wall_us"]), "city_at": iso(at_us)}


def _minute(at_us: int) -> str:
    return iso(at_us)[:16].replace("T", " ") + " UTC"


def _check(command: Command) -> None:
    if command.refusal:
        raise Refused(command.refusal)


async def read_form(request: Request) -> dict[str, str]:
    """Read a small form; refuses a large one (413)."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > FORM_BYTES:
            raise Refused.of("too-large", "The form is too large", 413, f"at most {FORM_BYTES} bytes")
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
