"""A small city of several streets for light on demand, and a house in which its orders become true."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from path.small_city import write_small_city
from stadtwerk.app.folder import open_folder
from stadtwerk.app.policy_search import Wanted, find
from stadtwerk.kernel.clock import US
from stadtwerk.kernel.command import Command, Order
from stadtwerk.kernel.journal import Document, Event
from stadtwerk.systems.lighting import SYSTEM
from stadtwerk.systems.lighting.inventory import Inventory, read_inventory
from stadtwerk.systems.lighting.policy.decide import failed, planned
from stadtwerk.systems.lighting.policy.orders import ORDERS
from stadtwerk.systems.lighting.policy.things import Policy
from stadtwerk.systems.lighting.state import make_lighting

NIGHT_US = 1_790_028_000 * US
"""2026-09-21T22:00Z: midnight in the city, lamps are on."""
SPACING_DEG = 30.0 / 111_195.0 / 0.6235
"""Thirty metres along a parallel at 51.43 degrees north, degrees."""
KINDS = {content: kind for kind, content in ORDERS.items()}


def write_village(folder: Path, streets: dict[str, int], change: Callable[[int, dict[str, str]], None]) -> Path:
    """Write a city of streets by name with so many lamps 30 m apart; `change` may alter a lamp by its number from 0."""
    total = sum(streets.values())
    write_small_city(folder, total)
    kept = _read(folder / "streets.csv")[0]
    _write(folder / "streets.csv", [{**kept, "id": name, "length_m": str(30 * n)} for name, n in streets.items()])
    lamps = _read(folder / "lamps.csv")
    names = [name for name, n in streets.items() for _ in range(n)]
    for number, (lamp, street) in enumerate(zip(lamps, names, strict=True)):
        lamp["street"], lamp["lon"] = street, f"{6.7 + number * SPACING_DEG:.7f}"
        change(number, lamp)
    _write(folder / "lamps.csv", lamps)
    return folder


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _write(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def inventory_of(folder: Path) -> Inventory:
    """Read a city."""
    return read_inventory(open_folder(folder))


class House:
    """Lighting whose orders become true as in the lane, with events and the documents they leave."""

    def __init__(self, inventory: Inventory) -> None:
        self.inventory, self.lighting = inventory, make_lighting(inventory)
        self.kept: dict[tuple[str, str], Document] = {}
        self.events: list[Event] = []
        self.orders = 0

    def order(self, content: Any, now_us: int = NIGHT_US) -> Command:
        """Give an order and return its command."""
        self.orders += 1
        order = Order(f"order-{self.orders:05d}", "ada", KINDS[type(content)], content)
        self.take(SYSTEM.decide(self.lighting, order, now_us))
        return self.lighting.book.commands[order.id]

    def take(self, events: Iterable[Event]) -> None:
        """Make events true."""
        for event in events:
            self.events.append(event)
            if event.kind.startswith("command."):
                self.lighting.book.evolve(event)
                continue
            for document in SYSTEM.evolve(self.lighting, event):
                self.kept[document.collection, document.id] = document

    def calculate(self, now_us: int = NIGHT_US) -> None:
        """Do what the planner's process does for all streets that wait."""
        policies = self.lighting.policies
        for one in [policy for policy in policies.kept if policy.state == "asked"]:
            found = find(self.inventory, Wanted(one.id, one.steps, one.fade_s, one.traffic, one.dark), now_us)
            if found.worked is None:
                self.take(failed(policies, one.id, found.why, now_us))
            else:
                self.take(planned(policies, one.id, found.worked, now_us))

    def policy(self, street: str) -> Policy:
        """Return a street's policy."""
        found = self.lighting.policies.kept.get(street)
        assert found
        return found


def refusal(command: Command) -> tuple[str, int]:
    """Return how an order was refused: the problem's name and status."""
    assert command.state == "refused"
    assert command.refusal
    return command.refusal.type.rpartition(":")[2], command.refusal.status
