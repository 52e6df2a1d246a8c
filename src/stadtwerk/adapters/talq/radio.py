"""Lamps behind TALQ gateways as a radio like any other: commands out, gateways tended, what they tell handed on."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator, Sequence
from uuid import UUID

from stadtwerk.adapters.http_connection import Unreachable
from stadtwerk.adapters.talq.line import Http, Line
from stadtwerk.adapters.talq.office import Office
from stadtwerk.adapters.talq.tending import Tending
from stadtwerk.kernel.clock import US, Clock, iso
from stadtwerk.protocols.lampradio import OP_CLEAR, LampCommand
from stadtwerk.protocols.talq.client import Client, clear, level_command, set_level
from stadtwerk.protocols.talq.wire import Refused, Request

log = logging.getLogger(__name__)

BATCH = 500
"""Lamps that one override command names."""
PAUSE_S = 2.0
"""How long an order waits before it is tried again when no gateway took it."""


class TalqRadio:
    """Calls lamps by their gateways; which lamp is behind which is what the gateways announced."""

    def __init__(self, office: Office, http: Http, name: Callable[[], UUID], clock: Clock) -> None:
        self._office, self._http, self._name, self._clock = office, http, name, clock
        self._lines: dict[UUID, Line] = {}
        self.tending = Tending(office, self.line, clock)

    @property
    def connected(self) -> bool:
        """Tell whether any gateway has come in."""
        return bool(self._office.ready)

    def line(self, gateway: UUID) -> Line:
        """Return the line to a gateway."""
        if gateway not in self._lines:
            client = Client(self._name)
            client.address = self._office.side.address
            self._lines[gateway] = Line(self._http, client)
        return self._lines[gateway]

    async def call(self, command: LampCommand, groups: Sequence[str], devices: Sequence[int]) -> bool:
        """Send a command to lamps by their EUIs; True once a gateway took its part. TALQ knows no `groups` of ours.

        Lamps whose gateway is away are called again with the next round.
        """
        found = self._office.translator.devices(devices)
        if not found:
            await asyncio.sleep(PAUSE_S)
            return False
        taken = await asyncio.gather(*(self._order(gateway, rows, command) for gateway, rows in found.items()))
        if not any(taken):
            await asyncio.sleep(PAUSE_S)
        return any(taken)

    async def _order(self, gateway: UUID, rows: dict[UUID, int], command: LampCommand) -> bool:
        """Send a command to lamps of one gateway, batch after batch."""
        uri = self.tending.uri(gateway)
        if command.op == OP_CLEAR:
            now_us = self._clock.now_us()
            self._office.translator.cleared.update(dict.fromkeys(rows.values(), (command.token, now_us)))
        try:
            for make in _requests(list(rows), command):
                await self.line(gateway).ask(uri, make, 202)
        except Unreachable as error:
            log.warning("gateway %s was not reached: %s", gateway, error)
            return False
        except Refused as refused:
            log.warning("gateway %s did not take an order: %s", gateway, refused)
            self.tending.again(gateway)
            return False
        return True


def _requests(lamps: list[UUID], command: LampCommand) -> Iterator[Callable[[Client], Request]]:
    until = iso(command.until_s * US)
    content = level_command(round(command.level_percent), command.ramp_s, until, str(command.token))
    for start in range(0, len(lamps), BATCH):
        some = lamps[start : start + BATCH]
        if command.op == OP_CLEAR:
            yield lambda client, some=some: clear(client, some)  # type: ignore[misc]
        else:
            yield lambda client, some=some: set_level(client, some, content)  # type: ignore[misc]
