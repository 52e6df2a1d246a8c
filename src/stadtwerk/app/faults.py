"""Each morning of city time the night's measurements are searched for faults, off the loop; crews are then sent."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Future

import numpy as np

from stadtwerk.app.lane import Lane
from stadtwerk.kernel.clock import Clock
from stadtwerk.kernel.command import Order
from stadtwerk.kernel.journal import Event
from stadtwerk.kernel.limits import BATCH_ROWS
from stadtwerk.kernel.observation import Observations, split
from stadtwerk.kernel.refusal import Refused
from stadtwerk.stores.samples import SampleFile
from stadtwerk.systems.lighting.engine.faults.detector import Detector
from stadtwerk.systems.lighting.engine.faults.fleet import Mask, Night
from stadtwerk.systems.lighting.faults.collect import Collector, fleet_of
from stadtwerk.systems.lighting.faults.learned import taught
from stadtwerk.systems.lighting.faults.nightly import ACTOR, done_again, job_state, morning, wants_job
from stadtwerk.systems.lighting.faults.things import JOB_OF, Fault
from stadtwerk.systems.lighting.state import Lighting
from stadtwerk.systems.lighting.works.orders import OpenJob, ReopenJob, VerifyJob

log = logging.getLogger(__name__)

LOOK_S = 5.0
"""Pause between two looks at the clock, wall seconds; in simulated time every step is looked at."""
CONFIRMED = "lighting.fault-confirmed"


class FaultSearch:
    """Collects, searches, and orders jobs; what is confirmed is ordered after a crash too.

    What a night taught of the lamps is given to `keep`, whose future resolves when it is durable; the night so far
    stands in `samples`.
    """

    def __init__(
        self,
        lighting: Lighting,
        lane: Lane,
        keep: Callable[[Observations], Future[None]],
        *,
        samples: SampleFile,
        clock: Clock,
    ) -> None:
        self._lighting, self._lane, self._keep, self._clock = lighting, lane, keep, clock
        self._samples = samples
        self._collector, self._detector = Collector(lighting), Detector(fleet_of(lighting))
        self._detector.recall(lighting.learned.columns)
        if (so_far := samples.read()) is not None:
            self._collector.recall(so_far, clock.now_us())
        self._one_at_a_time = asyncio.Lock()
        self._jobs_wanted = True

    def note_events(self, first: int, events: Sequence[Event]) -> None:
        """Hear what was committed: a person may have confirmed a fault."""
        self._jobs_wanted |= any(event.kind == CONFIRMED for event in events)

    async def run(self) -> None:
        """Work for ever."""
        while True:
            await self.settle()
            await asyncio.sleep(LOOK_S)

    async def settle(self) -> None:
        """Do what is due: take a sample, search a night that is over, send crews; returns once it is durable."""
        async with self._one_at_a_time:
            hour = self._collector.hour
            night = self._collector.look(self._clock.now_us())
            if night is not None:
                await self._search(night)
            if self._collector.hour != hour:
                await asyncio.to_thread(self._samples.write, self._collector.kept())
            if self._jobs_wanted:
                self._jobs_wanted = False
                for fault in list(wants_job(self._lighting)):
                    await self._order(fault, "open")

    async def _search(self, night: Night) -> None:
        findings = await asyncio.to_thread(self._detector.night, night)
        heard = np.asarray(np.isfinite(night.voltage_v).any(axis=1))
        lighting = self._lighting
        await self._lane.propose("lighting", lambda at_us: morning(lighting, findings, heard, at_us))
        for fault in done_again(lighting, findings):
            await self._order(fault, "reopen")
        for fault in [one for one in lighting.faults.kept if one.state == "verified"]:
            if job_state(lighting, fault) == "done":
                mended = np.zeros(len(lighting.inventory), np.bool_)
                mended[[lighting.inventory.row_of[lamp] for lamp in fault.lamps]] = True
                self._detector.mended(mended)
                await self._order(fault, "verify")
        await self._remember(heard)
        self._jobs_wanted = True
        log.info("%s findings of the night", len(findings))

    async def _remember(self, heard: Mask) -> None:
        """Make durable what the night taught; it counts once it is."""
        learned = self._lighting.learned
        for part in split(taught(learned, self._detector.learned(), heard, self._clock.now_us()), BATCH_ROWS):
            await asyncio.wrap_future(self._keep(part))
            learned.apply(part)

    async def _order(self, fault: Fault, what: str) -> None:
        """Give an order about a fault's job; its name follows from the fault, so that it is given once."""
        content: OpenJob | ReopenJob | VerifyJob
        if what == "open":
            entity = fault.entity if fault.kind in ("cabinet-out", "phase-out", "switching-error") else ""
            content = OpenJob(kind=JOB_OF[fault.kind], lamps=fault.lamps, entity=entity, fault_id=fault.id)
        elif what == "reopen":
            content = ReopenJob(job=fault.job_id, reason="the night's measurements find the fault again")
        else:
            content = VerifyJob(job=fault.job_id)
        name = f"{fault.id}-{what}-{fault.changed_at_us or fault.since_us}"
        if job := self._lighting.works.jobs.get(fault.job_id):
            name += f"-{job.done_at_us}"
        try:
            await self._lane.order(Order(name, ACTOR, f"lighting.{what}-job", content))
        except Refused as no:
            log.warning("%s: %s", name, no)
