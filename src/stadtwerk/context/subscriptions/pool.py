"""Subscriptions that may be concerned, kept so that a bound such as `level>80` rules many out at once."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator
from dataclasses import dataclass, field

from stadtwerk.context.evaluate import Subject
from stadtwerk.context.subscriptions.bound import Side
from stadtwerk.context.subscriptions.subscription import Subscription


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

    def open(self, side: Side, numbers: list[float]) -> Iterator[str]:
        """Give those whose bound one of the numbers may keep; what equals it counts, the query decides."""
        low, high = min(numbers), max(numbers)
        first = 0 if side == "above" else bisect_left(self.values, low)
        last = len(self.values) if side == "below" else bisect_right(self.values, high)
        return (subscription_id for _, subscription_id in self.order[first:last])


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
        into.update(self.plain)
        for (iri, side), fence in self.fences.items():
            numbers = [one.get("value") for one in subject.instances(iri)]
            if all(type(number) in (int, float) for number in numbers):
                found = fence.open(side, numbers) if numbers else ()  # type: ignore[arg-type]
            else:
                # Lists and texts are compared in their own ways: the query decides alone.
                found = (subscription_id for _, subscription_id in fence.order)
            into.update((subscription_id, self.known[subscription_id]) for subscription_id in found)
