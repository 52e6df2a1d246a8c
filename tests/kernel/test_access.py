"""Accounts decided and made true: who may do what to whom, and that nothing personal is written open."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from stadtwerk.kernel.access import PUBLIC, ROLES, Principal, may
from stadtwerk.kernel.access.accounts import People
from stadtwerk.kernel.access.decide import decide, read_note
from stadtwerk.kernel.access.evolve import evolve
from stadtwerk.kernel.access.four_eyes import Rule
from stadtwerk.kernel.access.orders import (
    ALL,
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
from stadtwerk.kernel.access.personal import personal_fields, restore_content, seal_content
from stadtwerk.kernel.access.roles import opens
from stadtwerk.kernel.command import Order
from stadtwerk.kernel.journal import Document
from stadtwerk.kernel.refusal import Refused

ANNA, BERT = "p-" + "a" * 16, "p-" + "b" * 16
KINDS = {content: kind for kind, content in ALL.items()}


def sealed(text: str = "x", person: str = ANNA) -> str:
    """Look like ciphertext."""
    return f"sealed:1:{person}:{text}"


class House:
    """Accounts with their documents, as the lane keeps them."""

    def __init__(self) -> None:
        self.people = People()
        self.documents: dict[tuple[str, str], Document] = {}
        self.events: list[Any] = []

    def order(self, content: Any, actor: str = "operator", command_id: str = "command-1") -> str:
        """Decide an order and return how it ended: its state, or the type of its refusal."""
        events = decide(self.people, Order(command_id, actor, KINDS[type(content)], content), 1_000)
        self.events += events
        end = events[-1]
        for event in events:
            if not event.kind.startswith("command."):
                self.documents.update({(kept.collection, kept.id): kept for kept in evolve(self.people, event)})
        return end.body["state"] if "state" in end.body else end.body["refusal"]["type"].rpartition(":")[2]


@pytest.fixture
def house() -> House:
    """A house with two accounts."""
    house = House()
    assert house.order(CreateAccount(sealed(), sealed(), ("operator",), "", ANNA)) == "confirmed"
    assert house.order(CreateAccount(sealed("y", BERT), "", ("admin",), "", BERT)) == "confirmed"
    return house


@pytest.mark.secures("AR-1")
def test_each_role_opens_its_own_and_says_why() -> None:
    """The table of docs/access.md, as questions."""
    table = {
        "operator": ("lighting.set-level", "waste.empty", "lighting.read", "access.approve", "me.account"),
        "engineer": ("schedule.add", "lighting.set-level", "access.approve"),
        "crew": ("lighting.finish-job", "crew.read", "me.account"),
        "caseworker": ("services.close", "me.account"),
        "admin": ("access.set-roles", "people.see", "audit.see", "links.create", "lighting.read"),
        "auditor": ("audit.see", "people.see", "lighting.read"),
        "partner": ("ngsild.read", "me.account"),
        "public": ("ngsild.read", "head.read"),
    }
    closed = {
        "operator": ("access.set-roles", "people.see", "audit.see", "links.create", "schedule.add"),
        "engineer": ("access.set-roles", "audit.see"),
        "crew": ("lighting.set-level", "lighting.plan-job", "lighting.read", "commands.read"),
        "caseworker": ("lighting.set-level", "commands.read", "audit.see"),
        "admin": ("lighting.set-level", "schedule.add"),
        "auditor": ("lighting.set-level", "access.set-roles", "links.create", "access.approve"),
        "partner": ("lighting.read", "commands.read"),
        "public": ("me.account", "lighting.read", "city.read"),
    }
    assert set(table) == set(ROLES)
    for name in ROLES:
        assert ROLES[name].why.endswith(".")
        for permission in table[name]:
            assert may(Principal("x", (name,)), permission), (name, permission)
        for permission in closed[name]:
            assert not may(Principal("x", (name,)), permission), (name, permission)
    assert not may(Principal("x", ("nobody", "")), "health.read")
    assert may(PUBLIC, "health.read")


def test_the_last_pattern_counts() -> None:
    """A pattern with `!` closes what an earlier one opened, a later one opens it again."""
    assert opens(("*", "!a.*", "a.b"), "a.b")
    assert not opens(("*", "!a.*", "a.b"), "a.c")
    assert not opens((), "a.b")


@pytest.mark.secures("AR-1")
def test_scopes_narrow_and_never_widen() -> None:
    """A key may what its person may and its scopes name."""
    key = Principal("x", ("operator",), ("ngsild.read", "access.*"))
    assert may(key, "ngsild.read")
    assert not may(key, "lighting.set-level")
    assert not may(key, "access.set-roles")


def test_an_account_lives(house: House) -> None:
    """Created, renamed, given roles, closed, opened, forgotten; each once and only where it is."""
    assert house.people.principal(ANNA, "link") == Principal(ANNA, ("operator",), (), "link")
    assert house.order(CreateAccount(sealed(), "", (), "", ANNA)) == "account-exists"
    assert house.order(Rename(ANNA, sealed("y"))) == "confirmed"
    assert house.people.accounts[ANNA].name == sealed("y")
    assert house.order(Rename(ANNA, "")) == "invalid"
    assert house.order(SetRoles(ANNA, ("auditor", "partner"))) == "confirmed"
    assert house.order(Disable(ANNA)) == "confirmed"
    assert house.people.principal(ANNA, "link") is None
    assert house.order(Disable(ANNA)) == "state"
    assert house.order(Enable(ANNA)) == "confirmed"
    assert house.people.accounts[ANNA].roles == ("auditor", "partner")
    assert house.order(SetRoles("p-" + "c" * 16, ())) == "unknown-account"


def test_nobody_changes_the_own_rights(house: House) -> None:
    """Not even an admin: another one has to."""
    assert house.order(SetRoles(BERT, ("operator",)), actor=BERT) == "yourself"
    assert house.order(Disable(BERT), actor=BERT) == "yourself"
    assert house.order(Erase(BERT), actor=BERT) == "yourself"


@pytest.mark.secures("AR-9")
def test_keys_and_passkeys_are_ones_own_affair(house: House) -> None:
    """Nobody adds a way in to somebody else's account, not even an admin."""
    passkey = AddPasskey(ANNA, "k1", sealed(), sealed())
    key = CreateKey(ANNA, "a1", sealed(), "hash", 5_000_000, ("ngsild.read",), 5)
    assert house.order(passkey, actor=BERT) == "not-yours"
    assert house.order(key, actor=BERT) == "not-yours"
    assert house.order(passkey, actor=ANNA) == "confirmed"
    assert house.order(passkey, actor=ANNA) == "passkey-exists"
    assert house.order(key, actor=ANNA) == "confirmed"
    assert house.order(RevokeKey(BERT, "a1"), actor=BERT) == "unknown-key"
    found = house.people.of_key("hash", 4_999_999)
    assert found
    assert found[0] == Principal(ANNA, ("operator",), ("ngsild.read",), "key")
    assert house.people.of_key("hash", 5_000_000) is None, "it has run out"
    assert house.order(RevokeKey(ANNA, "a1"), actor=ANNA) == "confirmed"
    assert house.people.of_key("hash", 0) is None
    assert house.order(RemovePasskey(ANNA, "k1"), actor=ANNA) == "confirmed"


