"""Street lighting: every lamp of the city, its light, its energy, who asked for what."""

from __future__ import annotations

from stadtwerk.kernel.command import Order
from stadtwerk.kernel.journal import Event
from stadtwerk.kernel.system import System
from stadtwerk.systems.lighting.actuate import actuate
from stadtwerk.systems.lighting.alarms import ALARMS
from stadtwerk.systems.lighting.decide import decide
from stadtwerk.systems.lighting.entities import entity_sources
from stadtwerk.systems.lighting.inventory import read_inventory
from stadtwerk.systems.lighting.queries import QUERIES
from stadtwerk.systems.lighting.react import REACT
from stadtwerk.systems.lighting.sense import sense
from stadtwerk.systems.lighting.state import Lighting, make_lighting
from stadtwerk.systems.lighting.watched import watched
from stadtwerk.vocab.lighting import (
    CABINET_COLUMNS,
    CITY_COLUMNS,
    COMMANDS,
    GATEWAY_COLUMNS,
    LAMP_COLUMNS,
    WHOLE_COLUMNS,
)


def _decide(lighting: Lighting, order: Order, now_us: int) -> list[Event]:
    return decide(lighting.inventory, lighting.book, order, now_us)


SYSTEM = System(
    name="lighting",
    commands=COMMANDS,
    queries=QUERIES,
    make=lambda folder: make_lighting(read_inventory(folder)),
    decide=_decide,
    columns={
        "Streetlight": LAMP_COLUMNS,
        "StreetlightControlCabinet": CABINET_COLUMNS,
        "Gateway": GATEWAY_COLUMNS,
        "CityLighting": CITY_COLUMNS,
    },
    whole=WHOLE_COLUMNS,
    seen=lambda lighting: (lighting.seen, lighting.cabinets, lighting.gateways),
    entities=entity_sources,
    actuate=lambda lighting, told, now_us: actuate(told, now_us),
    alarms=ALARMS,
    watched=watched,
    sense=sense,
    react=REACT,
)
