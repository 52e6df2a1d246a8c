"""Maintenance: what may be done with jobs, reports and crews, each refusal, and what survives a restart."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from path.small_city import write_small_city
from stadtwerk.app.folder import open_folder
from stadtwerk.kernel.clock import US, iso
from stadtwerk.kernel.command import Command, Order
from stadtwerk.kernel.journal import Document
from stadtwerk.systems.lighting import SYSTEM
from stadtwerk.systems.lighting.engine.tours import solve
from stadtwerk.systems.lighting.faults.things import Evidence, Fault
from stadtwerk.systems.lighting.inventory import Inventory, read_inventory
from stadtwerk.systems.lighting.state import LAMP_FAILURE, Lighting, make_lighting
from stadtwerk.systems.lighting.works import orders
from stadtwerk.systems.lighting.works.decide import FROM, report_name
from stadtwerk.systems.lighting.works.match import by_label, nearest
from stadtwerk.systems.lighting.works.problem import problem_of
from stadtwerk.systems.lighting.works.things import LIVE, Job
from stadtwerk.systems.lighting.works.timing import at_us

NIGHT_US = 1_790_028_000 * US
"""2026-09-21T22:00Z: midnight in the city, lamps are on."""
NOON_US = NIGHT_US + 12 * 3600 * US
DAY = "2026-09-23"
KINDS = {content: kind for kind, content in orders.ORDERS.items()}
LAMP = "do-0000003"


@pytest.fixture(scope="module")
def inventory(tmp_path_factory: pytest.TempPathFactory) -> Inventory:
    """A street of forty lamps on two circuits of one cabinet."""
    return read_inventory(open_folder(write_small_city(tmp_path_factory.mktemp("city"), 40)))


class House:
    """Lighting whose orders become true as in the lane, with the documents they leave."""

    def __init__(self, inventory: Inventory) -> None:
        self.inventory, self.lighting = inventory, make_lighting(inventory)
        self.kept: dict[tuple[str, str], Document] = {}
        self.orders = 0

    def order(self, content: Any, now_us: int = NIGHT_US) -> Command:
        """Give an order and return its command."""
        self.orders += 1
        return self.ordered(Order(f"order-{self.orders:05d}", "ada", KINDS[type(content)], content), now_us)

    def ordered(self, order: Order, now_us: int) -> Command:
        """Decide an order and make its events true."""
        for event in SYSTEM.decide(self.lighting, order, now_us):
            if event.kind.startswith("command."):
                self.lighting.book.evolve(event)
                continue
            for document in SYSTEM.evolve(self.lighting, event):
                self.kept[document.collection, document.id] = document
        return self.lighting.book.commands[order.id]

    def job(self, job_id: str = "j-000001") -> Job:
        """Return a job that is there."""
        job = self.lighting.works.jobs.get(job_id)
        assert job
        return job

    def says(self, row: int, **values: float) -> None:
        """Let a lamp report just now."""
        for name, value in values.items():
            self.lighting.seen[name][row] = value
        self.lighting.seen.observed_at_us[row] = NOON_US


@pytest.fixture
def house(inventory: Inventory) -> House:
    """A house with one crew that can do everything."""
    house = House(inventory)
    everything = orders.PutCrew("nord", "Nord", "DU-ST 1", ("electric", "lift", "cable"), (6.76, 51.43))
    assert house.order(everything).state == "confirmed"
    for lamp in range(len(inventory)):
        house.says(lamp, level_percent=100.0, flags=0.0)
    return house


def opened(house: House, kind: Any = "lamp", lamp: str = LAMP) -> Job:
    """Open a job and return it."""
    house.order(orders.OpenJob(kind, (lamp,)))
    return list(house.lighting.works.jobs)[-1]


def refusal(command: Command) -> tuple[str, int]:
    """Return how an order was refused: the problem's name and status."""
    assert command.state == "refused"
    assert command.refusal
    return command.refusal.type.rpartition(":")[2], command.refusal.status


