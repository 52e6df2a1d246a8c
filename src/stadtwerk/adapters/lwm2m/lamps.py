"""Lamps behind LwM2M as one more radio: what they tell becomes observations, commands become writes."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from stadtwerk.adapters.lwm2m.address import Address
from stadtwerk.adapters.lwm2m.asking import Answer, Asking
from stadtwerk.adapters.lwm2m.door import open_door
from stadtwerk.adapters.lwm2m.registrations import Registrations
from stadtwerk.kernel.clock import US, Clock
from stadtwerk.kernel.limits import CONFIRM_S
from stadtwerk.kernel.observation import Observations, Rows
from stadtwerk.protocols.columns import eui_text
from stadtwerk.protocols.lampradio import LampCommand
from stadtwerk.protocols.lwm2m import content, lamp
from stadtwerk.protocols.lwm2m.model import LAMP, METER, Path
from stadtwerk.protocols.lwm2m.registry import Client, Registry
from stadtwerk.protocols.malformed import Malformed
from stadtwerk.vocab.lighting import LAMP_COLUMNS

log = logging.getLogger(__name__)

LOOK_S = 1.0
"""Pause between two looks at lifetimes."""
URN = "urn:dev:mac:"
"""What stands before an EUI-64 in an endpoint name (RFC 9039, 4.1); the bare EUI is understood as well."""

Give = Callable[[Observations], Awaitable[None]]
"""Takes observations in; returns once they are committed."""


@dataclass(slots=True, eq=False)
class Device:
    """One lamp: its row, the name it came under last, the place it is followed at, the command it has not taken over.

    `written` tells whether the command was handed over: then it is repeated by the next round only.
    """

    row: int
    name: str = ""
    followed: str = ""
    command: LampCommand | None = None
    until_us: int = 0
    written: bool = False
    worker: asyncio.Task[None] | None = None
    watches: list[asyncio.Task[None]] = field(default_factory=list)


class LwM2MRadio:
    """All lamps of a city that speak LwM2M, by their EUIs (n,) and rows (n,)."""

    def __init__(self, address: Address, euis: NDArray[np.uint64], rows: Rows, clock: Clock, give: Give) -> None:
        self._address, self._clock, self._give = address, clock, give
        names = [eui_text(eui) for eui in euis.tolist()]
        self._devices = dict(zip(names, map(Device, rows.tolist()), strict=True))
        self._registry = Registry()
        self._asking: Asking | None = None
        self.rejected: Counter[str] = Counter()
        """What was not taken, by reason."""

    @property
    def connected(self) -> bool:
        """Tell whether the port is open."""
        return self._asking is not None

    @property
    def clients(self) -> int:
        """Return how many lamps are registered."""
        return len(self._registry)

    async def run(self) -> None:
        """Listen for ever, letting those go whose lifetime is over."""
        site = Registrations(self._registry, self, self._clock)
        context = await open_door(self._address, site, self.set_aside)
        log.info("LwM2M on %s, plain, for %d lamps", self._address, len(self._devices))
        self._asking = Asking(context)
        try:
            while True:
                for client in self._registry.expire(self._clock.now_us()):
                    self.left(client)
                await asyncio.sleep(LOOK_S)
        finally:
            self._asking = None
            await context.shutdown()

    async def call(self, command: LampCommand, groups: Sequence[str], devices: Sequence[int]) -> bool:
        """Have a command told to single lamps, at once or when a sleeper wakes in time; of two the newer counts."""
        for eui in devices:
            device = self._devices[eui_text(eui)]
            if device.command is None or device.command.token <= command.token:
                device.command, device.written = command, False
                device.until_us = self._clock.now_us() + CONFIRM_S * US
                self._tend(device)
        return True

    def knows(self, name: str) -> bool:
        """Tell whether a lamp of this city has this endpoint name."""
        return _eui(name) in self._devices

    def came(self, client: Client) -> None:
        """Follow a lamp that registered or stays, and tell it what it has to be told."""
        device = self._devices[_eui(client.registration.endpoint)]
        device.name = client.registration.endpoint
        self._tend(device)

    def left(self, client: Client) -> None:
        """Follow a lamp no more."""
        device = self._devices[_eui(client.registration.endpoint)]
        if device.followed == client.place:
            self._unfollow(device)

    def set_aside(self, reason: str, body: bytes) -> None:
        """Count what was not taken."""
        self.rejected[reason] += 1

    def _tend(self, device: Device) -> None:
        if device.worker is None or device.worker.done():
            device.worker = asyncio.create_task(self._work(device))

    async def _work(self, device: Device) -> None:
        """Do what is to be done with one lamp, one thing after the other."""
        while (client := self._registry.find(device.name)) and self._asking:
            now_us, command = self._clock.now_us(), device.command
            if not client.listens(now_us):
                return
            if device.followed != client.place:
                self._follow(self._asking, device, client)
            elif command is None or device.written or now_us >= device.until_us:
                return
            else:
                await self._tell(self._asking, device, client, command)
                if device.command is command and not device.written:
                    return

    def _follow(self, asking: Asking, device: Device, client: Client) -> None:
        """Observe what a lamp has for us, in the place of what was observed before."""
        self._unfollow(device)
        device.followed = client.place
        for number in (LAMP, METER):
            for instance in client.registration.offer.instances(number)[:1]:
                watching = self._watch(asking, device, client, Path(number, instance))
                device.watches.append(asyncio.create_task(watching))

    def _unfollow(self, device: Device) -> None:
        for watch in device.watches:
            watch.cancel()
        device.watches, device.followed = [], ""

    async def _watch(self, asking: Asking, device: Device, client: Client, path: Path) -> None:
        """Take in what a lamp says of an instance; when it ends, the lamp is followed anew at its next word."""
        async with asking.observe(client, path) as notes:
            async for note in notes:
                await self._take(device, client, path, note)
        if device.followed == client.place:
            self._unfollow(device)

    async def _tell(self, asking: Asking, device: Device, client: Client, command: LampCommand) -> None:
        """Write a command and read what became of it: only a lamp that says so itself has taken it over."""
        path = Path(LAMP, client.registration.offer.instances(LAMP)[0])
        code = await asking.write(client, path, lamp.writes(command, path.instance))
        if code is None:
            return
        if not code.is_successful():
            self.set_aside(f"lwm2m-refused-{code.dotted}", b"")
            return
        device.written = device.command is command
        await self._take(device, client, path, await asking.read(client, path))

    async def _take(self, device: Device, client: Client, path: Path, answer: Answer) -> None:
        """Turn an answer or a notification into an observation."""
        if answer is None:
            return
        try:
            values = content.decode(*answer, path)
        except Malformed as error:
            self.set_aside(error.code, answer[1])
            return
        now_us = self._clock.now_us()
        self._registry.heard(client.registration.endpoint, now_us)
        told = lamp.columns(values)
        if path.object == LAMP and device.command and lamp.follows(device.command, values, path.instance):
            told["token"] = float(device.command.token)
            device.command = None
        if told:
            await self._give(_observed(device.row, now_us, told))
        if device.command and not device.written:
            self._tend(device)


def _eui(name: str) -> str:
    return name.removeprefix(URN).lower()


def _observed(row: int, now_us: int, told: dict[str, float]) -> Observations:
    columns = {name: np.array([told.get(name, np.nan)], np.float64) for name in LAMP_COLUMNS}
    return Observations("Streetlight", np.array([row], np.int32), np.array([now_us], np.int64), columns)
