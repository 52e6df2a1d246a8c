"""What the doors need of the people behind them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from stadtwerk.adapters.oidc import Identity
from stadtwerk.kernel.access import Principal
from stadtwerk.kernel.access.accounts import People
from stadtwerk.kernel.command import Command
from stadtwerk.kernel.journal import Entry


class PeoplePort(Protocol):
    """Accounts, their sealed data, and orders about them."""

    @property
    def people(self) -> People:
        """Return the accounts, passkeys and keys."""
        ...

    async def order(self, actor: str, kind: str, content: Any) -> Command:
        """Seal what is personal, decide, and return the command once durable and followed."""
        ...

    async def read(
        self, reader: Principal, persons: Sequence[str], fields: tuple[str, ...], why: str
    ) -> dict[str, dict[str, str]]:
        """Open fields of persons, noted in the journal first."""
        ...

    def own(self, person: str, sealed: str) -> str:
        """Open a text of a person's own for that person alone."""
        ...

    def counter(self, passkey: str) -> int:
        """Return the signature counter a passkey last showed."""
        ...

    def count(self, passkey: str, person: str, n: int) -> None:
        """Remember the signature counter a passkey showed."""
        ...

    async def welcome(self, identity: Identity) -> str:
        """Return the account of whoever an identity provider vouches for, made or brought up to date."""
        ...

    def reads_of(self, person: str) -> Iterator[Entry]:
        """Return who read what of a person, newest first."""
        ...
