"""A broker with everything that belongs to it, to be asked badly."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from conformance.ngsild.instance import BASE, Got, Instance
from stadtwerk.app.context.house import ContextHouse
from stadtwerk.context.library import Library
from stadtwerk.doors.ngsild import make_ngsild
from stadtwerk.kernel.clock import SteppedClock
from stadtwerk.stores.sqlite.writer import SqliteFile
from stadtwerk.stores.telemetry import TelemetryStore

LINK = '<{}>; rel="http://www.w3.org/ns/json-ld#context"'
PATHS = {
    "entity_id": "urn:ngsi-ld:Pump:1",
    "attribute": "flow",
    "instance_id": "urn:ngsi-ld:Instance:1",
    "subscription_id": "urn:ngsi-ld:Subscription:1",
    "registration_id": "urn:ngsi-ld:ContextSourceRegistration:1",
    "snapshot_id": "urn:ngsi-ld:Snapshot:1",
    "map_id": "urn:ngsi-ld:EntityMap:1",
    "name": "Pump",
}
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
PUMP = {"id": PATHS["entity_id"], "type": "Pump"}
AREA = {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}


class Whole(Instance):
    """A broker with everything that belongs to it."""

    def __init__(self, store: TelemetryStore) -> None:
        super().__init__(store)
        house = ContextHouse(store.context, Library(BASE), clock=self.clock, wall=SteppedClock(self.clock.now_us()))
        self.house, self.broker = house, house.broker
        self.door = make_ngsild(house.broker, {}, library=house.library, services=house.services())

    def bounded(self, method: str, path: str, body: Any = None, **headers: str) -> Got:
        """Ask, and fail when the answer takes longer than it may."""
        return self.run(asyncio.wait_for(self._ask(method, "/ngsi-ld/v1" + path, body, headers), 5))

    def everywhere(self, *methods: str) -> list[tuple[str, str]]:
        """Return the methods and paths of all resources, each with an id that is well formed."""
        return [
            (method, f"/{resource.path.format_map(PATHS)}")
            for resource in self.door.resources
            for method in resource.methods
            if method in methods
        ]


def told(got: Got, media: str = "application/problem+json") -> tuple[int, str]:
    """Return status and problem, having looked that it is told as it should be."""
    assert got.headers["content-type"] == media, got
    assert got.json["status"] == got.status, got
    assert got.json["title"], got
    assert got.json["title"] != got.json["detail"] != "", got
    return got.status, got.json["type"].rpartition("/")[2]


def open_whole(folder: Path) -> Iterator[Whole]:
    """Open a broker with a pump in it, and end it afterwards."""
    whole = Whole(TelemetryStore(SqliteFile(folder / "telemetry.db"), {}))
    assert whole.ask("POST", "/entities", PUMP | {"flow": 1, "area": AREA}).status == 201
    yield whole
    whole.close()
