"""What may be done to accounts: an order becomes events, or a refusal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from stadtwerk.kernel.access.accounts import ACTIVE, DISABLED, ERASED, Account, People
from stadtwerk.kernel.access.orders import (
    AddPasskey,
    CreateAccount,
    CreateKey,
    Disable,
    Enable,
    Erase,
    RemovePasskey,
    Rename,
    RevokeKey,
    SetRoles,
)
from stadtwerk.kernel.access.personal import is_sealed, personal_fields
from stadtwerk.kernel.command import Order, carried_out, refused
from stadtwerk.kernel.journal import Event
from stadtwerk.kernel.limits import ACCOUNTS, KEYS, PASSKEYS
from stadtwerk.kernel.refusal import Refused

HOUSE = ("operator", "oidc")
"""Actors that are no accounts: whoever holds the data folder, and the identity provider it trusts."""


def decide(people: People, order: Order, now_us: int) -> list[Event]:
    """Return the events of an order about accounts; refuses personal text that nobody sealed."""
    content: Any = order.content
    open_text = [name for name in personal_fields(type(content)) if not is_sealed(getattr(content, name))]
    if open_text:
        # Not even refused in the journal: that would write the text down for ever.
        raise Refused.field(open_text[0], "personal text comes sealed")
    try:
        title, kind, body = _RULES[type(content)](people, order, content)
    except Refused as no:
        return refused(order, now_us, no.refusal)
    event = Event(now_us, f"access.{kind}", content.account, order.actor, order.id, body)
    return carried_out(order, now_us, title, [event])


def read_note(person: str, actor: str, now_us: int, *, fields: tuple[str, ...], why: str, wall_us: int) -> Event:
    """Say that somebody read what is personal of a person: who, which fields, why, when on the city's and the wall."""
    body = {"fields": list(fields), "why": why, "wall_us": wall_us}
    return Event(now_us, "access.read", person, actor, "", body)


def _account(people: People, account_id: str) -> Account:
    account = people.accounts.get(account_id)
    if account is None or account.state == ERASED:
        raise Refused.of("unknown-account", "There is no such account", 404, f"no account {account_id!r}")
    return account


def _own(order: Order, account_id: str) -> None:
    if order.actor != account_id:
        raise Refused.of("not-yours", "This is for the person alone", 403, "Passkeys and keys are one's own affair.")


def _others(order: Order, account_id: str) -> None:
    if order.actor == account_id:
        raise Refused.of("yourself", "Nobody does this to the own account", 403, "Another admin has to do it.")


_Ruling = tuple[str, str, dict[str, Any]]


def _create(people: People, order: Order, content: CreateAccount) -> _Ruling:
    if len(people.accounts) >= ACCOUNTS:
        raise Refused.of("full", "There are too many accounts", 503, f"at most {ACCOUNTS}")
    if not content.name:
        raise Refused.field("name", "an account belongs to somebody with a name")
    if content.account in people.accounts:
        raise Refused.of("account-exists", "There is such an account", 409, content.account)
    body = {"name": content.name, "mail": content.mail, "roles": list(content.roles)}
    return content.account, "account-created", body


def _rename(people: People, order: Order, content: Rename) -> _Ruling:
    account = _account(people, content.account)
    if not content.name:
        raise Refused.field("name", "an account belongs to somebody with a name")
    return account.id, "renamed", {"name": content.name, "mail": content.mail}


def _set_roles(people: People, order: Order, content: SetRoles) -> _Ruling:
    _others(order, content.account)
    account = _account(people, content.account)
    return f"{account.id}: {', '.join(content.roles) or '–'}", "roles-set", {"roles": list(content.roles)}


def _disable(people: People, order: Order, content: Disable) -> _Ruling:
    _others(order, content.account)
    return _in_state(people, content.account, ACTIVE), "disabled", {}


def _enable(people: People, order: Order, content: Enable) -> _Ruling:
    return _in_state(people, content.account, DISABLED), "enabled", {}


def _in_state(people: People, account_id: str, state: str) -> str:
    account = _account(people, account_id)
    if account.state != state:
        raise Refused.of(
            "state", "The account is not in this state", 409, f"the account {account.id} is {account.state}"
        )
    return account.id


def _erase(people: People, order: Order, content: Erase) -> _Ruling:
    _others(order, content.account)
    return _account(people, content.account).id, "erased", {}


def _add_passkey(people: People, order: Order, content: AddPasskey) -> _Ruling:
    _own(order, content.account)
    account = _account(people, content.account)
    if content.passkey in people.passkeys:
        raise Refused.of("passkey-exists", "This passkey is known already", 409)
    if len(people.passkeys_of(account.id)) >= PASSKEYS:
        raise Refused.of("full", "Too many passkeys", 409, f"at most {PASSKEYS}; remove one first")
    return account.id, "passkey-added", {name: getattr(content, name) for name in ("passkey", "secret", "label")}


def _remove_passkey(people: People, order: Order, content: RemovePasskey) -> _Ruling:
    _own(order, content.account)
    if (known := people.passkeys.get(content.passkey)) is None or known.account != content.account:
        raise Refused.of("unknown-passkey", "There is no such passkey", 404)
    return content.account, "passkey-removed", {"passkey": content.passkey}


def _create_key(people: People, order: Order, content: CreateKey) -> _Ruling:
    _own(order, content.account)
    account = _account(people, content.account)
    if len(people.keys_of(account.id)) >= KEYS:
        raise Refused.of("full", "Too many API keys", 409, f"at most {KEYS}; revoke one first")
    if content.key in people.keys or not content.name:
        raise Refused.field("name", "a key has a name, so that it can be told from others")
    names = ("key", "name", "token_hash", "scopes", "per_minute", "expires_at_us")
    return account.id, "key-created", {name: getattr(content, name) for name in names}


def _revoke_key(people: People, order: Order, content: RevokeKey) -> _Ruling:
    _own(order, content.account)
    if (known := people.keys.get(content.key)) is None or known.account != content.account:
        raise Refused.of("unknown-key", "There is no such key", 404)
    return content.account, "key-revoked", {"key": content.key}


_RULES: dict[type[Any], Callable[[People, Order, Any], _Ruling]] = {
    CreateAccount: _create,
    Rename: _rename,
    SetRoles: _set_roles,
    Disable: _disable,
    Enable: _enable,
    Erase: _erase,
    AddPasskey: _add_passkey,
    RemovePasskey: _remove_passkey,
    CreateKey: _create_key,
    RevokeKey: _revoke_key,
}
