"""The house's alarms as a system: their orders, their questions, their state."""

from __future__ import annotations

from stadtwerk.kernel.alarm.decide import decide
from stadtwerk.kernel.alarm.orders import ORDERS
from stadtwerk.kernel.alarm.state import Alarms, evolve, meet, recall
from stadtwerk.kernel.alarm.views import QUERIES
from stadtwerk.kernel.system import System

SYSTEM = System(
    name="alarm",
    commands=ORDERS,
    queries=QUERIES,
    make=lambda folder: Alarms(),
    decide=decide,
    evolve=evolve,
    recall=recall,
    meet=meet,
)
