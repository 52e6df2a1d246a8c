"""The face of accounts: a system of the house like any other."""

from __future__ import annotations

from stadtwerk.kernel.access.accounts import People
from stadtwerk.kernel.access.decide import decide
from stadtwerk.kernel.access.evolve import evolve
from stadtwerk.kernel.access.orders import COMMANDS
from stadtwerk.kernel.system import System

SYSTEM = System(
    name="access",
    commands=COMMANDS,
    queries=(),
    make=lambda folder: People(),
    decide=decide,
    evolve=evolve,
    recall=People.recall,
)
