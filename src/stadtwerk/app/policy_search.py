"""The process that calculates tables of light on demand: streets on its input, a line for each on its output."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import msgspec

from stadtwerk.app.folder import open_folder
from stadtwerk.kernel.clock import iso
from stadtwerk.kernel.refusal import Refused
from stadtwerk.systems.lighting.inventory import Inventory, read_inventory
from stadtwerk.systems.lighting.policy.plan import work_out
from stadtwerk.systems.lighting.policy.suit import suited
from stadtwerk.systems.lighting.policy.things import Worked

NICE = 10
"""A calculation gives way to the city: it takes what others leave of the processor."""


class Wanted(msgspec.Struct, frozen=True):
    """A street to calculate, as its policy stands."""

    street: str
    steps: int
    fade_s: int
    traffic: tuple[float, float, float]
    dark: tuple[str, ...]


class Problem(msgspec.Struct, frozen=True):
    """The city's folder, the time, the streets."""

    city: str
    now_us: int
    streets: tuple[Wanted, ...]


class Found(msgspec.Struct, frozen=True, omit_defaults=True):
    """What came out for a street, or why nothing did."""

    street: str
    worked: Worked | None = None
    why: str = ""


def find(inventory: Inventory, wanted: Wanted, now_us: int) -> Found:
    """Calculate one street."""
    try:
        place = inventory.streets.index[wanted.street]
        fit = suited(inventory, place, now_us)
        numbers = {inventory.ids[row]: number for number, row in enumerate(fit.rows.tolist())}
        dark = [numbers[lamp] for lamp in wanted.dark]
        about: dict[str, Any] = {
            "city": inventory.city["name"],
            "street": {"id": wanted.street, "name": inventory.streets.names[place]},
            "at": iso(now_us),
            "dark": list(wanted.dark),
            "age_years": round(fit.section.age_years, 1),
            "layout_estimated": fit.section.generated,
        }
        asked = (wanted.steps, wanted.fade_s, wanted.traffic)
        return Found(wanted.street, work_out(fit.section, fit.fields, asked, dark, about))
    except Refused as no:
        return Found(wanted.street, why=no.refusal.detail or no.refusal.title)


def main() -> None:
    """Read, calculate, tell."""
    os.nice(NICE)
    problem = msgspec.json.decode(sys.stdin.buffer.read(), type=Problem)
    inventory = read_inventory(open_folder(Path(problem.city)))
    for wanted in problem.streets:
        sys.stdout.buffer.write(msgspec.json.encode(find(inventory, wanted, problem.now_us)) + b"\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
