"""What street lighting allows, and the whole life of its commands."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from path.small_city import write_small_city
from stadtwerk.app.folder import open_folder
from stadtwerk.kernel.clock import US, iso
from stadtwerk.kernel.command import CONFIRMED, Book, Command, Order
from stadtwerk.kernel.journal import Event
from stadtwerk.systems.lighting.decide import answered, decide, expire, sent
from stadtwerk.systems.lighting.engine.delivery import due_round, plan_calls
from stadtwerk.systems.lighting.inventory import Inventory, read_inventory
from stadtwerk.systems.lighting.state import Lighting, make_lighting
from stadtwerk.vocab.lighting import Clear, SetLevel, Target

NOW_US = 1_790_000_000 * US
SOON = iso(NOW_US + 3600 * US)


@pytest.fixture(scope="module")
def inventory(tmp_path_factory: pytest.TempPathFactory) -> Inventory:
    """A street of ten lamps on two circuits."""
    return read_inventory(open_folder(write_small_city(tmp_path_factory.mktemp("city"), 10)))


def order(target: Target, number: int = 1, **more: object) -> Order:
    """Ask for 40 % until in an hour."""
    content = SetLevel(target=target, level_percent=40, until=SOON)
    for name, value in more.items():
        content = type(content)(**{**{f: getattr(content, f) for f in content.__struct_fields__}, name: value})
    return Order(f"order-{number:04d}", "ada", "lighting.set-level", content)


def make_true(book: Book, events: list[Event]) -> None:
    """Let events happen."""
    for event in events:
        book.evolve(event)


def lighting_of(inventory: Inventory, book: Book) -> Lighting:
    """Lighting with a book of commands."""
    lighting = make_lighting(inventory)
    lighting.book = book
    return lighting


def accept(inventory: Inventory, book: Book, asked: Order) -> Command:
    """Decide an order and return its command."""
    make_true(book, decide(lighting_of(inventory, book), asked, NOW_US))
    return book.commands[asked.id]


def test_life_to_confirmed(inventory: Inventory) -> None:
    """Accepted with a rising token, sent, answered lamp by lamp, confirmed when the last has answered."""
    book = Book(10)
    command = accept(inventory, book, order(Target(street="s1")))
    assert (command.state, command.token, len(command.rows)) == ("accepted", 1, 10)
    make_true(book, [sent(command, NOW_US)])
    assert command.state == "sent"
    some = np.arange(4, dtype=np.int32)
    make_true(book, answered(book, some, np.full(4, 1, np.uint32), CONFIRMED, NOW_US))
    assert command.counts()["confirmed"] == 4
    assert answered(book, some, np.full(4, 1, np.uint32), CONFIRMED, NOW_US) == []
    rest = np.arange(4, 10, dtype=np.int32)
    make_true(book, answered(book, rest, np.full(6, 1, np.uint32), CONFIRMED, NOW_US + US))
    assert (command.state, command.closed_at_us) == ("confirmed", NOW_US + US)
    assert not book.open_commands()
    assert not book.holder.any()


def test_a_foreign_token_confirms_nothing(inventory: Inventory) -> None:
    """A lamp that tells another command's token has not confirmed this one."""
    book = Book(10)
    accept(inventory, book, order(Target(lamp="do-0000003")))
    assert answered(book, np.array([2], np.int32), np.array([7], np.uint32), CONFIRMED, NOW_US) == []


def test_expired_with_a_reason(inventory: Inventory) -> None:
    """After its time a command closes as expired, and the silent lamps have that as their reason."""
    book = Book(10)
    command = accept(inventory, book, order(Target(circuit="c1")))
    make_true(book, answered(book, command.rows[:2], np.full(2, 1, np.uint32), CONFIRMED, NOW_US))
    assert expire(book, NOW_US + 59 * US) == []
    make_true(book, expire(book, NOW_US + 60 * US))
    assert command.state == "expired"
    assert command.counts() == {"pending": 0, "confirmed": 2, "no_answer": 3, "superseded": 0}


def test_a_newer_command_takes_over(inventory: Inventory) -> None:
    """The lamps a newer command wants no longer wait for the older one, which tells so."""
    book = Book(10)
    older = accept(inventory, book, order(Target(street="s1"), 1))
    newer = accept(inventory, book, order(Target(circuit="c2"), 2))
    assert older.counts()["superseded"] == 5
    assert older.open
    assert newer.token > older.token
    assert set(book.holder.tolist()) == {older.token, newer.token}


