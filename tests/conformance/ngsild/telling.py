"""A broker whose notifications go to a receiver in this process, which takes them or not as a test wants."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any, NamedTuple

from conformance.ngsild.instance import BASE, Instance
from stadtwerk.app.context.notify.notifier import Notifier
from stadtwerk.context.library import Library
from stadtwerk.context.subscriptions.endpoint import Endpoint, NotTaken
from stadtwerk.doors.ngsild import Services, make_ngsild
from stadtwerk.kernel.clock import SteppedClock
from stadtwerk.stores.telemetry import TelemetryStore

URI = "http://receiver.example/notify"


class Taken(NamedTuple):
    """A notification as it came."""

    uri: str
    head: dict[str, str]
    body: dict[str, Any]

    @property
    def entity(self) -> dict[str, Any]:
        """Return the first entity told of."""
        return self.body["data"][0]


class Receiver:
    """Takes notifications; endpoints that stand in `broken` do not answer, those in `strict` never will."""

    def __init__(self) -> None:
        self.taken: list[Taken] = []
        self.broken: set[str] = set()
        self.strict: set[str] = set()
        self.tries = 0

    async def send(self, endpoint: Endpoint, head: str, body: bytes) -> None:
        """Take a notification or do not."""
        self.tries += 1
        if endpoint.uri in self.broken:
            raise NotTaken("nobody is there")
        if endpoint.uri in self.strict:
            raise NotTaken("the receiver answered 400", final=True)
        self.taken.append(Taken(endpoint.uri, json.loads(head), json.loads(body)))

    async def close(self) -> None:
        """Have nothing to close."""


class Telling(Instance):
    """A broker with subscriptions."""

    def __init__(self, store: TelemetryStore) -> None:
        super().__init__(store)
        self.receiver, self.wall = Receiver(), SteppedClock(self.clock.now_us())
        library = Library(BASE)
        senders = dict.fromkeys(("http", "https", "mqtt", "mqtts"), self.receiver)
        self.notifier = Notifier(self.broker, library, senders, self.wall)
        services = Services(history=self.history, notifications=self.notifier)
        self.door = make_ngsild(self.broker, {}, library=library, services=services)
        self.run(self._start())

    async def _start(self) -> None:
        self.notifier.outbox.start()

    def subscribe(self, name: str = "s", uri: str = URI, told: dict[str, Any] | None = None, **wish: Any) -> None:
        """Make a subscription to things, or whatever it wishes."""
        wanted = wish or {"entities": [{"type": "Thing"}]}
        notification = {"endpoint": {"uri": uri}, **(told or {})}
        body = {"id": f"urn:s:{name}", "type": "Subscription", **wanted, "notification": notification}
        got = self.ask("POST", "/subscriptions", body)
        assert got.status == 201, got

    def until(self, reached: Callable[[], bool]) -> None:
        """Wait until something is so."""
        self.run(_until(reached))

    def settled(self) -> list[Taken]:
        """Wait until nothing is pending; return what came since the last time, and check that the figures add up."""
        self.until(lambda: self.notifier.rounds.idle and not self.notifier.figures()["pending"])
        self.run(self.broker.durable())
        came, self.receiver.taken = self.receiver.taken, []
        return came

    def close(self) -> None:
        """End."""
        self.run(self.notifier.lanes.stop())
        super().close()


async def _until(reached: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not reached():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.005)
