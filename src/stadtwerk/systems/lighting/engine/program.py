"""What each lamp's own program says: the light the city gets when nobody asks for anything else."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from stadtwerk.engines.sun import sun_elevation_deg
from stadtwerk.kernel.clock import US
from stadtwerk.kernel.observation import Values
from stadtwerk.systems.lighting.inventory import Inventory


def program_percent(program: dict[str, Any], city: dict[str, Any], now_us: int) -> float:
    """Return the level a program asks for now, percent: off by day, dimmed within its window, else full."""
    lon, lat = city["centre"]
    if sun_elevation_deg(lon, lat, now_us // (60 * US)) > program["on_elevation_deg"]:
        return 0.0
    local = datetime.fromtimestamp(now_us / US, ZoneInfo(city["timezone"])).time()
    if program.get("dim_from") and _within(local, program["dim_from"], program["dim_until"]):
        return float(program["dim_percent"])
    return float(program["full_percent"])


def expected_percent(inventory: Inventory, now_us: int) -> Values:
    """Return the program's level of every lamp now, (n,) percent."""
    programs = inventory.city["programs"]
    levels = np.array([program_percent(programs[name], inventory.city, now_us) for name in inventory.program_ids])
    return np.asarray(levels[inventory.program])


def _within(moment: time, start: str, end: str) -> bool:
    first, last = time.fromisoformat(start), time.fromisoformat(end)
    return first <= moment < last if first <= last else moment >= first or moment < last
