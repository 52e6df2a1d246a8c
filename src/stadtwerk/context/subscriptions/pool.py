"""Subscriptions that may be concerned, kept so that a bound such as `level>80` rules many out at once."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from dataclasses import dataclass, field
from typing import Any

from stadtwerk.context.entities.document import Instance
from stadtwerk.context.evaluate import Subject
from stadtwerk.context.subscriptions.bound import Side
from stadtwerk.context.subscriptions.subscription import Subscription

_NUMBERS = frozenset((int, float))


@dataclass(slots=True)
class _Fence:
    """Subscriptions whose bounds are on the same side of the same attribute, by their values."""

    values: list[float] = field(default_factory=list)
    order: list[tuple[float, str]] = field(default_factory=list)

    def add(self, value: float, subscription_id: str) -> None:
        insort(self.values, value)
        insort(self.order, (value, subscription_id))

    def remove(self, value: float, subscription_id: str) -> None:
        place = bisect_left(self.order, (value, subscription_id))
        if place < len(self.order) and self.order[place] == (value, subscription_id):
            del self.order[place], self.values[place]

    def open(self, side: Side, low: float, high: float) -> list[tuple[float, str]]:
        """Return those whose bound a number between may keep; what equals it counts, the query decides."""
        first = 0 if side == "above" else bisect_left(self.values, low)
        last = len(self.values) if side == "below" else bisect_right(self.values, high)
        return self.order[first:last]


@dataclass(slots=True)
class Pool:
    """Subscriptions by id, those with a bound behind a fence."""

    known: dict[str, Subscription] = field(default_factory=dict)
    plain: dict[str, Subscription] = field(default_factory=dict)
    fences: dict[tuple[str, Side], _Fence] = field(default_factory=dict)

    def add(self, subscription: Subscription) -> None:
        """Take in a subscription."""
        self.known[subscription.id] = subscription
        if (bound := subscription.bound) is None:
            self.plain[subscription.id] = subscription
        else:
            self.fences.setdefault((bound.iri, bound.side), _Fence()).add(bound.value, subscription.id)

    def remove(self, subscription: Subscription) -> None:
        """Let a subscription go."""
        if self.known.pop(subscription.id, None) is None:
            return
        self.plain.pop(subscription.id, None)
        if (bound := subscription.bound) is not None:
            fence = self.fences[bound.iri, bound.side]
            fence.remove(bound.value, subscription.id)
            if not fence.order:
                del self.fences[bound.iri, bound.side]

    def collect(self, into: dict[str, Subscription], subject: Subject) -> None:
        """Add the subscriptions that an entity may concern."""
        if self.plain:
            into.update(self.plain)
        for (iri, side), fence in self.fences.items():
            for _, subscription_id in _open(fence, side, subject.instances(iri)):
                into[subscription_id] = self.known[subscription_id]


def _open(fence: _Fence, side: Side, instances: list[Instance]) -> list[tuple[float, str]]:
    numbers: list[Any] = [one.get("value") for one in instances]
    if not numbers:
        return []
    for number in numbers:
        if type(number) not in _NUMBERS:
            # Lists and texts are compared in their own ways: the query decides alone.
            return fence.order
    return fence.open(side, min(numbers), max(numbers))
