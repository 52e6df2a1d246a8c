"""The gateways' lines to the CMS: a server for what it asks, for each gateway a client that comes in and reports."""

from __future__ import annotations

import asyncio
import contextlib
from uuid import uuid4

import msgspec

from stadtwerk.protocols.talq.client import Client, bootstrap, report
from stadtwerk.protocols.talq.model import LogReport
from stadtwerk.protocols.talq.wire import NIL, Answer, Request
from stadtwerk.twin.city import City
from stadtwerk.twin.log import Log
from stadtwerk.twin.talq.gateway import TalqGateway
from stadtwerk.twin.talq.gateways import TalqGateways
from stadtwerk.twin.talq.http import TROUBLES, Line, Server

RETRY_S = 1.0
"""Pause after a request that was not answered or not followed, seconds of wall time."""
TRIES = 4
"""So often a report is sent that the CMS understands but cannot follow: once, and TALQ's three retries."""
SETTLE_S = 5.0
"""Longest simulated time waits for reports that are on their way."""


class Speaker:
    """One gateway's client: bootstraps until it is in, then sends its reports, each until it is taken."""

    def __init__(self, gateways: TalqGateways, gateway: TalqGateway, port: int, log: Log) -> None:
        self._gateways, self._gateway, self._log = gateways, gateway, log
        self._client, self._line = Client(uuid4), Line(port)
        self._unsent: LogReport | None = None
        self._tries = 0
        self._is_in = False
        self.work, self.idle = asyncio.Event(), asyncio.Event()

    async def run(self) -> None:
        """Work for ever, whenever there is something to do."""
        while True:
            await self.work.wait()
            self.work.clear()
            try:
                if not self._gateways.lost[self._gateway.row]:
                    await self._speak()
                self.idle.set()
            except TROUBLES as error:
                self._log("talq-trouble", level="warning", gateway=self._gateway.eui, error=f"{error!r}"[:200])
                self._line.hang_up()
                self.idle.set()
                await asyncio.sleep(RETRY_S)

    async def _speak(self) -> None:
        if not self._is_in:
            talk = bootstrap(self._gateway.side, self._gateway.network, self._client)
            request = next(talk)
            with contextlib.suppress(StopIteration):
                while True:
                    request = talk.send(await self._line.ask(request))
            self._is_in = True
            self._log("talq-in", gateway=self._gateway.eui, lamps=len(self._gateway.network.devices))
        if self._unsent is not None:
            await self._send(self._unsent)
        for told in self._gateway.reports():
            await self._send(told)

    async def _send(self, told: LogReport) -> None:
        """Send a report; one that is not taken is kept, and a gateway that is not known comes in anew.

        So does one whose logger or device is not known (422); where that does not help, the report is given up.
        """
        self._tries = 0 if told is not self._unsent else self._tries
        self._unsent = told
        answer = await self._line.ask(report(self._client, told))
        if answer.status == 403:
            self._is_in, self._client.address = False, NIL
        if answer.status == 422:
            self._is_in, self._tries = False, self._tries + 1
            self._unsent = told if self._tries < TRIES else None
        self._client.read(answer, 201)
        self._unsent = None


class TalqLine:
    """All gateways' lines: one server, each gateway below its own EUI."""

    def __init__(self, city: City, port: int, log: Log) -> None:
        self._city, self._port, self._log = city, port, log
        self._server = Server(self._handle, log)
        self._speakers: list[Speaker] = []
        self.gateways: TalqGateways | None = None

    async def open(self, tasks: asyncio.TaskGroup) -> None:
        """Listen and let the gateways speak; does nothing without a CMS."""
        if not self._port:
            return
        port = await self._server.open()
        self.gateways = TalqGateways(self._city, f"http://127.0.0.1:{port}")
        self._speakers = [Speaker(self.gateways, one, self._port, self._log) for one in self.gateways.all]
        for speaker in self._speakers:
            tasks.create_task(speaker.run())

    def wake(self) -> None:
        """Let each gateway say what it has to say by now."""
        for speaker in self._speakers:
            speaker.idle.clear()
            speaker.work.set()

    async def settled(self) -> None:
        """Wait until each gateway has said it, or is in trouble."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SETTLE_S):
                for speaker in self._speakers:
                    await speaker.idle.wait()

    def _handle(self, request: Request) -> Answer | None:
        """Answer the CMS; a gateway that is lost answers nothing."""
        eui, _, path = request.path.removeprefix("/").partition("/")
        gateways = self.gateways
        gateway = gateways.by_eui.get(eui) if gateways else None
        if gateway is None or gateways is None:
            return Answer(404, {"content-length": "0"})
        if gateways.lost[gateway.row]:
            return None
        return gateways.answer(gateway, msgspec.structs.replace(request, path=f"/{path}"))
