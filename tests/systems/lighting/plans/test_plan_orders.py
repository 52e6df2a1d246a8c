"""Programs, calendars and their lamps: what may be ordered, each refusal, what is in force when, what a start keeps."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from path.small_city import write_small_city
from stadtwerk.app.folder import open_folder
from stadtwerk.kernel.clock import US, parse_iso
from stadtwerk.kernel.command import Command, Order
from stadtwerk.kernel.journal import Document
from stadtwerk.kernel.limits import ASSIGNMENTS_KEPT, CALENDAR_PROGRAMS, PLAN_VERSIONS, PLANS_KEPT
from stadtwerk.kernel.refusal import Refused
from stadtwerk.systems.lighting import SYSTEM
from stadtwerk.systems.lighting.inventory import Inventory, read_inventory
from stadtwerk.systems.lighting.plans.orders import (
    ORDERS,
    AssignPlan,
    RetirePlan,
    SaveCalendar,
    SaveProgram,
    UndoAssignment,
    UndoPlan,
)
from stadtwerk.systems.lighting.plans.queries import QUERIES
from stadtwerk.systems.lighting.plans.things import CalendarRule
from stadtwerk.systems.lighting.plans.year import Draft
from stadtwerk.systems.lighting.state import Lighting, make_lighting
from stadtwerk.vocab.lighting import Target

NIGHT_US = parse_iso("2026-11-24T22:30:00Z")
"""A Tuesday, half past eleven at night in the city."""
MINUTE_US, DAY_US = 60 * US, 86_400 * US
KINDS = {content: kind for kind, content in ORDERS.items()}
HALF = {"full_percent": 100.0, "dim_percent": 50.0, "dim_from": "23:00", "dim_until": "05:00"}
ASK = {query.path: query for query in QUERIES}
NAMES = ("all-night", "half", "quarter", "week")


def write_city(folder: Path) -> Path:
    """Ten lamps in a row, a zebra crossing beside the third, sign 394 on the second pole."""
    write_small_city(folder, 10)
    city = json.loads((folder / "city.json").read_text())
    city["counts"].update(crossings=1)
    (folder / "city.json").write_text(json.dumps(city))
    head, *lamps = (folder / "lamps.csv").read_text().splitlines()
    lines = [f"{line},{'yes' if row == 1 else ''}" for row, line in enumerate(lamps)]
    (folder / "lamps.csv").write_text("\n".join([f"{head},sign_394", *lines]) + "\n")
    (folder / "crossings.csv").write_text(f"id,lon,lat\nz1,{lamps[2].split(',')[2]},51.4301\n")
    return folder


@pytest.fixture(scope="module")
def inventory(tmp_path_factory: pytest.TempPathFactory) -> Inventory:
    """The ten lamps."""
    return read_inventory(open_folder(write_city(tmp_path_factory.mktemp("city"))))


class House:
    """Lighting whose orders become true as in the lane, a minute apart, with the documents they leave."""

    def __init__(self, inventory: Inventory) -> None:
        self.inventory, self.lighting = inventory, make_lighting(inventory)
        self.kept: dict[tuple[str, str], Document] = {}
        self.orders, self.now_us = 0, NIGHT_US

    @property
    def plans(self) -> Any:
        """The lighting's plans."""
        return self.lighting.plans

    def order(self, content: Any) -> Command:
        """Give an order and return its command."""
        self.orders += 1
        self.now_us += MINUTE_US
        order = Order(f"order-{self.orders:05d}", "ada", KINDS[type(content)], content)
        for event in SYSTEM.decide(self.lighting, order, self.now_us):
            if event.kind.startswith("command."):
                self.lighting.book.evolve(event)
                continue
            assert event.cause == order.id
            for document in SYSTEM.evolve(self.lighting, event):
                self.kept[document.collection, document.id] = document
        return self.lighting.book.commands[order.id]

    def all(self, *contents: Any) -> None:
        """Give orders that must be carried out."""
        for content in contents:
            command = self.order(content)
            assert command.state == "confirmed", command.refusal

    def again(self) -> Lighting:
        """Start anew on the documents."""
        lighting = make_lighting(self.inventory)
        SYSTEM.recall(lighting, [document for document in self.kept.values() if document.body is not None])
        return lighting

    def ask(self, path: str, at_us: int = 0, **asked: Any) -> Any:
        """Ask a question."""
        query = ASK[path]
        return query.run(self.lighting, None, query.params(**asked), at_us or self.now_us)


