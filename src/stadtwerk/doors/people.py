"""Accounts for admins: who there is, by pseudonym; names only with a reason; links to let somebody in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from stadtwerk.doors.commands import JSON, decode
from stadtwerk.doors.people_port import PeoplePort
from stadtwerk.doors.problem import encode, read_json
from stadtwerk.doors.sign_in import SignIn
from stadtwerk.doors.then import only_now
from stadtwerk.kernel.access import ROLES, require
from stadtwerk.kernel.access.accounts import ACTIVE
from stadtwerk.kernel.clock import iso
from stadtwerk.kernel.limits import PEOPLE_OPENED, REASON_CHARS
from stadtwerk.kernel.refusal import Refused


class Opening(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whose names are to be read, and what for: the persons will see it."""

    accounts: Annotated[tuple[str, ...], msgspec.Meta(min_length=1, max_length=PEOPLE_OPENED)]
    why: Annotated[str, msgspec.Meta(min_length=1, max_length=REASON_CHARS)]


def people_routes(people: PeoplePort, sign_in: SignIn) -> list[Route]:
    """Make the routes of accounts for those who manage or audit them."""
    return [
        Route("/api/people", _list(people), methods=["GET"]),
        Route("/api/people/open", _open(people), methods=["POST"]),
        Route("/api/people/{id}/link", _link(people, sign_in), methods=["POST"]),
    ]


def _list(people: PeoplePort) -> Callable[[Request], Any]:
    async def accounts(request: Request) -> Response:
        require(request.state.principal, "people.see")
        only_now(request)
        known = people.people
        rows = [
            {
                "id": account.id,
                "roles": account.roles,
                "state": account.state,
                "created_at": iso(account.created_at_us),
                "passkeys": len(known.passkeys_of(account.id)),
                "keys": len(known.keys_of(account.id)),
            }
            for account in known.accounts.values()
        ]
        roles = {name: role.why for name, role in ROLES.items() if name != "public"}
        return Response(encode({"accounts": rows, "roles": roles}), media_type=JSON)

    return accounts


def _open(people: PeoplePort) -> Callable[[Request], Any]:
    async def names(request: Request) -> Response:
        require(request.state.principal, "people.see")
        asked = decode(await read_json(request), Opening)
        found = await people.read(request.state.principal, asked.accounts, ("name", "mail"), asked.why)
        return Response(encode({"people": found}), media_type=JSON, headers={"Cache-Control": "no-store"})

    return names


def _link(people: PeoplePort, sign_in: SignIn) -> Callable[[Request], Any]:
    async def link(request: Request) -> Response:
        require(request.state.principal, "links.create")
        account = people.people.accounts.get(request.path_params["id"])
        if account is None or account.state != ACTIVE:
            raise Refused.of("unknown-account", "There is no such account", 404, "or it is closed")
        token = await sign_in.new_link_token(account.id)
        return Response(encode({"path": f"/sign-in?token={token}"}), 201, {"Cache-Control": "no-store"}, JSON)

    return link