@pytest.mark.refusal("lighting.set-level")
@pytest.mark.parametrize(
    ("asked", "field"),
    [
        (order(Target(lamp="do-9999999")), "target.lamp"),
        (order(Target(street="nowhere")), "target.street"),
        (order(Target()), "target"),
        (order(Target(lamp="do-0000001", street="s1")), "target"),
        (order(Target(polygon=((0.0, 0.0), (1.0, 0.0), (1.0, 1.0)))), "target"),
        (order(Target(street="s1"), until=iso(NOW_US)), "until"),
        (order(Target(street="s1"), until=iso(NOW_US + 32 * 86_400 * US)), "until"),
        (order(Target(street="s1"), until="tomorrow"), "until"),
    ],
)
def test_refused(inventory: Inventory, asked: Order, field: str) -> None:
    """Every refusal names its field and stands in the journal beside what was asked."""
    book = Book(10)
    make_true(book, decide(lighting_of(inventory, book), asked, NOW_US))
    command = book.commands[asked.id]
    assert command.state == "refused"
    assert command.refusal is not None
    assert command.refusal.status == (404 if "no" in command.refusal.detail.split() else 422)
    assert command.refusal.faults[0].field == field
    assert not book.holder.any()


@pytest.mark.refusal("lighting.clear")
def test_clear_of_an_unknown_lamp_is_refused(inventory: Inventory) -> None:
    """There is nothing to end."""
    book = Book(10)
    asked = Order("clear-0002", "ada", "lighting.clear", Clear(Target(lamp="x")))
    make_true(book, decide(lighting_of(inventory, book), asked, NOW_US))
    assert book.commands["clear-0002"].state == "refused"


def test_clear_needs_no_time(inventory: Inventory) -> None:
    """Ending an override is a command of its own with its own life."""
    book = Book(10)
    asked = Order("clear-0001", "ada", "lighting.clear", Clear(Target(district="d1")))
    assert accept(inventory, book, asked).state == "accepted"


def test_calls_never_reach_a_lamp_that_was_not_meant(inventory: Inventory) -> None:
    """A whole district is one call; a circuit is one; single lamps are called one by one."""
    book = Book(10)
    whole = accept(inventory, book, order(Target(district="d1"), 1))
    assert plan_calls(inventory, whole).groups == ["district-d1"]
    assert len(plan_calls(inventory, whole).rows) == 0
    circuit = accept(inventory, book, order(Target(circuit="c1"), 2))
    assert plan_calls(inventory, circuit).groups == ["circuit-c1"]
    two = accept(inventory, book, order(Target(lamps=("do-0000001", "do-0000002")), 3))
    assert plan_calls(inventory, two).groups == []
    assert plan_calls(inventory, two).rows.tolist() == [0, 1]


def test_a_group_is_of_the_lamps_that_its_radio_reaches(tmp_path: Path) -> None:
    """A street with lamps of two radios: LoRaWAN's group where all of its lamps are meant, the others by name."""
    folder = write_small_city(tmp_path / "city", 10, spoken=lambda number: "talq" if number > 6 else "lorawan")
    inventory, book = read_inventory(open_folder(folder)), Book(10)
    whole = accept(inventory, book, order(Target(street="s1"), 1))
    assert (plan_calls(inventory, whole).groups, len(plan_calls(inventory, whole).rows)) == (["district-d1"], 0)
    assert plan_calls(inventory, whole, "talq").groups == []
    assert plan_calls(inventory, whole, "talq").rows.tolist() == [6, 7, 8, 9]
    first = accept(inventory, book, order(Target(lamps=tuple(inventory.ids[:6])), 2))
    assert plan_calls(inventory, first).groups == ["district-d1"]
    assert len(plan_calls(inventory, first, "talq").rows) == 0


def test_few_stragglers_are_called_one_by_one(inventory: Inventory) -> None:
    """When most have answered, the rest is called singly instead of waking the whole group."""
    book = Book(10)
    command = accept(inventory, book, order(Target(street="s1")))
    make_true(book, answered(book, np.arange(9, dtype=np.int32), np.full(9, 1, np.uint32), CONFIRMED, NOW_US))
    calls = plan_calls(inventory, command)
    assert (calls.groups, calls.rows.tolist()) == ([], [9])
    assert [due_round(command, NOW_US + s * US) for s in (0, 13, 14, 28)] == [0, 0, 1, 2]
