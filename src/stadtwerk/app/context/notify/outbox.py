"""The outbox: what is due is kept with the change that calls for it, leaves after the commit, and is counted throughout."""  # noqa: E501

from __future__ import annotations

import asyncio
from collections.abc import Callable

from stadtwerk.app.context.commits import Commits
from stadtwerk.app.context.notify.lanes import Lanes
from stadtwerk.app.context.notify.letters import Box, Letter
from stadtwerk.context.limits import DEAD_SHOWN, NOTIFY_WAITING, NOTIFY_WAITING_BYTES
from stadtwerk.context.subscriptions.endpoint import Endpoint
from stadtwerk.context.subscriptions.told import Told
from stadtwerk.kernel.clock import Clock
from stadtwerk.kernel.refusal import Refused
from stadtwerk.stores.context import Writes
from stadtwerk.stores.outbox import DeadRow, Key, OutboxStore, Post


class _Bundle:
    """What one commit does to the outbox, and the letters that leave after it."""

    def __init__(self, writes: Writes) -> None:
        self.writes, self.post = writes, Post()
        self.letters: list[Letter] = []

    def told(self, key: Key) -> Told:
        """Return what the commit adds to a subscription's figures."""
        found = self.post.told.get(key)
        if found is None:
            found = self.post.told[key] = Told()
        return found


