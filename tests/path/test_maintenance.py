"""Maintenance through the doors of a running city: tours are searched beside the core, and survive its death."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from math import cos, radians
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from path.running import RunningCity, eventually
from path.small_city import write_small_city
from stadtwerk.kernel.refusal import Refused

LAMPS = 200
TOMORROW = (datetime.now(ZoneInfo("Europe/Berlin")).date() + timedelta(days=1)).isoformat()


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCity]:
    """A village of 200 lamps with a crew and eight jobs."""
    folder = tmp_path_factory.mktemp("maintenance")
    with RunningCity(write_small_city(folder / "city", LAMPS), folder / "data") as running:
        crew = {"id": "nord", "name": "Nord", "vehicle": "DU-ST 1", "skills": ["lift"], "depot": [6.76, 51.43]}
        order(running, "put-crew", crew)
        for number in range(1, 9):
            order(running, "open-job", {"kind": "lamp", "lamps": [f"do-{number * 20:07d}"]})
        yield running


def order(city: RunningCity, what: str, content: dict[str, Any]) -> Any:
    """Give an order of maintenance."""
    return city.client.post(f"/api/commands/lighting.{what}", content)


def tour(city: RunningCity) -> Any:
    """Return tomorrow as the screens ask for it."""
    return city.client.get(f"/api/lighting/tours?day={TOMORROW}")


def planned(city: RunningCity) -> Any:
    """Wait until tomorrow is planned and return it."""
    return eventually(lambda: (now := tour(city))["planning"]["state"] == "planned" and now)


def test_tours_are_searched_beside_the_core(city: RunningCity) -> None:
    order(city, "plan-tours", {"day": TOMORROW, "seconds": 1})
    (nord,) = planned(city)["tours"]
    assert sorted(stop["job"]["id"] for stop in nord["stops"]) == [f"j-{number:06d}" for number in range(1, 9)]
    assert all(earlier["leave_at"] <= later["arrive_at"] for earlier, later in pairwise(nord["stops"]))
    # There and back along one street is the least anybody can drive.
    lons = [stop["job"]["position"][0] for stop in nord["stops"]]
    least_m = 2 * (max(lons) - min(lons)) * 111_195 * cos(radians(51.43))
    assert 0.99 * least_m <= nord["distance_m"] <= 1.02 * least_m


def test_a_search_that_died_with_the_core_begins_anew(city: RunningCity) -> None:
    order(city, "plan-tours", {"day": TOMORROW, "seconds": 3})
    assert city.kill("core")
    eventually(lambda: is_up(city))
    assert planned(city)["planning"]["left"] == []


def is_up(city: RunningCity) -> bool:
    """Tell whether the core answers again."""
    try:
        return bool(city.client.get("/api/health"))
    except Refused:
        return False
