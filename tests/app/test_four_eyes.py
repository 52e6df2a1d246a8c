"""What waits for a second person, decided without a city around it: times, rights, and that it happens as asked."""

from __future__ import annotations

from typing import Any

import pytest

from stadtwerk.app.four_eyes import FourEyes
from stadtwerk.kernel.access.accounts import Account, People
from stadtwerk.kernel.access.four_eyes import Rule
from stadtwerk.kernel.access.orders import Approve, Disable, Erase, Reject, SetRoles
from stadtwerk.kernel.access.roles import Principal
from stadtwerk.kernel.access.system import SYSTEM
from stadtwerk.kernel.clock import US
from stadtwerk.kernel.command import Order
from stadtwerk.kernel.system import Part

HOUSE = Principal("operator", ("operator", "admin"))
ANNA, BERT, OTTO = (f"p-{letter * 16}" for letter in "abo")
RULES = (Rule("access.set-roles", role="admin", wait_minutes=10),)


class Desk:
    """Four eyes over accounts alone; makes true what is decided."""

    def __init__(self) -> None:
        self.people = People()
        for who, role in ((ANNA, "admin"), (BERT, "admin"), (OTTO, "operator")):
            self.people.keep(Account(who, "", "", (role,), "active", 0))
        self.eyes = FourEyes({"access": Part(SYSTEM, self.people)}, RULES, HOUSE)

    def order(self, kind: str, content: Any, actor: str, command_id: str, at_us: int = 0) -> str:
        """Order something and return the state its command is in then."""
        self.become(self.eyes.decide(Order(command_id, actor, f"access.{kind}", content), at_us))
        return self.people.book.commands[command_id].state

    def become(self, events: list[Any]) -> None:
        """Make events true."""
        for event in events:
            if self.people.book.evolve(event) is None:
                SYSTEM.evolve(self.people, event)


@pytest.fixture
def desk() -> Desk:
    """Anna has asked to make Otto an admin."""
    desk = Desk()
    assert desk.order("set-roles", SetRoles(OTTO, ("admin",), "sealed:1:x:y" * 30), ANNA, "asked-01") == "requested"
    assert [command.id for command in desk.eyes.held()] == ["asked-01"]
    assert desk.people.accounts[OTTO].roles == ("operator",)
    return desk


def test_a_second_person_lets_it_happen(desk: Desk) -> None:
    assert desk.order("approve", Approve("asked-01"), BERT, "second-1", 5 * 60 * US) == "confirmed"
    assert desk.people.accounts[OTTO].roles == ("admin",)
    assert desk.people.book.commands["asked-01"].state == "confirmed"
    assert not desk.eyes.held()
    assert desk.order("approve", Approve("asked-01"), BERT, "second-2") == "refused"


@pytest.mark.parametrize("who", [ANNA, OTTO, "p-nobody", "somebody"])
def test_not_the_same_person_nor_one_without_the_right(desk: Desk, who: str) -> None:
    assert desk.order("approve", Approve("asked-01"), who, "second-1") == "refused"
    assert desk.order("reject", Reject("asked-01"), who, "second-2") == "refused"
    assert desk.eyes.held()


def test_after_the_deadline_it_is_over(desk: Desk) -> None:
    assert desk.order("approve", Approve("asked-01"), BERT, "second-1", 10 * 60 * US) == "refused"
    assert not desk.eyes.lapsed(10 * 60 * US - 1)
    desk.become(desk.eyes.lapsed(10 * 60 * US))
    assert desk.people.book.commands["asked-01"].state == "expired"
    assert desk.people.accounts[OTTO].roles == ("operator",)


def test_no_is_no(desk: Desk) -> None:
    assert desk.order("reject", Reject("asked-01", "not now"), BERT, "second-1") == "confirmed"
    command = desk.people.book.commands["asked-01"]
    assert (command.state, command.refusal and command.refusal.detail) == ("refused", f"{BERT}: not now")


def test_it_is_decided_anew_when_it_is_approved(desk: Desk) -> None:
    """The account may be gone by then."""
    desk.become(SYSTEM.decide(desk.people, Order("erased-1", BERT, "access.erase", Erase(OTTO)), 1))
    assert desk.order("approve", Approve("asked-01"), BERT, "second-1", 2) == "confirmed"
    assert desk.people.book.commands["asked-01"].state == "refused"


def test_what_no_rule_names_just_happens(desk: Desk) -> None:
    assert desk.order("set-roles", SetRoles(OTTO, ("auditor",)), ANNA, "asked-02") == "confirmed"
    assert desk.order("disable", Disable(OTTO), ANNA, "asked-03") == "confirmed"
    assert desk.order("set-roles", SetRoles("p-" + "z" * 16, ("admin",)), ANNA, "asked-04") == "refused", "at once"


def test_held_commands_stay_in_mind(desk: Desk) -> None:
    desk.people.book.forget(0)
    assert desk.eyes.held()
