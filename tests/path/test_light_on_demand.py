"""Light on demand in a running city: a street is asked for, calculated, told, and lights up around who is there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

import verify_bound
from path.running import RunningCity, eventually
from stadtwerk.kernel.refusal import Refused
from systems.lighting.policy.village import write_village

START = "2026-11-23T20:00:00Z"
"""Nine in the evening: dark, and people are about."""
LAMPS = 10
BROKEN = "do-0000012"
"""The second lamp of the calm street goes out twelve minutes later."""


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCity]:
    """A village of two streets at night, a minute a second; a lamp of one goes out."""
    folder = tmp_path_factory.mktemp("demand")
    fault = {"at": "2026-11-23T20:12:00Z", "kind": "lamp-failed", "lamp": BROKEN, "dark": True}
    (folder / "data" / "twin").mkdir(parents=True)
    (folder / "data" / "twin" / "drill.jsonl").write_text(json.dumps(fault) + "\n")
    village = write_village(folder / "city", {"busy": LAMPS, "calm": 4}, lambda number, lamp: None)
    with RunningCity(village, folder / "data", "--speed", "60", "--start", START) as running:
        running.client.post("/api/commands/lighting.set-policy?wait=20", {"target": {"street": "busy"}, "steps": 1})
        yield running


def policy(city: RunningCity, street: str = "busy") -> Any:
    """Return a street's policy as the screens ask for it."""
    return city.client.get(f"/api/lighting/policies?street={street}")["policies"][0]


def levels(city: RunningCity, street: str) -> set[float]:
    """Return the levels that a street's lamps told last."""
    first = 1 if street == "busy" else LAMPS + 1
    numbers = range(first, first + (LAMPS if street == "busy" else 4))
    lamps = (city.client.get(f"/api/lighting/lamps/do-{number:07d}") for number in numbers)
    return {lamp["level_percent"] for lamp in lamps if lamp["level_percent"] is not None}


def test_a_street_is_calculated_told_and_follows(city: RunningCity) -> None:
    now = eventually(lambda: (one := policy(city))["in_force"] and one)
    assert now["following"] == now["lamps"] == LAMPS
    assert now["full"]["carriageway"] != now["low"]["carriageway"]
    assert now["delivered"] == {"empty": now["low"], "full": now["full"]}


@pytest.mark.parametrize("state", ["empty", "full"])
def test_the_script_accepts_the_certificate_of_the_door(city: RunningCity, tmp_path: Any, state: str) -> None:
    eventually(lambda: policy(city)["in_force"])
    path = tmp_path / "bound.json"
    path.write_text(json.dumps(city.client.get(f"/api/lighting/demand/certificate?street=busy&state={state}")), "utf-8")
    assert verify_bound.main([str(path)]) == 0


def test_lamps_lift_around_who_is_there_and_the_hours_are_told(city: RunningCity) -> None:
    """Their quarter-hourly words show levels of both kinds; the hour shows energy between the bound and always on."""
    eventually(lambda: policy(city)["in_force"])
    seen: set[float] = set()
    eventually(lambda: seen.update(levels(city, "busy")) or len({level for level in seen if 0 < level < 100}) >= 2, 60)
    assert levels(city, "calm") <= {100.0, 0.0}, "the other street follows its program"

    def hour() -> Any:
        (told,) = city.client.get("/api/lighting/demand/live?street=busy&hours=3")["streets"]
        whole = [k for k, minutes in enumerate(told["lit_minutes"]) if minutes and minutes > 25 and told["kwh"][k]]
        return whole and {name: told[name][whole[-1]] for name in told if isinstance(told[name], list)}

    one = eventually(hour, 90)
    assert 0 < one["kwh_bound"] <= one["kwh_always_on"]
    assert one["kwh_bound"] * 0.98 <= one["kwh"] <= one["kwh_always_on"] * 1.05
    assert one["minutes_below"] == 0
    assert one["cars"] + one["cyclists"] + one["walkers"] >= 0


def test_without_the_core_the_street_goes_on_and_the_policy_is_still_there(city: RunningCity) -> None:
    number = eventually(lambda: (one := policy(city))["in_force"] and one)["number"]
    assert city.kill("core")

    def again() -> Any:
        try:
            return policy(city)
        except Refused:
            return None

    back = eventually(again)
    assert (back["number"], back["state"]) == (number, "planned")
    assert eventually(lambda: (one := policy(city))["in_force"] and one)["following"] == LAMPS


def test_it_ends_and_is_taken_back(city: RunningCity) -> None:
    city.client.post("/api/commands/lighting.end-policy?wait=20", {"target": {"street": "busy"}})
    eventually(lambda: policy(city)["following"] == 0)
    eventually(lambda: levels(city, "busy") == {100.0}, 60)
    city.client.post("/api/commands/lighting.undo-policy?wait=20", {"street": "busy"})
    assert eventually(lambda: (one := policy(city))["in_force"] and one)["following"] == LAMPS


def test_a_lamp_that_goes_out_has_its_street_certified_without_it(city: RunningCity, tmp_path: Any) -> None:
    """The platform hears of it, the others do what they can, and the door hands out what they really keep."""
    city.client.post("/api/commands/lighting.set-policy?wait=20", {"target": {"street": "calm"}, "steps": 1})
    now = eventually(lambda: (one := policy(city, "calm"))["dark"] and one["in_force"] and one, 60)
    assert now["dark"] == [BROKEN]
    assert now["delivered"]["full"] != now["full"]
    document = city.client.get("/api/lighting/demand/certificate?street=calm&state=full")
    assert (document["failed"], document["about"]["dark"]) == ([1], [BROKEN])
    path = tmp_path / "bound.json"
    path.write_text(json.dumps(document), "utf-8")
    assert verify_bound.main([str(path)]) == 0
