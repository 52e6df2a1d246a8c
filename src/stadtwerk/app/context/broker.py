"""The context broker: every tenant's entities, changed in one place, committed together, told to whoever watches."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import islice
from operator import itemgetter
from typing import Literal

from stadtwerk.app.context.commits import Commits
from stadtwerk.context.entities.change import Changes
from stadtwerk.context.entities.document import Entity, read_entity
from stadtwerk.context.entities.holdings import Holdings, Record
from stadtwerk.context.holders import tenant_and_snapshot
from stadtwerk.context.limits import LATE_CHANGES
from stadtwerk.context.problems import problem
from stadtwerk.kernel.clock import Clock
from stadtwerk.stores.context import ContextStore, Writes
from stadtwerk.stores.context_history import forget_entities

What = Literal["entityCreated", "entityUpdated", "entityDeleted"]


@dataclass(slots=True)
class Change:
    """Something that happened to an entity: what it was, what it is, which attributes changed how.

    `changes` maps attribute IRI and datasetId ("" = default instance) to attributeCreated, attributeUpdated or
    attributeDeleted; empty for a new entity, all of whose attributes were created. `seq` numbers changes in the order
    they became true; `writes` is the commit it belongs to. A watcher that commits a row from which the change can be
    done again says so (`is_told`).
    """

    what: What
    holdings: Holdings
    number: int
    entity_id: str
    before: Entity | None
    after: Entity | None
    changes: Changes
    at_us: int
    seq: int
    writes: Writes
    is_told: bool = False


class Broker:
    """Holds all tenants. Memory changes at once, answers wait for the commit (`durable`): who reads does so too."""

    def __init__(self, store: ContextStore, clock: Clock) -> None:
        self.store, self.clock = store, clock
        self.commits = Commits(store)
        self.tenants: dict[str, Holdings] = {"": Holdings("")}
        self.watchers: list[Callable[[Change], None]] = []
        """Called for each change before it is committed: what they add to its `writes` is committed with it."""
        self.gates: list[Callable[[], None]] = []
        """Asked before a write begins: one that refuses keeps everything as it is."""
        self._ends: list[tuple[int, str, str]] = []
        """When transient entities end, soonest first: instant, tenant, id."""
        self._number, self._seq = store.last_numbers()
        self._last_us = 0
        self._late: dict[int, tuple[int, Holdings, str]] = {}
        """Entities whose rows do not hold their last changes yet, longest first: number, first such change, id."""
        for (number, tenant, entity_id, body), since in store.entities():
            self._recall(self.hold(tenant), number, entity_id, body)
            if since:
                self._late[number] = since, self.hold(tenant), entity_id
        self._late = dict(sorted(self._late.items(), key=itemgetter(1)))
        for tenant, kind, thing_id, body in store.kept():
            self.hold(tenant).kept.setdefault(kind, {})[thing_id] = body

    def _recall(self, holdings: Holdings, number: int, entity_id: str, body: bytes | None) -> None:
        if body is None:
            holdings.past[entity_id] = number
        else:
            entity = read_entity(body)
            holdings.put(Record(number, entity))
            self._note_end(holdings, entity)

    def hold(self, tenant: str) -> Holdings:
        """Return a tenant's holdings, making them if there are none: a tenant begins with its first write."""
        holdings = self.tenants.get(tenant)
        if holdings is None:
            holdings = self.tenants[tenant] = Holdings(tenant)
        return holdings

    def existing(self, tenant: str) -> Holdings:
        """Return a tenant's holdings; refuses a tenant that does not exist (404)."""
        holdings = self.tenants.get(tenant)
        if holdings is None:
            raise problem("NonexistentTenant", f"no tenant {tenant}")
        return holdings

    def admit(self) -> None:
        """Let a write begin, or refuse it (503) while something has more to do than it can hold."""
        for gate in self.gates:
            gate()

    def now_us(self) -> int:
        """Return the present instant, later than any given before: two changes never have the same."""
        self._last_us = max(self._last_us + 1, self.clock.now_us())
        return self._last_us

    def put(self, holdings: Holdings, after: Entity, changes: Changes, before: Entity | None = None) -> None:
        """Keep an entity as it now is; `before` is what it was, None for a new one."""
        known = holdings.number(after.id)
        number = known if known is not None else self._next_number()
        record = Record(number, after)
        writes = self.commits.writes()
        holdings.put(record)
        self._note_end(holdings, after)
        what: What = "entityCreated" if before is None else "entityUpdated"
        self._seq += 1
        change = Change(
            what, holdings, number, after.id, before, after, changes, after.modified_at_us, self._seq, writes
        )
        for watch in self.watchers:
            watch(change)
        if change.is_told and number not in writes.entities:
            self._put_off(change)
        else:
            self._settled(number, writes)
            writes.entities[number] = (number, holdings.tenant, after.id, record.row)

    def _put_off(self, change: Change) -> None:
        """Leave an entity's row for later; when the oldest has waited for too many changes, it is written now."""
        if change.number not in self._late:
            self._late[change.number] = change.seq, change.holdings, change.entity_id
            change.writes.late.append((change.seq, change.number))
        if next(iter(self._late.values()))[0] <= change.seq - LATE_CHANGES:
            self._settle(list(islice(self._late, 2)), change.writes)

    def _settled(self, number: int, writes: Writes) -> None:
        late = self._late.pop(number, None)
        if late is not None:
            writes.settled.append((late[0],))

    def settle(self, numbers: Iterable[int]) -> None:
        """Write the rows of entities that do not hold their last changes yet."""
        late = [number for number in numbers if number in self._late]
        if late:
            self._settle(late, self.commits.writes())

    def settle_some(self, most: int = 1_000) -> None:
        """Write the rows of those that have waited longest, so many at a time, while nothing else waits."""
        if not self.commits.waiting:
            self.settle(list(islice(self._late, most)))

    def _settle(self, numbers: Iterable[int], writes: Writes) -> None:
        for number in numbers:
            _, holdings, entity_id = self._late[number]
            writes.entities[number] = (number, holdings.tenant, entity_id, holdings.by_id[entity_id].row)
            self._settled(number, writes)

    def drop(self, holdings: Holdings, record: Record, at_us: int) -> None:
        """Delete an entity; its history stays."""
        before = record.entity
        writes = self.commits.writes()
        holdings.drop(record)
        self._settled(record.number, writes)
        writes.entities[record.number] = (record.number, holdings.tenant, record.id, None)
        self._seq += 1
        change = Change("entityDeleted", holdings, record.number, record.id, before, None, {}, at_us, self._seq, writes)
        for watch in self.watchers:
            watch(change)

    def freeze(self, holdings: Holdings, entity: Entity) -> int:
        """Take an entity into a snapshot as it is: that is no change, so nobody is told of it; return its number."""
        known = holdings.number(entity.id)
        number = known if known is not None else self._next_number()
        record = Record(number, entity)
        writes = self.commits.writes()
        holdings.put(record)
        self._settled(number, writes)
        writes.entities[number] = (number, holdings.tenant, entity.id, record.row)
        return number

    def clear(self, holdings: Holdings) -> list[int]:
        """Let holdings go with all that was ever in them; return the numbers of what that was."""
        writes = self.commits.writes()
        numbers = [record.number for record in holdings.by_id.values()] + list(holdings.past.values())
        for number in numbers:
            self._settled(number, writes)
            writes.entities.pop(number, None)
        for kind, of_kind in holdings.kept.items():
            writes.kept.update(dict.fromkeys(((holdings.tenant, kind, name) for name in of_kind), None))
        writes.further.append(forget_entities(numbers, self.next_seq(), self.clock.now_us()))
        self.tenants.pop(holdings.tenant, None)
        return numbers

    def expire(self, most: int = 1_000) -> int:
        """Delete transient entities whose time is over (clause 4.22), so many at a time; return how many."""
        now_us, ended = self.clock.now_us(), 0
        while self._ends and self._ends[0][0] <= now_us and ended < most:
            end_us, tenant, entity_id = heappop(self._ends)
            holdings = self.hold(tenant)
            record = holdings.by_id.get(entity_id)
            # One that was given more time, or was made anew, has a later place in the queue.
            if record is not None and record.entity.expires_at_us == end_us:
                self.drop(holdings, record, self.now_us())
                ended += 1
        return ended

    def _note_end(self, holdings: Holdings, entity: Entity) -> None:
        if entity.expires_at_us and not tenant_and_snapshot(holdings.tenant)[1]:  # what is frozen does not end
            heappush(self._ends, (entity.expires_at_us, holdings.tenant, entity.id))

    def keep(self, holdings: Holdings, kind: str, thing_id: str, body: bytes | None) -> None:
        """Keep a thing of another kind as it now is, None to forget it."""
        of_kind = holdings.kept.setdefault(kind, {})
        if body is None:
            of_kind.pop(thing_id, None)
        else:
            of_kind[thing_id] = body
        self.commits.writes().kept[holdings.tenant, kind, thing_id] = body

    async def durable(self) -> None:
        """Wait until all that is true in memory is on disk."""
        await self.commits.durable()

    def next_seq(self) -> int:
        """Return a number for a change that is not one of an entity's present state (history written later)."""
        self._seq += 1
        return self._seq

    def number_for_past(self, holdings: Holdings, entity_id: str) -> int:
        """Return the number of an entity that has a history, making one for an entity that never was in the present."""
        known = holdings.number(entity_id)
        if known is not None:
            return known
        number = self._next_number()
        holdings.past[entity_id] = number
        self.commits.writes().entities[number] = (number, holdings.tenant, entity_id, None)
        return number

    def _next_number(self) -> int:
        self._number += 1
        return self._number
