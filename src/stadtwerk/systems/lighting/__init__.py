"""Street lighting: every lamp of the city, its light, its energy, who asked for what."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from stadtwerk.kernel.command import Order
from stadtwerk.kernel.journal import Document, Event
from stadtwerk.kernel.system import System
from stadtwerk.systems.lighting.actuate import actuate
from stadtwerk.systems.lighting.alarms import ALARMS
from stadtwerk.systems.lighting.decide import decide
from stadtwerk.systems.lighting.demand import QUERIES as DEMAND_QUERIES
from stadtwerk.systems.lighting.energy.decide import decide as decide_energy
from stadtwerk.systems.lighting.energy.evolve import evolve as evolve_energy
from stadtwerk.systems.lighting.energy.orders import ORDERS as ENERGY_ORDERS
from stadtwerk.systems.lighting.energy.queries import QUERIES as ENERGY_QUERIES
from stadtwerk.systems.lighting.entities import entity_sources
from stadtwerk.systems.lighting.faults.ageing import QUERIES as AGEING_QUERIES
from stadtwerk.systems.lighting.faults.decide import decide as decide_faults
from stadtwerk.systems.lighting.faults.evolve import evolve as evolve_faults
from stadtwerk.systems.lighting.faults.learned import LEARNED
from stadtwerk.systems.lighting.faults.orders import ORDERS as FAULT_ORDERS
from stadtwerk.systems.lighting.faults.queries import QUERIES as FAULT_QUERIES
from stadtwerk.systems.lighting.inventory import read_inventory
from stadtwerk.systems.lighting.law.queries import QUERIES as LAW_QUERIES
from stadtwerk.systems.lighting.plans.decide import decide as decide_plans
from stadtwerk.systems.lighting.plans.evolve import evolve as evolve_plans
from stadtwerk.systems.lighting.plans.orders import ORDERS as PLAN_ORDERS
from stadtwerk.systems.lighting.plans.queries import QUERIES as PLAN_QUERIES
from stadtwerk.systems.lighting.plans.rollout import TOLD
from stadtwerk.systems.lighting.policy.decide import decide as decide_policies
from stadtwerk.systems.lighting.policy.evolve import evolve as evolve_policies
from stadtwerk.systems.lighting.policy.orders import ORDERS as POLICY_ORDERS
from stadtwerk.systems.lighting.policy.queries import QUERIES as POLICY_QUERIES
from stadtwerk.systems.lighting.queries import QUERIES
from stadtwerk.systems.lighting.react import REACT
from stadtwerk.systems.lighting.sense import sense
from stadtwerk.systems.lighting.state import Lighting, make_lighting
from stadtwerk.systems.lighting.watched import watched
from stadtwerk.systems.lighting.works.decide import decide as decide_works
from stadtwerk.systems.lighting.works.evolve import evolve as evolve_works
from stadtwerk.systems.lighting.works.orders import ORDERS as WORKS_ORDERS
from stadtwerk.systems.lighting.works.queries import QUERIES as WORKS_QUERIES
from stadtwerk.vocab.lighting import (
    CABINET_COLUMNS,
    CITY_COLUMNS,
    COMMANDS,
    GATEWAY_COLUMNS,
    GROUP_COLUMNS,
    LAMP_COLUMNS,
    LEARNED_COLUMNS,
    PROGRAM_COLUMNS,
    WHOLE_COLUMNS,
)


def _decide(lighting: Lighting, order: Order, now_us: int) -> list[Event]:
    if order.kind in WORKS_ORDERS:
        return decide_works(lighting, order, now_us)
    if order.kind in FAULT_ORDERS:
        return decide_faults(lighting.faults, order, now_us)
    if order.kind in PLAN_ORDERS:
        return decide_plans(lighting.inventory, lighting.plans, order, now_us)
    if order.kind in POLICY_ORDERS:
        return decide_policies(lighting.inventory, lighting.policies, order, now_us)
    if order.kind in ENERGY_ORDERS:
        return decide_energy(lighting.energy, order, now_us)
    return decide(lighting, order, now_us)


def _evolve(lighting: Lighting, event: Event) -> Sequence[Document]:
    return (
        *evolve_works(lighting.works, event),
        *evolve_faults(lighting.faults, event),
        *evolve_plans(lighting.plans, event),
        *evolve_policies(lighting.policies, event),
        *evolve_energy(lighting.energy, event),
    )


def _recall(lighting: Lighting, documents: Iterable[Document]) -> None:
    kept = list(documents)
    lighting.works.recall(kept)
    lighting.faults.recall(kept)
    lighting.plans.recall(kept)
    lighting.policies.recall(kept)
    lighting.energy.recall(kept)


SYSTEM = System(
    name="lighting",
    commands={**COMMANDS, **WORKS_ORDERS, **FAULT_ORDERS, **PLAN_ORDERS, **POLICY_ORDERS, **ENERGY_ORDERS},
    queries=(
        *QUERIES,
        *DEMAND_QUERIES,
        *WORKS_QUERIES,
        *FAULT_QUERIES,
        *AGEING_QUERIES,
        *LAW_QUERIES,
        *PLAN_QUERIES,
        *POLICY_QUERIES,
        *ENERGY_QUERIES,
    ),
    make=lambda folder: make_lighting(read_inventory(folder)),
    decide=_decide,
    evolve=_evolve,
    recall=_recall,
    columns={
        "Streetlight": LAMP_COLUMNS,
        "StreetlightControlCabinet": CABINET_COLUMNS,
        "Gateway": GATEWAY_COLUMNS,
        "StreetLighting": GROUP_COLUMNS,
        "CityLighting": CITY_COLUMNS,
        LEARNED: LEARNED_COLUMNS,
        TOLD: PROGRAM_COLUMNS,
    },
    whole=WHOLE_COLUMNS,
    seen=lambda lighting: (
        lighting.seen,
        lighting.cabinets,
        lighting.gateways,
        lighting.learned,
        lighting.groups,
        lighting.told,
    ),
    entities=entity_sources,
    actuate=lambda lighting, told, now_us: actuate(told, now_us),
    needs=lambda lighting, content: ("lighting.set-aside-rule",) if getattr(content, "despite", "") else (),
    alarms=ALARMS,
    watched=watched,
    sense=sense,
    react=REACT,
)
