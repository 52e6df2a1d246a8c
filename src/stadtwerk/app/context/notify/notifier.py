"""What subscriptions call for: each change is matched before its commit, and what is due is committed with it (5.8.6)."""  # noqa: E501

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable, Mapping

from stadtwerk.app.context.broker import Broker, Change
from stadtwerk.app.context.notify.lanes import Lanes
from stadtwerk.app.context.notify.letters import Sender
from stadtwerk.app.context.notify.outbox import Outbox
from stadtwerk.app.context.notify.rounds import Rounds
from stadtwerk.context.entities.document import Entity
from stadtwerk.context.entities.holdings import Holdings
from stadtwerk.context.evaluate import Find
from stadtwerk.context.library import Context, Library
from stadtwerk.context.limits import SUBSCRIPTIONS
from stadtwerk.context.problems import problem
from stadtwerk.context.subscriptions.index import Happened, Index, what_happened
from stadtwerk.context.subscriptions.payload import (
    changed_entity,
    data_key,
    deleted_entity,
    write_data,
    write_notification,
)
from stadtwerk.context.subscriptions.subscription import (
    Kept,
    Subscription,
    compile_subscription,
    read_kept,
    write_kept,
)
from stadtwerk.context.subscriptions.told import Told
from stadtwerk.kernel.clock import Clock
from stadtwerk.kernel.refusal import Refused
from stadtwerk.stores.context import Writes
from stadtwerk.stores.outbox import DeadRow, OutboxStore

log = logging.getLogger(__name__)

KIND = "subscription"
LOOK_S = 0.5
"""How often periodic subscriptions are looked at, seconds of wall time."""


