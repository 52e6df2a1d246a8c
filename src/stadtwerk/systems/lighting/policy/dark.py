"""Which lamps of streets lit on demand give no light, as far as anybody knows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from stadtwerk.kernel.clock import US
from stadtwerk.systems.lighting.policy.things import LIVE
from stadtwerk.systems.lighting.state import DRIVER_FAILURE, LAMP_FAILURE, SILENT_PERIODS, Lighting

DARKENS = frozenset(
    ("lamp-out", "lamp-silent", "driver-silent", "cable-break", "circuit-out", "phase-out", "cabinet-out")
)
"""Kinds of faults that leave a lamp dark, or unheard."""
CERTAIN = frozenset(("confirmed", "job"))
"""States of a fault that is there for sure."""


def dark_lamps(lighting: Lighting, now_us: int) -> dict[str, tuple[str, ...]]:
    """Return for each street lit on demand its lamps that say they failed, are silent, or have a confirmed fault.

    Silence counts only where the lamp could be heard: a lost gateway darkens nothing.
    """
    policies = [policy for policy in lighting.policies.kept if policy.state in LIVE]
    if not policies:
        return {}
    dark = _dark(lighting, now_us)
    inventory, found = lighting.inventory, {}
    for policy in policies:
        rows = inventory.streets.rows(inventory.streets.index[policy.id])
        found[policy.id] = tuple(inventory.ids[row] for row in rows[dark[rows]].tolist())
    return found


def _dark(lighting: Lighting, now_us: int) -> NDArray[np.bool_]:
    """Tell which lamps (n,) are dark, or not to be heard though they could be."""
    inventory = lighting.inventory
    dark = (lighting.flags() & (LAMP_FAILURE | DRIVER_FAILURE)) != 0
    horizon_us = now_us - round(SILENT_PERIODS * inventory.city["radio"]["report_period_s"] * US)
    dark |= lighting.silent(now_us) & (lighting.memory.excused_us < horizon_us)
    for fault in lighting.faults.kept:
        if fault.kind in DARKENS and fault.state in CERTAIN:
            dark[[inventory.row_of[lamp] for lamp in fault.lamps if lamp in inventory.row_of]] = True
    return np.asarray(dark)
