"""The systems of the house: one line each."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module

from stadtwerk.engines.sun import sun_times
from stadtwerk.kernel.access.system import SYSTEM as ACCESS
from stadtwerk.kernel.alarm.system import SYSTEM as ALARM
from stadtwerk.kernel.react.system import SYSTEM as REACT
from stadtwerk.kernel.refusal import Refused
from stadtwerk.kernel.schedule.system import schedule_system
from stadtwerk.kernel.system import CityFolder, Part, System

CITY = (
    "lighting",
    "poles",
)  # fmt: skip
"""The city's systems, one line each: folders of `stadtwerk.systems`, written by `./dev new system`."""

SYSTEMS: tuple[System, ...] = (
    ACCESS,
    ALARM,
    REACT,
    schedule_system(sun_times),
    *(import_module(f"stadtwerk.systems.{name}").SYSTEM for name in CITY),
)
"""All systems: those of the house, then the city's."""


def make_parts(folder: CityFolder, systems: Sequence[System] = SYSTEMS) -> dict[str, Part]:
    """Set every system up for one city; refuses a folder that lacks what a system needs."""
    parts: dict[str, Part] = {}
    for system in systems:
        try:
            parts[system.name] = Part(system, system.make(folder))
        except (KeyError, ValueError, IndexError) as error:
            detail = f"{system.name}: {type(error).__name__}: {error}"
            raise Refused.of("city", "This folder is not a city", 422, detail) from error
    for part in parts.values():
        part.system.meet(part.state, parts)
    return parts
