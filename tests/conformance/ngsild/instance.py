"""A context broker in this process, asked through its real door: what clients send, what they get."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine, Mapping
from typing import Any, NamedTuple, TypeVar
from urllib.parse import unquote

from stadtwerk.adapters.http_client import Unreachable
from stadtwerk.app.context.broker import Broker
from stadtwerk.app.context.federation import SourceFederation, Sources
from stadtwerk.app.context.history import History
from stadtwerk.context.library import Library
from stadtwerk.doors.ngsild import NgsildDoor, Services, make_ngsild
from stadtwerk.kernel.clock import SteppedClock
from stadtwerk.stores.telemetry import TelemetryStore

BASE = "http://city.example"
ROOT = "/ngsi-ld/v1"
PAGE = 30
"""Instances of a temporal answer."""
START_US = 1_795_000_000_000_000
T = TypeVar("T")


class Got(NamedTuple):
    """An answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """Return the body, read."""
        return json.loads(self.body)

    @property
    def problem(self) -> str:
        """Return the last part of a problem's type."""
        assert self.headers["content-type"] == "application/problem+json", self
        return str(self.json["type"]).rpartition("/")[2]


class Elsewhere:
    """Other context sources: what they were asked, and what they answer; who is not listed is silent."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, Mapping[str, str], Any]] = []
        self.answers: dict[tuple[str, str], tuple[int, Any]] = {}

    def answer(self, method: str, url: str, status: int, content: Any = None) -> None:
        """Answer requests of a method to a URL (its query left out)."""
        self.answers[method, url] = status, content

    async def ask(
        self, method: str, url: str, *, headers: Mapping[str, str], body: Any, timeout_s: float
    ) -> tuple[int, Mapping[str, str], Any]:
        """Take a request."""
        self.asked.append((method, url, headers, body))
        known = self.answers.get((method, url.partition("?")[0]))
        if known is None:
            raise Unreachable("nobody is there")
        return known[0], {}, known[1]


class Instance:
    """A broker on a store, with a clock that is stepped by hand."""

    def __init__(self, store: TelemetryStore) -> None:
        self._runner = asyncio.Runner()
        self._store = store
        self.clock = SteppedClock(START_US)
        self.broker = Broker(store.context, self.clock)
        self.history = History(self.broker)
        self.sources = Elsewhere()
        self.door = self.rewired(self.sources)

    def rewired(self, sources: Sources) -> NgsildDoor:
        """Return the door with other context sources behind it."""
        federation = SourceFederation(self.broker, sources, self.clock)
        services = Services(history=self.history, federation=federation, page=PAGE)
        return make_ngsild(self.broker, {}, library=Library(BASE), services=services)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run something in the broker's loop."""
        return self._runner.run(work)

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Got:
        """Send one request below the root; JSON unless a header says otherwise."""
        return self.run(self._ask(method, ROOT + path, body, headers))

    async def _ask(self, method: str, target: str, body: Any, headers: dict[str, str]) -> Got:
        path, _, query = target.partition("?")
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        given = {
            "content-type": "application/json",
            **{name.replace("_", "-").lower(): text for name, text in headers.items()},
        }
        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": method,
            "path": unquote(path),
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "headers": [(name.encode(), text.encode("latin-1")) for name, text in given.items()],
        }
        said: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": content, "more_body": False}

        async def send(message: Any) -> None:
            said.append(message)

        await self.door(scope, receive, send)  # type: ignore[arg-type]
        start, rest = said
        return Got(
            start["status"],
            {bytes.decode(name).lower(): text.decode("latin-1") for name, text in start["headers"]},
            rest["body"],
        )

    def close(self) -> None:
        """Commit what waits and end."""
        self.run(self.broker.durable())
        self._store.close()
        self._runner.close()
