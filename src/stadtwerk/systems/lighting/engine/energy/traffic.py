"""For which share of the time road users ask for a street's full class, hour by hour, by assumed or counted traffic."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from stadtwerk.kernel.observation import Values
from stadtwerk.systems.lighting.engine.adaptive.reach import BEHIND, CAR, CYCLIST, PEDESTRIAN

USERS = {"cars": CAR, "cyclists": CYCLIST, "walkers": PEDESTRIAN}
HOURS = 24


@cache
def assumed() -> dict[str, Any]:
    """Return the assumed traffic: road users in the `busiest` hour by highway class, and `hours` as shares of it."""
    return tomllib.loads((files(__package__) / "traffic.toml").read_text("utf-8"))


def traffic_of(city: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Return a city's traffic and which highway classes of it were counted by the city itself (`light_traffic`)."""
    own, table = city.get("light_traffic", {}), assumed()
    merged = {part: {**table[part], **own.get(part, {})} for part in ("busiest", "hours")}
    return merged, sorted(own.get("busiest", {}))


def presence(traffic: Mapping[str, Any], highway: str, spacing_m: float) -> Values:
    """Return the share of each local hour, (24,), in which a field of a street must keep the full class.

    Road users pass independently (Poisson), each holding the class in the field behind, its own and those ahead within
    its reach: a share of 1 - exp(-sum of arrivals an hour times hours of stay). A kind not named has no traffic.
    """
    held = np.zeros(HOURS)
    for name, most in traffic["busiest"].get(highway, {}).items():
        user = USERS[name]
        fields = BEHIND + 1 + user.ahead_fields(spacing_m)
        stay_h = fields * spacing_m / user.speed_m_s / 3600.0
        held += most * np.asarray(traffic["hours"][name]) * stay_h
    return np.asarray(1.0 - np.exp(-held))