def test_a_job_from_beginning_to_end(house: House) -> None:
    """Open, planned, under way, done, verified; each step names who and when, the tour has its times."""
    job = opened(house)
    assert (job.state, job.street, job.due_at_us) == ("open", "s1", NIGHT_US + 72 * 3600 * US)
    assert house.order(orders.PlanJob(job.id, "nord", DAY)).state == "confirmed"
    tour = house.lighting.works.tours.get(f"{DAY}:nord")
    assert tour
    assert [stop.job for stop in tour.stops] == [job.id]
    assert tour.stops[0].leave_at_us - tour.stops[0].arrive_at_us == 30 * 60 * US
    for content in (orders.StartJob(job.id), orders.FinishJob(job.id, "replaced", note="Treiber")):
        assert house.order(content).state == "confirmed"
    assert (house.job().state, house.job().result, house.job().done_at_us) == ("done", "replaced", NIGHT_US)
    assert house.order(orders.VerifyJob(job.id)).state == "confirmed"
    assert house.job().state == "verified"


def test_a_done_job_that_does_not_hold_is_reopened(house: House) -> None:
    job = opened(house)
    house.order(orders.PlanJob(job.id, "nord", DAY))
    house.order(orders.FinishJob(job.id, "repaired"))
    house.order(orders.ReopenJob(job.id, "still dark"), NOON_US)
    assert (house.job().state, house.job().crew) == ("reopened", "")
    assert house.job().due_at_us == NOON_US + 72 * 3600 * US


def test_every_step_can_be_taken_back_once(house: House) -> None:
    """Planned, begun, finished, cancelled by mistake: the job and its tour are as before."""
    job = opened(house)
    steps = (
        orders.PlanJob(job.id, "nord", DAY),
        orders.StartJob(job.id),
        orders.FinishJob(job.id, "repaired"),
        orders.ReopenJob(job.id, "no"),
        orders.CancelJob(job.id, "no"),
    )
    for content in steps:
        before, tours = house.job(), [tour.stops for tour in house.lighting.works.tours]
        house.order(content)
        assert house.order(orders.UndoJob(job.id)).state == "confirmed"
        after = house.job()
        assert (after.state, after.crew, after.day) == (before.state, before.crew, before.day)
        assert [tour.stops for tour in house.lighting.works.tours] == tours
        assert refusal(house.order(orders.UndoJob(job.id))) == ("nothing-to-undo", 409)
        house.order(content)
    assert house.job().state == "cancelled"


def test_a_cancelled_job_comes_back_into_its_tour(house: House) -> None:
    job = opened(house)
    house.order(orders.PlanJob(job.id, "nord", DAY))
    house.order(orders.CancelJob(job.id, "twice"))
    assert not len(house.lighting.works.tours)
    house.order(orders.UndoJob(job.id))
    assert house.job().state == "planned"
    assert len(house.lighting.works.tours) == 1


def test_moving_a_job_within_and_between_tours(house: House) -> None:
    house.order(orders.PutCrew("sued", "Süd", "DU-ST 2", ("lift",), (6.76, 51.43)))
    jobs = [opened(house, lamp=lamp) for lamp in ("do-0000001", "do-0000020", "do-0000040")]
    for job in jobs:
        house.order(orders.PlanJob(job.id, "nord", DAY))

    def stops(crew: str) -> list[str]:
        tour = house.lighting.works.tours.get(f"{DAY}:{crew}")
        return [stop.job for stop in tour.stops] if tour else []

    house.order(orders.PlanJob("j-000003", "nord", DAY, place=0))
    assert stops("nord") == ["j-000003", "j-000001", "j-000002"]
    house.order(orders.PlanJob("j-000001", "sued", DAY))
    assert (stops("nord"), stops("sued")) == (["j-000003", "j-000002"], ["j-000001"])
    house.order(orders.UnplanJob("j-000001"))
    assert stops("sued") == []
    assert house.job().state == "open"


