"""Lets the systems react to each other's events: each event once, though the process may die at any moment."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from itertools import islice

import msgspec

from stadtwerk.app.lane import Lane
from stadtwerk.kernel.clock import Clock
from stadtwerk.kernel.command import Order
from stadtwerk.kernel.journal import Event
from stadtwerk.kernel.limits import REACTION_DEPTH, REACTION_PAGE
from stadtwerk.kernel.react.rules import Reactions, depth_of, reaction_id
from stadtwerk.kernel.react.system import fired, held_back
from stadtwerk.kernel.reaction import Reaction
from stadtwerk.kernel.refusal import Refused
from stadtwerk.stores.decisions import DecisionStore

log = logging.getLogger(__name__)

BOOKMARK = "react"
"""The fact of the data folder that says up to which entry of the journal all reactions are done."""
PAUSE_S = 0.2
"""How long to wait when the city is too busy to decide."""
NOTE_ENTRIES = 10_000
"""The cursor is noted at the next look after so many entries that no rule hears."""


class _Bookmark(msgspec.Struct, frozen=True):
    """Up to where the journal is read, and after which entry each rule begins."""

    seq: int
    since: dict[str, int] = {}


class React:
    """Reads the journal behind the lane, orders what the rules answer, and moves a durable cursor.

    What it reads after a start may have been answered before: a rule's own count of entries and the commands' ids,
    which follow from entry, rule and place, keep each reaction single.
    """

    def __init__(self, reactions: Reactions, lane: Lane, store: DecisionStore, clock: Clock) -> None:
        self._reactions, self._lane, self._store, self._clock = reactions, lane, store, clock
        self._heard = {rule.event for rule in reactions.rules.values()}
        noted = store.meta(BOOKMARK)
        self._mark = msgspec.json.decode(noted, type=_Bookmark) if noted else _Bookmark(store.last_seq)
        self._cursor = self._mark.seq
        # A rule begins with what happens after the city first knew it.
        if new := [rule_id for rule_id in reactions.rules if rule_id not in self._mark.since]:
            since = {**self._mark.since, **dict.fromkeys(new, store.last_seq)}
            self._mark = _Bookmark(self._cursor, since)
            store.set_meta(BOOKMARK, msgspec.json.encode(self._mark).decode()).result()
        self._behind = asyncio.Event()
        self._one_at_a_time = asyncio.Lock()
        if self._cursor < store.last_seq:
            self._behind.set()

    def note_events(self, first: int, events: Sequence[Event]) -> None:
        """Hear what was committed; entries that no rule hears are passed over at once."""
        if self._behind.is_set() or any(event.kind in self._heard for event in events):
            self._behind.set()
        else:
            self._cursor = max(self._cursor, first + len(events) - 1)

    async def run(self) -> None:
        """Work for ever."""
        while True:
            await self._behind.wait()
            if not await self.settle():
                await asyncio.sleep(PAUSE_S)

    async def settle(self) -> bool:
        """React to everything that is committed; False when the city is too busy and some must wait."""
        async with self._one_at_a_time:
            answered = False
            while self._behind.is_set():
                page = list(islice(self._store.entries(self._cursor), REACTION_PAGE))
                for entry in page:
                    if entry.kind in self._heard:
                        answered = True
                        if not await self._react(entry.seq, entry.event()):
                            return False
                    self._cursor = entry.seq
                if not page:
                    # What is taken in but not committed yet will be told by the lane.
                    self._behind.clear()
            if answered or self._cursor >= self._mark.seq + NOTE_ENTRIES:
                self._mark = _Bookmark(self._cursor, self._mark.since)
                await asyncio.wrap_future(self._store.set_meta(BOOKMARK, msgspec.json.encode(self._mark).decode()))
        return True

    async def _react(self, seq: int, event: Event) -> bool:
        """Let every rule that hears an event answer it; False when the city is too busy."""
        for rule in self._reactions.hearing(event.kind):
            switch = self._reactions.switch(rule.id)
            after = max(switch.last_seq, self._mark.since[rule.id])
            if seq > after and switch.meant_for(event) and not await self._answer(rule, seq, event):
                return False
        return True

    async def _answer(self, rule: Reaction, seq: int, event: Event) -> bool:
        now_us = self._clock.now_us()
        try:
            contents = rule.react(self._reactions.parts[rule.system].state, event, now_us)
        except Exception:
            log.exception("%s broke over entry %s", rule.id, seq)
            return await self._hold_back(rule, seq, "broken")
        if not contents:
            return True
        depth = depth_of(event) + 1
        has_room = self._reactions.switch(rule.id).room_for(len(contents), now_us)
        if depth > REACTION_DEPTH or not has_room:
            return await self._hold_back(rule, seq, "rate" if depth <= REACTION_DEPTH else "depth")
        ids = [reaction_id(depth, seq, rule.id, index) for index in range(len(contents))]
        try:
            for command_id, content in zip(ids, contents, strict=True):
                await self._order(rule, command_id, content, seq)
        except Refused as no:
            if no.refusal.status == 503:
                return False
            return await self._hold_back(rule, seq, no.refusal.detail or no.refusal.title)
        await self._lane.propose("react", lambda at_us: [fired(rule, seq, ids, at_us)])
        return True

    async def _order(self, rule: Reaction, command_id: str, content: msgspec.Struct, seq: int) -> None:
        if self._lane.find(command_id) is None:
            await self._lane.order(Order(command_id, f"{rule.system} (reaction)", rule.command, content, str(seq)))

    async def _hold_back(self, rule: Reaction, seq: int, why: str) -> bool:
        log.warning("%s is held back at entry %s: %s", rule.id, seq, why)
        await self._lane.propose("react", lambda at_us: [held_back(rule, seq, why, at_us)])
        return True
