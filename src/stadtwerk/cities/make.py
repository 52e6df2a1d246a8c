"""Makes the folder of a generated city: plan, lamps, files, map tiles."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from stadtwerk.cities.folder import whole_or_not, write_city
from stadtwerk.cities.generate import generate_duisburg
from stadtwerk.cities.lamps import place_lamps
from stadtwerk.cities.tiles import make_tiles
from stadtwerk.kernel.refusal import Refused

Progress = Callable[[str, float], None]
"""Called with the step that begins (or "done") and the share of the work behind it, 0 to 1."""

CITIES: dict[str, str] = {"duisburg": "duisburg.toml"}
"""The cities that come along, by name; each is a toml file beside this module."""

LAMPS = (20, 100_000)
"""Least and most lamps of a small city."""


def make_city(name: str, folder: Path, *, seed: int, progress: Progress, lamps: int | None = None) -> dict[str, int]:
    """Generate a city into a folder and return its counts; the folder is there whole or not at all.

    The same name, seed and `lamps` (about how many, for a small city) give the same bytes. Raises Refused
    where the city is not known, `lamps` is out of range, or the folder holds something else.
    """
    if name not in CITIES:
        raise Refused.field("city", f"{name!r} is not known: choose {' or '.join(CITIES)}, or name a folder")
    if lamps is not None and not LAMPS[0] <= lamps <= LAMPS[1]:
        raise Refused.field("lamps", f"a small city has {LAMPS[0]} to {LAMPS[1]} lamps, not {lamps}")
    if seed < 0:
        raise Refused.field("seed", "a seed is a whole number from 0")
    with whole_or_not(folder) as work:
        progress("streets and houses", 0.0)
        plan = generate_duisburg(seed, toml=Path(__file__).with_name(CITIES[name]), lamps=lamps)
        progress("lamps", 0.55)
        placed = place_lamps(plan)
        progress("files", 0.60)
        counts = write_city(plan, placed, work)
        del plan, placed  # the map's program needs the memory
        progress("map", 0.75)
        make_tiles(work)
    progress("done", 1.0)
    return counts
