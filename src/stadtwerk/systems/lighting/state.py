"""Everything street lighting knows: the lamps, what was seen of them, what was decided."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from stadtwerk.kernel.clock import US
from stadtwerk.kernel.command import Book
from stadtwerk.kernel.observation import Times, Values
from stadtwerk.kernel.state import ColumnState
from stadtwerk.systems.lighting.energy.state import Energy
from stadtwerk.systems.lighting.faults.learned import LEARNED
from stadtwerk.systems.lighting.faults.state import Faults
from stadtwerk.systems.lighting.inventory import Inventory
from stadtwerk.systems.lighting.plans.rollout import TOLD, Rollout
from stadtwerk.systems.lighting.plans.state import Plans
from stadtwerk.systems.lighting.policy.state import Policies
from stadtwerk.systems.lighting.proofs import Proofs
from stadtwerk.systems.lighting.supply import Supply, read_supply
from stadtwerk.systems.lighting.works.state import Works
from stadtwerk.vocab.lighting import (
    CABINET_COLUMNS,
    GATEWAY_COLUMNS,
    GROUP_COLUMNS,
    LAMP_COLUMNS,
    LEARNED_COLUMNS,
    PROGRAM_COLUMNS,
)

LAMP_FAILURE, DRIVER_FAILURE, OVERRIDE_ACTIVE, CLOCK_NOT_SET = 1, 2, 4, 8
"""Flag bits of a lamp's status."""

FAULT, OVERRIDDEN, SILENT, WAITING = 1, 2, 4, 8
"""Flag bits of a lamp on the screen."""

SILENT_PERIODS = 3
"""A lamp not heard for so many report periods is silent."""


@dataclass(slots=True)
class Memory:
    """What sensing remembers between two looks; lost with the process, and found again within an hour."""

    excused_us: Times
    """When each lamp (n,) last could not be heard for a known reason."""
    cabinets_excused_us: Times
    """When each cabinet's controller (m,) could not."""
    dark_since_us: Times
    """Since when each lamp's program (n,) asks for no light, 0 = it asks for some."""


@dataclass(slots=True)
class Lighting:
    """Street lighting's working copy: lamps, cabinets and gateways as last heard."""

    inventory: Inventory
    seen: ColumnState
    book: Book
    supply: Supply
    cabinets: ColumnState
    gateways: ColumnState
    learned: ColumnState
    """What the nights taught of each lamp."""
    groups: ColumnState
    """What each street's local group told, streets in the inventory's order."""
    told: ColumnState
    """Which plan each lamp says it keeps."""
    rollout: Rollout
    """Who keeps the plan they are to follow."""
    memory: Memory
    plans: Plans
    """Programs, calendars, and which lamp follows which."""
    listening_since_us: int = 0
    """When the platform began to listen: silence before that says nothing about a lamp."""
    radio_up: bool = True
    """Whether the broker is reached."""
    radio_since_us: int = 0
    """When it was reached last: silence before that says nothing about a gateway."""
    faults: Faults = field(default_factory=Faults)
    """What measurements found, and what became of it."""
    works: Works = field(default_factory=Works)
    """Jobs, reports, crews and tours."""
    policies: Policies = field(default_factory=Policies)
    """Streets lit on demand."""
    energy: Energy = field(default_factory=Energy)
    """Accounts of nights, and how little light is enough."""
    proofs: Proofs = field(default_factory=Proofs)
    """The streets' certificates at hand, for the class map."""

    def flags(self) -> NDArray[np.uint8]:
        """Return what the lamps say of themselves, (n,) bits, 0 where never heard."""
        return np.nan_to_num(self.seen["flags"]).astype(np.uint8)

    def silent(self, now_us: int) -> NDArray[np.bool_]:
        """Tell which lamps have not been heard for too long, (n,)."""
        period_s = self.inventory.city["radio"]["report_period_s"]
        horizon_us = now_us - round(SILENT_PERIODS * period_s * US)
        return np.asarray(np.maximum(self.seen.observed_at_us, self.listening_since_us) < horizon_us)

    def on_demand(self) -> NDArray[np.bool_]:
        """Tell which lamps (n,) belong to a street whose group says that it moves its light."""
        follows = np.nan_to_num(self.groups["following"]) > 0
        return np.asarray(follows[self.inventory.streets.of_lamp])

    def screen_flags(self, now_us: int) -> NDArray[np.uint8]:
        """Return the bits the map shows for each lamp, (n,) uint8."""
        said = self.flags()
        fault = (said & (LAMP_FAILURE | DRIVER_FAILURE)) != 0
        bits = fault * FAULT + ((said & OVERRIDE_ACTIVE) != 0) * OVERRIDDEN
        bits = bits + self.silent(now_us) * SILENT + (self.book.holder != 0) * WAITING
        return np.asarray(bits, np.uint8)

    def power_now_w(self) -> Values:
        """Return each lamp's last told power, (n,) W, 0 where never heard."""
        return np.nan_to_num(self.seen["power_w"])


def make_lighting(inventory: Inventory) -> Lighting:
    """Start with nothing seen and nothing decided."""
    n, supply = len(inventory), read_supply(inventory)
    return Lighting(
        inventory,
        ColumnState("Streetlight", n, LAMP_COLUMNS),
        Book(n),
        supply,
        ColumnState("StreetlightControlCabinet", len(supply.cabinet_ids), CABINET_COLUMNS),
        ColumnState("Gateway", len(supply.gateway_ids), GATEWAY_COLUMNS),
        ColumnState(LEARNED, n, LEARNED_COLUMNS),
        ColumnState("StreetLighting", len(inventory.streets.ids), GROUP_COLUMNS),
        ColumnState(TOLD, n, PROGRAM_COLUMNS),
        Rollout(n),
        Memory(
            excused_us=np.zeros(n, np.int64),
            cabinets_excused_us=np.zeros(len(supply.cabinet_ids), np.int64),
            dark_since_us=np.zeros(n, np.int64),
        ),
        Plans(inventory),
    )
