"""The class map of the whole default city: the first look, page by page, and a look at certificates at hand.

python bench/class_map.py [--json]
"""

from __future__ import annotations

import time
from pathlib import Path

from figure import publish
from stadtwerk.app.folder import open_folder
from stadtwerk.app.up import default_city
from stadtwerk.kernel.clock import parse_iso
from stadtwerk.systems.lighting.class_map import classes_view
from stadtwerk.systems.lighting.inventory import read_inventory
from stadtwerk.systems.lighting.state import Lighting, make_lighting

BOUND_S = 30.0
"""The whole city certified (`bench en13201`)."""
PAGE_S = 0.5
LOOK_S = 0.25


def look(lighting: Lighting, now_us: int) -> list[float]:
    """Ask for all pages and return how long each took, seconds."""
    took: list[float] = []
    start: int | None = 0
    while start is not None:
        began = time.perf_counter()
        start = classes_view(lighting, start, None, now_us)["next"]
        took.append(time.perf_counter() - began)
    return took


def main() -> None:
    """Look twice at a city whose lamps shine at 70 %."""
    lighting = make_lighting(read_inventory(open_folder(default_city(Path("var"), seed=1))))
    now_us = parse_iso("2026-11-24T22:00:00Z")
    lighting.seen["level_percent"][:] = 70.0
    lighting.seen.observed_at_us[:] = now_us
    first, again = look(lighting, now_us), look(lighting, now_us)
    publish("class map, first look", sum(first), "s", peer="bound", peer_value=BOUND_S)
    publish("class map, longest page", max(first), "s", peer="bound", peer_value=PAGE_S)
    publish("class map, later look", sum(again), "s", peer="bound", peer_value=LOOK_S)


if __name__ == "__main__":
    main()
