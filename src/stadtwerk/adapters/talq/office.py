"""Answers gateways: what they tell is checked, kept and committed before it is answered, so no crash loses it."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

import numpy as np

from stadtwerk.adapters.talq.listener import Names
from stadtwerk.adapters.talq.translate import Translator
from stadtwerk.kernel.clock import US, Clock
from stadtwerk.kernel.observation import Observations
from stadtwerk.protocols.talq.cms import CmsSide, Told
from stadtwerk.protocols.talq.kept import Kept, changed, recall, whole
from stadtwerk.protocols.talq.model import Device, Document, Network
from stadtwerk.protocols.talq.side import WRITES
from stadtwerk.protocols.talq.wire import NIL, Answer, Request

MANY = 100
"""So many devices in one request are those of a gateway that comes in."""
SIGN_S = 10
"""A gateway's requests are a sign of life at most so often, seconds of city time."""


class Shelf(Protocol):
    """What keeps a CMS's rows over its restarts."""

    def rows(self) -> Sequence[Kept]:
        """Return all rows."""
        ...

    def put(self, rows: Sequence[Kept], instead_of: str = "") -> None:
        """Keep rows durably, those without content are forgotten; `instead_of` all of a gateway's others."""
        ...


@dataclass(slots=True)
class _Done:
    """What came of a request: its answer, what it told of lamps, whose it was, whether a bootstrap ended with it."""

    answer: Answer
    seen: list[Observations] = field(default_factory=list)
    gateway: UUID = NIL
    arrived: bool = False


class Office:
    """The city's CMS at its desk: a thread reads all requests, since a batch of devices takes longer than the loop has.

    `places` are the city's gateways: the row of each by its serial, which is its EUI. `hear` returns once committed.
    """

    def __init__(
        self,
        side: Callable[[Callable[[Told], None]], CmsSide],
        translator: Translator,
        shelf: Shelf,
        places: Mapping[str, int],
        hear: Callable[[Observations], Awaitable[None]],
        clock: Clock,
    ) -> None:
        self._told: list[Told] = []
        self.side = side(self._told.append)
        self.side.allows = lambda serial: serial in places and (self._names is None or serial in self._names)
        self.translator = translator
        self._shelf, self._places, self._hear, self._clock = shelf, places, hear, clock
        self._names: Names = None
        self._thread = ThreadPoolExecutor(1, "talq")
        self._signs: dict[UUID, int] = {}
        self._heard: dict[UUID, int] = {}
        self.on_arrival: Callable[[UUID], None] = lambda gateway: None
        """Told which gateway has just come in."""
        recall(self.side, shelf.rows())
        for gateway in self.side.gateways.values():
            self._learn(gateway.address, list(gateway.devices.rows.values()))

    @property
    def ready(self) -> list[UUID]:
        """Return the gateways whose bootstrap is done."""
        return [gateway.address for gateway in list(self.side.gateways.values()) if gateway.ready]

    def heard_us(self, gateway: UUID) -> int:
        """Return when a gateway's last sign of life was taken, us of city time, 0 = not since the start."""
        return self._signs.get(gateway, 0)

    async def answer(self, request: Request, names: Names) -> Answer:
        """Answer a gateway's request once all it told is on disk."""
        done = await asyncio.get_running_loop().run_in_executor(self._thread, self._work, request, names)
        for seen in done.seen:
            await self._hear(seen)
        if done.gateway != NIL:
            await self.sign(done.gateway)
        if done.arrived:
            self.on_arrival(done.gateway)
        return done.answer

    async def sign(self, gateway: UUID) -> None:
        """Note that a gateway lives."""
        self._heard[gateway] = self._heard.get(gateway, 0) + 1
        now_us, known = self._clock.now_us(), self.side.gateways.get(gateway)
        if known is None or not known.ready or now_us < self._signs.get(gateway, 0) + SIGN_S * US:
            return
        self._signs[gateway] = now_us
        told = {"rx_packets": float(self._heard.pop(gateway)), "tx_packets": 0.0}
        columns = {name: np.array([value]) for name, value in told.items()}
        rows = np.array([self._places[known.serial]], np.int32)
        await self._hear(Observations("Gateway", rows, np.array([now_us], np.int64), columns))

    async def renew(self, network: Network) -> None:
        """Take over what was read at a gateway itself; Refused if it cannot be."""
        loop = asyncio.get_running_loop()
        seen = await loop.run_in_executor(self._thread, self._renew, network)
        if seen is not None:
            await self._hear(seen)

    async def log_by(self, gateway: UUID, loggers: list[Document]) -> None:
        """Note the loggers a gateway is to record by, before it is told: its reports may come at once."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._log_by, gateway, loggers)

    def close(self) -> None:
        """End the thread."""
        self._thread.shutdown(cancel_futures=True)

    def _work(self, request: Request, names: Names) -> _Done:
        self._names = names
        self._told.clear()
        client = _client(request)
        known = self.side.gateways.get(client)
        before = known is not None and known.ready
        done = _Done(self.side.handle(request))
        if done.answer.status >= 300:
            return done
        told = list(self._told)
        done.gateway = told[0].gateway if client == NIL else client
        done.arrived = not before and self.side.gateways[done.gateway].ready
        if request.method in WRITES and request.path != "/log-reports":
            self._keep(done.gateway, request, told)
        done.seen = [seen for one in told if (seen := self._seen(one)) is not None]
        return done

    def _keep(self, address: UUID, request: Request, told: list[Told]) -> None:
        """Write down what a request changed."""
        anew = request.method == "DELETE" or any(one.about == "let in" for one in told)
        if anew:
            self._shelf.put(whole(self.side.gateways[address]), instead_of=str(address))
        else:
            self._shelf.put(changed(self.side, address, request.path, told))
        if sum(len(one.devices) for one in told) >= MANY:
            # Devices are trees without circles, held for good: looking through them time and again would stop the loop.
            gc.freeze()

    def _seen(self, told: Told) -> Observations | None:
        """Take in what was told of devices or in a log, and return what it says of lamps."""
        now_us = self._clock.now_us()
        if told.log is not None:
            devices = self.side.gateways[told.gateway].devices.rows
            return self.translator.read_log(told.log, devices, now_us)
        if told.about == "let in":
            self.translator.leave(told.gateway)
        if told.about == "gone":
            self.translator.forget(told.devices)
            return None
        self._learn(told.gateway, told.devices)
        return self.translator.read_devices(told.devices, now_us)

    def _learn(self, gateway: UUID, devices: Sequence[Device]) -> None:
        place = self._places.get(self.side.gateways[gateway].serial, -1)
        self.translator.learn(gateway, place, devices)

    def _renew(self, network: Network) -> Observations | None:
        before = list(self.side.gateways[network.gateway.address].devices.rows.values())
        gateway = self.side.renew(network)
        self._shelf.put(whole(gateway), instead_of=str(gateway.address))
        devices = list(gateway.devices.rows.values())
        self.translator.forget(before)
        self._learn(gateway.address, devices)
        return self.translator.read_devices(devices, self._clock.now_us())

    def _log_by(self, address: UUID, loggers: list[Document]) -> None:
        gateway = self.side.gateways[address]
        for row in loggers:
            gateway.loggers.rows.pop(row["address"], None)
        gateway.loggers.add(loggers)
        self._shelf.put(whole(gateway), instead_of=str(address))


def _client(request: Request) -> UUID:
    """Return whose request it is, NIL where it does not say."""
    try:
        return UUID(request.query.get("clientAddress", ""))
    except ValueError:
        return NIL
