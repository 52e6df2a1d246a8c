"""Shared poles: what else hangs on the poles of the street lights, what they can carry, and who pays."""

from __future__ import annotations

from stadtwerk.kernel.system import System
from stadtwerk.systems.poles.alarms import ALARMS, sense, watched
from stadtwerk.systems.poles.decide import Poles, decide, evolve
from stadtwerk.systems.poles.stock import read_stock
from stadtwerk.systems.poles.views import QUERIES, entities
from stadtwerk.vocab.poles import COMMANDS

SYSTEM = System(
    name="poles",
    commands=COMMANDS,
    queries=QUERIES,
    make=lambda folder: Poles(read_stock(folder)),
    decide=decide,
    evolve=evolve,
    recall=lambda poles, documents: poles.shared.recall(documents),
    entities=entities,
    alarms=ALARMS,
    watched=watched,
    sense=sense,
)
