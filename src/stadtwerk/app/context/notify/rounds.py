"""Subscriptions that are told every so many seconds, whatever changes (ETSI GS CIM 009 clauses 5.2.12, 5.8.6)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from heapq import heappop, heappush

import numpy as np

from stadtwerk.app.context.broker import Broker
from stadtwerk.context.columnar import entities_of
from stadtwerk.context.entities.document import Entity
from stadtwerk.context.evaluate import Find, Subject
from stadtwerk.context.library import Context
from stadtwerk.context.limits import DOCUMENT_BLOCK, NOTIFY_ENTITIES
from stadtwerk.context.names import published_terms
from stadtwerk.context.subscriptions.index import fits
from stadtwerk.context.subscriptions.subscription import Subscription, type_keys
from stadtwerk.kernel.entity import EntitySource
from stadtwerk.kernel.things import at_once
from stadtwerk.stores.outbox import Key

log = logging.getLogger(__name__)

Get = Callable[[str, str], Subscription | None]
Tell = Callable[[Subscription, list[Entity]], None]


class Rounds:
    """Asks, when a subscription's time has come, which entities it is about, and has them told.

    `get` finds a subscription as it now is, `tell` makes the notification; missed rounds are not made up for.
    """

    def __init__(self, broker: Broker, home: Context, *, get: Get, tell: Tell, finder: Callable[[str], Find]) -> None:
        self._broker, self._home = broker, home
        self._get, self._tell, self._finder = get, tell, finder
        self.sources: Mapping[str, EntitySource] = {}
        """What the city's own systems publish, by type name."""
        self._due: list[tuple[int, Key]] = []
        """When subscriptions are due next, soonest first."""
        self._under_way: dict[Key, asyncio.Task[None]] = {}

    @property
    def idle(self) -> bool:
        """Tell whether no round is under way."""
        return not self._under_way

    def add(self, subscription: Subscription, last_us: int) -> None:
        """Take in a subscription that was last told at an instant of city time."""
        heappush(self._due, (last_us + subscription.interval_us, (subscription.tenant, subscription.id)))

    def remove(self, subscription: Subscription) -> None:
        """Let a subscription go."""
        key = (subscription.tenant, subscription.id)
        self._due = sorted(entry for entry in self._due if entry[1] != key)

    def tick(self) -> None:
        """Begin the rounds whose time has come; one that still goes on is not begun again."""
        now_us = self._broker.clock.now_us()
        while self._due and self._due[0][0] <= now_us:
            _, key = heappop(self._due)
            subscription = self._get(*key)
            if subscription is None:
                continue
            if key not in self._under_way and not 0 < subscription.expires_us <= now_us:
                self._under_way[key] = asyncio.get_running_loop().create_task(self._round(subscription, key))
            heappush(self._due, (now_us + subscription.interval_us, key))

    async def _round(self, subscription: Subscription, key: Key) -> None:
        try:
            await self._ask(subscription)
        finally:
            del self._under_way[key]

    async def _ask(self, subscription: Subscription) -> None:
        find, found = self._finder(subscription.tenant), list[Entity]()
        async for entity in self._candidates(subscription):
            if fits(subscription, Subject(entity, find)):
                found.append(entity)
                if len(found) >= NOTIFY_ENTITIES:
                    log.warning("%s: only the first %d entities are told", subscription.id, NOTIFY_ENTITIES)
                    break
        if found and self._get(subscription.tenant, subscription.id) is subscription:
            self._tell(subscription, found)

    async def _candidates(self, subscription: Subscription) -> AsyncIterator[Entity]:
        """Give entities of the types that are asked for, others having their turn now and then."""
        names = type_keys(subscription) or None
        for place, record in enumerate(self._broker.hold(subscription.tenant).of_types(names)):
            yield record.entity
            if place % DOCUMENT_BLOCK == DOCUMENT_BLOCK - 1:
                await asyncio.sleep(0)
        if subscription.tenant:
            return
        for block in self._city(subscription, names):
            for entity in block:
                yield entity
            await asyncio.sleep(0)

    def _city(self, subscription: Subscription, names: tuple[str, ...] | None) -> Iterator[list[Entity]]:
        """Give the city's own entities, some at a time."""
        terms = published_terms(subscription.context, self._home)
        for name, living in self.sources.items():
            if names is None or terms.expand(name) in names:
                source = at_once(living)
                for start in range(0, len(source), DOCUMENT_BLOCK):
                    rows = np.arange(start, min(start + DOCUMENT_BLOCK, len(source)), dtype=np.int64)
                    yield entities_of(source, rows, terms)
