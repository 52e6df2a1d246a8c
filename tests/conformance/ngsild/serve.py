"""A context broker by itself, for trying the NGSI-LD door: `python serve.py FOLDER PORT [MIRROR.json]`; no city, no sign-in."""

from __future__ import annotations

import sys
from pathlib import Path

import uvicorn

from stadtwerk.adapters.source_http import HttpSources
from stadtwerk.app.context.broker import Broker
from stadtwerk.app.context.federation import SourceFederation
from stadtwerk.app.context.history import History
from stadtwerk.app.settings import RealClock
from stadtwerk.context.library import Library
from stadtwerk.doors.ngsild import Services, make_ngsild
from stadtwerk.stores.context import SCHEMA, ContextStore
from stadtwerk.stores.sqlite.writer import SqliteFile
from stadtwerk.stores.writer import Writer


def main() -> None:
    """Serve until somebody ends it."""
    folder, port = Path(sys.argv[1]), int(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    database = SqliteFile(folder / "context.db")
    store = ContextStore(Writer(database, "context", SCHEMA), database.reader())
    broker = Broker(store, RealClock())
    services = Services(federation=SourceFederation(broker, HttpSources()), history=History(broker))
    door = make_ngsild(broker, {}, library=Library(f"http://127.0.0.1:{port}"), services=services)
    uvicorn.run(door, host="127.0.0.1", port=port, log_level="warning", access_log=False)


if __name__ == "__main__":
    main()
