"""Fetching @context documents in the background: who names an unknown one is refused, and finds it later."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from ipaddress import ip_address
from typing import Any, Protocol
from urllib.parse import urljoin

import msgspec

from stadtwerk.adapters.http_client import Bounds, HttpClient, Reply, Unreachable
from stadtwerk.app.context.broker import Broker
from stadtwerk.app.settings import Reach
from stadtwerk.context.hosted import KIND, write_stored
from stadtwerk.context.library import Library
from stadtwerk.context.limits import (
    CONTEXT_BYTES,
    CONTEXT_FETCH_S,
    CONTEXT_REDIRECTS,
    CONTEXT_REST_S,
    CONTEXT_WAIT_S,
    CONTEXTS_FETCHED,
    CONTEXTS_WANTED,
)
from stadtwerk.context.problems import ERRORS, problem
from stadtwerk.context.subscriptions.endpoint import METADATA, is_denied, read_networks
from stadtwerk.kernel.clock import US, Clock
from stadtwerk.kernel.refusal import Refused

log = logging.getLogger(__name__)

DENIED = read_networks(METADATA)
AT_ONCE = 4
"""Documents fetched at the same time."""
ACCEPT = {"Accept": "application/ld+json, application/json;q=0.9", "User-Agent": "stadtwerk"}

_decode = msgspec.json.Decoder().decode


class Web(Protocol):
    """Sends requests to other servers."""

    async def send(self, method: str, url: str, *, headers: Any, timeout_s: float | None = None) -> Reply:
        """Send a request and return the answer (raises Unreachable)."""
        ...


def make_web(reach: Reach) -> HttpClient:
    """Make the client that fetches documents."""
    return HttpClient(Bounds(answer_bytes=CONTEXT_BYTES), forbids=lambda address: is_closed(address, reach))


def is_closed(address: str, reach: Reach) -> bool:
    """Tell whether nothing is fetched from an IP address; never from where clouds keep credentials."""
    found = ip_address(address.partition("%")[0])
    mapped = getattr(found, "ipv4_mapped", None) or found
    return is_denied(address, DENIED) or (reach != "any" and not mapped.is_global)


class Fetching:
    """Fetches what was asked for and not found, a few at a time; what failed rests for a while."""

    def __init__(self, broker: Broker, library: Library, web: Web, wall: Clock) -> None:
        self._broker, self._library, self._web, self._wall = broker, library, web, wall
        self._wanted: asyncio.Queue[str] = asyncio.Queue(CONTEXTS_WANTED)
        self.under_way: dict[str, asyncio.Event] = {}
        """Documents that are wanted, and what is set when each is there or cannot be had."""
        self._failed: dict[str, tuple[int, Refused]] = {}
        library.missing = self.want

    def want(self, url: str) -> Refused | None:
        """Take note that a document was asked for; tells why if it could not be had a short while ago."""
        failed = self._failed.get(url)
        if failed is not None and self._wall.now_us() < failed[0]:
            return failed[1]
        if url not in self.under_way and not self._wanted.full() and url.startswith(("http://", "https://")):
            self.under_way[url] = asyncio.Event()
            self._wanted.put_nowait(url)
        return None

    async def settled(self, url: str) -> None:
        """Wait for a document that is on its way, but not for long."""
        under_way = self.under_way.get(url)
        if under_way is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(CONTEXT_WAIT_S):
                    await under_way.wait()

    async def run(self) -> None:
        """Fetch for ever."""
        async with asyncio.TaskGroup() as tasks:
            for _ in range(AT_ONCE):
                tasks.create_task(self._work())

    async def reload(self, url: str) -> None:
        """Fetch a document anew because somebody asks for just that; refuses if that fails (504), the old one stays."""
        try:
            await self._fetch(url)
        except Refused as refused:
            raise problem("LdContextNotAvailable", refused.refusal.detail or "") from refused
        await self._broker.durable()

    async def _work(self) -> None:
        while True:
            url = await self._wanted.get()
            try:
                await self._fetch(url)
                self._library.note(url)  # by the request that had it fetched
            except Refused as refused:
                self._note(url, refused)
            except Exception:
                log.exception("%s could not be fetched", url)
            finally:
                self.under_way.pop(url).set()

    async def _fetch(self, url: str) -> None:
        """Fetch a document and keep it; what it names and is not here is wanted next."""
        document = _read(url, await self._ask(url))
        try:
            self._library.compile(document)
        except Refused as refused:
            if refused.refusal.type != f"{ERRORS}LdContextNotAvailable":
                raise
        self._keep(url, document)

    def _keep(self, url: str, document: dict[str, Any]) -> None:
        shared, local_id, now_us = self._broker.hold(""), self._library.local_id(url), self._broker.now_us()
        hosted, kept = self._library.uses, shared.kept.get(KIND, {})
        fetched = [name for name in kept if self._library.url_of(name) not in hosted]
        if len(fetched) >= CONTEXTS_FETCHED and local_id not in fetched:
            raise problem("LdContextNotAvailable", f"at most {CONTEXTS_FETCHED} @contexts of others are kept here")
        self._broker.keep(shared, KIND, local_id, write_stored("Cached", url, now_us, document))
        self._library.give(url, document, now_us)
        self._failed.pop(url, None)

    async def _ask(self, url: str) -> bytes:
        try:
            async with asyncio.timeout(CONTEXT_FETCH_S):
                return await self._follow(url)
        except TimeoutError as error:
            raise _lost(url, "it takes too long") from error
        except Unreachable as error:
            raise _lost(url, str(error)) from error

    async def _follow(self, url: str) -> bytes:
        place = url
        for _ in range(CONTEXT_REDIRECTS + 1):
            reply = await self._web.send("GET", place, headers=ACCEPT, timeout_s=CONTEXT_FETCH_S)
            target = reply.headers.get("location")
            if reply.status == 200:
                return reply.body
            if reply.status not in (301, 302, 303, 307, 308) or target is None:
                raise _lost(url, f"the answer is {reply.status}")
            place = urljoin(place, target)
        raise _lost(url, "too many redirects")

    def _note(self, url: str, refused: Refused) -> None:
        """Remember a failure for a while, and so keep its URL from being asked again and again."""
        now_us = self._wall.now_us()
        self._failed = {name: known for name, known in self._failed.items() if known[0] > now_us}
        if len(self._failed) < CONTEXTS_FETCHED:
            self._failed[url] = now_us + int(CONTEXT_REST_S * US), refused
        log.info("%s: %s", url, refused.refusal.detail)


def _lost(url: str, why: str) -> Refused:
    return problem("LdContextNotAvailable", f"{url[:200]} cannot be fetched: {why}"[:400])


def _read(url: str, body: bytes) -> dict[str, Any]:
    """Read what was fetched; what is no @context document is wrong for whoever names it (clause 5.5.6)."""
    try:
        document = _decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise problem("BadRequestData", f"@context: {url[:200]} is no JSON") from error
    if not isinstance(document, dict) or "@context" not in document:
        raise problem("BadRequestData", f"@context: {url[:200]} has no @context")
    return {"@context": document["@context"]}
