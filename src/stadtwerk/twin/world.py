"""The whole simulated city, a step at a time: no socket, no clock of its own."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from stadtwerk.kernel.clock import US
from stadtwerk.protocols.lampplan import ProgramPart
from stadtwerk.protocols.malformed import Malformed
from stadtwerk.twin.addresses import Addresses
from stadtwerk.twin.cabinets import Cabinets
from stadtwerk.twin.city import LWM2M, RADIOS, City, Ix
from stadtwerk.twin.faults import FaultScript, load_or_write, read_drill
from stadtwerk.twin.gateways import Gateways, Outgoing
from stadtwerk.twin.groups import GroupPart, Groups
from stadtwerk.twin.lamps import Lamps
from stadtwerk.twin.memory import LampMemory, open_memory
from stadtwerk.twin.plan_memory import PlanMemory
from stadtwerk.twin.program import CityProgram
from stadtwerk.twin.radio import Air
from stadtwerk.twin.talq.gateways import TalqGateways

SPREAD_S = 90.0
"""Lamps follow the sun up to this much early or late, so that dusk takes three minutes."""
BURNING_H_PER_DAY = 4_000 / 365
"""Burning hours of a lamp since it was put up: a common figure for German street lighting."""


@dataclass(slots=True)
class Counts:
    """What has happened since the start."""

    steps: int = 0
    uplinks: int = 0
    messages: int = 0
    downlinks: int = 0
    refused: int = 0


class World:
    """The city's lamps, air and gateways under one clock that is handed in."""

    def __init__(self, city: City, state: Path, *, seed: int, now_us: int, talq: TalqGateways | None = None) -> None:
        state.mkdir(parents=True, exist_ok=True)
        self.city, self.now_us, self.counts = city, now_us, Counts()
        fixed, chance = np.random.default_rng([seed, 1]), np.random.default_rng([seed, 2, now_us // US])
        spread_us = (fixed.uniform(-SPREAD_S, SPREAD_S, len(city)) * US).astype(np.int64)
        program = CityProgram(city.programs, city.program, spread_us, centre=city.centre, timezone=city.timezone)
        self.memory, self.memory_story = _memory(city, state, now_us)
        script = load_or_write(
            state / "faults.jsonl", city, seed=seed, start_us=now_us, renew=self.memory_story != "kept"
        )
        self._faults = FaultScript(city, [*script, *read_drill(state)])
        plans = PlanMemory(state / "plans", len(city), renew=self.memory_story != "kept")
        self.lamps = Lamps(city, self.memory, plans, program, rng=fixed.spawn(1)[0], now_us=now_us)
        self.groups = Groups(city, state, self.memory, seed)
        self.air = Air(city, chance)
        self._gateways = Gateways(city, chance.spawn(1)[0])
        self._cabinets = Cabinets(city, state, rng=np.random.default_rng([seed, 3, now_us // US]), now_us=now_us)
        self._addresses = Addresses(city)
        self._fault_edge_us = 0
        self._talq = talq or TalqGateways(city, "")
        self.spoke: Ix = np.zeros(0, np.int64)
        """Lamps (k,) that speak LwM2M and had something to say in the last step."""

    def step(self, now_us: int) -> list[Outgoing]:
        """Live on until now and return what the gateways publish; a time already lived changes nothing."""
        self.now_us = now_us = max(now_us, self.now_us)
        self.counts.steps += 1
        if now_us >= self._fault_edge_us:
            wrong = self._faults.at(now_us)
            self.air.gateway_lost = wrong.gateway_lost
            self.lamps.set_faults(wrong.lamps)
            self._cabinets.set_faults(wrong.cabinet_off, wrong.circuit_dead, now_us)
            self._fault_edge_us = self._faults.next_edge_us(now_us)
        self.lamps.advance(now_us)
        for downlink in self.air.take_down(now_us):
            if isinstance(downlink.command, GroupPart):
                self.groups.hear(downlink.command.group, downlink.command.part, downlink.ix)
            elif isinstance(downlink.command, ProgramPart):
                self.lamps.learn(downlink.ix, downlink.command, alone=downlink.alone)
            else:
                self.lamps.obey(downlink.ix, downlink.command, alone=downlink.alone)
        self.groups.step(self.lamps, self.air.gateway_lost, now_us)
        ix, urgent, f_cnt, rows = self.lamps.reports()
        by_air = self.city.spoken[ix] != RADIOS.index(LWM2M)
        self.spoke = ix[~by_air]
        if by_air.any():
            self.air.send_up(ix[by_air], f_cnt[by_air], rows[by_air], twice=urgent[by_air], now_us=now_us)
        lost = self.air.gateway_lost
        frames, calls = self._talq.step(self.air.take_up(now_us), lost, now_us)
        for call in calls:
            self.air.send_down(call.ix, call.command, alone=len(call.ix) == 1, now_us=now_us)
        messages = self._gateways.forward(frames, now_us)
        messages += self._gateways.pass_reports(self.groups.take(now_us))
        said = self._cabinets.step(now_us, power_w=self.lamps.power_w, gateway_lost=lost)
        messages += self._gateways.pass_on(said) + self._gateways.signs_of_life(now_us, lost | self._talq.mine)
        self.counts.messages += len(messages)
        self.counts.uplinks += sum(message.uplinks for message in messages)
        return messages

    def hear(self, topic: str, body: bytes) -> None:
        """Take a downlink from the broker to its gateways; raises Malformed if it is none or they are full."""
        try:
            call = self._addresses.read(topic, body)
        except Malformed:
            self.counts.refused += 1
            raise
        if not self.air.send_down(call.ix, call.command, alone=call.alone, now_us=self.now_us):
            self.counts.refused += 1
            raise Malformed("gateway-full", "too many downlinks are waiting")
        self.counts.downlinks += 1


def _memory(city: City, state: Path, now_us: int) -> tuple[LampMemory, str]:
    """Open the lamps' memory; new lamps have burned since they were put up."""
    days = np.maximum(now_us / US / 86_400 - city.installed_day, 0)
    burning_s = days * BURNING_H_PER_DAY * 3600
    factory = {"burning_s": burning_s, "energy_ws": burning_s * city.power_w * 0.8}
    return open_memory(state / "lamps.mem", len(city), fingerprint=city.fingerprint, factory=factory)
