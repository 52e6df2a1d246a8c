"""From the radio into state and history: frames are admitted, committed in batches, then made visible."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence

import numpy as np

from stadtwerk.adapters.lamp_radio.supervision import Supervision
from stadtwerk.adapters.lamp_radio.uplink import Gate, GroupFrame, read, told_by_group
from stadtwerk.kernel.clock import Clock
from stadtwerk.kernel.limits import BATCH_ROWS, INBOX_ROWS
from stadtwerk.kernel.observation import Observations, Rows, join, split
from stadtwerk.kernel.state import ColumnState
from stadtwerk.protocols.malformed import Malformed
from stadtwerk.stores.telemetry import TelemetryStore
from stadtwerk.systems.lighting.state import Lighting


class Pump:
    """Takes messages in, commits what they tell, and passes on what lamps answered."""

    def __init__(self, lighting: Lighting, gate: Gate, store: TelemetryStore, clock: Clock) -> None:
        self._gate, self._store, self._clock = gate, store, clock
        observed = (lighting.seen, lighting.cabinets, lighting.gateways, lighting.told, lighting.groups)
        self._seen = {seen.entity_type: seen for seen in observed}
        self._street = lighting.inventory.streets.of_lamp
        supply = lighting.supply
        self._network = Supervision(supply.gateway_euis, supply.cabinet_euis, lighting.cabinets["f_cnt"])
        self._inbox: list[Observations] = []
        self._rows = 0
        self._taken = 0
        self._given: list[asyncio.Future[None]] = []
        self.rejected: list[Counter[str]] = []
        """Counts of what others than the radio set aside, by reason."""
        self._more = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self.processed = 0
        """Messages whose content is committed or set aside."""
        self.rows_committed = 0
        self.malformed: Counter[str] = Counter()
        self.samples: dict[str, bytes] = {}
        self.commit: Callable[[Observations, ColumnState], Awaitable[None]] = self._commit_alone
        self.on_seen: Callable[[Observations], None] = lambda seen: None
        """Told what lamps said, once it is committed."""

    @property
    def waiting_rows(self) -> int:
        """Return how many observation rows wait for a commit."""
        return self._rows

    async def take(self, topic: str, body: bytes) -> None:
        """Take one message in; waits while the inbox is full."""
        now_us = self._clock.now_us()
        before = self._gate.rejected.total()
        try:
            about_network = self._network.takes(topic)
            seen = self._network.admit(topic, body, now_us) if about_network else self._admit(topic, body, now_us)
        except Malformed as fault:
            self.malformed[fault.code] += 1
            self.samples[fault.code] = body[:512]
            seen = None
        if self._gate.rejected.total() > before:
            self.samples["frame"] = body[:512]
        self._taken += 1
        for told in (seen, *self._gate.take_told()):
            await self._put(told)

    def _admit(self, topic: str, body: bytes, now_us: int) -> Observations | None:
        frames = read(topic, body, now_us)
        if isinstance(frames, GroupFrame):
            row = self._gate.admit_group(frames, now_us)
            return None if row is None else told_by_group(frames, int(self._street[row]))
        return self._gate.admit(frames, now_us)

    async def give(self, seen: Observations) -> None:
        """Take in what was read elsewhere; returns once it is committed and visible."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._given.append(done)
        await self._put(seen)
        await done

    async def _put(self, seen: Observations | None) -> None:
        if seen is not None:
            self._inbox.append(seen)
            self._rows += len(seen)
        self._more.set()
        if self._rows > INBOX_ROWS:
            self._room.clear()
            await self._room.wait()

    async def run(self) -> None:
        """Commit for ever: one batch is on its way to disk while the next collects."""
        while True:
            await self._more.wait()
            self._more.clear()
            parts, taken, given = self._inbox, self._taken, self._given
            self._inbox, self._rows, self._given = [], 0, []
            for batch in _batches(parts):
                await self.commit(batch, self._seen[batch.entity_type])
                self._seen[batch.entity_type].apply(batch)
                if batch.entity_type == "Streetlight":
                    self.rows_committed += len(batch)
                    self.on_seen(batch)
            self.processed = taken
            for done in given:
                if not done.done():
                    done.set_result(None)
            self._room.set()

    async def _commit_alone(self, batch: Observations, state: ColumnState) -> None:
        await asyncio.wrap_future(self._store.write(batch))

    async def drain_quarantine(self) -> None:
        """Store the counts of what was set aside since the last time."""
        counters = (self.malformed, self._gate.rejected, self._network.rejected, *self.rejected)
        counts = sum(counters, Counter[str]())
        for counter in counters:
            counter.clear()
        for reason, n in counts.items():
            sample = self.samples.get(reason, self.samples.get("frame", b""))
            await asyncio.wrap_future(self._store.quarantine(reason, n, self._clock.now_us(), sample))


def _batches(parts: Sequence[Observations]) -> Iterator[Observations]:
    """Put what was observed together by type, in batches that commit quickly."""
    for entity_type in dict.fromkeys(part.entity_type for part in parts):
        yield from split(join([part for part in parts if part.entity_type == entity_type]), BATCH_ROWS)


class Answers:
    """Collects which lamps say they applied which command until someone asks.

    Lamps may have answered just before the last process died: what they last told counts from the start.
    """

    def __init__(self, lighting: Lighting) -> None:
        self._lighting = lighting
        self._rows: list[Rows] = [command.pending_rows() for command in lighting.book.open_commands()]

    def note(self, seen: Observations) -> None:
        """Note the lamps of a batch that still owe an answer."""
        rows = seen.rows[self._lighting.book.holder[seen.rows] != 0]
        if len(rows):
            self._rows.append(rows)

    def take(self) -> tuple[Rows, np.ndarray]:
        """Return the noted rows (k,) and the token each lamp last told (k,), and start anew."""
        rows = np.unique(np.concatenate(self._rows)) if self._rows else np.zeros(0, np.int32)
        self._rows = []
        return rows, np.nan_to_num(self._lighting.seen["token"][rows]).astype(np.uint32)
