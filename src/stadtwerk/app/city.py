"""One city at work: its state, its stores and the tasks that keep it going."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
from collections.abc import Coroutine
from typing import Any

import msgspec
import numpy as np

from stadtwerk.adapters.lamp_radio.client import LampRadio
from stadtwerk.adapters.lamp_radio.uplink import Gate
from stadtwerk.adapters.lockstep import Lockstep
from stadtwerk.adapters.lwm2m.lamps import LwM2MRadio
from stadtwerk.app.access import Access
from stadtwerk.app.archived import read_archived
from stadtwerk.app.context.house import ContextHouse
from stadtwerk.app.context.sensed import Sensed
from stadtwerk.app.deliver import Deliver, Radio
from stadtwerk.app.energy import EnergyKeeper
from stadtwerk.app.faults import FaultSearch
from stadtwerk.app.folder import lamp_mark, open_folder
from stadtwerk.app.home import Home
from stadtwerk.app.lane import Lane
from stadtwerk.app.listening import note_start, observed_since
from stadtwerk.app.live import Live
from stadtwerk.app.lwm2m import make_lwm2m
from stadtwerk.app.past.client import Past
from stadtwerk.app.policies import PolicyPlanner
from stadtwerk.app.policy_radio import PolicyRadio
from stadtwerk.app.pump import Answers, Pump
from stadtwerk.app.react import React
from stadtwerk.app.recall import recall
from stadtwerk.app.rollout import Rollouts
from stadtwerk.app.settings import RealClock, Settings, days_of_history, read_mirror
from stadtwerk.app.systems import make_parts
from stadtwerk.app.talq import make_talq
from stadtwerk.app.timer import Timer
from stadtwerk.app.tours import TourPlanner
from stadtwerk.app.watch import Watch
from stadtwerk.context.library import Library
from stadtwerk.kernel.clock import US, Clock, SteppedClock, iso
from stadtwerk.kernel.entity import EntitySource
from stadtwerk.kernel.observation import Observations
from stadtwerk.kernel.refusal import Refused
from stadtwerk.stores.samples import SampleFile
from stadtwerk.systems.lighting.inventory import LORAWAN, LWM2M, TALQ, Inventory
from stadtwerk.systems.lighting.state import Lighting
from stadtwerk.systems.lighting.views import totals
from stadtwerk.vocab.lighting import CITY_COLUMNS

log = logging.getLogger(__name__)

TRIM_SLICES = 60
"""The history tail is trimmed in so many slices, one a minute."""
SETTLE_S = 90
"""On a first start the city's totals mean nothing until the lamps have reported, seconds."""
DEAF_S = 60.0
"""After so long without the broker, the lamps' silence is counted anew, seconds of city time."""
KEEP_S = 1.0
"""Pause between two rounds of housekeeping."""


