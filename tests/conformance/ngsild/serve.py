"""A context broker by itself, for trying the NGSI-LD door: `python serve.py FOLDER PORT [MIRROR.json]`; no city, no sign-in."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import uvicorn
import uvloop

from stadtwerk.app.context.house import ContextHouse
from stadtwerk.app.settings import RealClock
from stadtwerk.context.library import Library
from stadtwerk.doors.ngsild import NgsildDoor, make_ngsild
from stadtwerk.stores.context import SCHEMA, ContextStore
from stadtwerk.stores.outbox import SCHEMA as OUTBOX
from stadtwerk.stores.sqlite.writer import SqliteFile
from stadtwerk.stores.writer import Writer


def main() -> None:
    """Serve until somebody ends it."""
    folder, port = Path(sys.argv[1]), int(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    database = SqliteFile(folder / "context.db")
    store = ContextStore(Writer(database, "context", SCHEMA + OUTBOX), database.reader())
    mirror = json.loads(Path(sys.argv[3]).read_bytes()) if len(sys.argv) > 3 else {}
    library = Library(f"http://127.0.0.1:{port}", {url: Path(file) for url, file in mirror.items()}, RealClock().now_us)
    house = ContextHouse(store, library, clock=RealClock(), wall=RealClock(), reach="any")
    door = make_ngsild(house.broker, {}, library=house.library, services=house.services())
    uvloop.run(_serve(door, house, port))


async def _serve(door: NgsildDoor, house: ContextHouse, port: int) -> None:
    server = uvicorn.Server(uvicorn.Config(door, host="127.0.0.1", port=port, log_level="warning", access_log=False))
    working = [asyncio.create_task(job) for job in house.tasks()]
    await server.serve()
    for job in working:
        job.cancel()


if __name__ == "__main__":
    main()