@pytest.mark.refusal("lighting.open-job")
def test_open_refusals(house: House) -> None:
    assert refusal(house.order(orders.OpenJob("lamp", ("do-x",)))) == ("unknown-lamp", 404)
    assert refusal(house.order(orders.OpenJob("cabinet", (LAMP,), entity="k9"))) == ("unknown-cabinet", 404)
    assert refusal(house.order(orders.OpenJob("lamp", (LAMP,), due_at=iso(NIGHT_US)))) == ("past", 409)
    assert house.order(orders.OpenJob("cabinet", (LAMP,), entity="k1")).state == "confirmed"


@pytest.mark.refusal("lighting.plan-job")
def test_plan_refusals(house: House) -> None:
    job = opened(house)
    plan = orders.PlanJob(job.id, "nord", DAY)
    change = msgspec.structs.replace
    assert refusal(house.order(change(plan, job="j-000009"))) == ("unknown-job", 404)
    assert refusal(house.order(change(plan, crew="west"))) == ("unknown-crew", 404)
    assert refusal(house.order(change(plan, day="2026-02-30"))) == ("day", 409)
    assert refusal(house.order(change(plan, day="2026-09-20"))) == ("day", 409)
    assert refusal(house.order(change(plan, day="2027-09-20"))) == ("day", 409)
    house.order(orders.PutCrew("strom", "Strom", "DU-ST 3", ("electric",), (6.76, 51.43)))
    assert refusal(house.order(change(plan, crew="strom"))) == ("skill", 409)
    house.order(orders.PutCrew("kurz", "Kurz", "DU-ST 4", ("lift",), (6.76, 51.43), "07:00", "07:20"))
    assert refusal(house.order(change(plan, crew="kurz"))) == ("shift", 409)
    house.order(orders.CancelJob(job.id, "no"))
    assert refusal(house.order(plan)) == ("job-state", 409)


@pytest.mark.refusal("lighting.unplan-job")
@pytest.mark.refusal("lighting.start-job")
@pytest.mark.refusal("lighting.finish-job")
@pytest.mark.refusal("lighting.verify-job")
@pytest.mark.refusal("lighting.reopen-job")
@pytest.mark.refusal("lighting.cancel-job")
def test_steps_out_of_turn_are_refused(house: House) -> None:
    """From no state but its own, and of no job that is not there."""
    some: tuple[Any, ...] = (
        orders.UnplanJob("j-000001"),
        orders.StartJob("j-000001"),
        orders.FinishJob("j-000001", "repaired"),
        orders.VerifyJob("j-000001"),
        orders.ReopenJob("j-000001", "no"),
    )
    assert all(
        refusal(house.order(step)) == ("unknown-job", 404) for step in (*some, orders.CancelJob("j-000001", "no"))
    )
    opened(house)
    assert all(refusal(house.order(step)) == ("job-state", 409) for step in some)
    house.order(orders.CancelJob("j-000001", "no"))
    assert refusal(house.order(orders.CancelJob("j-000001", "no"))) == ("job-state", 409)


@pytest.mark.refusal("lighting.undo-job")
def test_nothing_to_undo(house: House) -> None:
    opened(house)
    assert refusal(house.order(orders.UndoJob("j-000001"))) == ("nothing-to-undo", 409)
    assert refusal(house.order(orders.UndoJob("j-000002"))) == ("unknown-job", 404)


@pytest.mark.refusal("lighting.add-photo")
def test_photos_of_a_job(house: House) -> None:
    """The same photo twice is one; more than the limit are refused."""
    opened(house)
    for number in (0, 0, *range(1, 20)):
        assert house.order(orders.AddPhoto("j-000001", f"{number:064x}")).state == "confirmed"
    assert len(house.job().photos) == 20
    assert refusal(house.order(orders.AddPhoto("j-000001", "f" * 64))) == ("full", 409)
    assert refusal(house.order(orders.AddPhoto("j-000002", "f" * 64))) == ("unknown-job", 404)


