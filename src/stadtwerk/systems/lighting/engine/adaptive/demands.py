"""What the classes of a ring's fields demand of its lamps' levels, as linear rows and cuts; and whether they hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stadtwerk.kernel.refusal import Refused
from stadtwerk.systems.lighting.engine.adaptive.influence import Influence
from stadtwerk.systems.lighting.engine.en13201.assess import CARRIAGEWAY
from stadtwerk.systems.lighting.engine.en13201.classes import BY_FLUX, requirements
from stadtwerk.systems.lighting.engine.en13201.photometry import Floats

GLARE, EXPONENT = 65.0, 0.8
"""TI = 65 Lv / L^0.8 (EN 13201-3:2015, eq. 37); held so also above 5 cd/m2, where eq. 38 has a branch of its own."""

Classes = Mapping[str, str]
"""The class of each area of a field by name; `carriageway` for M classes. `M4:M6:0.2`: a class for a share of time."""


class Row(NamedTuple):
    """One linear demand: weights . levels >= least. `kind` and `at` (field, observer or side, points) say which."""

    kind: str
    at: tuple[int, ...]
    area: str
    weights: Floats
    least: float


@dataclass(frozen=True, slots=True)
class Wanted:
    """Classes of all fields as arrays: demands of M classes (n,) by quantity, of areas by illuminance (n,)."""

    road: dict[str, Floats]
    areas: dict[str, dict[str, Floats]]


def asked_of(light_class: str) -> dict[str, float]:
    """Return what a class demands by quantity, or what must hold on average of one that holds for a share of the time.

    `M4:M6:0.2` is M4 a fifth of the time and M6 else, the weaker second. Light that is proportional to levels is the
    mean of both by time; ratios and glare are the weaker class's: glare bounds a concave function, so its mean holds
    (Jensen). Refuses shares outside 0 to 1.
    """
    full, _, rest = light_class.partition(":")
    if not rest:
        return requirements(light_class)
    low, _, text = rest.partition(":")
    share = float(text) if text.replace(".", "", 1).isdigit() else -1.0
    if not 0.0 <= share <= 1.0:
        raise Refused.field("classes", f"{light_class!r} names no share of the time from 0 to 1")
    most, least = requirements(full), requirements(low)
    mixed = {name: share * most[name] + (1.0 - share) * least[name] for name in BY_FLUX & set(least)}
    return {**least, **mixed}


def wanted(influence: Influence, fields: Sequence[Classes | None], margin: float = 0.0) -> Wanted:
    """Read the classes of fields, None = nothing demanded there; `margin` asks for that share more of everything.

    Refuses classes of areas that the street lacks, M classes beside the carriageway, and a wrong count of fields.
    """
    if len(fields) != influence.fields:
        raise Refused.field("fields", f"{len(fields)} fields, but the ring has {influence.fields}")
    nan = np.full(influence.fields, np.nan)
    road = {name: nan.copy() for name in ("mean_cd_m2", "overall", "longitudinal", "glare_percent", "edge_ratio")}
    areas = {
        name: {quantity: nan.copy() for quantity in ("mean_lux", "least_lux", "uniformity")}
        for name in influence.strips
    }
    for field, classes in enumerate(fields):
        for area, light_class in (classes or {}).items():
            by_luminance = light_class.startswith("M")
            if area not in influence.strips or (by_luminance and area != CARRIAGEWAY):
                raise Refused.field("classes", f"{light_class} does not fit the area {area!r}")
            into = road if by_luminance else areas[area]
            for quantity, required in asked_of(light_class).items():
                more = 1.0 - margin if quantity == "glare_percent" else 1.0 + margin
                into[quantity][field] = required * more
    return Wanted(road, areas)


def worst_rows(influence: Influence, want: Wanted, levels: Floats, tolerance: float) -> list[Row]:
    """Return the rows that levels (m,) break by more than a share of what is asked: the worst a kind and place."""
    rows: list[Row] = []
    if influence.luminance.shape[1]:
        rows += _road_rows(influence, want.road, levels, tolerance)
    for name, light in influence.strips.items():
        rows += _area_rows(name, light, want.areas[name], levels, tolerance)
    return rows


def slack(influence: Influence, want: Wanted, levels: Floats) -> Floats:
    """Return the least room of each field at levels (m,), as a share of what is asked; below 0 = a class is missed."""
    least = np.full(influence.fields, np.inf)
    for row in worst_rows(influence, want, levels, -np.inf):
        scale = row_scale(influence, row, want, levels)
        least[row.at[0]] = min(least[row.at[0]], (float(row.weights @ levels) - row.least) / scale)
    return least


def row_scale(influence: Influence, row: Row, want: Wanted, levels: Floats) -> float:
    """Return what a row's room is a share of: the luminance or illuminance that its field's class asks for."""
    field = row.at[0]
    if row.kind in ("mean_lux", "least_lux", "uniformity"):
        return max(_known(want.areas[row.area]["mean_lux"][field]), 1e-9)
    if row.kind == "edge_ratio":
        return max(float(influence.edges[field, row.at[1], 1] @ levels), 1e-9)
    return max(_known(want.road["mean_cd_m2"][field]), 1e-9)


def _known(value: float) -> float:
    return float(value) if np.isfinite(value) else 0.0


def _road_rows(influence: Influence, road: dict[str, Floats], levels: Floats, tolerance: float) -> list[Row]:
    light, middle = influence.luminance, influence.middle
    seen = light @ levels
    mean, scale = seen.mean(axis=2), np.nan_to_num(road["mean_cd_m2"], nan=1.0)[:, None]
    room = mean - road["mean_cd_m2"][:, None]
    rows = [
        Row("mean_cd_m2", (f, o), CARRIAGEWAY, light[f, o].mean(axis=0), road["mean_cd_m2"][f])
        for f, o in _broken(room / scale, tolerance)
    ]
    low = seen.argmin(axis=2)
    room = seen.min(axis=2) - road["overall"][:, None] * mean
    rows += [
        Row(
            "overall", (f, o, int(low[f, o])), CARRIAGEWAY, overall_row(light[f, o], low[f, o], road["overall"][f]), 0.0
        )
        for f, o in _broken(room / scale, tolerance)
    ]
    line = np.take_along_axis(seen, np.broadcast_to(middle, (len(seen), *middle.shape)), axis=2)
    dark, bright = line.argmin(axis=2), line.argmax(axis=2)
    room = line.min(axis=2) - road["longitudinal"][:, None] * line.max(axis=2)
    for f, o in _broken(room / scale, tolerance):
        one, other = int(middle[o, dark[f, o]]), int(middle[o, bright[f, o]])
        weights = light[f, o, one] - road["longitudinal"][f] * light[f, o, other]
        rows.append(Row("longitudinal", (f, o, one, other), CARRIAGEWAY, weights, 0.0))
    return rows + _glare_rows(influence, road, levels, tolerance) + _edge_rows(influence, road, levels, tolerance)


def overall_row(points: Floats, point: int, ratio: float) -> Floats:
    """Return the weights of: luminance of a point at least `ratio` times the mean, of points (p, m)."""
    return np.asarray(points[point] - ratio * points.mean(axis=0))


def glare_cut(mean: Floats, veil: Floats, percent: float, at: float) -> tuple[Floats, float]:
    """Return (weights, least) of the tangent of Lv <= TI / 65 L^0.8 where L, initial cd/m2, is `at`.

    L^0.8 is concave, so its tangent lies above: the cut never forbids what the standard allows.
    """
    slope = percent / GLARE * EXPONENT * at ** (EXPONENT - 1.0)
    return np.asarray(slope * mean - veil), float(-percent / GLARE * (1.0 - EXPONENT) * at**EXPONENT)


def _glare_rows(influence: Influence, road: dict[str, Floats], levels: Floats, tolerance: float) -> list[Row]:
    initial = influence.luminance.mean(axis=2) / influence.street.maintenance
    mean, veil = initial @ levels, influence.veil @ levels
    worst = veil.argmax(axis=2)
    room = road["glare_percent"][:, None] / GLARE * mean**EXPONENT - veil.max(axis=2)
    rows = []
    for f, o in _broken(room / np.nan_to_num(road["mean_cd_m2"], nan=1.0)[:, None], tolerance):
        eye, at = int(worst[f, o]), max(float(mean[f, o]), 1e-3)
        weights, least = glare_cut(initial[f, o], influence.veil[f, o, eye], road["glare_percent"][f], at)
        rows.append(Row("glare_percent", (f, o, eye), CARRIAGEWAY, weights, least))
    return rows


def _edge_rows(influence: Influence, road: dict[str, Floats], levels: Floats, tolerance: float) -> list[Row]:
    outer, inner = influence.edges[:, :, 0] @ levels, influence.edges[:, :, 1] @ levels
    room = (outer - road["edge_ratio"][:, None] * inner) / np.maximum(inner, 1e-9)
    return [
        Row(
            "edge_ratio",
            (f, side),
            CARRIAGEWAY,
            influence.edges[f, side, 0] - road["edge_ratio"][f] * influence.edges[f, side, 1],
            0.0,
        )
        for f, side in _broken(room, tolerance)
    ]


def _area_rows(name: str, light: Floats, asked: dict[str, Floats], levels: Floats, tolerance: float) -> list[Row]:
    lux = light @ levels
    mean, low = lux.mean(axis=1), lux.argmin(axis=1)
    least, scale = lux.min(axis=1), np.nan_to_num(asked["mean_lux"], nan=1.0)
    rows = [
        Row("mean_lux", (f,), name, light[f].mean(axis=0), asked["mean_lux"][f])
        for (f,) in _broken((mean - asked["mean_lux"]) / scale, tolerance)
    ]
    rows += [
        Row("least_lux", (f, int(low[f])), name, light[f, low[f]], asked["least_lux"][f])
        for (f,) in _broken((least - asked["least_lux"]) / scale, tolerance)
    ]
    rows += [
        Row("uniformity", (f, int(low[f])), name, overall_row(light[f], low[f], asked["uniformity"][f]), 0.0)
        for (f,) in _broken((least - asked["uniformity"] * mean) / scale, tolerance)
    ]
    return rows


def _broken(room: Floats, tolerance: float) -> list[tuple[int, ...]]:
    """List where room is known and missing by more than the tolerance."""
    found: NDArray[np.intp] = np.argwhere(np.isfinite(room) & (room < -tolerance))
    return [tuple(int(i) for i in place) for place in found]
