"""From an OpenStreetMap file to a city folder that boots."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from stadtwerk.cities.folder import whole_or_not, write_city
from stadtwerk.cities.lamps import place_lamps
from stadtwerk.cities.osm.planner import plan_of
from stadtwerk.cities.osm.reader import read
from stadtwerk.cities.tiles import make_tiles

Progress = Callable[[str, float], None]
"""Told what is being done and the share done, 0 to 1."""


def import_osm(
    file: Path,
    folder: Path,
    *,
    name: str | None = None,
    seed: int = 1,
    timezone: str = "Europe/Berlin",
    progress: Progress | None = None,
) -> dict[str, int]:
    """Make a city folder of an extract (.osm, .osm.gz, .osm.pbf) and return its counts.

    Streets, buildings, signals and stops are those of the file; lamps too where it has some, else by rule;
    districts by its boundaries, else by its suburbs. Raises Refused, and leaves no folder behind, where
    the file is damaged, too large or holds no streets, or the folder holds something that is not a city.
    """
    tell = progress or _silent
    tell("read", 0.0)
    extract = read(file)
    tell("streets", 0.3)
    plan = plan_of(extract, file, name=name, seed=seed, timezone=timezone)
    tell("lamps", 0.5)
    lamps = place_lamps(plan)
    with whole_or_not(folder) as work:
        tell("write", 0.6)
        counts = write_city(plan, lamps, work)
        tell("tiles", 0.7)
        make_tiles(work)
    tell("done", 1.0)
    return counts


def _silent(step: str, share: float) -> None:
    """Tell nobody."""
