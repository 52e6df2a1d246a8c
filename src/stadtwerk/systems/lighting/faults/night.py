"""The picture of a fault: what its lamp took in the day before it was found, beside what a healthy one would take."""

from __future__ import annotations

from typing import Any

import numpy as np

from stadtwerk.kernel.clock import US, iso
from stadtwerk.systems.lighting.engine.faults.expected import DRIVERS, REFERENCE_C, STANDBY_W, expected_w
from stadtwerk.systems.lighting.engine.faults.fleet import Fleet, Night
from stadtwerk.systems.lighting.faults.things import Fault
from stadtwerk.systems.lighting.ports import Archive
from stadtwerk.systems.lighting.state import Lighting

DAY_S = 86_400


def night_view(lighting: Lighting, archive: Archive, fault: Fault) -> dict[str, Any]:
    """Return the first lamp's measured and expected power over the 24 hours before the fault was found, W."""
    inventory, lamp = lighting.inventory, fault.lamps[0]
    row = inventory.row_of[lamp]
    past = archive.history("Streetlight", row, fault.since_us - DAY_S * US, fault.since_us)
    at = past["at_us"].astype(np.int64).tolist()
    asked = np.array([[lighting.plans.percent_of(row, at_us) for at_us in at]])
    night = Night(
        asked_percent=asked,
        power_w=past["power_w"][None],
        voltage_v=past["voltage_v"][None],
        ambient_c=np.full(len(at), REFERENCE_C),
        burning_h=np.nan_to_num(past["burning_h"][-1:]) if at else np.zeros(1),
    )
    lit, _ = expected_w(_alone(lighting, row), night)
    return {
        "lamp": lamp,
        "at": [iso(at_us) for at_us in at],
        "power_w": _plain(past["power_w"]),
        "expected_w": _plain(np.where(asked > 0, lit, STANDBY_W)[0]),
    }


def _alone(lighting: Lighting, row: int) -> Fleet:
    """Return one lamp as a fleet; who feeds it is of no matter to its power."""
    inventory, none = lighting.inventory, np.zeros(1, np.int64)
    names = [driver.name for driver in DRIVERS]
    driver = np.array([names.index(inventory.text["lamp_type"][row])])
    return Fleet(inventory.power_w[row : row + 1], driver, none, none, none, none, none)


def _plain(values: Any) -> list[float | None]:
    return [round(float(value), 1) if np.isfinite(value) else None for value in values]
