"""Light on demand as it is ordered: each refusal, steps taken back, what survives a restart, and the sealed proofs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

import verify_bound
from stadtwerk.kernel.clock import US
from stadtwerk.kernel.limits import POLICY_FIELDS, POLICY_STREETS
from stadtwerk.kernel.refusal import Refused
from stadtwerk.systems.lighting import SYSTEM
from stadtwerk.systems.lighting.class_map import classes_view
from stadtwerk.systems.lighting.engine.adaptive.bound import holds
from stadtwerk.systems.lighting.engine.adaptive.influence import influence_of
from stadtwerk.systems.lighting.engine.adaptive.table import Steps
from stadtwerk.systems.lighting.engine.en13201.certificate import GENESIS
from stadtwerk.systems.lighting.faults.things import Evidence, Fault
from stadtwerk.systems.lighting.inventory import Inventory
from stadtwerk.systems.lighting.policy import live, queries
from stadtwerk.systems.lighting.policy.dark import dark_lamps
from stadtwerk.systems.lighting.policy.decide import darkened
from stadtwerk.systems.lighting.policy.orders import EndPolicy, SetPolicy, UndoPolicy
from stadtwerk.systems.lighting.policy.plan import AIR_MARGIN
from stadtwerk.systems.lighting.policy.suit import suited
from stadtwerk.systems.lighting.policy.things import LEVEL_FULL
from stadtwerk.systems.lighting.state import LAMP_FAILURE, make_lighting
from stadtwerk.vocab.lighting import Target
from systems.lighting.policy.village import NIGHT_US, House, inventory_of, refusal, write_village

HOUR_US = 3_600 * US
STREETS = {
    "long": POLICY_FIELDS + 1,
    "lone": 1,
    "sodium": 4,
    "uneven": 5,
    "zebra": 6,
    "talq": 4,
    "good": 12,
    "other": 5,
}


def made(number: int, lamp: dict[str, str]) -> None:
    """Give the lamps of some streets what keeps them from being lit on demand."""
    lamp["radio"] = "talq" if lamp["street"] == "talq" else "lorawan"
    lamp["lamp_type"] = "hst" if lamp["street"] == "sodium" else "led"
    if lamp["street"] == "uneven":
        lamp["pole"] = f"do-u{number // 2}"


@pytest.fixture(scope="module")
def inventory(tmp_path_factory: pytest.TempPathFactory) -> Inventory:
    """Streets of which two can be lit on demand."""
    folder = write_village(tmp_path_factory.mktemp("city"), STREETS, made)
    city = json.loads((folder / "city.json").read_text())
    city["counts"]["crossings"] = 1
    (folder / "city.json").write_text(json.dumps(city))
    lamps = (folder / "lamps.csv").read_text().splitlines()
    beside = next(line for line in lamps if ",zebra," in line).split(",")
    (folder / "crossings.csv").write_text(f"id,lon,lat\nz1,{beside[2]},51.43\n")
    return inventory_of(folder)


@pytest.fixture
def house(inventory: Inventory) -> House:
    """A house in which nothing was decided."""
    return House(inventory)


def street(name: str, **more: Any) -> SetPolicy:
    """Ask for a street."""
    return SetPolicy(Target(street=name), **more)


@pytest.mark.refusal("lighting.set-policy", "lighting.end-policy", "lighting.undo-policy")
@pytest.mark.parametrize(
    ("content", "refused"),
    [
        (street("nowhere"), ("unknown-target", 404)),
        (SetPolicy(Target(district="nowhere")), ("unknown-target", 404)),
        (SetPolicy(Target(lamp="do-0000001")), ("invalid", 422)),
        (SetPolicy(Target(street="good", district="d1")), ("invalid", 422)),
        (street("long"), ("policy-layout", 409)),
        (street("lone"), ("policy-layout", 409)),
        (street("uneven"), ("policy-layout", 409)),
        (street("sodium"), ("policy-lamps", 409)),
        (street("talq"), ("policy-radio", 409)),
        (street("zebra"), ("protected-light", 409)),
        (EndPolicy(Target(street="good")), ("no-policy", 409)),
        (EndPolicy(Target(street="nowhere")), ("unknown-target", 404)),
        (UndoPolicy("good"), ("nothing-to-undo", 409)),
        (UndoPolicy("nowhere"), ("unknown-target", 404)),
    ],
)
def test_refused_by_name(house: House, content: Any, refused: tuple[str, int]) -> None:
    assert refusal(house.order(content)) == refused
    assert not house.kept


def test_a_rule_that_is_not_in_force_protects_nothing(house: House) -> None:
    before_us = 1_200_000_000 * US
    assert house.order(street("zebra"), before_us).state == "confirmed"


def test_too_many_streets_at_once_are_refused(tmp_path: Path) -> None:
    many = {f"s{number:03d}": 2 for number in range(POLICY_STREETS + 1)}
    house = House(inventory_of(write_village(tmp_path / "city", many, lambda number, lamp: None)))
    assert refusal(house.order(SetPolicy(Target(district="d1")))) == ("policy-limit", 409)


def test_a_district_takes_the_streets_that_can_and_tells_why_the_others_cannot(house: House) -> None:
    assert house.order(SetPolicy(Target(district="d1"))).state == "confirmed"
    states = {policy.id: policy.state for policy in house.lighting.policies.kept}
    assert {name for name, state in states.items() if state == "asked"} == {"good", "other"}
    assert {name for name, state in states.items() if state == "failed"} == STREETS.keys() - {"good", "other"}
    assert "poles carry 1 to 2 lamps" in house.policy("uneven").why
    assert len({policy.number for policy in house.lighting.policies.kept}) == len(STREETS), "numbers are of one street"


def test_steps_are_taken_back_once(house: House) -> None:
    house.order(street("good"))
    house.calculate()
    first = house.policy("good")
    house.order(street("good", steps=1, fade_s=3))
    assert (house.policy("good").state, house.policy("good").fade_s) == ("asked", 3)
    house.order(UndoPolicy("good"))
    back = house.policy("good")
    assert (back.state, back.fade_s, back.plan) == ("planned", 1, first.plan)
    assert back.number > first.number, "lamps obey rising numbers only"
    assert refusal(house.order(UndoPolicy("good"))) == ("nothing-to-undo", 409)
    house.order(EndPolicy(Target(street="good")))
    assert house.policy("good").state == "ended"
    house.order(UndoPolicy("good"))
    assert house.policy("good").plan == first.plan
    assert refusal(house.order(EndPolicy(Target(street="other")))) == ("no-policy", 409)


def test_the_first_step_taken_back_leaves_the_program(house: House) -> None:
    house.order(street("good"))
    house.order(UndoPolicy("good"))
    assert house.policy("good").state == "ended"
    house.calculate()
    assert house.policy("good").plan is None, "what was calculated for nobody changes nothing"


def test_what_was_decided_survives_a_restart(house: House) -> None:
    house.order(street("good"))
    house.calculate()
    again = make_lighting(house.inventory)
    SYSTEM.recall(again, house.kept.values())
    assert list(again.policies.kept) == list(house.lighting.policies.kept)
    assert again.policies.head() == house.lighting.policies.head()
    replayed = make_lighting(house.inventory)
    for event in house.events:
        body = msgspec.json.decode(msgspec.json.encode(event.body))
        SYSTEM.evolve(replayed, msgspec.structs.replace(event, body=body))
    assert list(replayed.policies.kept) == list(house.lighting.policies.kept), "the journal alone tells it all"


@pytest.mark.parametrize("dark", [(), (3,)])
def test_an_independent_script_accepts_what_the_door_hands_out(house: House, tmp_path: Path, dark: Any) -> None:
    """`tools/verify_bound.py` shares no code with the engine; each seal names the one before it; forgery shows."""
    for name in ("good", "other"):
        house.order(street(name))
    house.calculate()
    lamps = house.inventory.streets.rows(house.inventory.streets.index["good"])
    if dark:
        ids = tuple(house.inventory.ids[lamps[number]] for number in dark)
        house.take(darkened(house.lighting.policies, "good", ids, NIGHT_US))
        house.calculate()
    before, path = GENESIS, tmp_path / "bound.json"
    told = sorted((one for one in house.lighting.policies.certificates), key=lambda one: one.number)
    assert {one.id for one in told} == {f"{name}:{state}" for name in ("good", "other") for state in ("empty", "full")}
    for one in told:
        name, state = one.id.split(":")
        document = queries.bound_view(house.lighting, queries.OfBound(name, state))  # type: ignore[arg-type]
        path.write_bytes(msgspec.json.encode(document))
        assert verify_bound.main([str(path)]) == 0
        assert document["bound_w"] <= document["planned_w"] <= document["bound_w"] * (1 + 3 * AIR_MARGIN)
        if not dark:
            assert document["before"] == before
        before = document["seal"]
        document["levels"] = [level * 0.99 for level in document["levels"]]
        path.write_bytes(msgspec.json.encode(document))
        assert verify_bound.main([str(path)]) == 1
    if dark:
        document = queries.bound_view(house.lighting, queries.OfBound("good", "full"))
        assert document["failed"] == list(dark)
        forged = {**document, "failed": []}
        path.write_bytes(msgspec.json.encode(forged))
        assert verify_bound.main([str(path)]) == 1
    with pytest.raises(Refused, match="no bound"):
        queries.bound_view(house.lighting, queries.OfBound("sodium"))


def test_every_pattern_of_a_table_keeps_its_classes_and_lamps_never_dip(house: House) -> None:
    """Levels as they go on the air, held without tolerance; nothing far from road users goes darker."""
    house.order(street("good", fade_s=2))
    house.calculate()
    plan = house.policy("good").plan
    assert plan
    fit = suited(house.inventory, house.inventory.streets.index["good"], NIGHT_US)
    influence, steps = influence_of(fit.section.street, plan.fields), Steps(plan.full, plan.low)
    size = plan.fields * plan.rows
    levels = live.table_levels(plan)
    assert levels.shape == (len(plan.patterns), size)
    empty = levels[plan.patterns.index("0" * plan.fields)]
    for pattern, row in zip(plan.patterns, levels, strict=True):
        assert holds(influence, steps.of(np.array([bit == "1" for bit in pattern])), row)
        assert (row >= empty - 1.5 / LEVEL_FULL).all()
    lengths = {pattern.count("1") for pattern in plan.patterns if "10" not in pattern.rstrip("0")}
    assert lengths == set(range(plan.fields + 1)), "every single run is there, so that each pattern finds one above it"
    assert not plan.misses


def test_a_lamp_that_fails_and_comes_back(house: House) -> None:
    """Calculated anew without it, the truth told, the time below the classes kept; whole again when it burns again."""
    house.order(street("good"))
    house.calculate()
    first = house.policy("good")
    lamp = house.inventory.ids[house.inventory.streets.rows(house.inventory.streets.index["good"])[3]]
    events = darkened(house.lighting.policies, "good", (lamp,), NIGHT_US + HOUR_US)
    house.take(events)
    assert house.policy("good").plan == first.plan, "until the new table is there the old one holds"
    house.calculate(NIGHT_US + HOUR_US)
    without = house.policy("good")
    assert without.plan
    assert without.plan.anchored
    assert without.plan.misses == (without.plan.delivered != (without.plan.low, without.plan.full))
    assert without.plan.misses, "thirty metres between lamps leave nothing to spare"
    assert without.below == ((NIGHT_US + HOUR_US, 0),)
    assert darkened(house.lighting.policies, "good", (lamp,), NIGHT_US + 2 * HOUR_US) == []
    house.take(darkened(house.lighting.policies, "good", (), NIGHT_US + 2 * HOUR_US))
    house.calculate(NIGHT_US + 2 * HOUR_US)
    assert house.policy("good").plan == first.plan
    assert house.policy("good").below == ((NIGHT_US + HOUR_US, NIGHT_US + 2 * HOUR_US),)


def test_shown_as_it_is(house: House) -> None:
    house.order(street("good"))
    house.calculate()
    shown = queries.policies_view(house.lighting, queries.OfPolicies())
    (one,) = shown["policies"]
    assert (one["state"], one["in_force"], one["following"], one["lamps"]) == ("planned", False, None, 12)
    assert one["full"]["carriageway"] != one["low"]["carriageway"]
    assert set(one["seals"]) == {"empty", "full"}
    with pytest.raises(Refused):
        queries.policies_view(house.lighting, queries.OfPolicies("nowhere"))


def test_dark_lamps_are_found_by_what_they_say_and_by_silence(house: House) -> None:
    """A lamp that says it failed, one that is silent, one with a confirmed fault; a lost gateway darkens nothing."""
    lighting, inventory = house.lighting, house.inventory
    house.order(street("good"))
    rows = inventory.streets.rows(inventory.streets.index["good"])
    lighting.listening_since_us = NIGHT_US - 10 * HOUR_US
    lighting.seen.observed_at_us[:] = NIGHT_US
    lighting.seen["flags"][:] = 0.0
    assert dark_lamps(lighting, NIGHT_US) == {"good": ()}
    lighting.seen["flags"][rows[2]] = LAMP_FAILURE
    lighting.seen.observed_at_us[rows[4]] = lighting.seen.observed_at_us[rows[5]] = NIGHT_US - 2 * HOUR_US
    lighting.memory.excused_us[rows[5]] = NIGHT_US
    lamps, evidence = (inventory.ids[rows[7]],), Evidence(0.0, "power_w")
    fault = Fault("f-000001", 1, "lamp-out", "light", lamps[0], lamps, 1, "suspected", NIGHT_US, evidence)
    lighting.faults.kept.put(fault)
    assert dark_lamps(lighting, NIGHT_US) == {"good": tuple(inventory.ids[rows[k]] for k in (2, 4))}
    lighting.faults.kept.put(msgspec.structs.replace(fault, state="confirmed"))
    assert dark_lamps(lighting, NIGHT_US) == {"good": tuple(inventory.ids[rows[k]] for k in (2, 4, 7))}


def test_the_class_map_tells_a_street_on_demand_by_its_certificate(house: House) -> None:
    """Its lamps' levels change all the time: what counts is what the table is proven to keep."""
    lighting = house.lighting
    house.order(street("good"))
    house.calculate()
    place, policy = house.inventory.streets.index["good"], house.policy("good")
    assert policy.plan
    lighting.seen["level_percent"][:] = np.linspace(5.0, 60.0, len(house.inventory))
    lighting.seen.observed_at_us[:] = NIGHT_US

    def told() -> tuple[str, str, str]:
        shown = classes_view(lighting, 0, None, NIGHT_US)
        at = shown["place"].index(place)
        return shown["state"][at], shown["reason"][at], shown["delivered"][at]

    assert told()[1] != "demand"
    lighting.groups["policy"][place] = policy.number
    assert told() == ("proven", "demand", policy.plan.low["carriageway"])
    assert not lighting.on_demand().any()
    lighting.groups["following"][place] = 12.0
    assert lighting.on_demand().sum() == 12