def save(name: str = "half", based_on: int = 0, **more: Any) -> SaveProgram:
    """A program that is dimmed to half at night."""
    return SaveProgram(**{"id": name, "title": name, "on_elevation_deg": -1.5, **HALF, "based_on": based_on, **more})


def calendar(*rules: CalendarRule, default: str = "all-night", based_on: int = 0, **more: Any) -> SaveCalendar:
    """A calendar named week."""
    return SaveCalendar("week", "Week", default, rules, based_on, **more)


def lamps(*rows: int) -> Target:
    """Lamps by their rows."""
    return Target(lamps=tuple(f"do-{row + 1:07d}" for row in rows))


def asked_now(house: House, at_us: int = 0) -> list[float]:
    """Return what each lamp's program asks for."""
    levels: list[float] = house.plans.expected_percent(at_us or house.now_us).tolist()
    return levels


@pytest.fixture
def house(inventory: Inventory) -> House:
    """A house in which nothing was ordered."""
    return House(inventory)


def why(house: House, content: Any) -> str:
    """Give an order that must be refused, and tell status, fields and detail."""
    before = dict(house.kept)
    command = house.order(content)
    assert command.state == "refused"
    assert command.refusal
    assert house.kept == before
    return f"{command.refusal.status} {' '.join(one.field for one in command.refusal.faults)} {command.refusal.detail}"


def test_a_city_begins_with_the_programs_of_its_folder(house: House) -> None:
    (listed,) = house.ask("/lighting/programs")["programs"]
    assert (listed["id"], listed["version"], listed["lamps"], listed["can_undo"]) == ("all-night", 1, 10, False)
    assert listed["title"] == {"de": "Ganznacht", "en": "All night"}
    assert house.ask("/lighting/calendars")["calendars"] == []


def test_a_program_is_made_assigned_changed_and_taken_back(house: House) -> None:
    """What was in force at each moment stays known, in the same state and after a start."""
    house.all(save(), AssignPlan(lamps(4, 5, 6), "half", "quiet street"))
    assigned_us = house.now_us
    assert asked_now(house) == [100.0] * 4 + [50.0] * 3 + [100.0] * 3
    house.all(save(based_on=1, dim_percent=20.0), UndoPlan("half"), UndoAssignment("a-000001"))
    steps = [(assigned_us - 1, 100.0), (assigned_us, 50.0), (assigned_us + MINUTE_US, 20.0)]
    steps += [(assigned_us + 2 * MINUTE_US, 50.0), (assigned_us + 3 * MINUTE_US, 100.0)]
    for lighting in (house.lighting, house.again()):
        assert [(at_us, lighting.plans.expected_percent(at_us)[5]) for at_us, _ in steps] == steps
        assert [lighting.plans.percent_of(5, at_us) for at_us, _ in steps] == [level for _, level in steps]
    levels, of_lamp = house.plans.expected_over([at_us for at_us, _ in steps])
    assert levels[of_lamp[5]].tolist() == [level for _, level in steps]
    assert levels[of_lamp[0]].tolist() == [100.0] * 5
    shown = house.ask("/lighting/plans/{id}", id="half")
    assert [(one["number"], one["undone_at"] is None) for one in shown["versions"]] == [(2, False), (1, True)]
    (one,) = house.ask("/lighting/assignments")["assignments"]
    assert (one["plan"], one["lamps"], one["can_undo"], one["reason"]) == ("half", 3, False, "quiet street")


def test_a_copy_with_a_new_name_and_a_new_name_for_the_old(house: House) -> None:
    house.all(save(title="Half"), save("copy", title="Copy of half"), save(based_on=1, title="Halbnacht"))
    titles = {one["id"]: (one["title"], one["version"]) for one in house.ask("/lighting/programs")["programs"]}
    assert titles["half"] == ("Halbnacht", 2)
    assert titles["copy"] == ("Copy of half", 1)


