"""One look for alarms at the whole city: all lamps, circuits, cabinets and gateways, quiet and in a storm."""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from figure import publish
from stadtwerk.app.folder import open_folder
from stadtwerk.app.systems import make_parts
from stadtwerk.app.up import default_city
from stadtwerk.kernel.clock import US, parse_iso

LOOKS = 600
BOUND_MS = 2.0
"""What one look may cost."""


def main() -> None:
    """Measure looks of a quiet evening, then with a feeder and a gateway gone."""
    parts = make_parts(open_folder(default_city(Path("var"), seed=1)))
    lighting, system, alarms = parts["lighting"].state, parts["lighting"].system, parts["alarm"].state
    now_us = parse_iso("2026-11-24T22:00:00Z")
    n, supply = len(lighting.inventory), lighting.supply
    lighting.seen.observed_at_us[:] = now_us - np.arange(n) % 900 * US
    lighting.seen["flags"][:] = 0
    lighting.seen["level_percent"][:] = 100
    lighting.cabinets.observed_at_us[:] = now_us
    for name in ("mains_lost", "dead_circuits"):
        lighting.cabinets[name][:] = 0
    lost = np.zeros(len(supply.gateway_ids), np.bool_)
    for weather in ("quiet", "storm"):
        if weather == "storm":
            lost[0] = True
            lighting.cabinets["mains_lost"][supply.feeder_of_cabinet == 1] = 1
        took_ms = []
        for _ in range(LOOKS):
            now_us += US
            lighting.gateways.observed_at_us[~lost] = now_us
            began = time.perf_counter()
            alarms.causes.look(system.sense(lighting, now_us), now_us)
            took_ms.append(1000 * (time.perf_counter() - began))
        name = f"one look for alarms, {n} lamps, {weather} (median)"
        publish(name, statistics.median(took_ms), "ms", peer="bound", peer_value=BOUND_MS)


if __name__ == "__main__":
    main()