class Outbox:
    """Keeps the letters of all subscriptions; `clock` is the city's, `wall` tells how old a letter really is."""

    def __init__(self, commits: Commits, store: OutboxStore, *, clock: Clock, wall: Clock) -> None:
        self._commits, self._store, self._clock, self._wall = commits, store, clock, wall
        self.lanes: Lanes
        self.boxes: dict[Key, Box] = {}
        self.total = Told()
        """Figures of all subscriptions that are there."""
        self.waiting_bytes = 0
        self.called_off = 0
        """Letters that went away with their subscription since the start."""
        self._number = store.last_number()
        self._bundle: _Bundle | None = None
        self._landing: set[asyncio.Task[None]] = set()
        self._reviving: set[int] = set()
        """Dead letters that are being sent again, until that is committed."""
        self._known: dict[Key, Told] = dict(store.told())

    def start(self) -> None:
        """Begin to send, first what was left from before; what was left of subscriptions that are gone goes, too."""
        orphans = []
        for number, tenant, subscription, put_us, head, body in self._store.letters():
            box = self.boxes.get((tenant, subscription))
            if box is None:
                orphans.append(number)
                continue
            self.waiting_bytes += len(body)
            self.lanes.take(Letter(number, box, put_us, head, body))
        if orphans:
            self._bundle_of(self._commits.writes()).post.gone.extend(orphans)
        self.lanes.start()

    def open(self, key: Key, endpoint: Endpoint) -> Box:
        """Open the box of a subscription, or give it another endpoint."""
        box = self.boxes.get(key)
        if box is None:
            box = self.boxes[key] = Box(key, endpoint, self._known.pop(key, Told()))
            self.total.add(box.told)
        elif box.endpoint != endpoint:
            self.lanes.move(box, endpoint)
        return box

    def close(self, key: Key) -> None:
        """Forget a subscription with all that waits for it."""
        bundle = self._bundle_of(self._commits.writes())
        box = self.boxes.pop(key)
        box.open = False
        self.lanes.leave(box)
        bundle.post.gone.extend(letter.number for letter in box.waiting)
        bundle.post.told.pop(key, None)
        bundle.post.forgotten.append(key)
        self.called_off += box.told.pending
        self.waiting_bytes -= sum(len(letter.body) for letter in box.waiting)
        for name in ("due", "delivered", "dead", "sent", "failed"):
            setattr(self.total, name, getattr(self.total, name) - getattr(box.told, name))

    def letter(self, box: Box, head: str, write: Callable[[int], bytes]) -> Letter:
        """Make a letter; `write` gives its body for its number."""
        self._number += 1
        return Letter(self._number, box, self._wall.now_us(), head, write(self._number))

    def put(self, writes: Writes, box: Box, letter: Letter, at_us: int) -> None:
        """Keep a letter in a commit; it leaves when that is done. `at_us` is the change's instant of city time."""
        bundle = self._bundle_of(writes)
        bundle.post.put.append(letter.row())
        bundle.letters.append(letter)
        self.waiting_bytes += len(letter.body)
        for told in (box.told, self.total, bundle.told(box.key)):
            told.due += 1
            told.last_due_us = at_us

    async def delivered(self, letter: Letter) -> None:
        """Note that a receiver has a letter."""
        now_us = self._clock.now_us()
        for told in await self._tried(letter, now_us, first=letter.tries == 0):
            told.delivered += 1
            told.last_success_us = now_us
        self._leave(letter)

    async def failed(self, letter: Letter) -> None:
        """Note that a try failed."""
        now_us = self._clock.now_us()
        first = letter.tries == 1
        for told in await self._tried(letter, now_us, first=first):
            told.failed += first
            told.last_failure_us = now_us

    async def give_up(self, letter: Letter, reason: str) -> None:
        """Lay a letter among the dead, where it can be seen and sent again."""
        bundle = await self._current()
        if not letter.box.open:
            return
        bundle.post.dead.append(letter.dead_row(self._wall.now_us(), reason))
        for told in (letter.box.told, self.total, bundle.told(letter.box.key)):
            told.dead += 1
        self._leave(letter)

    def dead(self, key: Key) -> list[DeadRow]:
        """Return the oldest dead letters of a subscription."""
        return self._store.dead(key, DEAD_SHOWN)

    def revive(self, key: Key) -> int:
        """Send the oldest dead letters of a subscription again, behind those that wait; return how many."""
        box = self.boxes[key]
        bundle = self._bundle_of(self._commits.writes())
        rows = [row for row in self.dead(key) if row[0] not in self._reviving]
        self._reviving.update(row[0] for row in rows)
        for row in rows:
            letter = Letter(row[0], box, self._wall.now_us(), row[4], row[5])
            bundle.post.revived.append(letter.number)
            bundle.post.put.append(letter.row())
            bundle.letters.append(letter)
            self.waiting_bytes += len(letter.body)
        for told in (box.told, self.total, bundle.told(key)):
            told.dead -= len(rows)
        return len(rows)

    def admit(self) -> None:
        """Refuse a write while too much waits for delivery (503): nothing is dropped to make room."""
        if self.total.pending >= NOTIFY_WAITING or self.waiting_bytes >= NOTIFY_WAITING_BYTES:
            raise Refused.of("busy", "The city is busy", 503, "Too many notifications wait for delivery; try again.")

    async def _tried(self, letter: Letter, now_us: int, *, first: bool) -> tuple[Told, ...]:
        bundle = await self._current()
        if not letter.box.open:
            return ()
        found = (letter.box.told, self.total, bundle.told(letter.box.key))
        for told in found:
            told.sent += first
            told.last_sent_us = now_us
        return found

    def _leave(self, letter: Letter) -> None:
        """Take a letter out of the outbox in the commit that is open."""
        if letter.box.open and self._bundle is not None:
            self._bundle.post.gone.append(letter.number)
            self.waiting_bytes -= len(letter.body)

    async def _current(self) -> _Bundle:
        while True:
            try:
                return self._bundle_of(self._commits.writes())
            except Refused:
                await self._commits.durable()

    def _bundle_of(self, writes: Writes) -> _Bundle:
        bundle = self._bundle
        if bundle is None or bundle.writes is not writes:
            bundle = self._bundle = _Bundle(writes)
            writes.further.append(bundle.post.work)
            task = asyncio.get_running_loop().create_task(self._land(bundle))
            self._landing.add(task)
            task.add_done_callback(self._landing.discard)
        return bundle

    async def _land(self, bundle: _Bundle) -> None:
        await self._commits.durable()
        closed = []
        for letter in bundle.letters:
            self._reviving.discard(letter.number)
            if letter.box.open:
                self.lanes.take(letter)
            else:
                closed.append(letter)
        if closed:
            (await self._current()).post.gone.extend(letter.number for letter in closed)
            self.waiting_bytes -= sum(len(letter.body) for letter in closed)
