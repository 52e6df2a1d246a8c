"""What light on demand would take in a street of the city, beside the programs people compare it with."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from stadtwerk.kernel.refusal import Refused
from stadtwerk.kernel.system import Query
from stadtwerk.systems.lighting.engine.adaptive.influence import influence_of
from stadtwerk.systems.lighting.engine.adaptive.report import savings_of
from stadtwerk.systems.lighting.engine.adaptive.table import Steps
from stadtwerk.systems.lighting.engine.en13201.assess import assess
from stadtwerk.systems.lighting.engine.en13201.classes import family, judge
from stadtwerk.systems.lighting.engine.sections import Section, section_of
from stadtwerk.systems.lighting.ports import Archive
from stadtwerk.systems.lighting.select import unknown
from stadtwerk.systems.lighting.state import Lighting
from stadtwerk.vocab.lighting import Id

FIELDS = 20
"""A street is calculated as a ring of so many fields: an open end would make the bound too low."""
PerHour = Annotated[float, msgspec.Meta(ge=0, le=1_000)]


class OfDemand(msgspec.Struct, frozen=True):
    """A question about a street's light on demand: road users an hour, and how many classes lower it may be empty."""

    street: Id
    cars: PerHour = 20.0
    cyclists: PerHour = 0.0
    walkers: PerHour = 0.0
    steps: Annotated[int, msgspec.Meta(ge=0, le=5)] = 2


def demand_view(lighting: Lighting, archive: Archive, asked: OfDemand, now_us: int) -> dict[str, Any]:
    """Show the power of a street's light on demand, percent of always on, beside half-night and the lower bound.

    An area that misses its class at full light is planned for the class it gets (`missed`), or not at all. Layouts are
    estimates (`generated`). Refuses a street that is not lit, and one where no area keeps any class.
    """
    place = lighting.inventory.streets.index.get(asked.street)
    if place is None:
        raise unknown("street", f"no street {asked.street!r} in this city")
    section = section_of(lighting.inventory, place, now_us)
    if section is None:
        words = f"{asked.street} has no lamps, or is of a kind that is not lit by rule"
        raise Refused.of("unlit-street", "The street has no light to judge", 404, words)
    full = kept_classes(section)
    if not full:
        raise Refused.of("unlit-street", "The street has no light to judge", 404, "none of its areas keeps any class")
    low = {area: lower_class(name, asked.steps) for area, name in full.items()}
    influence = influence_of(section.street, FIELDS)
    found = savings_of(influence, Steps(full, low), (asked.cars, asked.cyclists, asked.walkers))
    percent = 100.0 / found.always_w
    return {
        "street": {"id": asked.street, "name": lighting.inventory.streets.names[place]},
        "generated": section.generated,
        "full": full,
        "missed": sorted(area for area, name in section.classes.items() if full.get(area) != name),
        "low": low,
        "always_w_km": round(found.always_w / (FIELDS * section.street.spacing_m) * 1000.0, 1),
        "half_night_percent": round(found.half_night_w * percent, 2),
        "demand_percent": round(found.demand_w * percent, 2),
        "bound_percent": round(found.bound_w * percent, 2),
        "gap_points": round((found.demand_w - found.bound_w) * percent, 3),
        "violations": found.violations,
        "instants": found.instants,
    }


def kept_classes(section: Section) -> dict[str, str]:
    """Return the class of each area that its lamps keep at full light: the required one, else the best they reach."""
    found, kept = assess(section.street), {}
    for area in found.areas:
        if area.name in section.classes:
            verdict = judge(found, area, section.classes[area.name])
            kept[area.name] = verdict.required if verdict.met else verdict.delivered
    return {area: name for area, name in kept.items() if name}


def lower_class(light_class: str, steps: int) -> str:
    """Return the class so many steps lower in its family, or the family's lowest."""
    names = family(light_class[0])
    return names[min(names.index(light_class) + steps, len(names) - 1)]


QUERIES = (
    Query(
        "/lighting/demand",
        "A street's light on demand beside always on, half-night and the lower bound",
        OfDemand,
        demand_view,
    ),
)
