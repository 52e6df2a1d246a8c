"""How entities evolved: every write recorded in its own commit, read through columns that memory keeps while it can."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

import msgspec

from stadtwerk.app.context.broker import Broker, Change
from stadtwerk.context.entities.change import DELETED, Changes
from stadtwerk.context.entities.document import Entity, Instance, write_entity
from stadtwerk.context.entities.holdings import Holdings
from stadtwerk.context.limits import PAST_BYTES, PAST_WAITING_ROWS, UNINDEXED_ROWS
from stadtwerk.context.temporal.past import Ended
from stadtwerk.context.temporal.told import (
    SCOPE,
    Edit,
    Place,
    edit_row,
    read_told,
    told_about_past,
    told_by_deletion,
    told_by_update,
    told_whole,
)
from stadtwerk.context.temporal.tracks import Past
from stadtwerk.context.temporal.writing import Evolution
from stadtwerk.kernel.clock import US
from stadtwerk.kernel.limits import HISTORY_DAYS
from stadtwerk.stores import context_history as rows
from stadtwerk.stores.context import Writes
from stadtwerk.stores.writer import Work

ENDED = "ended"
"""Kind of the kept things that tell what an entity was that only its history knows."""
SLICE_ROWS = 5_000
"""Rows dropped at a time when they are old."""
SLICES = 200
"""Most slices dropped in one go."""
DAY_US = 86_400 * US

_DATASET = b'"datasetId"'


class History:
    """Watches a broker's writes and answers for the past; knows entities by their numbers, keeps them so many days."""

    def __init__(self, broker: Broker, keep_days: int = HISTORY_DAYS) -> None:
        self._broker, self._db, self._keep_days = broker, broker.store.reader, keep_days
        self._known: OrderedDict[int, Past] = OrderedDict()
        self._size = 0
        self._sizes: dict[int, int] = {}
        self._loading: dict[int, list[tuple[int, int, bytes]]] = {}
        self._unindexed = 1
        """How many rows may not be found by entity yet."""
        self._turn = asyncio.Lock()
        """Held while histories are loaded, and while they are rewritten: never both."""
        self._ended = {
            name: {entity_id: msgspec.json.decode(body, type=Ended) for entity_id, body in kept.items()}
            for name, holdings in broker.tenants.items()
            if (kept := holdings.kept.get(ENDED))
        }
        broker.watchers.append(self.record)

    def record(self, change: Change) -> None:
        """Add what a change told to its commit."""
        body = self._told(change)
        if body is None:
            return
        self._add(change.writes, change.number, (change.seq, change.at_us, body))

    def _told(self, change: Change) -> bytes | None:
        """Write what a change told, and say so where that is all there is to know of it."""
        before, after = change.before, change.after
        if after is None:
            if before is None:
                return None
            ended = Ended(change.number, before.type, before.scope, before.created_at_us, change.at_us)
            self._keep_ended(change.holdings, change.entity_id, ended, change.writes)
            return told_by_deletion(before, change.at_us)
        if before is None:
            self._forget_ended(change.holdings, change.entity_id, change.writes)
            return write_entity(after)
        if _all_told(change.changes, after):
            change.is_told = True
            return write_entity(after)
        row = told_whole(before, after, change.changes)
        change.is_told = row is not None
        return row or told_by_update(before, after, change.changes, change.at_us)

    def ended(self, holdings: Holdings) -> dict[str, Ended]:
        """Return the entities of a tenant that only history knows, by id."""
        return self._ended.get(holdings.tenant, {})

    def tell(self, holdings: Holdings, told: Evolution, now_us: int) -> bool:
        """Add to an entity's past; return whether it had none before."""
        number = self._broker.number_for_past(holdings, told.entity_id)
        fresh = told.entity_id not in holdings.by_id
        known = self.ended(holdings).get(told.entity_id)
        if fresh and (known is None or set(told.types) - set(known.type)):
            types = list(dict.fromkeys([*(known.type if known else ()), *told.types]))
            scope = told.scope if told.scope is not None else known.scope if known else []
            made = Ended(number, types, scope, known.created_at_us if known else now_us, 0)
            self._keep_ended(holdings, told.entity_id, made, self._broker.commits.writes())
        self._write(number, now_us, told_about_past(told.attrs, told.types, told.scope))
        return fresh and known is None

    def end_attributes(self, number: int, instances: dict[str, list[Instance]], now_us: int) -> None:
        """Record the end of attributes of an entity that only history knows; `scope` ends like one."""
        attrs = {iri: some for iri, some in instances.items() if iri != SCOPE}
        body: dict[str, Any] = {"attrs": attrs}
        if SCOPE in instances:
            body["scope"] = []
        self._write(number, now_us, msgspec.json.encode(body))

    def _write(self, number: int, at_us: int, body: bytes) -> None:
        self._add(self._broker.commits.writes(), number, (self._broker.next_seq(), at_us, body))

    def _add(self, writes: Writes, number: int, row: rows.Row) -> None:
        seq, at_us, body = row
        writes.changes.append((seq, number, at_us, body))
        self._unindexed += 1
        if self._unindexed >= UNINDEXED_ROWS:
            self._index(writes)
        past = self._known.get(number)
        if past is not None:
            past.waiting.append(row)
            if len(past.waiting) > PAST_WAITING_ROWS:
                self._drop(number)
        elif number in self._loading:
            self._loading[number].append(row)

    def _index(self, writes: Writes) -> None:
        writes.further.append(rows.index)
        self._unindexed = 0

    async def _indexed(self) -> None:
        """Wait until all that was told can be read by entity."""
        if self._unindexed:
            self._index(self._broker.commits.writes())
        await self._broker.durable()

    async def recall(self, numbers: Sequence[int]) -> list[Past]:
        """Return entities' histories with everything told so far, also what still waits for its commit."""
        loaded: dict[int, Past] = {}
        if not all(number in self._known for number in numbers):
            async with self._turn:
                missing = [number for number in numbers if number not in self._known]
                for start in range(0, len(missing), rows.NAMES):
                    loaded |= await self._load(missing[start : start + rows.NAMES])
        found = []
        for number in numbers:
            past = self._known.get(number) or loaded[number]
            if past.waiting:
                past.settle()
                self._measure(number, past)
            if number in self._known:
                self._known.move_to_end(number)
            found.append(past)
        return found

    async def _load(self, numbers: Sequence[int]) -> dict[int, Past]:
        """Read histories from the store, a page at a time so that others get on."""
        self._loading = {number: [] for number in numbers}
        found: dict[int, Past] = {}
        await self._indexed()
        while len(found) < len(numbers):
            some = [number for number in numbers if number not in found]
            first, longer = rows.rows_of_several(self._db, some)
            for number in some if not longer else [number for number in some if number <= longer]:
                past = found[number] = Past()
                await self._read(past, number, first.get(number, []), whole=number != longer)
                past.take(self._loading.pop(number))
                past.settle()
                self._remember(number, past)
            await asyncio.sleep(0)
        return found

    async def _read(self, past: Past, number: int, first: list[rows.Row], *, whole: bool) -> None:
        past.take(first)
        while not whole:
            await asyncio.sleep(0)
            page = rows.rows_of(self._db, number, past.last_seq)
            past.take(page)
            whole = len(page) < rows.ROWS

    def _remember(self, number: int, past: Past) -> None:
        self._known[number] = past
        self._measure(number, past)
        while self._size > PAST_BYTES and len(self._known) > 1:
            self._drop(next(iter(self._known)))

    def _measure(self, number: int, past: Past) -> None:
        if number in self._known:
            size = past.size
            self._size += size - self._sizes.get(number, 0)
            self._sizes[number] = size

    def _drop(self, number: int) -> None:
        if self._known.pop(number, None) is not None:
            self._size -= self._sizes.pop(number)

    async def instances(self, places: Iterable[Place]) -> dict[Place, Instance]:
        """Return instances by their places; those that are gone by now are missing."""
        await self._broker.durable()
        by_row: dict[int, list[Place]] = {}
        for place in places:
            by_row.setdefault(place[0], []).append(place)
        found: dict[Place, Instance] = {}
        for count, (seq, at_us, body) in enumerate(rows.bodies(self._db, list(by_row))):
            found.update(_instances(by_row[seq], at_us, body))
            if count % rows.NAMES == rows.NAMES - 1:
                await asyncio.sleep(0)
        return found

    async def rewrite(
        self, number: int, edit: Edit, *, place: Place | None = None, more: Collection[Instance] = ()
    ) -> None:
        """Change instances of an entity's past: all told so far, or the one at a place; durable when it returns."""
        only = None if place is None else (place[1], place[2])

        def work(seq: int, body: bytes) -> bytes:
            return edit_row(body, edit, only, more)

        await self._change(rows.rewrite(number, self._broker.next_seq(), work, place[0] if place else None), number)

    async def forget(self, holdings: Holdings, entity_id: str, number: int, now_us: int) -> None:
        """Drop an entity's past; what it is at present stays."""
        past_only = entity_id not in holdings.by_id
        if past_only:
            self._forget_ended(holdings, entity_id, self._broker.commits.writes())
            holdings.past.pop(entity_id, None)
        until, marker = self._broker.next_seq(), self._broker.next_seq()
        work = rows.forget(number, until, entity=past_only, marker=marker, at_us=now_us)
        await self._change(work, number)

    def let_go(self, tenant: str, numbers: Iterable[int]) -> None:
        """Forget what memory has of holdings that are gone."""
        self._ended.pop(tenant, None)
        for number in numbers:
            self._drop(number)

    async def copy(self, source: Holdings, into: Holdings) -> None:
        """Tell the past of all that holdings know of others, too, which have the same entities already."""
        await self._broker.durable()
        for entity_id, one in tuple(self.ended(source).items()):
            number = self._broker.number_for_past(into, entity_id)
            kept = msgspec.structs.replace(one, number=number)
            self._keep_ended(into, entity_id, kept, self._broker.commits.writes())
        pairs = {source.number(name): into.number(name) for name in [*source.by_id, *self.ended(source)]}
        numbers = [(old, new) for old, new in pairs.items() if old is not None and new is not None]
        for start in range(0, len(numbers), rows.NAMES):
            await self._copy(numbers[start : start + rows.NAMES])

    async def _copy(self, numbers: Sequence[tuple[int, int]]) -> None:
        """Tell the pasts of entities of others, too (numbers: whose, of whom)."""
        await self._indexed()
        first, longer = rows.rows_of_several(self._db, [old for old, _ in numbers])
        for old, new in numbers:
            page, whole = first.get(old, []), not longer or old < longer
            while True:
                for _, at_us, body in page:
                    self._write(new, at_us, body)
                if whole:
                    break
                await self._broker.durable()
                page = rows.rows_of(self._db, old, page[-1][0] if page else 0)
                whole = len(page) < rows.ROWS
        await self._broker.durable()

    async def _change(self, work: Work, number: int) -> None:
        async with self._turn:
            self._broker.settle((number,))
            self._broker.commits.writes().further.append(work)
            await self._broker.durable()
            self._drop(number)

    async def prune(self, now_us: int) -> int:
        """Drop what is older than history is kept, in slices; return how many rows that were."""
        before_us, dropped = now_us - self._keep_days * DAY_US, 0
        for _ in range(SLICES):
            async with self._turn:
                old = rows.old_rows(self._db, before_us, SLICE_ROWS)
                if old:
                    self._broker.settle({number for _, number in old})
                    self._broker.commits.writes().further.append(rows.drop(old))
                    await self._broker.durable()
                    self._let_go({number for _, number in old})
            dropped += len(old)
            if len(old) < SLICE_ROWS:
                break
        return dropped

    def _let_go(self, numbers: set[int]) -> None:
        """Forget what memory has of entities whose rows were dropped, and those that nobody knows any more."""
        for number in numbers:
            self._drop(number)
        gone = rows.without_rows(self._db, list(numbers))
        for tenant, ended in self._ended.items():
            for entity_id in [entity_id for entity_id, one in ended.items() if one.number in gone]:
                self._forget_ended(self._broker.hold(tenant), entity_id, self._broker.commits.writes())

    def _keep_ended(self, holdings: Holdings, entity_id: str, ended: Ended, writes: Writes) -> None:
        # Not through the broker: a change that is under way must not be refused because too many wait.
        body = msgspec.json.encode(ended)
        self._ended.setdefault(holdings.tenant, {})[entity_id] = ended
        holdings.kept.setdefault(ENDED, {})[entity_id] = body
        writes.kept[holdings.tenant, ENDED, entity_id] = body

    def _forget_ended(self, holdings: Holdings, entity_id: str, writes: Writes) -> None:
        if self._ended.get(holdings.tenant, {}).pop(entity_id, None) is not None:
            holdings.kept[ENDED].pop(entity_id, None)
            writes.kept[holdings.tenant, ENDED, entity_id] = None


def _all_told(changes: Changes, after: Entity) -> bool:
    """Tell whether an update changed every attribute, so that the entity's own row tells it."""
    every = len(changes) == len(after.attrs) and DELETED not in changes.values()
    return every and not any(_DATASET in written for written in after.attrs.values())


def _instances(places: Iterable[Place], at_us: int, body: bytes) -> Iterator[tuple[Place, Instance]]:
    told = read_told(body)
    read: dict[int, list[Instance]] = {}
    for place in places:
        _, attr, number = place
        if attr == len(told.attrs):
            yield place, _scope(told.scope or [], at_us)
        else:
            if attr not in read:
                read[attr] = told.instances(attr)
            if "type" in read[attr][number]:
                yield place, read[attr][number]


def _scope(scope: list[str], at_us: int) -> Instance:
    """Return a scope as an instance of a Property (clause 4.18)."""
    times = {"createdAt": at_us, "modifiedAt": at_us} if scope else {"deletedAt": at_us}
    return {"type": "Property", "value": scope, **times}