@pytest.mark.refusal("lighting.put-crew")
@pytest.mark.refusal("lighting.remove-crew")
def test_crew_refusals(house: House) -> None:
    backwards = orders.PutCrew("ost", "Ost", "DU-ST 5", ("lift",), (6.76, 51.43), "15:00", "07:00")
    assert refusal(house.order(backwards)) == ("shift", 409)
    assert refusal(house.order(orders.RemoveCrew("ost"))) == ("unknown-crew", 404)
    house.order(orders.PlanJob(opened(house).id, "nord", DAY))
    assert refusal(house.order(orders.RemoveCrew("nord"))) == ("busy-crew", 409)
    house.order(orders.CancelJob("j-000001", "no"))
    assert house.order(orders.RemoveCrew("nord")).state == "confirmed"


@pytest.mark.refusal("lighting.plan-tours")
def test_asking_for_tours(house: House) -> None:
    house.order(orders.RemoveCrew("nord"))
    assert refusal(house.order(orders.PlanTours(DAY))) == ("no-crew", 409)
    house.order(orders.PutCrew("nord", "Nord", "DU-ST 1", ("lift",), (6.76, 51.43)))
    assert refusal(house.order(orders.PlanTours("2026-09-31"))) == ("day", 409)
    assert refusal(house.order(orders.PlanTours("2026-09-22"), NOON_US)) == ("day", 409), "the shift has begun"
    assert house.order(orders.PlanTours(DAY)).state == "confirmed"
    assert [planning.state for planning in house.lighting.works.plannings] == ["asked"]


@pytest.mark.refusal("lighting.set-tours")
def test_tours_that_cannot_be_set(house: House) -> None:
    job = opened(house)

    def tours(*pairs: tuple[str, tuple[str, ...]]) -> Command:
        return house.order(orders.SetTours(DAY, tuple(orders.CrewJobs(*pair) for pair in pairs)))

    assert refusal(house.order(orders.SetTours("2026-00-00", ()))) == ("day", 409)
    assert refusal(house.order(orders.SetTours("2026-09-20", ()))) == ("day", 409)
    assert refusal(tours(("nord", (job.id, job.id)))) == ("twice", 409)
    assert refusal(tours(("nord", (job.id,)), ("nord", ()))) == ("twice", 409)
    assert refusal(tours(("west", (job.id,)))) == ("unknown-crew", 404)
    assert refusal(tours(("nord", ("j-000077",)))) == ("unknown-job", 404)
    house.order(orders.PutCrew("strom", "Strom", "DU-ST 3", ("electric",), (6.76, 51.43)))
    assert refusal(tours(("strom", (job.id,)))) == ("skill", 409)
    house.order(orders.PutCrew("nord", "Nord", "DU-ST 1", ("lift",), (6.76, 51.43), "07:00", "07:20"))
    assert refusal(tours(("nord", (job.id,)))) == ("shift", 409)


def test_all_tours_of_a_day_at_once(house: House) -> None:
    """What is in no tour any more is open, what was cancelled meanwhile is left out, a tour without jobs is gone."""
    jobs = [opened(house, lamp=f"do-{number:07d}") for number in (1, 20, 40)]
    house.order(orders.PutCrew("sued", "Süd", "DU-ST 2", ("lift",), (6.76, 51.43)))
    house.order(orders.PlanJob(jobs[0].id, "sued", DAY))
    house.order(orders.PlanJob(jobs[1].id, "sued", DAY))
    house.order(orders.CancelJob(jobs[1].id, "no"))
    both = (orders.CrewJobs("nord", (jobs[2].id, jobs[1].id)),)
    assert house.order(orders.SetTours(DAY, both)).state == "confirmed"
    states = [(house.job(job.id).state, house.job(job.id).crew) for job in jobs]
    assert states == [("open", ""), ("cancelled", ""), ("planned", "nord")]
    assert [tour.id for tour in house.lighting.works.tours] == [f"{DAY}:nord"]
    assert next(iter(house.lighting.works.plannings)).left == (jobs[0].id,)