def test_a_calendar_rules_night_by_night(house: House) -> None:
    """From noon to noon: the early morning belongs to the night before; a holiday's night is its evening's."""
    rules = (
        CalendarRule("dark", start_date="--12-24", end_date="--12-24"),
        CalendarRule("half", holidays="only"),
        CalendarRule("half", weekdays=("tu",)),
    )
    house.all(save(), save("dark", full_percent=30.0, dim_percent=30.0), calendar(*rules))
    house.all(AssignPlan(lamps(0), "week"))

    def at(text: str) -> float:
        return float(house.plans.percent_of(0, parse_iso(text)))

    assert at("2026-11-24T23:30:00Z") == 50.0
    assert at("2026-11-25T03:30:00Z") == 50.0
    assert at("2026-11-25T23:30:00Z") == 100.0
    assert at("2026-12-24T20:00:00Z") == 30.0
    assert at("2026-12-25T02:00:00Z") == 30.0
    assert at("2026-12-25T23:00:00Z") == 50.0
    assert at("2026-12-25T12:00:00Z") == 0.0
    shown = house.ask("/lighting/calendars/year", calendar="week")
    assert shown["rule"][357:360] == [0, 1, 1]
    assert [one["id"] for one in shown["programs"]] == ["all-night", "dark", "half"]
    assert len(shown["holidays"]) == 11
    assert {"night": 358, "name": {"de": "Erster Weihnachtstag", "en": "Christmas Day"}} in shown["holidays"]
    draft = house.ask("/lighting/calendars/try", default_program="all-night", rules=rules, id="week")
    assert draft == shown
    assert house.plans.expected_percent(house.now_us).tolist()[0] == 50.0


def test_a_changed_program_changes_the_calendars_that_name_it(house: House) -> None:
    house.all(save(), calendar(default="half"), AssignPlan(lamps(9), "week"), save(based_on=1, dim_percent=70.0))
    assert asked_now(house)[9] == 70.0
    view = house.ask("/lighting/plans/{id}", id="half")
    assert (view["calendars"], view["lamps"]) == (["week"], 0)


@pytest.mark.refusal("lighting.save-program")
def test_what_a_program_may_not_be(house: House) -> None:
    house.all(save(), calendar())
    assert "409" in why(house, save())
    assert "half is at version 1, not 7" in why(house, save(based_on=7))
    assert "week is taken" in why(house, save("week", based_on=1))
    told = why(house, save("odd", full_percent=33.3, dim_percent=20.2, on_elevation_deg=-1.555))
    assert "full_percent dim_percent on_elevation_deg" in told
    assert "steps of 0.5" in told
    for n in range(PLANS_KEPT - 3):
        house.all(save(f"p{n}"))
    assert f"at most {PLANS_KEPT}" in why(house, save("more"))


@pytest.mark.refusal("lighting.save-calendar")
def test_what_a_calendar_may_not_be(house: House) -> None:
    house.all(save())
    assert "422 rules[0].program no" not in why(house, calendar(CalendarRule("nobody")))
    assert "rules[1].program" in why(house, calendar(CalendarRule("half"), CalendarRule("nobody")))
    assert "default_program" in why(house, calendar(default="nobody"))
    assert "rules[0].end_date" in why(house, calendar(CalendarRule("half", end_date="2026-02-29")))
    many = [f"p{n}" for n in range(CALENDAR_PROGRAMS)]
    house.all(*(save(name) for name in many))
    assert f"at most {CALENDAR_PROGRAMS} programs" in why(house, calendar(*map(CalendarRule, many)))
    house.all(calendar())
    assert "changed" in f"{house.order(calendar()).refusal}"
    assert "default_program" in why(house, calendar(default="week", based_on=1))
    assert "half is taken" in why(house, SaveCalendar("half", "x", "half", based_on=1))
    with pytest.raises(Refused, match="no program"):
        house.ask("/lighting/calendars/try", default_program="nobody")


@pytest.mark.refusal("lighting.retire-plan")
def test_what_is_in_use_is_not_put_away(house: House) -> None:
    house.all(save(), calendar(default="half"))
    assert "0 lamps follow half, 1 calendars name it" in why(house, RetirePlan("half"))
    assert "10 lamps follow all-night, 0" in why(house, RetirePlan("all-night"))
    house.all(RetirePlan("week"), RetirePlan("half"))
    assert "404" in why(house, RetirePlan("half"))
    assert "404" in why(house, AssignPlan(lamps(1), "half"))
    assert "rules" in why(house, calendar(CalendarRule("half"), based_on=2))
    assert [one["id"] for one in house.ask("/lighting/programs")["programs"]] == ["all-night"]
    house.all(UndoPlan("half"), AssignPlan(lamps(1), "half"))
    assert house.ask("/lighting/plans/{id}", id="half")["retired"] is False