def test_the_forgotten_leave_nothing_but_a_pseudonym(house: House) -> None:
    """After erasure there is no sealed text, no passkey, no key, and nobody can change the account."""
    house.order(AddPasskey(ANNA, "k1", sealed(), sealed()), actor=ANNA)
    house.order(CreateKey(ANNA, "a1", sealed(), "hash", 5_000_000), actor=ANNA)
    assert house.order(Erase(ANNA), actor=BERT) == "confirmed"
    bodies = [kept.body or b"" for kept in house.documents.values() if ANNA in (kept.body or b"").decode()]
    assert len(bodies) == 1
    assert b"sealed" not in bodies[0]
    assert house.people.of_key("hash", 0) is None
    assert house.order(Enable(ANNA)) == "unknown-account"


def test_documents_bring_everything_back(house: House) -> None:
    """What was kept makes the same people again."""
    house.order(AddPasskey(ANNA, "k1", sealed(), sealed()), actor=ANNA)
    house.order(CreateKey(ANNA, "a1", sealed(), "hash", 5_000_000), actor=ANNA)
    again = People()
    again.recall(reversed(house.documents.values()))
    assert (again.accounts, again.passkeys, again.keys, again.by_token) == (
        house.people.accounts,
        house.people.passkeys,
        house.people.keys,
        house.people.by_token,
    )


@pytest.mark.secures("personal")
def test_open_personal_text_is_never_decided() -> None:
    """A name that nobody sealed does not even reach the journal as a refusal."""
    house = House()
    with pytest.raises(Refused, match="sealed"):
        house.order(CreateAccount("Anna Brandt", "", (), "", ANNA))
    with pytest.raises(Refused, match="reason"):
        house.order(Disable(ANNA, "because of Anna"))
    assert not house.events


def test_every_order_seals_its_personal_fields() -> None:
    """Which fields are personal is said by their type; sealing and restoring keep the rest."""
    assert personal_fields(CreateAccount) == ("name", "mail", "reason")
    assert personal_fields(SetRoles) == ("reason",)
    content = CreateAccount("Anna", "", ("admin",), "new")
    done = seal_content(content, lambda field, text: f"sealed:1:{ANNA}:{field}:{text}" + "x" * 300)
    assert done.mail == ""
    assert done.name.startswith(f"sealed:1:{ANNA}:name:Anna")
    assert restore_content(CreateAccount, msgspec.to_builtins(done)) == done


@pytest.mark.secures("log")
def test_a_reading_is_an_event_of_the_person() -> None:
    """Who read what, what for, when on the city's clock and on the wall's."""
    note = read_note(ANNA, BERT, 7, fields=("name",), why="to call back", wall_us=9)
    assert (note.subject, note.actor, note.at_us) == (ANNA, BERT, 7)
    assert note.body == {"fields": ["name"], "why": "to call back", "wall_us": 9}


def test_a_rule_catches_what_it_names(house: House) -> None:
    """Conditions that are given must all hold."""
    order = Order("command-1", "operator", "access.set-roles", SetRoles(ANNA, ("admin",)))
    assert Rule("access.*", role="admin").catches(order, [])
    assert not Rule("access.*", role="engineer").catches(order, [])
    assert not Rule("lighting.*").catches(order, [])
    assert not Rule("access.*", targets_over=0).catches(order, [])
    assert not Rule("access.*", level_below_percent=50).catches(order, [])
