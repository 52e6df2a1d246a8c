"""Keeps every open command moving: calls the lamps round by round, notes their answers, closes what is late."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np

from stadtwerk.app.lane import Lane
from stadtwerk.app.pump import Answers
from stadtwerk.kernel.clock import Clock, parse_iso
from stadtwerk.kernel.command import CONFIRMED, Command
from stadtwerk.protocols.lampradio import OP_CLEAR, OP_SET, LampCommand
from stadtwerk.systems.lighting.decide import answered, expire, sent
from stadtwerk.systems.lighting.engine.delivery import due_round, plan_calls
from stadtwerk.systems.lighting.state import Lighting

log = logging.getLogger(__name__)

LOOK_S = 0.1
"""Pause between two looks at the open commands."""
ANSWERS_S = 1.0
"""Answers are written once in this time: one record with a bitmap, not one per lamp."""


class Radio(Protocol):
    """What carries commands to the lamps."""

    @property
    def connected(self) -> bool:
        """Tell whether commands can be handed over now."""
        ...

    async def call(self, command: LampCommand, groups: Sequence[str], devices: Sequence[int]) -> bool:
        """Send a command to multicast groups and single devices; True once all of it is on its way."""
        ...


class Deliver:
    """The open commands are the outbox: after a restart they are simply called again."""

    def __init__(
        self, lighting: Lighting, lane: Lane, radios: Mapping[str, Radio], answers: Answers, clock: Clock
    ) -> None:
        self._lighting, self._lane, self._radios = lighting, lane, radios
        self._answers, self._clock = answers, clock
        self.look_s = LOOK_S
        self._rounds: dict[tuple[int, str], int] = {}
        self._calls: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Work for ever."""
        answers_at, loop = 0.0, asyncio.get_running_loop()
        while True:
            for command in self._lighting.book.open_commands():
                if command.id not in self._lane.committing:
                    self._call_if_due(command)
            if loop.time() >= answers_at:
                answers_at = loop.time() + ANSWERS_S
                await self._note_answers()
            await asyncio.sleep(self.look_s)

    async def _note_answers(self) -> None:
        book = self._lighting.book
        rows, tokens = self._answers.take()
        if len(rows) and (book.holder[rows] == tokens).any():
            await self._lane.propose("lighting", lambda now_us: answered(book, rows, tokens, CONFIRMED, now_us))
        now_us = self._clock.now_us()
        if any(now_us >= command.deadline_us for command in book.open_commands()):
            await self._lane.propose("lighting", lambda now_us: expire(book, now_us))
        live = {command.token for command in book.open_commands()}
        self._rounds = {call: done for call, done in self._rounds.items() if call[0] in live}

    def _call_if_due(self, command: Command) -> None:
        now_us = self._clock.now_us()
        due = due_round(command, now_us)
        for kind, radio in self._radios.items():
            if due > self._rounds.get((command.token, kind), -1) and now_us < command.deadline_us and radio.connected:
                self._rounds[command.token, kind] = due
                task = asyncio.create_task(self._call(command, kind, radio))
                self._calls.add(task)
                task.add_done_callback(self._calls.discard)

    async def _call(self, command: Command, kind: str, radio: Radio) -> None:
        calls = plan_calls(self._lighting.inventory, command, kind)
        if not calls.groups and not len(calls.rows):
            return
        devices = self._lighting.inventory.dev_eui[calls.rows].tolist()
        taken = await radio.call(on_air(command), calls.groups, devices)
        if not taken:
            self._rounds.pop((command.token, kind), None)
        elif command.state == "accepted":
            await self._lane.propose(
                "lighting", lambda now_us: [sent(command, now_us)] if command.state == "accepted" else []
            )


def on_air(command: Command) -> LampCommand:
    """Write a command as the lamps understand it."""
    body = command.body
    if "level_percent" not in body:
        return LampCommand(OP_CLEAR, command.token)
    until_s = int(np.ceil(parse_iso(body["until"]) / 1e6))
    return LampCommand(OP_SET, command.token, body["level_percent"], body["ramp_s"], until_s)
