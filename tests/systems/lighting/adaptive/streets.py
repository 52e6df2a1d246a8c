"""Rings for tests: the field brief's street, and drawn ones."""

from __future__ import annotations

from functools import cache

from stadtwerk.systems.lighting.engine.adaptive.influence import Influence, influence_of
from stadtwerk.systems.lighting.engine.adaptive.table import Steps, Table
from stadtwerk.systems.lighting.engine.en13201.generated import generated_luminaire
from stadtwerk.systems.lighting.engine.en13201.street import Row, Street, Strip
from stadtwerk.systems.lighting.engine.en13201.surface import surface

M4, M6 = {"carriageway": "M4"}, {"carriageway": "M6"}
LIGHT = generated_luminaire("even", 9_000.0, 70.0)
BRIEF = Street(35.0, 7.0, 2, (Row(LIGHT, -0.5, 8.0),), surface("R3"))
ROWS = (Row(LIGHT, -0.5, 8.0, 3.0), Row(LIGHT, 7.0, 7.5, 20.0, 0.0, 180.0))
BOTH_WAYS = Street(31.0, 6.5, 2, ROWS, surface("R3"), (Strip("footway right", -2.5, 2.0),), two_way=True)


@cache
def ring(fields: int = 30) -> Influence:
    """The brief's street closed to a ring."""
    return influence_of(BRIEF, fields)


@cache
def table(fields: int = 30) -> Table:
    """Its table with single bubbles learnt."""
    made = Table(ring(fields), Steps(M4, M6))
    made.learn([bytes([1] * length + [0] * (fields - length)) for length in range(3, fields - 2, 3)])
    return made
