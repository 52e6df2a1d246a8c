"""What the city's own devices tell, as changes of entities: subscribers hear of it in the commit that keeps it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import numpy as np

from stadtwerk.app.context.broker import Change
from stadtwerk.app.context.house import ContextHouse
from stadtwerk.context.columnar import entities_of
from stadtwerk.context.entities.change import UPDATED
from stadtwerk.context.entities.document import Entity
from stadtwerk.kernel.entity import EntitySource
from stadtwerk.kernel.observation import Observations
from stadtwerk.kernel.refusal import Refused
from stadtwerk.kernel.state import ColumnState
from stadtwerk.stores.context import Writes
from stadtwerk.stores.telemetry import TelemetryStore

ROOM_S = 0.05
"""Pause until it is looked again whether the outbox has room: devices wait, they are not refused."""


class Sensed:
    """Commits observations; where somebody subscribed to their type, together with the notifications they call for."""

    def __init__(self, context: ContextHouse, telemetry: TelemetryStore, sources: Mapping[str, EntitySource]) -> None:
        self._context, self._telemetry, self._sources = context, telemetry, sources
        library = context.library
        self._tables = {True: library.core.terms, False: library.home.terms}
        """Names of the city's own types, for who speaks the core @context and for the others."""

    async def commit(self, batch: Observations, state: ColumnState) -> None:
        """Make a batch durable; the state is not touched."""
        source = self._sources.get(batch.entity_type)
        if source is None or not self._wanted(batch.entity_type):
            await asyncio.wrap_future(self._telemetry.write(batch))
            return
        writes = await self._room()
        writes.further.append(self._telemetry.work(batch))
        self._tell(batch, state, source=source, writes=writes)
        await self._context.broker.durable()

    def _wanted(self, entity_type: str) -> bool:
        notifier = self._context.notifier
        return any(notifier.concerns("", terms.expand(entity_type)) for terms in self._tables.values())

    async def _room(self) -> Writes:
        """Wait until a commit and the outbox have room."""
        while True:
            try:
                self._context.broker.admit()
                return self._context.broker.commits.writes()
            except Refused:
                await asyncio.sleep(ROOM_S)

    def _tell(self, batch: Observations, state: ColumnState, *, source: EntitySource, writes: Writes) -> None:
        """Look at the entities before and after the batch; the state is back as it was before anybody else sees it."""
        told = np.unique(batch.rows)
        rows, picture = told.astype(np.int64), state.picture(told)
        before = {plain: entities_of(source, rows, terms) for plain, terms in self._tables.items()}
        state.apply(batch)
        after = {plain: entities_of(source, rows, terms) for plain, terms in self._tables.items()}
        state.put_back(told, picture)
        for plain in self._tables:
            for old, new in zip(before[plain], after[plain], strict=True):
                self._note(old, new, plain=plain, writes=writes)

    def _note(self, old: Entity, new: Entity, *, plain: bool, writes: Writes) -> None:
        broker = self._context.broker
        changes = {(iri, ""): UPDATED for iri in _changed(old, new)}
        if changes:
            at_us, seq = broker.now_us(), broker.next_seq()
            change = Change("entityUpdated", broker.hold(""), 0, new.id, old, new, changes, at_us, seq, writes)
            self._context.notifier.watch(change, plain=plain)


def _changed(old: Entity, new: Entity) -> list[str]:
    return [iri for iri, written in new.attrs.items() if written != old.attrs.get(iri)]
