"""From the twin's radio to a fault the city keeps: found in the morning, confirmed, mended, verified; each refusal."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import cast

import msgspec
import numpy as np
import pytest

from path.night import SCRIPT
from path.small_city import write_small_city
from stadtwerk.adapters.lamp_radio.uplink import Gate, read
from stadtwerk.app.faults import FaultSearch
from stadtwerk.app.folder import open_folder
from stadtwerk.app.lane import Lane
from stadtwerk.kernel.clock import US, SteppedClock, iso, parse_iso
from stadtwerk.kernel.command import Command, Order
from stadtwerk.kernel.journal import Document, Event
from stadtwerk.kernel.observation import Observations
from stadtwerk.protocols.malformed import Malformed
from stadtwerk.stores.samples import SampleFile
from stadtwerk.systems.lighting import SYSTEM
from stadtwerk.systems.lighting.engine.faults.detector import Detector
from stadtwerk.systems.lighting.engine.faults.fleet import Finding
from stadtwerk.systems.lighting.faults import nightly
from stadtwerk.systems.lighting.faults.collect import Collector, fleet_of
from stadtwerk.systems.lighting.faults.night import with_silence
from stadtwerk.systems.lighting.faults.orders import ORDERS, ConfirmFault, DismissFault, UndoFault
from stadtwerk.systems.lighting.faults.things import Fault
from stadtwerk.systems.lighting.inventory import read_inventory
from stadtwerk.systems.lighting.state import Lighting, make_lighting
from stadtwerk.systems.lighting.works.orders import ORDERS as WORKS_ORDERS
from stadtwerk.systems.lighting.works.orders import FinishJob, OpenJob, PlanJob, PutCrew
from stadtwerk.twin.city import read_city
from stadtwerk.twin.faults import DRILL
from stadtwerk.twin.world import World

MORNING_US = parse_iso("2026-10-05T07:30:00Z")
"""Half past nine in the city."""
STEP_S = 60
KINDS = {content: kind for kind, content in {**ORDERS, **WORKS_ORDERS}.items()}


class House:
    """Lighting in memory: orders and mornings become true, with the documents they leave."""

    def __init__(self, folder: Path) -> None:
        self.lighting: Lighting = make_lighting(read_inventory(open_folder(folder)))
        self.kept: dict[tuple[str, str], Document] = {}
        self.orders = 0

    def true(self, events: list) -> None:
        """Make events true."""
        for event in events:
            if event.kind.startswith("command."):
                self.lighting.book.evolve(event)
            else:
                for document in SYSTEM.evolve(self.lighting, event):
                    self.kept[document.collection, document.id] = document

    def order(self, content: msgspec.Struct, now_us: int = MORNING_US) -> Command:
        """Give an order as the lane does."""
        self.orders += 1
        order = Order(f"order-{self.orders:04d}", "ada", KINDS[type(content)], content)
        self.true(SYSTEM.decide(self.lighting, order, now_us))
        return self.lighting.book.commands[order.id]

    def morning(self, *findings: Finding) -> None:
        """Let a night's findings be known; all lamps were heard."""
        heard = np.ones(len(self.lighting.inventory), np.bool_)
        self.true(nightly.morning(self.lighting, findings, heard, MORNING_US))

    def fault(self, fault_id: str = "f-000001") -> Fault:
        """Return a fault that is there."""
        fault = self.lighting.faults.kept.get(fault_id)
        assert fault
        return fault


def out(row: int = 3, *, confirmed: bool = True) -> Finding:
    """Return a lamp found out."""
    return Finding("lamp-out", row, (row,), confirmed, 0.0, "share of expected")


