"""People: what is personal is sealed before it is ordered, opened only with a note, forgotten for good."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable, Iterator, Sequence
from typing import Any, ClassVar, cast

import msgspec

from stadtwerk.adapters.oidc import Identity
from stadtwerk.app.lane import Lane
from stadtwerk.app.settings import RealClock
from stadtwerk.kernel.access import Principal
from stadtwerk.kernel.access.accounts import ACTIVE, ERASED, People
from stadtwerk.kernel.access.decide import read_note
from stadtwerk.kernel.access.orders import CreateAccount, Roles, SetRoles
from stadtwerk.kernel.access.personal import personal_fields, seal_content
from stadtwerk.kernel.command import Command, Order
from stadtwerk.kernel.ids import new_command_id
from stadtwerk.kernel.journal import Entry, Event
from stadtwerk.kernel.limits import PEOPLE_OPENED
from stadtwerk.kernel.refusal import Refused
from stadtwerk.stores.decision_reader import DecisionReader
from stadtwerk.stores.vault.persons import Persons
from stadtwerk.stores.vault.sessions import Sessions

log = logging.getLogger(__name__)

END = 1 << 53


class PeopleDesk:
    """The one way in to what is personal and the one way out."""

    def __init__(
        self, people: People, persons: Persons, sessions: Sessions, lane: Lane, journal: DecisionReader
    ) -> None:
        self.people, self.persons, self.sessions = people, persons, sessions
        self._lane, self._journal = lane, journal
        self._wall = RealClock()
        self._settling: set[asyncio.Task[None]] = set()

    def reconcile(self) -> None:
        """At a start, finish what a crash cut short: the erased are forgotten, the living recognised by name."""
        for person in self.persons.all():
            account = self.people.accounts.get(person)
            if account is None or account.state == ERASED:
                self._forget(person)
            elif not self.persons.marks_of(person, "name"):
                self._remark(person)

    async def order(self, actor: str, kind: str, content: Any, command_id: str = "") -> Command:
        """Seal what is personal, decide, and return the command once durable and followed."""
        command_id = command_id or new_command_id(self.wall_us(), secrets.token_bytes)
        content = await self.prepare(command_id, content)
        command = await self._lane.order(Order(command_id, actor, kind, content))
        if self._settling:
            await asyncio.gather(*self._settling)
        return command

    async def prepare(self, command_id: str, content: Any) -> Any:
        """Seal what is personal in an order, and refuse free text elsewhere that names a person."""
        sealed = personal_fields(type(content))
        for name, value in msgspec.structs.asdict(content).items():
            if isinstance(value, str) and name not in sealed and self.persons.names_somebody(value):
                raise Refused.field(name, "names a person; write what for, not who: this text is never erased")
        if isinstance(content, CreateAccount):
            person = self.persons.id_for(command_id)
            if person not in self.people.accounts:
                await asyncio.to_thread(self.persons.create, person)
            content = msgspec.structs.replace(content, account=person)
        return self.seal(command_id, content) if sealed else content

    def seal(self, command_id: str, content: Any) -> Any:
        """Seal what is personal in an order about an account that is there."""
        person = content.account
        return seal_content(content, lambda name, text: self.persons.seal(person, text, f"{command_id}.{name}"))

    async def read(
        self, reader: Principal, persons: Sequence[str], fields: tuple[str, ...], why: str
    ) -> dict[str, dict[str, str]]:
        """Open fields (name, mail) of persons for a reader: written in the journal before anything is opened.

        What people read of themselves is not noted. Refuses more than `PEOPLE_OPENED` persons, and reading without
        a reason.
        """
        if len(persons) > PEOPLE_OPENED:
            raise Refused.field("accounts", f"at most {PEOPLE_OPENED} at once")
        known = [
            person for person in dict.fromkeys(persons) if person in self.persons and person in self.people.accounts
        ]
        foreign = [person for person in known if person != reader.actor]
        if foreign:
            if not why.strip():
                raise Refused.field("why", "whoever opens personal data says what for")
            if self.persons.names_somebody(why):
                raise Refused.field("why", "names a person; write what for, not who: this text is never erased")
            wall_us = self.wall_us()
            await self._lane.propose(
                "access",
                lambda now_us: [
                    read_note(person, reader.actor, now_us, fields=fields, why=why, wall_us=wall_us)
                    for person in foreign
                ],
            )
        return {person: self._open(person, fields) for person in known}

    def own(self, person: str, sealed: str) -> str:
        """Open a text of a person's own for that person alone: labels of passkeys and keys, the passkey itself."""
        return (sealed and self.persons.open(sealed)) or ""

    def wall_us(self) -> int:
        """Return the time of the wall, microseconds UTC."""
        return self._wall.now_us()

    def heard(self, first: int, events: Sequence[Event]) -> None:
        """Follow what was decided of accounts: forget the erased, sign out the disabled, recognise the renamed."""
        for event in events:
            step = self._follow.get(event.kind)
            if step:
                task = asyncio.create_task(asyncio.to_thread(step, self, event.subject))
                self._settling.add(task)
                task.add_done_callback(self._settling.discard)

    def counter(self, passkey: str) -> int:
        """Return the signature counter a passkey last showed."""
        return self.persons.counter(passkey)

    def count(self, passkey: str, person: str, n: int) -> None:
        """Remember the signature counter a passkey showed."""
        self.persons.count(passkey, person, n)

    def reads_of(self, person: str) -> Iterator[Entry]:
        """Return who read what of a person, newest first."""
        before = END
        while page := self._journal.entries_back(before, 100, kind="access.read", subject=person):
            yield from page
            before = page[-1].seq

    async def welcome(self, identity: Identity) -> str:
        """Return the account of whoever an identity provider vouches for, made or brought up to date.

        Refuses somebody new whom no group gives a role, and somebody whose account is closed.
        """
        subject = f"{identity.issuer} {identity.subject}"
        person = self.persons.marked("oidc", subject)
        account = self.people.accounts.get(person) if person else None
        if account is None:
            if not identity.roles:
                raise Refused.of("no-role", "No group gives you a role here", 403, "access.toml maps groups to roles.")
            roles = cast("Roles", identity.roles)
            made = await self.order("oidc", "access.create-account", CreateAccount(identity.name, identity.mail, roles))
            person = str(made.body["account"])
            await asyncio.to_thread(self.persons.mark, person, "oidc", [subject])
            return person
        if account.state != ACTIVE:
            raise Refused.of("disabled", "The account is closed", 403, "An admin can open it again.")
        if account.roles != identity.roles:
            await self.order("oidc", "access.set-roles", SetRoles(account.id, cast("Roles", identity.roles)))
        return account.id

    def _open(self, person: str, fields: tuple[str, ...]) -> dict[str, str]:
        account = self.people.accounts[person]
        return {name: self.own(person, getattr(account, name)) for name in fields}

    def _forget(self, person: str) -> None:
        self.sessions.end(person)
        self.persons.destroy(person)
        log.info("person forgotten: %s", person)

    def _remark(self, person: str) -> None:
        known = self._open(person, ("name", "mail"))
        words = known["name"].split()
        turned = " ".join([*words[1:], *words[:1]])
        self.persons.mark(person, "name", {known["name"], turned, known["mail"]} if len(words) > 1 else {known["mail"]})

    def _sign_out(self, person: str) -> None:
        self.sessions.end(person)

    _follow: ClassVar[dict[str, Callable[[PeopleDesk, str], None]]] = {
        "access.account-created": _remark,
        "access.renamed": _remark,
        "access.erased": _forget,
        "access.disabled": _sign_out,
    }
