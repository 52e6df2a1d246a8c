"""The published language of accounts: what may be ordered of them."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from stadtwerk.kernel.access.personal import Personal
from stadtwerk.kernel.limits import KEY_PER_MINUTE, KEY_SCOPES, REASON_CHARS

AccountId = Annotated[str, msgspec.Meta(pattern="^p-[a-z2-7]{16}$")]
Reason = Annotated[str, msgspec.Meta(max_length=REASON_CHARS)]
RoleName = Literal["operator", "engineer", "crew", "caseworker", "admin", "auditor", "partner"]
Roles = Annotated[tuple[RoleName, ...], msgspec.Meta(max_length=7)]
Scope = Annotated[str, msgspec.Meta(pattern="^[a-z*][a-z*.-]{0,63}$")]


class CreateAccount(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Give a person an account; the house makes its id, name and mail are sealed with a key of its own."""

    name: Personal
    mail: Personal = ""
    roles: Roles = ()
    reason: Personal = ""
    account: Annotated[str, msgspec.Meta(pattern="^(p-[a-z2-7]{16})?$")] = ""


class Rename(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Correct a person's name and mail."""

    account: AccountId
    name: Personal
    mail: Personal = ""
    reason: Personal = ""


class SetRoles(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Say which roles an account has from now on."""

    account: AccountId
    roles: Roles
    reason: Personal = ""


class Disable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Close an account: no sign-in, no key works until it is enabled."""

    account: AccountId
    reason: Personal = ""


class Enable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Open a closed account again."""

    account: AccountId
    reason: Personal = ""


class Erase(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Forget a person: the key is destroyed, nothing sealed with it can ever be read again."""

    account: AccountId
    reason: Personal = ""


class AddPasskey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Let an account sign in with a passkey: `passkey` is its hash, `secret` its credential and public key."""

    account: AccountId
    passkey: str
    secret: Personal
    label: Personal = ""


class RemovePasskey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Let an account no longer sign in with a passkey."""

    account: AccountId
    passkey: str


class CreateKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Give an account an API key: only the hash of its token is kept; it expires on wall time."""

    account: AccountId
    key: str
    name: Personal
    token_hash: str
    expires_at_us: int
    scopes: Annotated[tuple[Scope, ...], msgspec.Meta(max_length=KEY_SCOPES)] = ()
    per_minute: Annotated[int, msgspec.Meta(ge=1, le=KEY_PER_MINUTE)] = 60


class RevokeKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Take an API key back."""

    account: AccountId
    key: str


class Approve(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Let a command that waits for a second person happen."""

    command: Annotated[str, msgspec.Meta(min_length=8, max_length=64)]
    reason: Reason = ""


class Reject(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Refuse a command that waits for a second person."""

    command: Annotated[str, msgspec.Meta(min_length=8, max_length=64)]
    reason: Reason = ""


COMMANDS: dict[str, type[msgspec.Struct]] = {
    "access.create-account": CreateAccount,
    "access.rename": Rename,
    "access.set-roles": SetRoles,
    "access.disable": Disable,
    "access.enable": Enable,
    "access.erase": Erase,
    "access.approve": Approve,
    "access.reject": Reject,
}
"""What admins order, and what the second pair of eyes does."""

OWN: dict[str, type[msgspec.Struct]] = {
    "access.add-passkey": AddPasskey,
    "access.remove-passkey": RemovePasskey,
    "access.create-key": CreateKey,
    "access.revoke-key": RevokeKey,
}
"""What people order about their own account, through its page only."""

ALL = {**COMMANDS, **OWN}