class Notifier:
    """All subscriptions of all tenants, and the notifications that are due to them."""

    def __init__(self, broker: Broker, library: Library, senders: Mapping[str, Sender], wall: Clock) -> None:
        self._broker, self._library = broker, library
        self.outbox = Outbox(broker.commits, OutboxStore(broker.store.reader), clock=broker.clock, wall=wall)
        self.outbox.lanes = self.lanes = Lanes(self.outbox, senders, wall)
        self._known: dict[str, dict[str, Subscription]] = {}
        self._indexes: dict[str, Index] = {}
        self.rounds = Rounds(broker, library.home, get=self.get, tell=self._tell, finder=self._finder)
        self._run = secrets.token_hex(6)
        """Part of the name of every notification of this run: numbers may come again after a start."""
        for tenant, holdings in broker.tenants.items():
            for body in holdings.kept.get(KIND, {}).values():
                self._admit(self._recall(tenant, read_kept(body)))
        self.ticks: list[Callable[[], None]] = [self.rounds.tick]
        """Whoever has something to tell by the clock."""
        broker.watchers.append(self.watch)
        broker.gates.append(self.outbox.admit)

    async def run(self) -> None:
        """Send for ever, first what was left from before, and look twice a second who wants to be told by the clock."""
        self.outbox.start()
        try:
            while True:
                self.tick()
                await asyncio.sleep(LOOK_S)
        finally:
            await self.lanes.stop()

    def put(self, holdings: Holdings, kept: Kept) -> None:
        """Keep a subscription as it now is; refuses what cannot be compiled, and one too many (403)."""
        fresh = self._compile(holdings.tenant, kept)
        known = self.get(holdings.tenant, fresh.id)
        if known is None and sum(map(len, self._known.values())) >= SUBSCRIPTIONS:
            raise problem("TooManyResults", f"at most {SUBSCRIPTIONS} subscriptions")
        self._broker.keep(holdings, KIND, fresh.id, write_kept(kept))
        if known is not None:
            self._dismiss(known)
        self._admit(fresh)

    def forget(self, holdings: Holdings, subscription: Subscription) -> None:
        """Let a subscription go, with what waits for its receiver."""
        self._broker.keep(holdings, KIND, subscription.id, None)
        self._dismiss(subscription)
        self.outbox.close((holdings.tenant, subscription.id))

    def get(self, tenant: str, subscription_id: str) -> Subscription | None:
        """Return a subscription, None when there is no such."""
        return self._known.get(tenant, {}).get(subscription_id)

    def of(self, tenant: str) -> list[Subscription]:
        """Return a tenant's subscriptions, oldest first."""
        return list(self._known.get(tenant, {}).values())

    def told(self, subscription: Subscription) -> Told:
        """Return what became of a subscription's notifications."""
        return self.outbox.boxes[subscription.tenant, subscription.id].told

    def dead(self, subscription: Subscription) -> list[DeadRow]:
        """Return the oldest dead letters of a subscription."""
        return self.outbox.dead((subscription.tenant, subscription.id))

    def revive(self, subscription: Subscription) -> int:
        """Send a subscription's oldest dead letters again; return how many."""
        return self.outbox.revive((subscription.tenant, subscription.id))

    def figures(self) -> dict[str, int]:
        """Return what became of all notifications: due = delivered + dead + pending."""
        total = self.outbox.total
        return {
            "subscriptions": sum(map(len, self._known.values())),
            "due": total.due,
            "delivered": total.delivered,
            "dead": total.dead,
            "pending": total.pending,
            "pending_bytes": self.outbox.waiting_bytes,
            "called_off": self.outbox.called_off,
            "endpoints_failing": self.lanes.resting,
        }

    def watch(self, change: Change, *, plain: bool | None = None) -> None:
        """Put what a change calls for into its commit.

        `plain` tells whom it is for if the entity has its names for some only: those who speak the core, or the others.
        """
        index = self._indexes.get(change.holdings.tenant)
        if index is None:
            return
        happened = what_happened(change.what, change.before, change.after, change.changes, change.at_us)
        find, told = _finder(change.holdings), dict[object, bytes]()
        for subscription in index.concerned(happened, find):
            if plain not in (None, subscription.context.plain) or self._throttled(subscription, change.at_us):
                continue
            key = data_key(subscription, happened.bits)
            data = told.get(key)
            if data is None:
                data = told[key] = _data(change, subscription, happened, find)
            self._due(change.writes, subscription, change.at_us, data)

    def concerns(self, tenant: str, type_iri: str) -> bool:
        """Tell whether anybody may want to hear of entities of a type."""
        index = self._indexes.get(tenant)
        return index is not None and index.concerns(type_iri)

    def tick(self) -> None:
        """Begin to tell what is due by the clock."""
        for tick in self.ticks:
            tick()

    def _tell(self, subscription: Subscription, found: list[Entity]) -> None:
        """Tell a periodic subscription of the entities that it is about."""
        try:
            writes = self._broker.commits.writes()
        except Refused:
            log.warning("%s: a round is left out, too many writes wait", subscription.id)
            return
        data = write_data(found, subscription.form, self._finder(subscription.tenant))
        self._due(writes, subscription, self._broker.clock.now_us(), data)

    def _finder(self, tenant: str) -> Find:
        return _finder(self._broker.hold(tenant))

    def _due(self, writes: Writes, subscription: Subscription, at_us: int, data: bytes) -> None:
        box = self.outbox.boxes[subscription.tenant, subscription.id]
        run = self._run
        letter = self.outbox.letter(
            box,
            subscription.head,
            lambda number: write_notification(subscription, f"{run}-{number}", at_us, data),
        )
        self.outbox.put(writes, box, letter, at_us)

    def _throttled(self, subscription: Subscription, at_us: int) -> bool:
        if not subscription.throttling_us:
            return False
        last_us = self.told(subscription).last_due_us
        return last_us > 0 and at_us - last_us < subscription.throttling_us

    def _compile(self, tenant: str, kept: Kept) -> Subscription:
        wanted = kept.body.get("jsonldContext", kept.context)
        return compile_subscription(tenant, kept, self._context(wanted), self._context(kept.q_context))

    def _recall(self, tenant: str, kept: Kept) -> Subscription:
        """Compile a subscription that was kept before; should its @context be gone, names come out as IRIs."""
        try:
            return self._compile(tenant, kept)
        except Refused as refused:
            log.warning("%s: %s", kept.body["id"], refused.refusal.detail)
            core = self._library.core
            return compile_subscription(tenant, kept, core, core)

    def _context(self, value: object) -> Context:
        return self._library.core if value is None else self._library.of(value)

    def _admit(self, subscription: Subscription) -> None:
        key = (subscription.tenant, subscription.id)
        self._known.setdefault(subscription.tenant, {})[subscription.id] = subscription
        box = self.outbox.open(key, subscription.endpoint)
        if not subscription.active:
            return
        if subscription.interval_us:
            last_us = box.told.last_due_us or subscription.kept.modified_us
            self.rounds.add(subscription, last_us)
        else:
            self._indexes.setdefault(subscription.tenant, Index()).add(subscription)

    def _dismiss(self, subscription: Subscription) -> None:
        del self._known[subscription.tenant][subscription.id]
        if subscription.interval_us:
            self.rounds.remove(subscription)
        elif subscription.active:
            self._indexes[subscription.tenant].remove(subscription)


def _finder(holdings: Holdings) -> Find:
    def find(entity_id: str) -> Entity | None:
        record = holdings.by_id.get(entity_id)
        return None if record is None else record.entity

    return find


def _data(change: Change, subscription: Subscription, happened: Happened, find: Find) -> bytes:
    form = subscription.form
    if change.after is None:
        gone = deleted_entity(happened.entity, subscription, change.at_us)
        return write_data([gone], form, find, deleted_us=change.at_us)
    return write_data([changed_entity(change.before, change.after, change.changes, form)], form, find)
