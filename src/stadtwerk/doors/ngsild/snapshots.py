"""Snapshots: to make, clone, look after and delete, and to go into (clauses 5.5.15, 5.16, 6.3.22, 6.36 to 6.38)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from copy import copy
from time import perf_counter

from stadtwerk.context.entities.expand import check_id
from stadtwerk.context.entities.holdings import Holdings
from stadtwerk.context.library import Library
from stadtwerk.context.limits import SNAPSHOT_ENTITIES_ALL
from stadtwerk.context.problems import http, problem
from stadtwerk.context.snapshots import (
    Snapshot,
    changed_snapshot,
    cloned_snapshot,
    new_snapshot,
    read_purge,
    show_snapshot,
)
from stadtwerk.doors.ngsild.bodies import context_given, read_written
from stadtwerk.doors.ngsild.broker_port import Broker
from stadtwerk.doors.ngsild.door import Resource, refuse
from stadtwerk.doors.ngsild.http import JSON_MEDIA, Answer, Asked, answer_json, created, no_content
from stadtwerk.doors.ngsild.snapshot_filling import Filling
from stadtwerk.doors.ngsild.snapshots_port import Keeper
from stadtwerk.doors.ngsild.turns import turn

PATH = "/ngsi-ld/v1/snapshots/"
AT_ONCE = 4
"""Snapshots that are filled at the same time; others wait, and are told to be in preparation."""


class Snapshots:
    """Answers for snapshots."""

    def __init__(self, broker: Broker, library: Library, *, keeper: Keeper, filling: Filling) -> None:
        self._broker, self._library, self._keeper = broker, library, keeper
        self._filling = filling
        self._working: set[asyncio.Task[None]] = set()
        self._places = asyncio.Semaphore(AT_ONCE)

    def resources(self) -> list[Resource]:
        """Return the resources of snapshots."""
        return [
            Resource("snapshots", {"POST": self.create, "DELETE": self.purge}),
            Resource("snapshots/{snapshot_id}", {"GET": self.retrieve, "PATCH": self.update, "DELETE": self.delete}),
            Resource("snapshots/{snapshot_id}/clone", {"POST": self.clone}),
        ]

    def enter(self, asked: Asked, snapshot_id: str) -> None:
        """Let a request read and change a snapshot in place of the tenant, with the caller's rights in the tenant."""
        _, snapshot = self._named(asked, check_id(snapshot_id, "NGSILD-Snapshot"))
        snapshot.used_us = self._broker.now_us()
        asked.tenant = snapshot.holder(asked.tenant)

    async def create(self, asked: Asked) -> Answer:
        """Answer POST /snapshots (clause 5.16.1)."""
        asked.params("local").done()
        written = read_written(asked, self._library)
        holdings = self._broker.existing(asked.tenant)
        made = new_snapshot(written.content, self._broker.now_us())
        made.context = context_given(asked, written)
        self._filling.check(made)
        mine = copy(asked)
        return await self._begin(asked, holdings, made, lambda: self._filling.fill(mine, made, written.context))

    async def clone(self, asked: Asked) -> Answer:
        """Answer POST /snapshots/{id}/clone (clause 5.16.2)."""
        asked.params("local").done()
        written = read_written(asked, self._library)
        holdings, source = self._find(asked)
        made = cloned_snapshot(source, written.content, self._broker.now_us())
        if source.status == "preparing":
            raise http(409, "Conflict", "it is still in preparation: clone it when it is done")
        tenant = asked.tenant
        held = len(self._broker.existing(source.holder(tenant)).by_id)
        if self._keeper.frozen() + held > SNAPSHOT_ENTITIES_ALL:
            raise problem("TooManyResults", f"at most {SNAPSHOT_ENTITIES_ALL} entities in all snapshots")
        return await self._begin(asked, holdings, made, lambda: self._filling.clone(tenant, source, made))

    async def retrieve(self, asked: Asked) -> Answer:
        """Answer GET /snapshots/{id}: to who may write, since it names receivers and what these are sent (5.16.3)."""
        media = asked.media(JSON_MEDIA)
        asked.params("local").done()
        if not asked.rights.any("write"):
            raise refuse(asked.principal)
        _, snapshot = self._find(asked)
        await self._broker.durable()
        return self._shown(asked, snapshot, media)

    async def update(self, asked: Asked) -> Answer:
        """Answer PATCH /snapshots/{id}: how long it is kept, how dear it is, who is told of it (clause 5.16.4)."""
        media = asked.media(JSON_MEDIA)
        asked.params("local").done()
        written = read_written(asked, self._library, merge=True)
        holdings, before = self._find(asked)
        after = changed_snapshot(before, written.content, self._broker.now_us())
        self._keeper.put(holdings, after, tell=True)
        await self._broker.durable()
        return self._shown(asked, after, media)

    async def delete(self, asked: Asked) -> Answer:
        """Answer DELETE /snapshots/{id} (clause 5.16.5)."""
        asked.params("local").done()
        self._keeper.forget(*self._find(asked))
        await self._broker.durable()
        return no_content()

    async def purge(self, asked: Asked) -> Answer:
        """Answer DELETE /snapshots: all that a query about their members takes (clauses 5.16.7, 6.36.3.2)."""
        params = asked.params("q", "local")
        text = params.text("q")
        if text is None:
            params.fault("q", "says which snapshots")
        params.done()
        takes = read_purge(text or "", self._library.core.terms)
        holdings = self._broker.existing(asked.tenant)
        found = [one for one in self._keeper.of(asked.tenant) if takes(one)]
        if not found:
            raise problem("ResourceNotFound", "no snapshot is like this")
        began = perf_counter()
        for snapshot in found:
            self._keeper.forget(holdings, snapshot)
            began = await turn(began)
        await self._broker.durable()
        return no_content()

    async def _begin(
        self, asked: Asked, holdings: Holdings, made: Snapshot, fill: Callable[[], Awaitable[None]]
    ) -> Answer:
        """Keep a new snapshot and begin to fill it; it is there at once, and tells when it is done."""
        if self._keeper.get(asked.tenant, made.id) is not None:
            raise problem("AlreadyExists", f"{made.id[:200]} exists already")
        self._keeper.put(holdings, made, tell=False)

        async def work() -> None:
            async with self._places:
                await fill()

        task = asyncio.get_running_loop().create_task(work())
        self._working.add(task)
        task.add_done_callback(self._working.discard)
        await self._broker.durable()
        return created(PATH + made.id)

    def _shown(self, asked: Asked, snapshot: Snapshot, media: str) -> Answer:
        """Show a snapshot, its queries in the words in which they were asked."""
        context, shown = snapshot.context, show_snapshot(snapshot)
        if media == JSON_MEDIA[1]:
            answer = answer_json({**shown, "@context": context or self._library.core.url})
            answer.media = media
            return answer
        url = context if isinstance(context, str) else self._library.core.url
        return answer_json(shown, 200, [asked.context_header(url)])

    def _find(self, asked: Asked) -> tuple[Holdings, Snapshot]:
        return self._named(asked, check_id(asked.path_params["snapshot_id"]))

    def _named(self, asked: Asked, snapshot_id: str) -> tuple[Holdings, Snapshot]:
        holdings = self._broker.existing(asked.tenant)
        snapshot = self._keeper.get(asked.tenant, snapshot_id)
        if snapshot is None:
            raise problem("ResourceNotFound", f"no snapshot {snapshot_id[:200]}")
        return holdings, snapshot
