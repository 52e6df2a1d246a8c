"""What a snapshot is to hold: its queries run where they were asked, what they find held fast (clause 5.16.1.4)."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable
from time import perf_counter
from typing import Any

import msgspec

from stadtwerk.context.entities.document import Entity
from stadtwerk.context.entities.holdings import Holdings
from stadtwerk.context.library import Context
from stadtwerk.context.limits import SNAPSHOT_ENTITIES, SNAPSHOT_ENTITIES_ALL
from stadtwerk.context.posted import read_posted_query
from stadtwerk.context.problems import http, problem, unsupported
from stadtwerk.context.snapshots import Json, Snapshot, outcome
from stadtwerk.context.temporal.selecting import Which, read_posted
from stadtwerk.doors.ngsild.broker_port import Broker
from stadtwerk.doors.ngsild.entities import Entities
from stadtwerk.doors.ngsild.federated import Federated
from stadtwerk.doors.ngsild.federated_reads import FederatedReads
from stadtwerk.doors.ngsild.history_port import History
from stadtwerk.doors.ngsild.http import Answer, Asked
from stadtwerk.doors.ngsild.snapshots_port import Keeper
from stadtwerk.doors.ngsild.temporal import Temporal
from stadtwerk.doors.ngsild.turns import turn
from stadtwerk.kernel.refusal import Refused

log = logging.getLogger(__name__)

Results = tuple[list[Json], list[Json]]
"""How the queries of the present and of the past went, one by one (ExecutionResultDetails, clause 5.2.42)."""


class Filling:
    """Fills snapshots: with entities of all places that know some, and with pasts, as far as those are kept here."""

    def __init__(
        self,
        broker: Broker,
        keeper: Keeper,
        *,
        entities: Entities,
        federated: Federated | None,
        past: tuple[Temporal, History] | None,
    ) -> None:
        self._broker, self._keeper, self._entities, self._past = broker, keeper, entities, past
        self._reads = None if federated is None else FederatedReads(federated)

    def check(self, snapshot: Snapshot) -> None:
        """Refuse queries that are malformed, and those of the past where none is kept."""
        for query in snapshot.queries:
            read_posted_query(query, b"")
        for query in snapshot.temporal:
            read_posted(query, b"")
        if snapshot.temporal and self._past is None:
            raise unsupported("snapshotTemporalQueries", "no past is kept here")

    async def fill(self, asked: Asked, snapshot: Snapshot, context: Context) -> None:
        """Run all queries of a snapshot as its maker, and hold fast what they find."""

        async def work(frozen: Holdings) -> Results:
            present = [await self._result(self._present(asked, frozen, one, context)) for one in snapshot.queries]
            if self._past is None:
                return present, []
            told = [
                await self._result(self._told(asked, frozen, read_posted(one, b""), context, self._past))
                for one in snapshot.temporal
            ]
            return present, told

        await self._make(asked.tenant, snapshot, work)

    async def clone(self, tenant: str, source: Snapshot, snapshot: Snapshot) -> None:
        """Hold fast all that another snapshot holds now (clause 5.16.2)."""

        async def work(frozen: Holdings) -> Results:
            known = self._broker.existing(source.holder(tenant))
            await self._freeze(frozen, (record.entity for record in tuple(known.by_id.values())))
            if self._past is not None:
                await self._past[1].copy(known, frozen)
            return source.details, source.temporal_details

        await self._make(tenant, snapshot, work)

    async def _make(self, tenant: str, snapshot: Snapshot, work: Callable[[Holdings], Awaitable[Results]]) -> None:
        """Do the work for a snapshot and tell how it went, unless the snapshot is gone by then."""
        try:
            details, temporal_details = await work(self._broker.existing(snapshot.holder(tenant)))
            status = outcome([one["resultStatus"] for one in (*details, *temporal_details)])
        except Exception as error:
            if self._now(tenant, snapshot) is None:
                return
            if not isinstance(error, Refused):
                log.exception("a snapshot could not be made")
            details, temporal_details, status = [], [], "failure"
        while (now := self._now(tenant, snapshot)) is not None:
            done = msgspec.structs.replace(
                now,
                status=status,
                details=details,
                temporal_details=temporal_details,
                modified_us=self._broker.now_us(),
            )
            if await self._tried(lambda done=done: self._keeper.put(self._broker.existing(tenant), done, tell=True)):  # type: ignore[misc]
                return

    def _now(self, tenant: str, snapshot: Snapshot) -> Snapshot | None:
        """Return a snapshot as it now is, None if it is gone, though another may have its id."""
        found = self._keeper.get(tenant, snapshot.id)
        return found if found is not None and found.created_us == snapshot.created_us else None

    async def _result(self, query: Awaitable[tuple[int, str]]) -> Json:
        """Run a query, which gives how many it found and what went wrong at other sources; tell how it went."""
        try:
            n, warning = await query
        except Refused as refused:
            return {"resultStatus": "failure", "problemDetails": msgspec.to_builtins(refused.refusal)}
        if warning:
            told = http(504, "Gateway Timeout", warning).refusal
            return {"resultStatus": "partial" if n else "failure", "problemDetails": msgspec.to_builtins(told)}
        return {"resultStatus": "success" if n else "empty"}

    async def _present(self, asked: Asked, frozen: Holdings, query: Json, context: Context) -> tuple[int, str]:
        wanted, found = read_posted_query(query, b""), list[Entity]()
        most = self._room(frozen)

        async def gather(mine: Asked) -> Answer:
            found.extend(await self._entities.gather(mine, wanted, context, most))
            return Answer()

        answer = await (self._reads.together(asked, wanted, context, gather) if self._reads else gather(asked))
        warnings = [value.decode("latin-1") for name, value in answer.headers if name == b"ngsild-warning"]
        await self._freeze(frozen, found)
        return len(found), "; ".join(warnings)

    async def _told(
        self, asked: Asked, frozen: Holdings, which: Which, context: Context, past: tuple[Temporal, History]
    ) -> tuple[int, str]:
        temporal, history = past
        found = await temporal.evolutions(asked, which, context.terms, self._room(frozen))
        began = perf_counter()
        for one in found:
            began = await turn(began)
            await self._when_possible(lambda one=one: history.tell(frozen, one, self._broker.now_us()))  # type: ignore[misc]
        return len(found), ""

    async def _freeze(self, frozen: Holdings, found: Iterable[Entity]) -> None:
        """Hold entities fast; what another query found of one stays."""
        began = perf_counter()
        for entity in found:
            known = frozen.by_id.get(entity.id)
            if known is not None:
                entity = msgspec.structs.replace(entity, attrs=known.entity.attrs | entity.attrs)  # noqa: PLW2901
            await self._when_possible(lambda entity=entity: self._broker.freeze(frozen, entity))  # type: ignore[misc]
            began = await turn(began)

    async def _when_possible(self, write: Callable[[], Any]) -> None:
        """Write, after what waits for its commit if that is too much."""
        while not await self._tried(write):
            pass

    async def _tried(self, write: Callable[[], Any]) -> bool:
        """Try to write; if too much waits for its commit, wait for that and say that it was not written."""
        try:
            write()
        except Refused:
            await self._broker.durable()
            return False
        return True

    def _room(self, frozen: Holdings) -> int:
        held = len(frozen.by_id) + len(frozen.past)
        room = min(SNAPSHOT_ENTITIES - held, SNAPSHOT_ENTITIES_ALL - self._keeper.frozen())
        if room <= 0:
            raise problem("TooManyResults", "snapshots hold all the entities that they may")
        return room
