"""Everything the standard asks of a street, in one result: luminance, glare, edges, areas, energy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stadtwerk.systems.lighting.engine.en13201.beam import horizontal_lux
from stadtwerk.systems.lighting.engine.en13201.glare import threshold_increments
from stadtwerk.systems.lighting.engine.en13201.luminance import LaneLuminance, luminances
from stadtwerk.systems.lighting.engine.en13201.photometry import Floats
from stadtwerk.systems.lighting.engine.en13201.street import Street, across_m, along_m

CARRIAGEWAY = "carriageway"


@dataclass(frozen=True, slots=True)
class AreaLight:
    """Maintained horizontal illuminance of an area: mean and least lx (EN 13201-3:2015, 8.6), and its width m."""

    name: str
    width_m: float
    mean_lux: float
    least_lux: float

    @property
    def uniformity(self) -> float:
        """Return the least over the mean."""
        return self.least_lux / self.mean_lux if self.mean_lux > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Assessment:
    """A street's light: lanes (first those driving towards +x), glare percent a lane, edge ratio, areas, power density.

    The carriageway is the first area where there is one; `power_density_w_lx_m2` is PDI (EN 13201-5:2015, 5).
    """

    lanes: tuple[LaneLuminance, ...]
    glare_percent: tuple[float, ...]
    edge_ratio: float | None
    areas: tuple[AreaLight, ...]
    power_density_w_lx_m2: float | None

    @property
    def mean_cd_m2(self) -> float:
        """Return the least lane's mean luminance, cd/m2; 0 without lanes."""
        return min((lane.mean_cd_m2 for lane in self.lanes), default=0.0)

    @property
    def overall(self) -> float:
        """Return the worst lane's overall uniformity."""
        return min((lane.overall for lane in self.lanes), default=0.0)

    @property
    def longitudinal(self) -> float:
        """Return the worst lane's longitudinal uniformity."""
        return min((lane.longitudinal for lane in self.lanes), default=0.0)


def assess(street: Street, *, luminance: bool = True) -> Assessment:
    """Calculate a street; without `luminance` only what classes by illuminance need."""
    lanes: list[LaneLuminance] = []
    glare: list[float] = []
    if luminance and street.lanes:
        ways = [street, street.about_turned()] if street.two_way else [street]
        for way in ways:
            seen = luminances(way)
            glare += threshold_increments(way, [lane.mean_cd_m2 / street.maintenance for lane in seen])
            lanes += seen
    names = [CARRIAGEWAY] if street.lanes else []
    names += [strip.name for strip in street.strips]
    edges, lit = _grids(street)
    areas = tuple(
        AreaLight(name, width_m, float(lux.mean()), float(lux.min()))
        for name, (_, width_m), lux in zip(names, lit.places, lit.lux, strict=True)
    )
    return Assessment(tuple(lanes), tuple(glare), _edge_ratio(edges), areas, power_density(street, areas))


@dataclass(frozen=True, slots=True)
class _Lit:
    """Places across the street (from, width) m and the maintained illuminance on the grid of each, (y, x) lx."""

    places: list[tuple[float, float]]
    lux: list[Floats]


def _grids(street: Street) -> tuple[_Lit, _Lit]:
    """Light the four edge strips and all areas at one go, each on its own grid."""
    lane, width = street.lane_width_m, street.width_m
    edges = [(-lane, lane), (0.0, lane), (width, lane), (width - lane, lane)] if street.lanes else []
    areas = [(0.0, width)] if street.lanes else []
    areas += [(strip.from_m, strip.width_m) for strip in street.strips]
    lux = maintained_lux(street, [*edges, *areas])
    return _Lit(edges, lux[: len(edges)]), _Lit(areas, lux[len(edges) :])


def maintained_lux(street: Street, places: list[tuple[float, float]]) -> list[Floats]:
    """Return the maintained horizontal illuminance of places across the street (from, width) m, each (y, x) lx."""
    x = along_m(street.spacing_m)
    lines = [across_m(from_m, width_m) for from_m, width_m in places]
    y = np.concatenate(lines)
    total = np.sum([horizontal_lux(row, street.spacing_m, x, y) for row in street.rows], axis=0)
    cuts = np.cumsum([len(line) for line in lines])[:-1]
    return [np.asarray(part) for part in np.split(total * street.maintenance, cuts)]


def _edge_ratio(edges: _Lit) -> float | None:
    """Return the edge illuminance ratio: a strip of one lane's width outside over one inside, the worse side.

    EN 13201-3:2015, 8.7; None without a carriageway, 0 where no light falls inside.
    """
    if not edges.lux:
        return None
    mean = [float(part.mean()) for part in edges.lux]
    return min(mean[side] / mean[side + 1] if mean[side + 1] > 0 else 0.0 for side in (0, 2))


def power_density(street: Street, areas: tuple[AreaLight, ...]) -> float | None:
    """Return PDI, W/(lx m2): power of a field over the sum of mean lx times m2 (EN 13201-5:2015, eq. 1).

    A row's power is taken as proportional to its level. None where power or light is not known.
    """
    power_w = sum(row.photometry.power_w * row.level for row in street.rows)
    lit = sum(area.mean_lux * area.width_m * street.spacing_m for area in areas)
    known = lit > 0 and all(row.photometry.power_w > 0 for row in street.rows)
    return power_w / lit if known else None


def annual_kwh_m2(street: Street, hours_at_power: list[tuple[float, float]]) -> float:
    """Return AECI, kWh/m2 a year, of (hours a year, W a field) over all areas' ground (EN 13201-5:2015, eq. 2)."""
    width_m = (street.width_m if street.lanes else 0.0) + sum(strip.width_m for strip in street.strips)
    energy_kwh = sum(hours * power_w for hours, power_w in hours_at_power) / 1000.0
    return energy_kwh / (width_m * street.spacing_m)
