"""The same two ends, but every exchange goes over HTTP: the city's listener and client, the twin's server and line."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import numpy as np

from conformance.talq.pair import Pair, namer
from stadtwerk.adapters.http_client import HttpClient
from stadtwerk.adapters.talq.listener import Listener
from stadtwerk.adapters.talq.office import Office
from stadtwerk.adapters.talq.translate import Lamps, Translator
from stadtwerk.kernel.clock import US, SteppedClock
from stadtwerk.kernel.observation import Observations
from stadtwerk.protocols.talq.cms import CmsSide
from stadtwerk.protocols.talq.kept import Kept
from stadtwerk.protocols.talq.wire import Answer, Request
from stadtwerk.twin.talq.http import Line, Server

SERIAL = "a text"
"""What the samples say where a text may stand."""


class NothingKept:
    """A store that forgets."""

    def rows(self) -> list[Kept]:
        return []

    def put(self, rows: list[Kept], instead_of: str = "") -> None:
        return


class WiredPair(Pair):
    """Both ends on sockets of this machine, in a loop of their own; `close` ends it."""

    def __init__(self) -> None:
        super().__init__()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._office = self._office_for(namer())
        self.cms = self._office.side
        self._run(self._open())

    def _office_for(self, name: Any) -> Office:
        nobody = np.zeros(0)
        lamps = Lamps(
            nobody.astype(np.uint64), [], nobody.astype(np.int32), nobody.astype(bool), nobody.astype(np.uint8), ()
        )
        clock = SteppedClock(1_790_000_000 * US)
        address = UUID(int=(4 << 76) + (2 << 62))
        return Office(
            lambda hear: CmsSide(address, "https://cms.example/", name, hear),
            Translator(lamps),
            NothingKept(),
            {SERIAL: 0},
            self._hear,
            clock,
        )

    async def _hear(self, seen: Observations) -> None:
        return

    async def _open(self) -> None:
        self._client = HttpClient()
        self._server = Server(self.gateway.handle, lambda event, **figures: None)
        self._gateway_port = await self._server.open()
        # The listener takes the port it is told, so a free one is found first.
        probe = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
        port = probe.sockets[0].getsockname()[1]
        probe.close()
        await probe.wait_closed()
        self._serving = asyncio.create_task(Listener(self._office.answer).serve("127.0.0.1", port))
        self._line = Line(port)
        await asyncio.sleep(0.1)

    def exchange(self, to: str, request: Request) -> Answer:
        return self._run(self._line.ask(request) if to == "cms" else self._call(request))

    async def _call(self, request: Request) -> Answer:
        """Call the gateway as the city does."""
        url = f"http://127.0.0.1:{self._gateway_port}{request.path}?{urlencode(request.query)}"
        headers = {name: value for name, value in request.headers.items() if name != "content-length"}
        reply = await self._client.send(request.method, url, headers=headers, body=request.body)
        return Answer(reply.status, reply.headers, reply.body)

    def close(self) -> None:
        self._run(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._office.close()

    async def _end(self) -> None:
        self._serving.cancel()
        self._line.hang_up()
        await self._client.close()
        assert self._server._server is not None
        self._server._server.close()
        await asyncio.sleep(0.1)

    def _run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)