@pytest.fixture
def house(tmp_path: Path) -> House:
    """A street of forty lamps."""
    return House(write_small_city(tmp_path / "city", 40))


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> list[list[Finding]]:
    """Let forty lamps with a script of faults live three nights and speak by radio; return each morning's findings."""
    folder = tmp_path_factory.mktemp("nights")
    city_folder = write_small_city(folder / "city", 40)
    dim = {"dim_from": "23:00", "dim_until": "05:00", "dim_percent": 50}
    city = json.loads((city_folder / "city.json").read_text())
    city["programs"]["all-night"] |= dim
    (city_folder / "city.json").write_text(json.dumps(city))
    begin_us = MORNING_US + 3600 * US
    second_us = begin_us + 86_400 * US
    lines = [json.dumps({"at": iso(second_us), **fault}) for fault in SCRIPT]
    (folder / "twin").mkdir()
    (folder / "twin" / DRILL).write_text("\n".join(lines))
    lighting = House(city_folder).lighting
    world = World(read_city(city_folder), folder / "twin", seed=1, now_us=begin_us)
    inventory = lighting.inventory
    gate = Gate(inventory.dev_eui, inventory.text["gateway"], lighting.seen["f_cnt"])
    collector, detector = Collector(lighting), Detector(fleet_of(lighting))
    found = []
    for step in range(3 * 86_400 // STEP_S):
        now_us = begin_us + step * STEP_S * US
        for message in world.step(now_us):
            try:
                seen = gate.admit(read(message.topic, message.body, now_us), now_us)
            except Malformed:
                continue
            if seen is not None:
                lighting.seen.apply(seen)
        if night := collector.look(now_us):
            found.append(detector.night(night))
    return found


def test_the_twins_faults_are_found_through_the_radio_by_their_cause(nights: list[list[Finding]]) -> None:
    """A sound night finds nothing; after the drill each lamp has its cause and the cable is broken behind lamp 14."""
    first, second, third = nights
    assert [one.key for one in first] == []
    wanted = {
        ("stuck-dim", 3),
        ("power-low", 7),
        ("leakage", 11),
        ("cycling", 15),
        ("lamp-out", 19),
        ("cable-break", 0),
    }
    assert {(one.kind, one.place) for one in second if one.confirmed} == wanted
    assert {(one.kind, one.place) for one in third if one.confirmed} == wanted
    (cable,) = [one for one in second if one.kind == "cable-break"]
    assert len(cable.lamps) == 6


def test_a_fault_is_confirmed_gets_a_job_and_is_verified_by_the_next_night(house: House) -> None:
    """Found, job, done, not found again: verified, once; the documents say the same after a restart."""
    house.morning(out())
    fault = house.fault()
    assert (fault.state, fault.cause, fault.entity) == ("confirmed", "light", "do-0000004")
    house.morning(out())
    assert len(house.lighting.faults.kept) == 1
    assert list(nightly.wants_job(house.lighting)) == [fault]
    house.order(OpenJob("lamp", fault.lamps, fault_id=fault.id))
    assert (house.fault().state, house.fault().job_id) == ("job", "j-000001")
    house.order(PutCrew("crew-1", "Lift 1", "DU 1", ("lift",), (6.76, 51.43)))
    house.order(PlanJob("j-000001", "crew-1", "2026-10-06"))
    house.order(FinishJob("j-000001", "replaced"))
    assert nightly.done_again(house.lighting, [out()]) == [house.fault()]
    house.morning()
    assert house.fault().state == "verified"
    again = make_lighting(house.lighting.inventory)
    SYSTEM.recall(again, house.kept.values())
    assert again.faults.kept.get(fault.id) == house.fault()


def test_suspected_waits_for_a_second_night_and_a_real_fault_rests(house: House) -> None:
    """A suspicion that is not found again is over at once; what was sure is over after three nights without it."""
    house.morning(out(confirmed=False), out(5))
    assert house.fault().state == "suspected"
    house.morning()
    assert (house.fault().state, house.fault("f-000002").state) == ("verified", "confirmed")
    house.morning()
    house.morning()
    assert house.fault("f-000002").state == "verified"


def test_people_confirm_dismiss_and_take_back(house: House) -> None:
    """What was dismissed is not told again; a step can be taken back once."""
    house.morning(out(confirmed=False))
    house.order(DismissFault("f-000001", reason="the lamp is being replaced"))
    house.morning(out())
    assert house.fault().state == "dismissed"
    assert len(house.lighting.faults.kept) == 1
    house.order(UndoFault("f-000001"))
    assert house.fault().state == "suspected"
    house.order(ConfirmFault("f-000001"))
    assert house.fault().state == "confirmed"


@pytest.mark.refusal("lighting.confirm-fault")
@pytest.mark.refusal("lighting.dismiss-fault")
@pytest.mark.refusal("lighting.undo-fault")
def test_what_is_refused(house: House) -> None:
    """An unknown fault is 404, a step from the wrong state 409."""
    house.morning(out())

    def status(content: msgspec.Struct) -> int:
        refusal = house.order(content).refusal
        return refusal.status if refusal else 0

    for unknown in (ConfirmFault("f-999999"), DismissFault("f-999999", "no"), UndoFault("f-999999")):
        assert status(unknown) == 404
    assert status(ConfirmFault("f-000001")) == 409
    assert status(UndoFault("f-000001")) == 409
    assert status(DismissFault("f-000001", "seen lit")) == 0
    assert status(DismissFault("f-000001", "seen lit")) == 409


def test_the_board_lists_by_what_takes_most_lamps(house: House) -> None:
    """The largest cause first, with its place, evidence and state."""
    cable = Finding("cable-break", 0, (10, 12, 14), True, 3.0, "lamps dark", after=8, before=10)
    house.morning(out(), cable)
    (query,) = [one for one in SYSTEM.queries if one.path == "/lighting/faults"]
    told = query.run(house.lighting, None, query.params(), MORNING_US)
    assert [one["kind"] for one in told["faults"]] == ["cable-break", "lamp-out"]
    assert told["faults"][0]["evidence"]["before"] == "do-0000011"
    assert told["causes"] == {"cable": 1, "light": 1}


def kept_at_once(seen: Observations) -> Future[None]:
    """Say that observations are durable."""
    done: Future[None] = Future()
    done.set_result(None)
    return done


def test_the_night_of_a_silent_lamp_shows_what_was_due() -> None:
    """Three hours of reports, then none: each that is missing has its time; a whole day and an empty one too."""
    end_us, quarter_us = 100 * 86_400 * US, 900 * US
    begin_us = end_us - 96 * quarter_us
    heard_us = begin_us + np.arange(12) * quarter_us + 5 * US
    times, place = with_silence(heard_us, end_us, 900)
    assert place.tolist() == [*range(12), *[-1] * (96 - 13)]
    assert set(np.diff(times[12:])) == {quarter_us}
    assert with_silence(np.zeros(0, np.int64), end_us, 900)[1].tolist() == [-1] * 96
    whole_us = begin_us + np.arange(96) * quarter_us + 400 * US
    assert with_silence(whole_us, end_us, 900)[1].tolist() == list(range(96))


class DirectLane:
    """Makes orders and proposals true at once, in the house's memory."""

    def __init__(self, house: House, clock: SteppedClock) -> None:
        self.house, self.clock = house, clock
        self.ids: list[str] = []

    async def order(self, order: Order) -> None:
        """Decide an order unless its name was used."""
        if order.id not in self.ids:
            self.ids.append(order.id)
            self.house.true(SYSTEM.decide(self.house.lighting, order, self.clock.now_us()))

    async def propose(self, system: str, propose: Callable[[int], list[Event]]) -> None:
        """Make a system's own events true."""
        assert system == "lighting"
        self.house.true(propose(self.clock.now_us()))


def test_the_morning_sends_a_crew_once_and_the_next_one_asks_again(house: House, tmp_path: Path) -> None:
    """A dark lamp has a job after its first night; done but still dark, it is to be done again."""
    lighting, clock = house.lighting, SteppedClock(MORNING_US)
    lane = DirectLane(house, clock)
    samples = SampleFile(tmp_path / "night.npz")
    search = FaultSearch(lighting, cast("Lane", lane), kept_at_once, samples=samples, clock=clock)

    def night() -> None:
        for _ in range(24):
            clock.advance(3600)
            lit = lighting.plans.expected_percent(clock.now_us()) > 0
            lighting.seen["power_w"][:] = np.where(lit, 30.0, 0.4)
            lighting.seen["power_w"][3] = 0.4
            lighting.seen["voltage_v"][:] = 230.0
            lighting.seen.observed_at_us[:] = clock.now_us() - 60 * US
            asyncio.run(search.settle())

    night()
    (fault,) = [one for one in lighting.faults.kept if one.kind == "lamp-out"]
    assert (fault.state, fault.entity) == ("job", "do-0000004")
    house.order(PutCrew("crew-1", "Lift 1", "DU 1", ("lift",), (6.76, 51.43)), clock.now_us())
    house.order(PlanJob(fault.job_id, "crew-1", "2026-10-07"), clock.now_us())
    house.order(FinishJob(fault.job_id, "replaced"), clock.now_us())
    night()
    job = lighting.works.jobs.get(fault.job_id)
    assert job
    assert job.state == "reopened"
    assert len([one for one in lane.ids if "open" in one]) == 2
