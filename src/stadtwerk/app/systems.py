"""The systems of the house: one line each."""

from __future__ import annotations

from stadtwerk.kernel.refusal import Refused
from stadtwerk.kernel.system import CityFolder, Part, System
from stadtwerk.systems import lighting

SYSTEMS: tuple[System, ...] = (
    lighting.SYSTEM,
)  # fmt: skip


def make_parts(folder: CityFolder) -> dict[str, Part]:
    """Set every system up for one city; refuses a folder that lacks what a system needs."""
    parts = {}
    for system in SYSTEMS:
        try:
            parts[system.name] = Part(system, system.make(folder))
        except (KeyError, ValueError, IndexError) as error:
            detail = f"{system.name}: {type(error).__name__}: {error}"
            raise Refused.of("city", "This folder is not a city", 422, detail) from error
    return parts
