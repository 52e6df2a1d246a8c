"""Radio and broker between platform and lamps: what they lose, repeat, delay and overtake is drawn from the seed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from simulation.lamp import Frame, Lamp, as_columns, as_uplink, back_off, read_downlink
from simulation.options import Options
from simulation.village import Village
from simulation.world import World
from stadtwerk.adapters.lamp_radio.downlink import downlinks
from stadtwerk.protocols.lampradio import LampCommand

OnMessage = Callable[[str, bytes], Awaitable[None]]
GATHER_S = 1.0
"""So long a gateway gathers frames for one message."""


class Air:
    """All lamps, their gateways and the broker, on the world's side."""

    def __init__(self, world: World, options: Options, village: Village) -> None:
        self._world, self._options, self._village = world, options, village
        self._chance = world.chance("air")
        self.lamps = [Lamp(number, eui, village.gateway_of[number]) for number, eui in enumerate(village.euis)]
        self._by_eui = {lamp.eui: lamp for lamp in self.lamps}
        self._speaks_at = [float("inf")] * len(self.lamps)
        self._heard: list[list[Frame]] = [[] for _ in range(options.gateways)]
        self._cut_off = [0] * options.gateways
        self.faulty = True
        self.broker_out = False
        self._kept: list[tuple[str, bytes]] = []
        self.radio: MemoryRadio | None = None
        """The platform's end, when it is connected."""
        self.on_applied: Callable[[Lamp], None] = lambda lamp: None
        self._plan_troubles()
        for lamp in self.lamps:
            self._speak_within(lamp, self._chance.uniform(0, options.report_s))

    def _plan_troubles(self) -> None:
        at = self._world.at
        for span in self._options.partitions:
            at(span.start, self._partition, span.place, 1)
            at(span.end, self._partition, span.place, -1)
        for span in self._options.broker_out:
            at(span.start, self._broker, True)
            at(span.end, self._broker, False)
        for span in self._options.power_cuts:
            at(span.start, self._power, self.lamps[span.place], False)
            at(span.end, self._power, self.lamps[span.place], True)

    def _partition(self, gateway: int, change: int) -> None:
        self._cut_off[gateway] += change
        self._world.note("partition", f"g{gateway}", self._cut_off[gateway])

    def _broker(self, out: bool) -> None:
        self.broker_out = out
        self._world.note("broker", "out" if out else "back")
        if not out:
            self.hand_over_kept()

    def _power(self, lamp: Lamp, on: bool) -> None:
        self._world.note("power", f"l{lamp.number}", on)
        lamp.powered = on
        if on:
            self._speak_within(lamp, self._chance.uniform(0, 3))

    # down: from the platform to the lamps

    def take(self, topic: str, body: bytes) -> None:
        """Have the gateways call the lamps a downlink is for."""
        kind, name, command = read_downlink(topic, body)
        single = kind == "device"
        lamps = [self._by_eui[name].number] if single else self._village.groups[name]
        self._world.note("down", name, command.hex())
        for _ in range(1 + self._trouble(self._options.duplicate)):
            for gateway in sorted({self._village.gateway_of[number] for number in lamps}):
                members = [number for number in lamps if self._village.gateway_of[number] == gateway]
                self._world.after(self._delay(), self._on_air, gateway, members, command, single)

    def _on_air(self, gateway: int, members: list[int], command: bytes, alone: bool) -> None:
        for number in members:
            lamp = self.lamps[number]
            if self._cut_off[gateway] or not lamp.powered or self._trouble(self._options.loss_down):
                continue
            if lamp.hear(command, self._world.now_us()):
                self._world.note("apply", f"l{number}", lamp.token)
                self.on_applied(lamp)
            self._speak_within(lamp, back_off(self._chance, alone=alone))

    # up: from the lamps to the platform

    def _speak_within(self, lamp: Lamp, wait_s: float) -> None:
        when = self._world.now + wait_s
        if when < self._speaks_at[lamp.number] or self._speaks_at[lamp.number] < self._world.now:
            self._speaks_at[lamp.number] = when
            self._world.at(when, self._speak, lamp, when)

    def _speak(self, lamp: Lamp, when: float) -> None:
        if self._speaks_at[lamp.number] != when:
            return
        self._speaks_at[lamp.number] = float("inf")
        self._speak_within(lamp, self._options.report_s)
        if not lamp.powered:
            return
        f_cnt, body = lamp.speak(self._world.now_us())
        for _ in range(1 + self._trouble(self._options.duplicate)):
            if not self._trouble(self._options.loss_up) and not self._cut_off[lamp.gateway]:
                self._hear(lamp.gateway, Frame(lamp.eui, f_cnt, body, -90 + lamp.number))

    def _hear(self, gateway: int, frame: Frame) -> None:
        if not self._options.columns:
            self._send(*as_uplink(frame, self._world.now_us()))
            return
        if not self._heard[gateway]:
            self._world.after(self._chance.uniform(0, GATHER_S), self._gathered, gateway)
        self._heard[gateway].append(frame)

    def _gathered(self, gateway: int) -> None:
        frames, self._heard[gateway] = self._heard[gateway], []
        self._send(*as_columns(gateway, frames, self._world.now_us()))

    def _send(self, topic: str, body: bytes) -> None:
        for _ in range(1 + self._trouble(self._options.duplicate)):
            self._world.after(self._delay(), self._arrive, topic, body)

    def _arrive(self, topic: str, body: bytes) -> None:
        if self.radio is not None and not self.broker_out:
            self.radio.inbox.put_nowait((topic, body))
        elif self._options.broker_keeps:
            self._kept.append((topic, body))

    def hand_over_kept(self) -> None:
        """Give a platform that is back what the broker kept for it."""
        if self.radio is not None and not self.broker_out:
            kept, self._kept = self._kept, []
            for message in kept:
                self.radio.inbox.put_nowait(message)

    # chance

    def _trouble(self, share: float) -> bool:
        return self.faulty and share > 0 and self._chance.random() < share

    def _delay(self) -> float:
        return self._chance.uniform(0.01, self._options.delay_s if self.faulty else 0.5)

    def pause(self) -> float:
        """Draw how long the broker takes to acknowledge a downlink, 0 for at once."""
        return self._chance.uniform(0.001, 0.3) if self._chance.random() < 0.3 else 0.0

    def recover(self) -> None:
        """End all troubles: every lamp has power, every frame arrives."""
        self.faulty = self.broker_out = False
        self._cut_off = [0] * len(self._cut_off)
        for lamp in self.lamps:
            lamp.powered = True
        self.hand_over_kept()


class MemoryRadio:
    """The platform's radio, without a broker."""

    def __init__(self, air: Air) -> None:
        self._air = air
        self.inbox: asyncio.Queue[tuple[str, bytes]] = asyncio.Queue()

    @property
    def connected(self) -> bool:
        """Tell whether the broker is reached."""
        return not self._air.broker_out

    async def run(self, on_message: OnMessage) -> None:
        """Hand message after message to the platform."""
        while True:
            await on_message(*await self.inbox.get())

    async def call(self, command: LampCommand, groups: Sequence[str], devices: Sequence[int]) -> bool:
        """Send what the adapter writes, one after the other; what is out when the broker fails stays out."""
        for topic, body in downlinks(command, groups, devices):
            if not self.connected:
                return False
            self._air.take(topic, body)
            if pause_s := self._air.pause():
                await asyncio.sleep(pause_s)
        return self.connected
