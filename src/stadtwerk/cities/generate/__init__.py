"""The default city: true outlines and anchors, and a seed for everything between them."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np

from stadtwerk.cities.generate import points
from stadtwerk.cities.generate.anchors import read_anchors
from stadtwerk.cities.generate.assemble import Assembly
from stadtwerk.cities.generate.houses import build_houses
from stadtwerk.cities.generate.naming import districts_of, name_ways
from stadtwerk.cities.generate.sketch import draw_sketch
from stadtwerk.cities.plan import CityPlan

FIGURES = ("lamps", "programs", "radio", "faults")


def generate_duisburg(seed: int, *, toml: Path | None = None, lamps: int | None = None) -> CityPlan:
    """Draw the plan of the default city, or of the city that another toml file anchors.

    The same seed, file and `lamps` give the same plan. `lamps` asks for a small city of about so many
    lamps about the file's `small_focus`. Raises Refused where the file is wrong.
    """
    anchors = read_anchors(toml or Path(str(resources.files("stadtwerk.cities").joinpath("duisburg.toml"))))
    drawing, naming, building = (np.random.default_rng([seed, stage]) for stage in range(3))
    sketch = draw_sketch(anchors, drawing, lamps)
    district = districts_of(sketch.ways, anchors)
    ways = name_ways(sketch.ways, district, anchors, naming)
    houses = build_houses(sketch.minor.blocks, ways, building)
    facts, make = anchors.facts, Assembly(anchors)
    stops = make.stops(points.stops(ways, sketch.trams, facts["stop_spacing_m"]), ways)
    return CityPlan(
        name=facts["name"],
        prefix=facts["prefix"],
        title=facts["title"],
        seed=seed,
        generated=True,
        timezone=facts["timezone"],
        centre=(facts["centre"][0], facts["centre"][1]),
        attribution=facts["attribution"],
        licence=facts["licence"],
        districts=make.districts(ways),
        streets=make.streets(ways, district),
        buildings=make.buildings(houses, ways),
        water=make.areas(sketch.water, "water"),
        landuse=make.areas(sketch.landuse),
        rails=make.tracks(sketch.arteries.rails + sketch.trams, "r"),
        bridges=make.tracks(sketch.arteries.decks, "b"),
        signals=make.signals(points.signals(ways, facts["signals"])),
        stops=stops,
        crossings=make.crossings(stops),
        figures=_figures(facts, lamps),
    )


def _figures(facts: dict[str, Any], lamps: int | None) -> dict[str, Any]:
    """Return the tables of figures; a small city has its own number of lamps, the rest follows from it."""
    figures = {key: facts[key] for key in FIGURES}
    if lamps is not None:
        counts = ("poles", "cabinets", "gateways")
        figures["lamps"] = {key: value for key, value in facts["lamps"].items() if key not in counts}
        figures["lamps"]["lamps"] = lamps
    return figures
