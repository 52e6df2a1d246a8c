"""Which subscriptions a change concerns: few are looked at, and equal questions are asked once (clause 5.8.6)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from stadtwerk.context.entities.change import Changes
from stadtwerk.context.entities.document import Entity
from stadtwerk.context.evaluate import Condition, Find, Subject
from stadtwerk.context.subscriptions.pool import Pool
from stadtwerk.context.subscriptions.subscription import BIT, Subscription, type_keys

_DELETED = BIT["attributeDeleted"]
_WHOLE = BIT["entityCreated"] | BIT["entityDeleted"]


@dataclass(slots=True)
class Happened:
    """A change as subscriptions see it: which entity, what happened to it as bits, and to which attributes.

    `entity` is what it is, or, once deleted, what it was.
    """

    entity: Entity
    types: frozenset[str]
    bits: int
    attributes: dict[str, int]
    at_us: int


def what_happened(what: str, before: Entity | None, after: Entity | None, changes: Changes, at_us: int) -> Happened:
    """Turn a change into bits: a new entity creates all of its attributes, one that goes deletes them."""
    entity = after if after is not None else before
    if entity is None:
        raise ValueError("a change is about an entity")
    attributes: dict[str, int] = {}
    if what == "entityUpdated":
        for (iri, _), kind in changes.items():
            attributes[iri] = attributes.get(iri, BIT[what]) | BIT[kind]
    else:
        each = BIT["attributeCreated"] if what == "entityCreated" else _DELETED
        attributes = dict.fromkeys(entity.attrs, each)
    bits = BIT[what]
    for kinds in attributes.values():
        bits |= kinds
    return Happened(entity, frozenset(entity.type), bits, attributes, at_us)


@dataclass(slots=True)
class _Bucket:
    """Subscriptions that share a key: those that watch every attribute, and those that watch certain ones."""

    every: Pool = field(default_factory=Pool)
    watching: dict[str, Pool] = field(default_factory=dict)

    def add(self, subscription: Subscription) -> None:
        if not subscription.watched:
            self.every.add(subscription)
        for iri in subscription.watched:
            self.watching.setdefault(iri, Pool()).add(subscription)

    def remove(self, subscription: Subscription) -> None:
        self.every.remove(subscription)
        for iri in subscription.watched:
            if (found := self.watching.get(iri)) is not None:
                found.remove(subscription)
                if not found.known:
                    del self.watching[iri]

    @property
    def empty(self) -> bool:
        return not self.every.known and not self.watching

    def collect(self, into: dict[str, Subscription], attributes: Iterable[str], subject: Subject) -> None:
        self.every.collect(into, subject)
        if self.watching:
            for iri in attributes:
                if (found := self.watching.get(iri)) is not None:
                    found.collect(into, subject)


class Index:
    """The subscriptions of one tenant that changes can concern, by id, type and watched attribute."""

    def __init__(self) -> None:
        self._by_id: dict[str, _Bucket] = {}
        self._by_type: dict[str, _Bucket] = {}
        self._any = _Bucket()

    def add(self, subscription: Subscription) -> None:
        """Take in a subscription."""
        for place, key in self._places(subscription):
            if place is None:
                self._any.add(subscription)
            else:
                place.setdefault(key, _Bucket()).add(subscription)

    def remove(self, subscription: Subscription) -> None:
        """Let a subscription go."""
        for place, key in self._places(subscription):
            bucket = self._any if place is None else place.get(key, self._any)
            bucket.remove(subscription)
            if place is not None and bucket.empty:
                place.pop(key, None)

    def concerned(self, happened: Happened, find: Find) -> Iterator[Subscription]:
        """Give the subscriptions that a change calls for a notification of."""
        candidates: dict[str, Subscription] = {}
        subject = Subject(happened.entity, find)
        self._any.collect(candidates, happened.attributes, subject)
        for name in happened.entity.type:
            if (bucket := self._by_type.get(name)) is not None:
                bucket.collect(candidates, happened.attributes, subject)
        if self._by_id and (bucket := self._by_id.get(happened.entity.id)) is not None:
            bucket.collect(candidates, happened.attributes, subject)
        asked: dict[Condition, bool] = {}
        bits, at_us = happened.bits, happened.at_us
        for subscription in candidates.values():
            if (
                bits & subscription.triggers
                and not 0 < subscription.expires_us <= at_us
                and (not subscription.watched or _watches(subscription, happened))
                and (subscription.by_type or _selects(subscription, happened.entity.id, happened.types))
                and _holds(subscription.conditions, subject, asked)
            ):
                yield subscription

    def concerns(self, type_iri: str) -> bool:
        """Tell whether any subscription may be about entities of a type."""
        return not self._any.empty or bool(self._by_id) or type_iri in self._by_type

    def _places(self, subscription: Subscription) -> Iterator[tuple[dict[str, _Bucket] | None, str]]:
        ids = [selector.ids for selector in subscription.selectors]
        types = type_keys(subscription)
        if ids and all(ids):
            yield from ((self._by_id, entity_id) for entity_id in frozenset().union(*ids))
        elif types:
            yield from ((self._by_type, name) for name in types)
        else:
            yield None, ""


def fits(subscription: Subscription, subject: Subject) -> bool:
    """Tell whether an entity is one that a subscription is about, whatever happens to it."""
    entity = subject.entity
    return _selects(subscription, entity.id, frozenset(entity.type)) and _holds(subscription.conditions, subject, {})


def _watches(subscription: Subscription, happened: Happened) -> bool:
    """Tell whether what happened concerns an attribute that is watched."""
    triggers, watched = subscription.triggers, subscription.watched
    if happened.bits & triggers & _WHOLE:
        return not watched.isdisjoint(happened.attributes)
    return any(kinds & triggers for iri, kinds in happened.attributes.items() if iri in watched)


def _selects(subscription: Subscription, entity_id: str, types: frozenset[str]) -> bool:
    selectors = subscription.selectors
    return not selectors or any(selector.takes(entity_id, types) for selector in selectors)


def _holds(conditions: tuple[Condition, ...], subject: Subject, asked: dict[Condition, bool]) -> bool:
    """Tell whether all conditions hold; `asked` remembers answers to equal questions."""
    for condition in conditions:
        answer = asked.get(condition)
        if answer is None:
            answer = asked[condition] = condition(subject)
        if not answer:
            return False
    return True
