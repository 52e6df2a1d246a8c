"""A context broker by itself, for trying the NGSI-LD door: `python serve.py FOLDER PORT [MIRROR.json]`; no city, no sign-in."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import uvicorn

from stadtwerk.adapters.source_http import HttpSources
from stadtwerk.app.context.broker import Broker
from stadtwerk.app.context.federation import SourceFederation
from stadtwerk.app.context.history import History
from stadtwerk.app.context.notify.notifier import Notifier
from stadtwerk.app.context.notify.wiring import make_notifier
from stadtwerk.app.context.source_notifier import SourceNotifier
from stadtwerk.app.settings import RealClock
from stadtwerk.context.library import Library
from stadtwerk.doors.ngsild import NgsildDoor, Services, make_ngsild
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
    broker = Broker(store, RealClock())
    library = Library(f"http://127.0.0.1:{port}")
    notifier = make_notifier(broker, library, RealClock())
    services = Services(
        federation=SourceFederation(broker, HttpSources(), RealClock()),
        watchers=SourceNotifier(broker, library, notifier),
        history=History(broker),
        notifications=notifier,
    )
    door = make_ngsild(broker, {}, library=library, services=services)
    asyncio.run(_serve(door, notifier, port))


async def _serve(door: NgsildDoor, notifier: Notifier, port: int) -> None:
    server = uvicorn.Server(uvicorn.Config(door, host="127.0.0.1", port=port, log_level="warning", access_log=False))
    notifying = asyncio.create_task(notifier.run())
    await server.serve()
    notifying.cancel()


if __name__ == "__main__":
    main()
