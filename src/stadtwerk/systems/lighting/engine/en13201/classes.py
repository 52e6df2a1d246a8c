"""Lighting classes as data: what each demands, which one a street needs, and whether it is met (EN 13201-1, -2)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from stadtwerk.kernel.refusal import Refused
from stadtwerk.systems.lighting.engine.en13201.assess import AreaLight, Assessment

AT_LEAST, AT_MOST = "at_least", "at_most"
FAMILY_QUANTITIES: dict[str, tuple[tuple[str, str], ...]] = {
    "M": (
        ("mean_cd_m2", AT_LEAST),
        ("overall", AT_LEAST),
        ("longitudinal", AT_LEAST),
        ("glare_percent", AT_MOST),
        ("edge_ratio", AT_LEAST),
    ),
    "C": (("mean_lux", AT_LEAST), ("uniformity", AT_LEAST)),
    "P": (("mean_lux", AT_LEAST), ("least_lux", AT_LEAST)),
}
"""What each family of classes demands, and in which direction."""

BY_FLUX = frozenset(("mean_cd_m2", "mean_lux", "least_lux"))
"""Quantities that are proportional to the luminaires' flux."""


class Demand(NamedTuple):
    """One requirement and what is delivered; `margin` is the share to spare, negative where it is missed."""

    quantity: str
    bound: str
    required: float
    delivered: float
    margin: float

    @property
    def met(self) -> bool:
        """Tell whether the requirement holds."""
        return self.margin >= 0.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """How an area does against its class; `delivered` is the best class of the family that holds, "" = none.

    `lowest_level` is the least common share of today's flux at which the class still holds, None where it does not;
    `over_lit` tells that a P class's upper bound of the mean (1.5 times) is passed.
    """

    area: str
    required: str
    delivered: str
    met: bool
    over_lit: bool
    lowest_level: float | None
    demands: tuple[Demand, ...]


@cache
def _table(name: str) -> dict[str, Any]:
    return tomllib.loads((files(__package__) / "data" / f"{name}.toml").read_text("utf-8"))


def requirements(light_class: str) -> dict[str, float]:
    """Return what a class demands, by quantity; refuses an unknown class."""
    table = _table("classes").get(light_class[:1])
    if not isinstance(table, dict) or light_class not in table["names"]:
        raise Refused.field("light_class", f"{light_class!r} is no class of M1-M6, C0-C5, P1-P6")
    index = table["names"].index(light_class)
    return {quantity: float(table[quantity][index]) for quantity, _ in FAMILY_QUANTITIES[light_class[0]]}


def family(letter: str) -> list[str]:
    """Return the classes of a family, the most demanding first."""
    return list(_table("classes")[letter]["names"])


def select_class(
    letter: str, chosen: Mapping[str, str], *, annex: str = "cen", annexes: Mapping[str, Any] | None = None
) -> tuple[str, dict[str, int]]:
    """Return the class of a street of a family M, C or P by weights (CEN/TR 13201-1:2014), and the weights.

    `annexes` are a city's or country's own tables beside those of the house; one names its `basis` and only what
    differs. Refuses an unknown annex, a parameter that is missing or strange, and an option the table does not know.
    """
    table = _weights({**_table("selection"), **(annexes or {})}, annex, letter)
    low, high = table.pop("numbers")
    if set(chosen) != set(table):
        missing, strange = set(table) - set(chosen), set(chosen) - set(table)
        raise Refused.field("selection", f"missing {sorted(missing)}, not known {sorted(strange)}")
    weights: dict[str, int] = {}
    for parameter, option in chosen.items():
        if option not in table[parameter]:
            raise Refused.field(f"selection.{parameter}", f"{option!r} is none of {', '.join(table[parameter])}")
        weights[parameter] = int(table[parameter][option])
    return f"{letter}{min(max(6 - sum(weights.values()), low), high)}", weights


def _weights(tables: Mapping[str, Any], annex: str, letter: str) -> dict[str, Any]:
    if annex not in tables:
        raise Refused.field("annex", f"there is no table {annex!r}: {', '.join(tables)}")
    own = tables[annex]
    below = (
        _weights({name: table for name, table in tables.items() if name != annex}, own["basis"], letter)
        if ("basis" in own)
        else {}
    )
    if letter not in own and not below:
        raise Refused.field("selection", f"{annex} has no table for {letter} classes")
    return {**below, **own.get(letter, {})}


def judge(assessment: Assessment, area: AreaLight, light_class: str) -> Verdict:
    """Hold what an area gets against a class: M by luminance, glare and edges, C and P by illuminance."""
    values = _delivered(assessment, area, light_class[:1])
    demands = demands_of(light_class, values)
    met = all(demand.met for demand in demands)
    best = next((name for name in family(light_class[0]) if _holds(name, values)), "")
    ceiling = _table("classes")["p_mean_ceiling"] * demands[0].required
    return Verdict(
        area=area.name,
        required=light_class,
        delivered=best,
        met=met,
        over_lit=light_class.startswith("P") and values["mean_lux"] > ceiling,
        lowest_level=max(d.required / d.delivered for d in demands if d.quantity in BY_FLUX) if met else None,
        demands=demands,
    )


def demands_of(light_class: str, values: Mapping[str, float]) -> tuple[Demand, ...]:
    """Hold values against a class, requirement by requirement."""
    needed = requirements(light_class)
    found = []
    for quantity, bound in FAMILY_QUANTITIES[light_class[0]]:
        required, delivered = needed[quantity], values[quantity]
        margin = (delivered - required) / required * (1.0 if bound == AT_LEAST else -1.0)
        found.append(Demand(quantity, bound, required, delivered, margin))
    return tuple(found)


def _holds(light_class: str, values: Mapping[str, float]) -> bool:
    return all(demand.met for demand in demands_of(light_class, values))


def _delivered(assessment: Assessment, area: AreaLight, letter: str) -> dict[str, float]:
    """Return the quantities a family of classes asks for; refuses luminance where none was calculated."""
    if letter != "M":
        return {"mean_lux": area.mean_lux, "least_lux": area.least_lux, "uniformity": area.uniformity}
    if not assessment.lanes or assessment.edge_ratio is None:
        raise Refused.field("light_class", "M classes are for carriageways whose luminance was calculated")
    return {
        "mean_cd_m2": assessment.mean_cd_m2,
        "overall": assessment.overall,
        "longitudinal": assessment.longitudinal,
        "glare_percent": max(assessment.glare_percent),
        "edge_ratio": assessment.edge_ratio,
    }