@settings(max_examples=8, deadline=None)
@given(st.integers(1, 1_000_000))
def test_what_the_engine_finds_can_be_set(inventory: Inventory, seed: int) -> None:
    """Any drawn day of jobs and crews: the plan is accepted as it is, nobody is sent to what they cannot do, none late."""
    house, chance = House(inventory), np.random.default_rng(seed)
    skills: Any = (("lift",), ("electric", "lift"), ("cable", "electric"))
    for number in range(3):
        pause = int(chance.choice([0, 30, 60]))
        begin = str(chance.choice(["06:00", "07:30"]))
        crew = orders.PutCrew(f"c{number}", "C", "V", skills[number], (6.76, 51.43), begin, "15:00", "11:30", pause)
        house.order(crew)
    for lamp in chance.choice(40, 15, replace=False):
        kind: Any = str(chance.choice(["lamp", "cabinet", "cable"]))
        due = iso(NIGHT_US + int(chance.integers(32, 60)) * 3600 * US)
        house.order(orders.OpenJob(kind, (f"do-{lamp + 1:07d}",), due_at=due))
    plan = solve(problem_of(house.lighting, DAY, 0.1))
    tours = tuple(orders.CrewJobs(crew, tuple(jobs)) for crew, jobs in plan.tours.items())
    assert house.order(orders.SetTours(DAY, tours)).state == "confirmed"
    set_now = list(house.lighting.works.tours)
    assert {tour.crew: [stop.job for stop in tour.stops] for tour in set_now} == plan.tours
    late = [stop for tour in set_now for stop in tour.stops if stop.arrive_at_us > house.job(stop.job).due_at_us]
    first_us = at_us(DAY, "07:30", "Europe/Berlin")
    assert all(house.job(stop.job).due_at_us <= first_us + 3600 * US for stop in late)


def reported(house: House, what: Any = "dark", now_us: int = NIGHT_US, lamp: str = LAMP) -> tuple[str, str, str]:
    """Report a lamp: the answer, the job and the earlier report it names."""
    command = house.order(orders.ReportLamp(lamp, what), now_us)
    report = house.lighting.works.reports.get(report_name(command.id))
    assert report
    return report.outcome, report.job_id, report.same_as


@pytest.mark.refusal("lighting.report-lamp")
def test_a_report_of_no_lamp_is_refused(house: House) -> None:
    assert refusal(house.order(orders.ReportLamp("do-x", "dark"))) == ("unknown-lamp", 404)


def test_a_lamp_that_says_it_is_broken_gets_a_job_once(house: House) -> None:
    house.says(2, level_percent=0.0, flags=float(LAMP_FAILURE))
    assert reported(house) == ("new", "j-000001", "")
    first = next(iter(house.lighting.works.reports)).id
    assert reported(house, now_us=NIGHT_US + 60 * US) == ("known", "j-000001", first)
    assert house.job().report_ids == (first,)
    assert reported(house, now_us=NIGHT_US + 25 * 3600 * US) == ("known", "j-000001", "")


def test_a_lit_lamp_is_believed_until_three_say_otherwise(house: House) -> None:
    assert [reported(house)[0] for _ in range(3)] == ["lit", "lit", "new"]
    assert len(house.lighting.works.jobs) == 1


def test_by_day_a_dark_lamp_is_as_it_should_be(house: House) -> None:
    house.says(2, level_percent=0.0)
    assert reported(house, now_us=NOON_US)[0] == "off"
    assert reported(house)[0] == "new", "at night it should be lit"


def test_a_dead_circuit_is_no_job_for_a_lamp(house: House) -> None:
    house.lighting.cabinets["dead_circuits"][0] = 1.0
    assert reported(house, lamp="do-0000001")[0] == "outage"
    assert reported(house, lamp="do-0000002", what="damage")[0] == "new"
    assert house.job().priority == "urgent"


def measured(house: House, lamps: tuple[str, ...], kind: Any, cause: Any) -> str:
    """Let a night's measurements tell of a fault and return its id."""
    evidence = Evidence(0.0, "power_w")
    fault = Fault("f-000001", 1, kind, cause, lamps[0], lamps, len(lamps), "suspected", NIGHT_US, evidence)
    house.lighting.faults.kept.put(fault)
    return fault.id


