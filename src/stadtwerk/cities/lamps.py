"""The lamps of a city: poles on its streets, luminaires on the poles, and what they hang on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from stadtwerk.cities import equipment, radio_plan
from stadtwerk.cities.cabinets import Feeding, feed
from stadtwerk.cities.figures import lamp_figures
from stadtwerk.cities.metres import LocalMetres, Positions
from stadtwerk.cities.plan import CityPlan, District
from stadtwerk.cities.poles import Poles
from stadtwerk.cities.survey import place_poles
from stadtwerk.kernel.refusal import Refused

Ints = NDArray[np.int64]

ARM_M = 1.5
"""Half the distance between the two luminaires of a twin-armed pole."""

LAMPS_MAX = 1_000_000


@dataclass(slots=True, frozen=True)
class LampPlan:
    """All lighting of a city: one row per luminaire (n,), per cabinet (c,), circuit (k,) and gateway (g,).

    Positions are (rows, 2) longitude and latitude in degrees; the other columns are indices or values.
    """

    pole: Ints
    position: Positions
    street: Ints
    circuit: Ints
    district: Ints
    gateway: Ints
    dev_eui: NDArray[np.uint64]
    fittings: equipment.Fittings
    cabinet_position: Positions
    cabinet_district: Ints
    cabinet_feeder: Ints
    cabinet_gateway: Ints
    cabinet_eui: NDArray[np.uint64]
    circuit_cabinet: Ints
    circuit_number: Ints
    gateway_position: Positions
    gateway_eui: NDArray[np.uint64]

    def __len__(self) -> int:
        return len(self.pole)

    @property
    def poles(self) -> int:
        """Number of poles."""
        return int(self.pole[-1]) + 1 if len(self.pole) else 0


def place_lamps(plan: CityPlan) -> LampPlan:
    """Light a city: poles along its lit streets, surveyed ones where known, fed and reached by radio.

    The same plan gives the same lamps. Raises Refused where no street can be lit, more than a million
    lamps would stand, or the plan's figures are wrong.
    """
    figures = lamp_figures(plan.figures)
    metres = LocalMetres(plan.centre)
    poles, luminaires = place_poles(plan, figures, metres, plan.seed)
    _check(len(poles), int(luminaires.sum()))
    district = districts_of(metres.to_degrees(poles.xy), poles.street, plan)
    feeding = feed(poles, luminaires, district, figures.cabinets)
    towers = radio_plan.gateways(poles.xy, plan.buildings, metres, figures.gateways)
    pole = np.repeat(np.arange(len(poles)), luminaires)
    xy = poles.xy[pole] + _arms(poles, pole, luminaires)
    return LampPlan(
        pole=pole,
        position=metres.to_degrees(xy),
        street=poles.street[pole],
        district=district[pole],
        fittings=equipment.fit(plan, figures, poles, pole),
        **supplied(feeding, towers, poles.xy[pole], pole, metres, plan.seed),
    )


def supplied(
    feeding: Feeding, towers: Positions, xy: Positions, pole: Ints, metres: LocalMetres, seed: int
) -> dict[str, Any]:
    """Return the columns of a plan that tell of supply and radio, for luminaires (n,) on poles at (n, 2) m."""
    return {
        "circuit": feeding.pole_circuit[pole],
        "gateway": radio_plan.nearest_gateway(xy, towers),
        "dev_eui": radio_plan.euis(len(pole), radio_plan.LAMP_PREFIX, seed),
        "cabinet_position": metres.to_degrees(feeding.cabinet_xy),
        "cabinet_district": feeding.cabinet_district,
        "cabinet_feeder": feeding.cabinet_feeder,
        "cabinet_gateway": radio_plan.nearest_gateway(feeding.cabinet_xy, towers),
        "cabinet_eui": radio_plan.euis(len(feeding.cabinet_xy), radio_plan.CABINET_PREFIX, seed),
        "circuit_cabinet": feeding.circuit_cabinet,
        "circuit_number": feeding.circuit_number,
        "gateway_position": metres.to_degrees(towers),
        "gateway_eui": radio_plan.euis(len(towers), radio_plan.GATEWAY_PREFIX, seed),
    }


def _check(poles: int, lamps: int) -> None:
    if poles == 0:
        raise Refused.of(
            "no-lamps",
            "The city has no lamps",
            422,
            "no lit street is long enough for a lamp: check the streets' classes",
        )
    if lamps > LAMPS_MAX:
        raise Refused.of("too-many-lamps", "The city is too large", 422, f"{lamps} lamps; at most {LAMPS_MAX} are run")


def _arms(poles: Poles, pole: Ints, luminaires: Ints) -> Positions:
    """Return how far each luminaire (n, 2) m hangs from its pole: nothing if alone, else spread on arms."""
    first = np.cumsum(luminaires) - luminaires
    number = np.arange(len(pole)) - first[pole]
    reach = np.where(luminaires[pole] > 1, 2.0 * number / np.maximum(luminaires[pole] - 1, 1) - 1.0, 0.0)
    return np.asarray(poles.normal[pole] * (reach * ARM_M)[:, None])


def districts_of(lonlat: Positions, street: Ints, plan: CityPlan) -> Ints:
    """Return the district (n,) in which each place lies; outside all outlines that of its street."""
    index = {district.id: number for number, district in enumerate(plan.districts)}
    found = np.array([index[entry.district] for entry in plan.streets], dtype=np.int64)[street]
    for number in range(len(plan.districts) - 1, -1, -1):
        found[_inside(plan.districts[number], lonlat)] = number
    return found


def _inside(district: District, lonlat: Positions) -> NDArray[np.bool_]:
    shapely.prepare(district.outline)
    return np.asarray(shapely.contains_xy(district.outline, lonlat[:, 0], lonlat[:, 1]))