@pytest.mark.refusal("lighting.undo-plan")
def test_what_cannot_be_taken_back(house: House) -> None:
    assert "404" in why(house, UndoPlan("nobody"))
    assert "all-night is as the city made it" in why(house, UndoPlan("all-night"))
    house.all(save(), AssignPlan(lamps(1), "half"))
    assert "1 lamps follow half" in why(house, UndoPlan("half"))
    house.all(save("quarter"), calendar(default="quarter"), calendar(based_on=1), RetirePlan("quarter"))
    assert "week would name quarter" in why(house, UndoPlan("week"))
    house.all(UndoAssignment("a-000001"), UndoPlan("half"))
    assert "404" in why(house, UndoPlan("half"))
    house.all(save(dim_percent=10.0))
    assert house.ask("/lighting/plans/{id}", id="half")["version"] == 2


@pytest.mark.refusal("lighting.undo-assignment")
def test_assignments_are_taken_back_one_by_one(house: House) -> None:
    assert "the newest is none" in why(house, UndoAssignment("a-000001"))
    house.all(save(), save("quarter"), AssignPlan(lamps(1), "half"), AssignPlan(lamps(1, 5), "quarter"))
    assert "the newest is a-000002, not a-000001" in why(house, UndoAssignment("a-000001"))
    house.all(UndoAssignment("a-000002"))
    assert house.plans.followed(house.now_us).rows("half").tolist() == [1]
    house.all(AssignPlan(lamps(1), "quarter"), RetirePlan("half"))
    assert "404" in why(house, UndoAssignment("a-000003"))


@pytest.mark.refusal("lighting.assign-plan")
def test_law_binds_programs_as_it_binds_commands(house: House) -> None:
    """A crossing is not dimmed; what goes off for part of the night carries sign 394."""
    house.all(save(), save("off", dim_percent=0.0), save("none", full_percent=0.0, dim_percent=0.0), calendar())
    assert "404" in why(house, AssignPlan(Target(street="nowhere"), "half"))
    street = Target(street="s1")
    told = why(house, AssignPlan(street, "half"))
    assert told.startswith("409 spare crossing-not-dimmed")
    assert "do-0000003" in told
    house.all(AssignPlan(street, "half", spare=True))
    protected = np.flatnonzero(house.inventory.surroundings.crossing_m <= 25.0).tolist()
    assert house.plans.followed(house.now_us).rows("all-night").tolist() == protected
    assert "every one of these lamps" in why(house, AssignPlan(lamps(2), "half", spare=True))
    assert "reason" in why(house, AssignPlan(lamps(2), "half", despite="crossing-not-dimmed"))
    free = [row for row in range(10) if row not in protected]
    told = why(house, AssignPlan(lamps(*free), "off"))
    assert f"demands sign 394 on {len([row for row in free if row != 1])} of these poles" in told
    house.all(AssignPlan(lamps(1), "off") if 1 in free else AssignPlan(lamps(9), "half"))
    house.all(AssignPlan(lamps(2), "half", "works in the road", despite="crossing-not-dimmed"))
    assert SYSTEM.needs(house.lighting, AssignPlan(lamps(2), "half", "x", despite="crossing-not-dimmed"))
    assert "409 spare crossing" in why(house, save(based_on=1, dim_percent=60.0))
    house.all(
        save(based_on=1, title="only the name"),
        save(based_on=2, dim_percent=60.0, despite="crossing-not-dimmed", reason="x"),
    )
    house.all(AssignPlan(lamps(2), "week"))
    assert "409 spare crossing" in why(house, calendar(CalendarRule("half", weekdays=("mo",)), based_on=1))
    house.all(calendar(CalendarRule("all-night", weekdays=("mo",)), based_on=1))
    assert "409 spare crossing" in why(house, SaveProgram("all-night", "x", -1.5, 100.0, 90.0, "23:00", "05:00", 1))
    house.all(AssignPlan(lamps(9), "none", "x", despite="crossing-not-dimmed"))


def test_versions_and_assignments_have_an_end(inventory: Inventory) -> None:
    house = House(inventory)
    house.all(save(), *(save(based_on=n + 1, dim_percent=n / 2) for n in range(PLAN_VERSIONS + 3)))
    plan = house.plans.kept.get("half")
    assert (len(plan.versions), plan.now().number) == (PLAN_VERSIONS, PLAN_VERSIONS + 4)
    for n in range(ASSIGNMENTS_KEPT + 5):
        house.all(AssignPlan(lamps(5 + n % 2), "half"))
    assert len(house.plans.assignments) == ASSIGNMENTS_KEPT
    assert house.plans.in_use() == 2
    assert np.array_equal(
        house.again().plans.followed(house.now_us).of_lamp, house.plans.followed(house.now_us).of_lamp
    )


