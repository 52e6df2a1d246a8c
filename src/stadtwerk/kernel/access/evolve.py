"""What is true of accounts after an event."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec.structs import replace

from stadtwerk.kernel.access.accounts import ACTIVE, DISABLED, ERASED, Account, ApiKey, Passkey, People
from stadtwerk.kernel.journal import Document, Event


def evolve(people: People, event: Event) -> Sequence[Document]:
    """Make an event true and return what is to be kept of it."""
    step = _STEPS.get(event.kind.removeprefix("access."))
    return step(people, event) if step else ()


def _created(people: People, event: Event) -> Sequence[Document]:
    body = event.body
    account = Account(event.subject, body["name"], body["mail"], tuple(body["roles"]), ACTIVE, event.at_us)
    return (people.keep(account),)


def _renamed(people: People, event: Event) -> Sequence[Document]:
    account = people.accounts[event.subject]
    return (people.keep(replace(account, name=event.body["name"], mail=event.body["mail"])),)


def _roles_set(people: People, event: Event) -> Sequence[Document]:
    return (people.keep(replace(people.accounts[event.subject], roles=tuple(event.body["roles"]))),)


def _disabled(people: People, event: Event) -> Sequence[Document]:
    return (people.keep(replace(people.accounts[event.subject], state=DISABLED)),)


def _enabled(people: People, event: Event) -> Sequence[Document]:
    return (people.keep(replace(people.accounts[event.subject], state=ACTIVE)),)


def _erased(people: People, event: Event) -> Sequence[Document]:
    account = people.accounts[event.subject]
    gone = [people.drop_passkey(passkey.id) for passkey in people.passkeys_of(account.id)]
    gone += [people.drop_key(key.id) for key in people.keys_of(account.id)]
    return (*gone, people.keep(replace(account, name="", mail="", roles=(), state=ERASED)))


def _passkey_added(people: People, event: Event) -> Sequence[Document]:
    body = event.body
    return (people.keep(Passkey(body["passkey"], event.subject, body["secret"], body["label"], event.at_us)),)


def _passkey_removed(people: People, event: Event) -> Sequence[Document]:
    return (people.drop_passkey(event.body["passkey"]),)


def _key_created(people: People, event: Event) -> Sequence[Document]:
    body = event.body
    key = ApiKey(
        body["key"],
        event.subject,
        body["name"],
        body["token_hash"],
        tuple(body["scopes"]),
        body["per_minute"],
        event.at_us,
        body["expires_at_us"],
    )
    return (people.keep(key),)


def _key_revoked(people: People, event: Event) -> Sequence[Document]:
    return (people.drop_key(event.body["key"]),)


_STEPS: dict[str, Callable[[People, Event], Sequence[Document]]] = {
    "account-created": _created,
    "renamed": _renamed,
    "roles-set": _roles_set,
    "disabled": _disabled,
    "enabled": _enabled,
    "erased": _erased,
    "passkey-added": _passkey_added,
    "passkey-removed": _passkey_removed,
    "key-created": _key_created,
    "key-revoked": _key_revoked,
}
