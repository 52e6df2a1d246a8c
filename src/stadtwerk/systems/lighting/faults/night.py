"""The picture of a fault: what its lamp took in the day before it was found, beside what a healthy one would take."""

from __future__ import annotations

from typing import Any

import numpy as np

from stadtwerk.kernel.clock import US, iso
from stadtwerk.kernel.observation import Times
from stadtwerk.systems.lighting.engine.faults.expected import DRIVERS, MAINS_V, REFERENCE_C, STANDBY_W, expected_w
from stadtwerk.systems.lighting.engine.faults.fleet import Fleet, Night, Rows
from stadtwerk.systems.lighting.faults.things import Fault
from stadtwerk.systems.lighting.ports import Archive
from stadtwerk.systems.lighting.state import Lighting

DAY_S = 86_400


def night_view(lighting: Lighting, archive: Archive, fault: Fault) -> dict[str, Any]:
    """Return the first lamp's measured and expected power over the 24 hours before the fault was found, W."""
    inventory, lamp = lighting.inventory, fault.lamps[0]
    row = inventory.row_of[lamp]
    past = archive.history("Streetlight", row, fault.since_us - DAY_S * US, fault.since_us)
    period_s = inventory.city["radio"]["report_period_s"]
    times, place = with_silence(past["at_us"].astype(np.int64), fault.since_us, period_s)
    at, power = times.tolist(), np.append(past["power_w"], np.nan)[place]
    asked = np.array([[lighting.plans.percent_of(row, at_us) for at_us in at]])
    night = Night(
        asked_percent=asked,
        power_w=power[None],
        voltage_v=np.append(past["voltage_v"], MAINS_V)[place][None],
        ambient_c=np.full(len(at), REFERENCE_C),
        burning_h=np.nan_to_num(np.insert(past["burning_h"], 0, 0.0)[-1:]),
    )
    lit, _ = expected_w(_alone(lighting, row), night)
    return {
        "lamp": lamp,
        "at": [iso(at_us) for at_us in at],
        "power_w": _plain(power),
        "expected_w": _plain(np.where(asked > 0, lit, STANDBY_W)[0]),
    }


def with_silence(heard_us: Times, end_us: int, period_s: float) -> tuple[Times, Rows]:
    """Return the times of a day's reports and those (n,) at which one was due and none came, in order.

    Beside each its place among the reports, -1 where there was none.
    """
    period_us = round(period_s * US)
    due_us = np.arange(end_us - DAY_S * US, end_us, period_us)
    after = np.searchsorted(heard_us, due_us)
    never = np.array([-DAY_S * US * 1_000])
    before_us, after_us = np.append(never, heard_us)[after], np.append(heard_us, never)[after]
    missed_us = due_us[np.minimum(np.abs(due_us - before_us), np.abs(due_us - after_us)) > period_us]
    times = np.concatenate([heard_us, missed_us])
    place = np.concatenate([np.arange(len(heard_us)), np.full(len(missed_us), -1)])
    order = np.argsort(times, kind="stable")
    return times[order], place[order]


def _alone(lighting: Lighting, row: int) -> Fleet:
    """Return one lamp as a fleet; who feeds it is of no matter to its power."""
    inventory, none = lighting.inventory, np.zeros(1, np.int64)
    names = [driver.name for driver in DRIVERS]
    driver = np.array([names.index(inventory.text["lamp_type"][row])])
    return Fleet(inventory.power_w[row : row + 1], driver, none, none, none, none, none)


def _plain(values: Any) -> list[float | None]:
    return [round(float(value), 1) if np.isfinite(value) else None for value in values]
