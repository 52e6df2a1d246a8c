"""Who is told of registrations that come, change and go; told in the commit that they belong to (clause 5.11)."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

import msgspec

from stadtwerk.app.context.broker import Broker
from stadtwerk.app.context.notify.notifier import Notifier
from stadtwerk.context.entities.holdings import Holdings
from stadtwerk.context.library import Context, Library
from stadtwerk.context.limits import SUBSCRIPTIONS
from stadtwerk.context.problems import problem
from stadtwerk.context.registrations.document import KIND as REGISTRATION
from stadtwerk.context.registrations.document import Json, has_ended, living
from stadtwerk.context.registrations.watching import NEWLY, Watcher, compile_watcher, write_source_notification
from stadtwerk.context.subscriptions.subscription import Kept, Subscription, read_kept, write_kept
from stadtwerk.context.subscriptions.told import Told
from stadtwerk.kernel.clock import US
from stadtwerk.stores.outbox import DeadRow, Key

KIND = "csourceSubscription"
SWEEP_US = 60 * US
"""How often registrations whose time is over are put away."""

_decode = msgspec.json.Decoder(dict[str, Any]).decode


class SourceNotifier:
    """All subscriptions to registrations of all tenants; their letters go the way of all notifications."""

    def __init__(self, broker: Broker, library: Library, notifier: Notifier) -> None:
        self._broker, self._library, self._outbox = broker, library, notifier.outbox
        self._known: dict[str, dict[str, Watcher]] = {}
        self._next_us: dict[Key, int] = {}
        """When periodic subscriptions are due next."""
        self._sweep_us = 0
        self._run = secrets.token_hex(6)
        for tenant, holdings in broker.tenants.items():
            for body in holdings.kept.get(KIND, {}).values():
                self._admit(self._compile(tenant, read_kept(body)))
        notifier.ticks.append(self.tick)

    def put(self, holdings: Holdings, kept: Kept) -> None:
        """Keep a subscription as it now is, and tell it of what matches already; refuses one too many (403)."""
        fresh = self._compile(holdings.tenant, kept)
        subscription = fresh.subscription
        known = self._known.get(holdings.tenant, {})
        if subscription.id not in known and len(known) >= SUBSCRIPTIONS:
            raise problem("TooManyResults", f"at most {SUBSCRIPTIONS} subscriptions")
        self._broker.keep(holdings, KIND, subscription.id, write_kept(kept))
        self._admit(fresh)
        self._tell_all(holdings, fresh)

    def forget(self, holdings: Holdings, subscription: Subscription) -> None:
        """Let a subscription go, with what waits for its receiver."""
        self._broker.keep(holdings, KIND, subscription.id, None)
        self._outbox.close(_key(subscription))
        self._next_us.pop(_key(subscription), None)
        del self._known[holdings.tenant][subscription.id]

    def get(self, tenant: str, subscription_id: str) -> Subscription | None:
        """Return a subscription, None when there is no such."""
        watcher = self._known.get(tenant, {}).get(subscription_id)
        return watcher.subscription if watcher else None

    def of(self, tenant: str) -> list[Subscription]:
        """Return a tenant's subscriptions, oldest first."""
        return [watcher.subscription for watcher in self._known.get(tenant, {}).values()]

    def told(self, subscription: Subscription) -> Told:
        """Return what became of a subscription's notifications."""
        return self._outbox.boxes[_key(subscription)].told

    def dead(self, subscription: Subscription) -> list[DeadRow]:
        """Return the oldest dead letters of a subscription."""
        return self._outbox.dead(_key(subscription))

    def revive(self, subscription: Subscription) -> int:
        """Send a subscription's oldest dead letters again; return how many."""
        return self._outbox.revive(_key(subscription))

    def changed(self, holdings: Holdings, before: Json | None, after: Json | None) -> None:
        """Tell of a registration that came, changed or went, in its commit; periodic subscriptions wait."""
        now_us = self._broker.clock.now_us()
        for watcher in self._known.get(holdings.tenant, {}).values():
            if watcher.subscription.interval_us or not _listens(watcher.subscription, now_us):
                continue
            if reason := watcher.reason(before, after):
                document = after if after is not None else before
                self._due(watcher, now_us, reason, [document] if document is not None else [])

    def tick(self) -> None:
        """Tell periodic subscriptions whose time has come, and put away registrations that ended (clause 5.11.7)."""
        now_us = self._broker.clock.now_us()
        if now_us >= self._sweep_us:
            self._sweep_us = now_us + SWEEP_US
            self._sweep(now_us)
        for (tenant, name), due_us in tuple(self._next_us.items()):
            if due_us <= now_us:
                watcher = self._known[tenant][name.removeprefix(f"{KIND} ")]
                self._next_us[tenant, name] = now_us + watcher.subscription.interval_us
                self._tell_all(self._broker.hold(tenant), watcher)

    def _sweep(self, now_us: int) -> None:
        for holdings in tuple(self._broker.tenants.values()):
            for name, body in tuple(holdings.kept.get(REGISTRATION, {}).items()):
                if b'"expiresAt"' in body and has_ended(document := _decode(body), now_us):
                    self._broker.keep(holdings, REGISTRATION, name, None)
                    self.changed(holdings, document, None)

    def _tell_all(self, holdings: Holdings, watcher: Watcher) -> None:
        """Tell a subscription of all registrations that match now."""
        now_us = self._broker.clock.now_us()
        if not _listens(watcher.subscription, now_us):
            return
        found = [
            one for one in living(holdings.kept.get(REGISTRATION, {}).values(), now_us) if watcher.discovery.finds(one)
        ]
        if found:
            self._due(watcher, now_us, NEWLY, found)

    def _due(self, watcher: Watcher, at_us: int, reason: str, registrations: Sequence[Json]) -> None:
        box, run = self._outbox.boxes[_key(watcher.subscription)], self._run
        letter = self._outbox.letter(
            box,
            watcher.subscription.head,
            lambda number: write_source_notification(watcher, f"{run}-{number}", at_us, reason, registrations),
        )
        self._outbox.put(self._broker.commits.writes(), box, letter, at_us)

    def _admit(self, watcher: Watcher) -> None:
        subscription = watcher.subscription
        key = _key(subscription)
        self._known.setdefault(subscription.tenant, {})[subscription.id] = watcher
        self._outbox.open(key, subscription.endpoint)
        self._next_us.pop(key, None)
        if subscription.interval_us and subscription.active:
            self._next_us[key] = self._broker.clock.now_us() + subscription.interval_us

    def _compile(self, tenant: str, kept: Kept) -> Watcher:
        wanted = kept.body.get("jsonldContext", kept.context)
        return compile_watcher(tenant, kept, self._context(wanted), self._context(kept.q_context))

    def _context(self, value: object) -> Context:
        return self._library.core if value is None else self._library.of(value)


def _key(subscription: Subscription) -> Key:
    """Return under what a subscription's letters are kept: apart from subscriptions to entities of the same id."""
    return subscription.tenant, f"{KIND} {subscription.id}"


def _listens(subscription: Subscription, now_us: int) -> bool:
    return subscription.active and not 0 < subscription.expires_us <= now_us
