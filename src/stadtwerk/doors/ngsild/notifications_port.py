"""What the NGSI-LD door needs of whoever delivers notifications."""

from __future__ import annotations

from typing import Protocol

from stadtwerk.context.entities.holdings import Holdings
from stadtwerk.context.subscriptions.subscription import Kept, Subscription
from stadtwerk.context.subscriptions.told import Told

DeadLetter = tuple[int, str, str, int, str, bytes, int, int, str]
"""Number, tenant, subscription, when it was written, head, body, when it was given up, tries, reason."""


class Notifications(Protocol):
    """Keeps subscriptions and delivers what is due to them."""

    def put(self, holdings: Holdings, kept: Kept) -> None:
        """Keep a subscription as it now is."""
        ...

    def forget(self, holdings: Holdings, subscription: Subscription) -> None:
        """Let a subscription go, with what waits for its receiver."""
        ...

    def get(self, tenant: str, subscription_id: str) -> Subscription | None:
        """Return a subscription, None when there is no such."""
        ...

    def of(self, tenant: str) -> list[Subscription]:
        """Return a tenant's subscriptions, oldest first."""
        ...

    def told(self, subscription: Subscription) -> Told:
        """Return what became of a subscription's notifications."""
        ...

    def dead(self, subscription: Subscription) -> list[DeadLetter]:
        """Return the oldest dead letters of a subscription."""
        ...

    def revive(self, subscription: Subscription) -> int:
        """Send a subscription's oldest dead letters again; return how many."""
        ...