def test_a_report_and_a_measured_fault_meet_in_one_job(house: House) -> None:
    """Though the lamp says that it is lit: what people see and what was measured agree."""
    fault = measured(house, (LAMP,), "stuck-dim", "driver")
    assert reported(house)[0] == "new"
    assert house.job().fault_id == fault
    kept = house.lighting.faults.kept.get(fault)
    assert kept
    assert (kept.state, kept.job_id) == ("job", "j-000001")


def test_a_measured_break_of_a_cable_is_known(house: House) -> None:
    measured(house, ("do-0000010", "do-0000012"), "cable-break", "cable")
    assert reported(house, lamp="do-0000012")[0] == "outage"
    assert reported(house, lamp="do-0000012", what="damage")[0] == "new"


def test_nothing_of_who_reports_is_kept() -> None:
    """A report has no field in which a name, an address or a sentence could stand."""
    assert set(orders.ReportLamp.__struct_fields__) == {"lamp", "what"}


def test_the_nearest_poles(inventory: Inventory) -> None:
    found = nearest(inventory, float(inventory.lon[7]), float(inventory.lat[7]), 3)
    assert found[0] == (7, 0)
    metres = np.hypot((inventory.lon - inventory.lon[7]) * np.cos(np.radians(51.43)), inventory.lat - inventory.lat[7])
    assert {row for row, _ in found} == set(np.argsort(metres, kind="stable")[:3].tolist())
    assert by_label(inventory, "8", 3) == [7]
    assert by_label(inventory, "do-p000008", 3) == [7]
    assert by_label(inventory, "pole", 3) == []


def test_a_restart_knows_all(house: House) -> None:
    """What documents tell is what events made, whatever happened."""
    house.order(orders.PlanJob(opened(house).id, "nord", DAY))
    reported(house, lamp="do-0000009")
    again = make_lighting(house.inventory)
    SYSTEM.recall(again, house.kept.values())
    assert everything(again) == everything(house.lighting)


def everything(lighting: Lighting) -> list[list[Any]]:
    """Return all that maintenance knows."""
    works = lighting.works
    return [sorted(things, key=lambda one: one.id) for things in (works.jobs, works.reports, works.crews, works.tours)]


STEPS = st.lists(
    st.sampled_from(
        [
            orders.OpenJob("lamp", (LAMP,)),
            orders.PlanJob("j-000001", "nord", DAY),
            orders.UnplanJob("j-000001"),
            orders.StartJob("j-000001"),
            orders.FinishJob("j-000001", "repaired"),
            orders.VerifyJob("j-000001"),
            orders.ReopenJob("j-000001", "no"),
            orders.CancelJob("j-000001", "no"),
            orders.UndoJob("j-000001"),
        ]
    ),
    max_size=25,
)


@settings(max_examples=60, deadline=None)
@given(STEPS)
def test_any_orders_in_any_turn(inventory: Inventory, steps: list[Any]) -> None:
    """A live job with a crew is in just that crew's tour, another in none that is to come; a restart changes nothing."""
    house = House(inventory)
    house.order(orders.PutCrew("nord", "Nord", "DU-ST 1", ("lift",), (6.76, 51.43)))
    for step in steps:
        before = house.lighting.works.jobs.get("j-000001")
        command = house.order(step)
        if before and command.state == "confirmed" and type(step) in FROM:
            assert before.state in FROM[type(step)]
    job = house.lighting.works.jobs.get("j-000001")
    in_tours = [stop.job for tour in house.lighting.works.tours for stop in tour.stops]
    if job and job.state in ("planned", "under way"):
        assert in_tours.count("j-000001") == 1
    if job and job.state == "open":
        assert "j-000001" not in in_tours
        assert not job.crew
    assert job is None or (job.state in LIVE) == (job in house.lighting.works.live_jobs())
    again = make_lighting(inventory)
    SYSTEM.recall(again, house.kept.values())
    assert everything(again) == everything(house.lighting)
