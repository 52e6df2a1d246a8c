"""One life of the core process under simulation: the real parts, wired as the city wires them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from simulation import diary, index
from simulation.air import Air, MemoryRadio
from simulation.disk import Disk
from simulation.loop import VirtualLoop
from simulation.mutants import Mutant
from simulation.options import Options
from simulation.village import Village
from simulation.world import World
from stadtwerk.adapters.lamp_radio.uplink import Gate
from stadtwerk.app.deliver import Deliver
from stadtwerk.app.lane import Lane
from stadtwerk.app.pump import Answers, Pump
from stadtwerk.app.react import React
from stadtwerk.app.recall import recall
from stadtwerk.app.systems import make_parts
from stadtwerk.kernel.react.system import SYSTEM as REACT
from stadtwerk.kernel.system import System
from stadtwerk.stores.decisions import DecisionStore
from stadtwerk.stores.telemetry import TelemetryStore
from stadtwerk.systems import lighting
from stadtwerk.systems.lighting.inventory import LORAWAN, Inventory
from stadtwerk.systems.lighting.state import Lighting, make_lighting


def systems_of(inventory: Inventory) -> tuple[System, ...]:
    """Return the systems under simulation: street lighting, two toys, and the reactions between these."""
    lamps = replace(lighting.SYSTEM, make=lambda folder: make_lighting(inventory))
    return (REACT, diary.SYSTEM, index.SYSTEM, lamps)


class Platform:
    """The platform from a start to its crash; a mutant changes parts of it."""

    def __init__(self, world: World, options: Options, village: Village, disk: Disk, mutant: Mutant) -> None:
        self.world = world
        self.loop = VirtualLoop(world)
        self.parts = make_parts(village, systems_of(village.inventory))
        self.lighting: Lighting = self.parts["lighting"].state
        types = lighting.SYSTEM.columns
        self.store = DecisionStore(disk, mutant.make_writer)
        self.telemetry = TelemetryStore(disk, types, mutant.make_writer)
        recall(self.parts, self.store, self.telemetry)
        inventory = self.lighting.inventory
        self.gate = Gate(inventory.dev_eui, inventory.text["gateway"], self.lighting.seen["f_cnt"])
        self.pump = Pump(self.lighting, self.gate, self.telemetry, world)
        self.lane = Lane(self.parts, self.store, world)
        self.answers = Answers(self.lighting)
        self.pump.on_seen = self.answers.note
        self.react = React(self.parts["react"].state, self.lane, self.store, world)
        self.lane.on_events.append(self.react.note_events)

    def start(self, air: Air, options: Options, mutant: Mutant) -> None:
        """Connect to the broker and set all tasks going."""
        mutant.patch(self)
        self.radio = air.radio = MemoryRadio(air)
        self.deliver = Deliver(self.lighting, self.lane, {LORAWAN: self.radio}, self.answers, self.world)
        self.deliver.look_s = options.look_s
        jobs = (self.radio.run(self.pump.take), self.pump.run(), self.lane.run(), self.deliver.run(), self.react.run())
        for job in jobs:
            self.loop.create_task(job).add_done_callback(self._ended)
        air.hand_over_kept()

    def _ended(self, task: asyncio.Task[Any]) -> None:
        """Tell of a task that ended: the core would die of it."""
        self.world.broken(f"the core died: {task.exception()!r}")

    def die(self, air: Air, disk: Disk) -> None:
        """Be killed: nothing runs any more, and what came in is lost."""
        air.radio = None
        self.loop.abandon()
        disk.crash()
