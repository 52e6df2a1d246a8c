"""Where light meets nature: the city's waters, woods and parks with a margin, as areas without overlap."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from stadtwerk.cities.metres import LocalMetres
from stadtwerk.cities.plan import Area, CityPlan

MARGIN_M = {"water": 20.0, "wood": 20.0, "park": 0.0}
"""So far around it a kind of area is near: light spills about two heights of a pole."""
TRUNK_M = 4.0
"""Corners nearer to a straight line than this are left out: a zone is no survey."""

Zone = tuple[str, shapely.Polygon]
"""Kind and outline in degrees WGS84."""


def zones(plan: CityPlan) -> list[Zone]:
    """Return the zones of a plan, water first; where two meet the first counts."""
    metres = LocalMetres(plan.centre)
    areas = {"water": plan.water, "wood": _of(plan.landuse, "wood"), "park": _of(plan.landuse, "park")}
    taken: shapely.Geometry = shapely.Polygon()
    made: list[Zone] = []
    for kind, margin_m in MARGIN_M.items():
        outlines = [shapely.transform(area.outline, metres.to_metres) for area in areas[kind]]
        whole = shapely.union_all([shapely.buffer(outline, margin_m, quad_segs=2) for outline in outlines])
        rest = shapely.simplify(shapely.difference(whole, taken), TRUNK_M)
        taken = shapely.union(taken, whole)
        made += [(kind, shapely.transform(part, metres.to_degrees)) for part in _polygons(rest)]
    return made


def _of(areas: list[Area], kind: str) -> list[Area]:
    return [area for area in areas if area.kind == kind]


def _polygons(shape: shapely.Geometry) -> NDArray[np.object_]:
    """Return the polygons of a shape that are more than slivers, biggest first."""
    parts = shapely.get_parts(shape)
    parts = parts[(shapely.get_type_id(parts) == shapely.GeometryType.POLYGON) & (shapely.area(parts) > 1.0)]
    return np.asarray(parts[np.argsort(-shapely.area(parts), kind="stable")])
