"""A context broker by itself, for trying the NGSI-LD door; no city, no sign-in.

`python serve.py FOLDER PORT [MIRROR.json [postgresql://...?tenant=NAME]]`
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import sys
from pathlib import Path

import uvicorn
import uvloop

from stadtwerk.app.context.house import ContextHouse
from stadtwerk.app.settings import RealClock
from stadtwerk.context.library import Library
from stadtwerk.doors.ngsild import NgsildDoor, make_ngsild
from stadtwerk.stores.context import ContextStore
from stadtwerk.stores.postgres import telemetry as postgres
from stadtwerk.stores.postgres.address import parse_address
from stadtwerk.stores.postgres.tenant import Tenant
from stadtwerk.stores.sqlite.writer import SqliteFile
from stadtwerk.stores.telemetry import TelemetryStore

SUITES_PAGE = 30
"""Instances of a temporal answer, as the suite's README asks of brokers under test."""


def main() -> None:
    """Serve until somebody ends it."""
    folder, port = Path(sys.argv[1]), int(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    store = _store(folder, sys.argv[4] if len(sys.argv) > 4 else "")
    mirror = json.loads(Path(sys.argv[3]).read_bytes()) if len(sys.argv) > 3 else {}
    library = Library(f"http://127.0.0.1:{port}", {url: Path(file) for url, file in mirror.items()}, RealClock().now_us)
    house = ContextHouse(store, library, clock=RealClock(), wall=RealClock(), reach="any")
    services = dataclasses.replace(house.services(), page=SUITES_PAGE)
    door = make_ngsild(house.broker, {}, library=house.library, services=services)
    uvloop.run(_serve(door, house, port))


def _store(folder: Path, address: str) -> ContextStore:
    if address:
        return postgres.TelemetryStore(Tenant(parse_address(address)), {}).context
    return TelemetryStore(SqliteFile(folder / "context.db"), {}).context


async def _serve(door: NgsildDoor, house: ContextHouse, port: int) -> None:
    server = uvicorn.Server(uvicorn.Config(door, host="127.0.0.1", port=port, log_level="warning", access_log=False))
    working = [asyncio.create_task(job) for job in house.tasks()]
    await server.serve()
    for job in working:
        job.cancel()


if __name__ == "__main__":
    main()
