"""50,000 lamps behind one TALQ gateway bootstrapped at the city's CMS: its listener, its desk, its store on disk.

    python bench/talq.py [--json]

The gateway is a process of its own. Every device is checked against its class and the kinds of TALQ, written to disk
before its request is answered, and found as a lamp of the city. Then a log of all, and how long the core takes to
know them again at its start. Beside it how late the loop of the CMS is meanwhile.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import multiprocessing
import socket
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from uuid import UUID, uuid4

import numpy as np

from figure import publish
from stadtwerk.adapters.talq.listener import Listener
from stadtwerk.adapters.talq.office import Office
from stadtwerk.adapters.talq.translate import Lamps, Translator
from stadtwerk.kernel.clock import US, SteppedClock, iso
from stadtwerk.kernel.observation import Observations
from stadtwerk.protocols.talq.client import Client, bootstrap, report
from stadtwerk.protocols.talq.cms import CmsSide
from stadtwerk.protocols.talq.gateway import GatewaySide
from stadtwerk.protocols.talq.model import Device, Document, LogReport, Network
from stadtwerk.protocols.talq.wire import NIL
from stadtwerk.stores.sqlite.writer import SqliteFile
from stadtwerk.stores.talq import TalqStore
from stadtwerk.twin.talq.http import Line
from stadtwerk.vocab.lighting import LAMP_COLUMNS

LAMPS = 50_000
BOUND_S, BOUND_MS = 60.0, 50.0
NOW_US = 1_790_000_000 * US
SERIAL = "00000000000000a1"
LEVEL = {"type": "AttributeLevelState", "value": {"name": "LevelState", "value": 100}}
LOGGER = {"address": "values", "ownerCMS": "bench"}
LOOK_S = 0.01
GC_THRESHOLDS = (20_000, 50, 1_000)
"""As the core has them."""
ENTRIES = 10_000
"""Entries of one log report."""


def main() -> None:
    """Bootstrap, restart, report, publish."""
    with tempfile.TemporaryDirectory() as folder, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
        probe.close()
        told: multiprocessing.SimpleQueue[float] = multiprocessing.get_context("spawn").SimpleQueue()
        gateway = multiprocessing.get_context("spawn").Process(target=_gateway, args=(port, told))
        gateway.start()
        gc.set_threshold(*GC_THRESHOLDS)
        asyncio.run(_cms(Path(folder) / "talq.db", port, gateway.is_alive))
        publish(f"{LAMPS} lamps bootstrapped over a socket, on disk", told.get(), "s", peer="bound", peer_value=BOUND_S)
        publish("sent, gzip", told.get() / 1e6, "MB", peer="lamps in thousands", peer_value=LAMPS / 1e3)
        publish("a level of each lamp reported", told.get(), "s", peer="report period", peer_value=900.0)


async def _cms(path: Path, port: int, busy: Callable[[], bool]) -> None:
    """Serve while the gateway has something to say, then begin anew with what was kept."""
    seen: list[Observations] = []
    office, late_s = _office(path, seen), [0.0]
    office.on_arrival = lambda gateway: office.side.gateways[gateway].loggers.add([LOGGER])
    serving = asyncio.create_task(Listener(office.answer).serve("127.0.0.1", port))
    while busy():
        due = time.monotonic() + LOOK_S
        await asyncio.sleep(LOOK_S)
        late_s.append(time.monotonic() - due)
    serving.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await serving
    office.close()
    assert sum(len(one) for one in seen if one.entity_type == "Streetlight") == LAMPS
    late_s.sort()
    publish("loop late, p99", late_s[len(late_s) * 99 // 100] * 1e3, "ms", peer="bound", peer_value=BOUND_MS)
    publish("loop late at worst", late_s[-1] * 1e3, "ms", peer="bound", peer_value=BOUND_MS)
    began = time.monotonic()
    again = _office(path, [])
    assert [len(rows) for rows in again.translator.devices(range(LAMPS)).values()] == [LAMPS]
    publish("all of them known again after a restart", time.monotonic() - began, "s", peer="bound", peer_value=BOUND_S)
    again.close()


def _gateway(port: int, told: multiprocessing.SimpleQueue[float]) -> None:
    """Come in with all lamps and report a level of each, in a process of its own."""
    asyncio.run(_speak(port, told))


async def _speak(port: int, told: multiprocessing.SimpleQueue[float]) -> None:
    network, line, client = _network(), Line(port), Client(uuid4)
    while True:
        with contextlib.suppress(OSError):
            (await asyncio.open_connection("127.0.0.1", port))[1].close()
            break
        await asyncio.sleep(0.1)
    began, sent = time.monotonic(), 0
    talk = bootstrap(GatewaySide(network, lambda _: None), network, client)
    request = next(talk)
    with contextlib.suppress(StopIteration):
        while True:
            sent += len(request.body)
            request = talk.send(await line.ask(request))
    told.put(time.monotonic() - began)
    told.put(float(sent))
    began = time.monotonic()
    for start in range(0, LAMPS, ENTRIES):
        entries: list[Document] = [
            {
                "data": {
                    "type": "AttributeLogData",
                    "srcAddress": f"{device.address}/LampActuatorFunction",
                    "timestamp": iso(NOW_US),
                    "attributeName": "actualLightState",
                    "attributeValue": LEVEL,
                }
            }
            for device in network.devices[start : start + ENTRIES]
        ]
        answer = await line.ask(report(client, LogReport("values", entries)))
        assert answer.status == 201
    told.put(time.monotonic() - began)


def _office(path: Path, seen: list[Observations]) -> Office:
    lamps = Lamps(
        np.arange(LAMPS, dtype=np.uint64),
        [f"lamp-{number}" for number in range(LAMPS)],
        np.zeros(LAMPS, np.int32),
        np.ones(LAMPS, np.bool_),
        np.zeros(LAMPS, np.uint8),
        LAMP_COLUMNS,
    )

    async def hear(told: Observations) -> None:
        seen.append(told)

    return Office(
        lambda told: CmsSide(UUID(int=1 << 90), "http://127.0.0.1/", uuid4, told),
        Translator(lamps),
        TalqStore(SqliteFile(path)),
        {SERIAL: 0},
        hear,
        SteppedClock(NOW_US),
    )


def _network() -> Network:
    """Make a gateway with LAMPS lamps of four functions each."""
    own: list[Document] = [
        {"id": "basic", "type": "BasicFunction", "serial": _text(SERIAL)},
        {"id": "gateway", "type": "GatewayFunction", "vendor": _text("stadtwerk")},
    ]
    lamp = ("BasicFunction", "CommunicationFunction", "LampActuatorFunction", "LampMonitorFunction")
    classes: list[Document] = [
        {"name": "Gateway", "functions": [{"functionId": row["id"], "type": row["type"]} for row in own]},
        {"name": "Lamp", "functions": [{"functionId": name, "type": name} for name in lamp]},
    ]
    services: list[Document] = [{"name": "ConfigurationService"}, {"name": "ControlService"}]
    gateway = Device(address=NIL, name="gateway", class_="Gateway", functions=own)
    return Network(gateway, classes, services, [_lamp(number) for number in range(LAMPS)])


def _lamp(number: int) -> Device:
    """Make one lamp."""
    functions: list[Document] = [
        {
            "id": "BasicFunction",
            "type": "BasicFunction",
            "serial": _text(f"L{number}"),
            "assetId": _text(f"lamp-{number}"),
        },
        {"id": "CommunicationFunction", "type": "CommunicationFunction", "physicalAddress": _text(f"{number:016x}")},
        {
            "id": "LampActuatorFunction",
            "type": "LampActuatorFunction",
            "defaultLightState": LEVEL,
            "actualLightState": LEVEL,
        },
        {
            "id": "LampMonitorFunction",
            "type": "LampMonitorFunction",
            "activePower": {"type": "AttributeFloat", "value": 31.5},
        },
    ]
    return Device(address=UUID(int=number + (1 << 100)), name=f"lamp {number}", class_="Lamp", functions=functions)


def _text(value: str) -> Document:
    """Make an attribute that is a text."""
    return {"type": "AttributeString", "value": value}


if __name__ == "__main__":
    main()
