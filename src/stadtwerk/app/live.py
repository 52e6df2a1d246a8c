"""What the screens show, four times a second: levels and flags as bytes, commands, alarms, totals."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections import deque
from collections.abc import Sequence

import msgspec
import numpy as np

from stadtwerk.kernel.alarm.views import AlarmView
from stadtwerk.kernel.clock import Clock, iso
from stadtwerk.kernel.command import Command
from stadtwerk.kernel.command_view import command_view
from stadtwerk.systems.lighting.frame import UNHEARD, level_bytes
from stadtwerk.systems.lighting.state import Lighting
from stadtwerk.systems.lighting.views import totals

TICK_S = 0.25
"""Pause between two frames."""
TOTALS_TICKS = 4
"""Totals go out every so many frames."""
COMMANDS_KEPT = 500
"""Changes of commands and alarms a returning screen can catch up on."""


class Live:
    """Numbers every change, so that a screen that was away gets just what it missed."""

    def __init__(self, lighting: Lighting, clock: Clock, boot: str) -> None:
        n = len(lighting.inventory)
        self._lighting, self._clock, self._boot = lighting, clock, boot
        self._level = np.full(n, UNHEARD, np.uint8)
        self._flags = np.zeros(n, np.uint8)
        self._changed_in = np.zeros(n, np.int64)
        self._commands: deque[tuple[int, bytes]] = deque(maxlen=COMMANDS_KEPT)
        self._frames: dict[int, bytes] = {}
        self._tick = asyncio.Event()
        self.seq = 0
        self.command_seq = 0
        self.totals = b""

    async def run(self) -> None:
        """Refresh for ever."""
        ticks = 0
        while True:
            self.refresh(with_totals=ticks % TOTALS_TICKS == 0)
            ticks += 1
            await asyncio.sleep(TICK_S)

    def refresh(self, *, with_totals: bool) -> None:
        """Look at the city and number what changed."""
        now_us = self._clock.now_us()
        level = level_bytes(self._lighting)
        flags = self._lighting.screen_flags(now_us)
        changed = (level != self._level) | (flags != self._flags)
        if changed.any():
            self.seq += 1
            self._changed_in[changed] = self.seq
            self._level, self._flags = level, flags
        self._frames.clear()
        if with_totals:
            self.totals = _message("totals", msgspec.json.encode(totals(self._lighting, now_us)))
        self._tick.set()
        self._tick = asyncio.Event()

    async def ticked(self) -> None:
        """Wait for the next look at the city."""
        await self._tick.wait()

    def note_commands(self, commands: Sequence[Command]) -> None:
        """Queue commands that changed for all screens."""
        for command in commands:
            self.command_seq += 1
            self._commands.append((self.command_seq, _message("command", msgspec.json.encode(command_view(command)))))

    def note_alarms(self, views: Sequence[AlarmView]) -> None:
        """Queue alarms that changed for all screens, as one message."""
        self.command_seq += 1
        self._commands.append((self.command_seq, _message("alarm", msgspec.json.encode({"alarms": views}))))

    def since(self, cursor: str) -> tuple[int, int]:
        """Read where a returning screen left off; an unknown or foreign place means from the start (-1, -1)."""
        boot, _, place = cursor.partition("-")
        seq, _, command_seq = place.partition(".")
        if boot != self._boot or not (seq.isdigit() and command_seq.isdigit()):
            return -1, -1
        return int(seq), int(command_seq)

    def cursor(self) -> bytes:
        """Name this moment, as the id of a frame."""
        return f"id: {self._boot}-{self.seq}.{self.command_seq}\n".encode()

    def frame(self, seq: int) -> bytes:
        """Return the levels that changed after a moment (all if -1); shared by all screens that ask alike."""
        if seq == self.seq:
            return b""
        if seq not in self._frames:
            self._frames[seq] = self._make_frame(seq)
        return self._frames[seq]

    def _make_frame(self, seq: int) -> bytes:
        whole = seq < 0
        rows = np.arange(len(self._level)) if whole else np.flatnonzero(self._changed_in > seq)
        data = {
            "at": iso(self._clock.now_us()),
            "snapshot": whole,
            "n": len(rows),
            "level": b64encode(self._level[rows].tobytes()).decode(),
            "flags": b64encode(self._flags[rows].tobytes()).decode(),
        }
        if not whole:
            data["ix"] = b64encode(rows.astype("<u4").tobytes()).decode()
        return _message("levels", msgspec.json.encode(data))

    def commands(self, command_seq: int) -> bytes:
        """Return the changes of commands and alarms after a moment; who missed too many, or is new, asks the lists."""
        if command_seq in (-1, self.command_seq):
            return b""
        missed = bool(self._commands) and command_seq < self._commands[0][0] - 1
        return b"".join((_message("alarm", b'{"reload":true}') if missed else b"", *self._messages_after(command_seq)))

    def _messages_after(self, command_seq: int) -> list[bytes]:
        return [message for number, message in self._commands if number > command_seq]


def _message(event: str, data: bytes) -> bytes:
    return b"event: " + event.encode() + b"\ndata: " + data + b"\n\n"