class City:
    """Everything of the core process but its doors."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        settings.run.mkdir(parents=True, exist_ok=True)
        self.folder = open_folder(settings.city)
        self.parts = make_parts(self.folder)
        self.lighting: Lighting = self.parts["lighting"].state
        inventory = self.lighting.inventory
        types = {name: columns for part in self.parts.values() for name, columns in part.system.columns.items()}
        self.home = Home(settings.data, settings.store)
        self.store, self.telemetry = self.home.open(
            types, reign=settings.reign, take_over=settings.take_over, stop=_stop
        )
        self._claim_folder(inventory)
        self.telemetry.drop_archived(read_archived(settings.data / "lake")).result()
        recall(self.parts, self.store, self.telemetry)
        self.clock = self._make_clock()
        self.lighting.listening_since_us = self.clock.now_us()
        note_start(self.store, self.clock.now_us())
        self.gate = Gate(inventory.dev_eui, inventory.text["gateway"], self.lighting.seen["f_cnt"])
        self.gate.marks[:] = np.nan_to_num(self.lighting.told["mark"])
        self.pump = Pump(self.lighting, self.gate, self.telemetry, self.clock)
        self.radio, self.lwm2m = self._make_radios()
        self.lane = Lane(self.parts, self.store, self.clock)
        self.context = ContextHouse(
            self.telemetry.context,
            Library(f"http://127.0.0.1:{settings.port}", read_mirror(settings.contexts), self.clock.now_us),
            clock=self.clock,
            wall=RealClock(),
            keep_days=days_of_history(),
            reach=settings.fetch_contexts,
        )
        self.context.notifier.rounds.sources = self.entities()
        self.pump.commit = Sensed(self.context, self.telemetry, self.entities()).commit
        self.access = Access(settings, self.parts, self.lane, self.store, self.clock)
        self.answers = Answers(self.lighting)
        self.talq = make_talq(settings, self.lighting, self.pump, self.clock)
        self.deliver = Deliver(self.lighting, self.lane, self._radios(), self.answers, self.clock)
        self.rollouts = Rollouts(self.lighting, self.lane, self.radio, self.clock)
        self.live = Live(self.lighting, self.clock, secrets.token_hex(4))
        self.pump.on_seen = self.answers.note
        self.lane.on_commands.append(self.live.note_commands)
        self.lighting.radio_since_us = self.clock.now_us()
        self._make_workers(settings)
        self._kept_minute = 0
        self._deaf_since_us = self.clock.now_us()
        first_start = not self.lighting.seen.observed_at_us.any()
        self._totals_from_us = self.clock.now_us() + (SETTLE_S * US if first_start else 0)

    def _make_workers(self, settings: Settings) -> None:
        """Make those who work beside the doors, and let them hear what is committed."""
        self.timer = Timer(self.parts["schedule"].state, self.lane, self.clock)
        self.react = React(self.parts["react"].state, self.lane, self.store, self.clock)
        self.tours = TourPlanner(self.lighting, self.lane, self.clock)
        self.policies = PolicyPlanner(self.lighting, self.lane, self.clock, settings.city)
        self.policy_radio = PolicyRadio(self.lighting, self.lane, self.radio, self.clock)
        self.faults = FaultSearch(
            self.lighting,
            self.lane,
            self.telemetry.write,
            samples=SampleFile(settings.data / "night.npz"),
            clock=self.clock,
        )
        self.past = Past(settings)
        self.energy = EnergyKeeper(
            settings,
            self.lighting,
            self.past,
            lane=self.lane,
            clock=self.clock,
            since=lambda: observed_since(self.store),
        )
        self.watch = Watch(self.parts, self.lane, self.clock, self.live, self._listen)
        hearing = (self.react, self.tours, self.policies, self.faults, self.watch)
        self.lane.on_events += [worker.note_events for worker in hearing]

    def _make_radios(self) -> tuple[LampRadio, LwM2MRadio | None]:
        """Make the line to the broker, and the LwM2M server where lamps speak it."""
        settings = self.settings
        lwm2m = make_lwm2m(settings, self.lighting, self.pump, self.clock)
        return LampRadio(settings.mqtt_port, *_credentials(settings)), lwm2m

    def _radios(self) -> dict[str, Radio]:
        """Return what carries orders to the lamps, by kind of radio."""
        talq: dict[str, Radio] = {TALQ: self.talq.radio} if self.talq else {}
        lwm2m: dict[str, Radio] = {LWM2M: self.lwm2m} if self.lwm2m else {}
        return {LORAWAN: self.radio, **talq, **lwm2m}

    def _claim_folder(self, inventory: Inventory) -> None:
        """Bind the data folder to these very lamps: what was seen of others must not become theirs."""
        mark = lamp_mark(inventory)
        known = self.store.meta("lamps")
        if known is None:
            self.store.set_meta("lamps", mark).result()
        elif known != mark:
            raise Refused.of(
                "other-city",
                "This data folder belongs to another city",
                409,
                f"{self.settings.data} keeps what other lamps told; choose another folder with --data, "
                "or name its city folder with --city.",
            )

    def _make_clock(self) -> Clock:
        """Choose real or simulated time; a folder that saw simulated time never takes real time again."""
        was_simulated = self.store.meta("time") == "simulated"
        if not self.settings.simulated:
            if was_simulated:
                raise Refused.of(
                    "simulated-time",
                    "This data folder lives in simulated time",
                    409,
                    "Start it with --speed other than 1 or with --start, or choose another folder with --data.",
                )
            return RealClock()
        self.store.set_meta("time", "simulated").result()
        known = int(self.store.meta("city_now_us") or 0)
        last = max(known, int(self.lighting.seen.observed_at_us.max(initial=0)))
        return SteppedClock(last or self.settings.start_us or RealClock().now_us())

    def tasks(self) -> list[Coroutine[Any, Any, None]]:
        """Return what must run for the city to live; if one ends, the process ends and is started anew."""
        jobs = [
            self.radio.run(self.pump.take),
            self.pump.run(),
            self.lane.run(),
            self.access.run(),
            self.deliver.run(),
            self.rollouts.run(),
            self.live.run(),
            self.timer.run(),
            self.react.run(),
            self.watch.run(),
            self.tours.run(),
            self.policies.run(),
            self.policy_radio.run(),
            self.faults.run(),
            self.energy.run(),
            self._keep(),
            *self.context.tasks(),
            *(self.talq.tasks() if self.talq else ()),
            *([self.lwm2m.run()] if self.lwm2m else ()),
        ]
        if isinstance(self.clock, SteppedClock):
            lockstep = Lockstep(self.clock, lambda: self.pump.processed, self._settle)
            jobs.append(lockstep.serve(self.settings.clock_port))
        return jobs

    async def _settle(self) -> None:
        """Do what is due at this second of simulated time before the world goes on."""
        self.context.notifier.tick()
        await self.timer.settle()
        await self.watch.settle()
        await self.faults.settle()
        await self.policy_radio.settle()

    def _listen(self, now_us: int) -> None:
        """Note since when the radio is heard: silence before that says nothing about lamps and gateways."""
        lighting, up = self.lighting, self.radio.connected
        if up and not lighting.radio_up:
            away_s = (now_us - self._deaf_since_us) / US
            lighting.radio_since_us = now_us
            lighting.listening_since_us = now_us if away_s > DEAF_S else lighting.listening_since_us
        if lighting.radio_up and not up:
            self._deaf_since_us = now_us
        lighting.radio_up = up

    async def _keep(self) -> None:
        """Housekeeping: the city's totals each minute, quarantine counts, the end of the tail, the time reached."""
        while True:
            now_us = self.clock.now_us()
            await self.pump.drain_quarantine()
            self.context.broker.expire()
            self.context.broker.settle_some()
            await asyncio.wrap_future(self.store.set_meta("city_now_us", str(now_us)))
            minute = now_us // (60 * US)
            if minute != self._kept_minute:
                self._kept_minute = minute
                await self._keep_minute(now_us, minute)
            await asyncio.sleep(KEEP_S)

    async def _keep_minute(self, now_us: int, minute: int) -> None:
        if now_us >= self._totals_from_us:
            now = totals(self.lighting, now_us)
            values = {name: np.array([now[name]], np.float64) for name in CITY_COLUMNS}
            seen = Observations("CityLighting", np.zeros(1, np.int32), np.array([minute * 60 * US]), values)
            await asyncio.wrap_future(self.telemetry.write(seen))
        await self.context.history.prune(now_us)
        n = len(self.lighting.inventory)
        some = range(minute % TRIM_SLICES, n, TRIM_SLICES)
        for many in (self.lighting.seen, self.lighting.learned, self.lighting.told):
            await asyncio.wrap_future(self.telemetry.trim(many.entity_type, some, now_us))
        streets = range(minute % TRIM_SLICES, len(self.lighting.groups), TRIM_SLICES)
        await asyncio.wrap_future(self.telemetry.trim("StreetLighting", streets, now_us))
        for few in (self.lighting.cabinets, self.lighting.gateways):
            await asyncio.wrap_future(self.telemetry.trim(few.entity_type, range(len(few)), now_us))
        await asyncio.wrap_future(self.telemetry.drop_archived(read_archived(self.settings.data / "lake")))

    def entities(self) -> dict[str, EntitySource]:
        """Return what all systems publish, by type."""
        parts = self.parts.values()
        return {name: source for part in parts for name, source in part.system.entities(part.state).items()}

    def health(self) -> dict[str, Any]:
        """Tell how the core is doing."""
        return {
            "status": "ok" if self.radio.connected else "degraded",
            "now": iso(self.clock.now_us()),
            "broker": self.radio.connected,
            "lamps": len(self.lighting.inventory),
            "observed_rows": self.pump.rows_committed,
            "frames_missed": self.gate.missed,
            "quarantine": self.telemetry.quarantined(),
            "commands_open": len(self.lighting.book.open_commands()),
            "journal_seq": self.store.last_seq,
        }

    def close(self) -> None:
        """Commit what waits and close the stores."""
        if self.talq:
            self.talq.close()
        self.store.close()
        self.telemetry.close()
        self.access.close()


def _stop() -> None:
    """End the process at once: a lost database is found again by a start from what is durable (crash-only)."""
    log.critical("the database is lost, stopping")
    os._exit(70)


def _credentials(settings: Settings) -> tuple[str, str]:
    """Read the platform's name and password at the broker."""
    users = msgspec.json.decode((settings.run / "mqtt.json").read_bytes())
    return "platform", users["platform"]
