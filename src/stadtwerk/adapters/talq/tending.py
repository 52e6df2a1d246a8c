"""Gateways tended: told what to report, their network read anew where either side began anew, their silence asked."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from functools import partial
from typing import Any, Protocol
from uuid import UUID

import msgspec

from stadtwerk.adapters.http_connection import Unreachable
from stadtwerk.adapters.talq.line import Line
from stadtwerk.adapters.talq.office import Office
from stadtwerk.kernel.clock import US, Clock
from stadtwerk.protocols.talq.model import Device, Document, Network
from stadtwerk.protocols.talq.wire import Refused

log = logging.getLogger(__name__)

LOOK_S = 1.0
"""Pause between two looks at the gateways, seconds of wall time."""
SILENT_S = 15
"""A gateway not heard for so long is asked whether it is there, seconds of city time."""
PAGE = 1_000
PAGES = 200
"""Devices read at once, and most pages of one gateway."""
AT_ONCE = 8
"""Gateways whose network is read at the same time."""


class Ask(Protocol):
    """Asks one gateway: method, path, value, statuses that are good; the answer's JSON."""

    async def __call__(self, method: str, path: str, value: Any, *statuses: int, **query: str) -> Any:
        """Ask; Unreachable without an answer, Refused for another status."""
        ...


class Further(Protocol):
    """Brings a gateway up to date."""

    async def __call__(self, gateway: UUID, ask: Ask, *, anew: bool) -> None:
        """Tell it what it lacks, everything where it has come in `anew`."""
        ...


async def _nothing_further(gateway: UUID, ask: Ask, *, anew: bool) -> None:
    return


class Tending:
    """Looks after every gateway that has come in; what fails is tried again with the next look."""

    def __init__(self, office: Office, line: Callable[[UUID], Line], clock: Clock) -> None:
        self._office, self._line, self._clock = office, line, clock
        self._new: set[UUID] = set()
        self._stale = set(office.ready)
        self._busy: set[UUID] = set()
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._wake = asyncio.Event()
        office.on_arrival = self._arrived
        self.further: Further = _nothing_further
        """What else a gateway is to know; awaited with every look."""

    def again(self, gateway: UUID) -> None:
        """Have a gateway's network read anew."""
        self._stale.add(gateway)

    def uri(self, gateway: UUID) -> str:
        """Return where a gateway said its own server is, empty where it did not."""
        own = self._office.side.gateways[gateway].devices.rows.get(str(gateway))
        rows = own.functions if own is not None else []
        found = (row.get("gatewayUri", {}).get("value", "") for row in rows if row["type"] == "GatewayFunction")
        return str(next(found, ""))

    async def run(self) -> None:
        """Look for ever."""
        async with asyncio.TaskGroup() as tasks:
            while True:
                for gateway in set(self._office.ready) - self._busy:
                    self._busy.add(gateway)
                    tasks.create_task(self._tend(gateway))
                self._wake.clear()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), LOOK_S)

    def _arrived(self, gateway: UUID) -> None:
        """Welcome a gateway at once: until it has its loggers it has nothing to say."""
        self._new.add(gateway)
        self._wake.set()

    async def _tend(self, gateway: UUID) -> None:
        try:
            if gateway in self._stale:
                async with self._turns:
                    await self._read(gateway)
                self._stale.discard(gateway)
                self._new.add(gateway)
            anew = gateway in self._new
            if anew:
                await self._welcome(gateway)
            await self.further(gateway, partial(self._ask, gateway), anew=anew)
            if anew:
                self._new.discard(gateway)
            if self._clock.now_us() > self._office.heard_us(gateway) + SILENT_S * US:
                await self._look(gateway)
        except Unreachable as error:
            log.info("gateway %s is not reached: %s", gateway, error)
        except (Refused, msgspec.ValidationError) as refused:
            log.warning("gateway %s: %s", gateway, refused)
        finally:
            self._busy.discard(gateway)

    async def _ask(self, gateway: UUID, method: str, path: str, value: Any, *statuses: int, **query: str) -> Any:
        uri = self.uri(gateway)
        return await self._line(gateway).ask(
            uri, lambda client: client.ask(method, path, value, **query), *statuses, retry=False
        )

    async def _look(self, gateway: UUID) -> None:
        """Ask how many devices a gateway has: an answer is a sign of life, another number than ours means reading."""
        there = await self._ask(gateway, "GET", "/devices/count", None, 200)
        await self._office.sign(gateway)
        if there != len(self._office.side.gateways[gateway].devices.rows):
            self._stale.add(gateway)

    async def _read(self, gateway: UUID) -> None:
        """Read a gateway's classes, services and devices as they are now: either side may have missed something."""
        classes, services = [
            msgspec.convert(await self._ask(gateway, "GET", path, None, 200), list[Document])
            for path in ("/device-classes", "/services")
        ]
        devices: list[Device] = []
        for page in range(PAGES):
            query = {"offset": str(page * PAGE), "limit": str(PAGE)}
            rows = await self._ask(gateway, "GET", "/devices", None, 200, **query)
            devices += msgspec.convert(rows, list[Device])
            if len(rows) < PAGE:
                break
        own = next((device for device in devices if device.address == gateway), None)
        if own is None:
            raise Refused(422, "resourceNotFound", "a gateway did not name itself among its devices")
        others = [device for device in devices if device is not own]
        await self._office.renew(Network(own, classes, services, others))

    async def _welcome(self, gateway: UUID) -> None:
        """Tell a gateway what to record and report."""
        rows = loggers(str(self._office.side.address), str(gateway))
        await self._office.log_by(gateway, rows)
        for row in rows:
            try:
                await self._log_by(gateway, row)
            except Refused as refused:
                if refused.status == 403:
                    raise
                # What a gateway cannot record it does not report; periodic recording is optional in TALQ.
                log.warning("gateway %s takes no logger %s: %s", gateway, row["address"], refused)

    async def _log_by(self, gateway: UUID, row: Document) -> None:
        try:
            await self._ask(gateway, "POST", "/logger-configs", row, 201)
        except Refused as refused:
            if refused.status != 409:
                raise
            await self._ask(gateway, "PUT", f"/logger-configs/{row['address']}", row, 200)


def loggers(cms: str, gateway: str) -> list[Document]:
    """Describe what a gateway is to report: measurements of all lamps, their failures, its own time as sign of life.

    Reports follow a second after a change; the sign of life comes each 15 s.
    """
    everything: Document = {"sourceAddresses": {"blackList": []}}
    base = {"ownerCMS": cms, "reportingMode": {"type": "ImmediateReportingMode", "delay": 1, "numberOfRetries": 3}}
    content = [{"function": {"functionType": kind}} for kind in ("LampActuatorFunction", "LampMonitorFunction")]
    profile = {"samplingStartTime": "2020-01-01T00:00:00Z", "samplingPeriod": f"PT{SILENT_S}S"}
    own_time = [{"function": {"functionType": "BasicFunction", "attributes": [{"name": "currentTime"}]}}]
    own = {"whiteList": [{"resource": "devices", "address": gateway}]}
    return [
        {
            "address": "values",
            **base,
            **everything,
            "recordingMode": {"type": "VendorRecordingMode", "content": content},
        },
        {
            "address": "failures",
            **base,
            **everything,
            "recordingMode": {"type": "EventRecordingMode", "sourceEvents": {"whiteList": ["lampFailure"]}},
        },
        {
            "address": "alive",
            **base,
            "sourceAddresses": own,
            "recordingMode": {"type": "PeriodicRecordingMode", "content": own_time, "samplingProfiles": [profile]},
        },
    ]
