"""What the house knows of people and programs: accounts, passkeys, API keys; names only as ciphertext."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

import msgspec

from stadtwerk.kernel.access.roles import Principal
from stadtwerk.kernel.command import Book
from stadtwerk.kernel.journal import Document

ACTIVE, DISABLED, ERASED = "active", "disabled", "erased"


class Account(msgspec.Struct, frozen=True):
    """A person's account: the id is a pseudonym, name and mail are sealed."""

    id: str
    name: str
    mail: str
    roles: tuple[str, ...]
    state: str
    created_at_us: int


class Passkey(msgspec.Struct, frozen=True):
    """A public key an account signs in with: the id is a hash, credential and label are sealed."""

    id: str
    account: str
    secret: str
    label: str
    created_at_us: int


class ApiKey(msgspec.Struct, frozen=True):
    """A program's way in: the hash of its token, what it may do, how often a minute, until when (wall time)."""

    id: str
    account: str
    name: str
    token_hash: str
    scopes: tuple[str, ...]
    per_minute: int
    created_at_us: int
    expires_at_us: int


COLLECTIONS: dict[str, type[Account | Passkey | ApiKey]] = {
    "access.account": Account,
    "access.passkey": Passkey,
    "access.key": ApiKey,
}
Kept = TypeVar("Kept", Account, Passkey, ApiKey)


class People:
    """All accounts with their passkeys and keys, and the commands that made them so."""

    def __init__(self) -> None:
        self.book = Book(0)
        self.accounts: dict[str, Account] = {}
        self.passkeys: dict[str, Passkey] = {}
        self.keys: dict[str, ApiKey] = {}
        self.by_token: dict[str, ApiKey] = {}

    def principal(self, account_id: str, via: str, scopes: tuple[str, ...] = ()) -> Principal | None:
        """Return what an account may do now, or None if it may not come in."""
        account = self.accounts.get(account_id)
        return Principal(account_id, account.roles, scopes, via) if account and account.state == ACTIVE else None

    def of_key(self, token_hash: str, wall_us: int) -> tuple[Principal, ApiKey] | None:
        """Return whom an API key stands for, if it still holds."""
        key = self.by_token.get(token_hash)
        if key is None or key.expires_at_us <= wall_us:
            return None
        principal = self.principal(key.account, "key", key.scopes)
        return (principal, key) if principal else None

    def passkeys_of(self, account_id: str) -> list[Passkey]:
        """Return an account's passkeys, oldest first."""
        return [passkey for passkey in self.passkeys.values() if passkey.account == account_id]

    def keys_of(self, account_id: str) -> list[ApiKey]:
        """Return an account's API keys, oldest first."""
        return [key for key in self.keys.values() if key.account == account_id]

    def keep(self, thing: Account | Passkey | ApiKey) -> Document:
        """Take in an account, a passkey or a key as it now is."""
        if isinstance(thing, Account):
            self.accounts[thing.id] = thing
            return _document("access.account", thing)
        if isinstance(thing, Passkey):
            self.passkeys[thing.id] = thing
            return _document("access.passkey", thing)
        self.keys[thing.id] = self.by_token[thing.token_hash] = thing
        return _document("access.key", thing)

    def drop_passkey(self, passkey_id: str) -> Document:
        """Forget a passkey."""
        del self.passkeys[passkey_id]
        return Document("access.passkey", passkey_id, None)

    def drop_key(self, key_id: str) -> Document:
        """Forget an API key."""
        self.by_token.pop(self.keys.pop(key_id).token_hash)
        return Document("access.key", key_id, None)

    def recall(self, documents: Iterable[Document]) -> None:
        """Take back what was kept."""
        things = [
            msgspec.json.decode(kept.body, type=COLLECTIONS[kept.collection])
            for kept in documents
            if kept.body is not None
        ]
        for thing in sorted(things, key=lambda thing: (thing.created_at_us, thing.id)):
            self.keep(thing)


def _document(collection: str, thing: Account | Passkey | ApiKey) -> Document:
    return Document(collection, thing.id, msgspec.json.encode(thing, order="sorted"))