def test_a_folder_that_says_something_else_later_changes_no_document(inventory: Inventory, tmp_path: Path) -> None:
    """The journal alone gives the documents: it holds the city's own version from the first change on."""
    house, events = House(inventory), []
    law = {"reason": "x", "despite": "crossing-not-dimmed"}
    steps: list[Any] = [SaveProgram("all-night", "All", -2.0, 90.0, 90.0, based_on=1, **law), UndoPlan("all-night")]
    for number, content in enumerate(steps):
        order = Order(f"order-{number:05d}", "ada", KINDS[type(content)], content)
        made = [
            event for event in SYSTEM.decide(house.lighting, order, NIGHT_US + number) if event.kind[:8] != "command."
        ]
        events += made
        for event in made:
            house.kept.update({(one.collection, one.id): one for one in SYSTEM.evolve(house.lighting, event)})
    city = json.loads((write_city(tmp_path) / "city.json").read_text())
    city["programs"]["all-night"]["full_percent"] = 55
    (tmp_path / "city.json").write_text(json.dumps(city))
    other = House(read_inventory(open_folder(tmp_path)))
    for event in events:
        other.kept.update({(one.collection, one.id): one for one in SYSTEM.evolve(other.lighting, event)})
    assert other.kept == house.kept
    assert asked_now(other, NIGHT_US + 10) == [100.0] * 10


def test_the_past_knows_no_later_plan(house: House) -> None:
    house.all(save())
    with pytest.raises(Refused, match="no program or calendar 'half'"):
        house.ask("/lighting/plans/{id}", at_us=NIGHT_US, id="half")


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["assign", "save", "undo-plan", "undo-assignment", "retire", "calendar"]),
        st.sampled_from(NAMES),
        st.sets(st.integers(0, 9), min_size=1),
        st.integers(0, 200).map(lambda half_percents: half_percents / 2),
    ),
    max_size=25,
)


class Ledger:
    """What must be true, kept the plain way: a table of the lamps after every step that was carried out."""

    def __init__(self) -> None:
        self.plan = ["all-night"] * 10
        self.before: list[list[str]] = []
        self.moments: list[tuple[int, list[str]]] = []


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_any_turn_of_steps_is_known_at_any_time(
    inventory: Inventory, steps: list[tuple[str, str, set[int], float]]
) -> None:
    """Followed plans are those of a plain table, at each moment, now and after a start."""
    house, ledger = House(inventory), Ledger()
    house.all(*(save(name) for name in NAMES[1:3]))
    for step, name, rows, level in steps:
        now = house.plans.kept.get(name)
        newest = house.plans.newest_assignment()
        based_on = now.now().number if now and now.now() else 0
        content: Any = {
            "assign": AssignPlan(lamps(*sorted(rows)), name, "x", despite="crossing-not-dimmed"),
            "save": save(name, based_on, dim_percent=level, despite="crossing-not-dimmed", reason="x"),
            "undo-plan": UndoPlan(name),
            "undo-assignment": UndoAssignment(newest.id if newest else "a-000001"),
            "retire": RetirePlan(name),
            "calendar": calendar(
                CalendarRule("half", weekdays=("mo",)), based_on=based_on, reason="x", despite="crossing-not-dimmed"
            ),
        }[step]
        if house.order(content).state == "confirmed" and step in ("assign", "undo-assignment"):
            if step == "assign":
                ledger.before.append(list(ledger.plan))
                ledger.plan = [name if row in rows else plan for row, plan in enumerate(ledger.plan)]
            else:
                ledger.plan = ledger.before.pop()
        ledger.moments.append((house.now_us, list(ledger.plan)))
    for lighting in (house.lighting, house.again()):
        for at_us, plan in ledger.moments:
            followed = lighting.plans.followed(at_us)
            assert [followed.ids[place] for place in followed.of_lamp.tolist()] == plan
            lighting.plans.expected_percent(at_us)


def test_a_draft_is_a_calendar() -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"default_program": "x", "rules": [{"program": "x", "start_date": "tomorrow"}]}, Draft)
