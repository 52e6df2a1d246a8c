"""What each lamp of a street gives to each point of each field: EN 13201-3's sums taken apart lamp by lamp."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from stadtwerk.kernel.refusal import Refused
from stadtwerk.systems.lighting.engine.en13201.beam import SIDE_HEIGHTS, lamps_along_m, lux_parts, row_light
from stadtwerk.systems.lighting.engine.en13201.glare import AHEAD_M, eyes_along_m, veiling_parts
from stadtwerk.systems.lighting.engine.en13201.luminance import AHEAD_HEIGHTS, driven, luminance_parts
from stadtwerk.systems.lighting.engine.en13201.photometry import Floats
from stadtwerk.systems.lighting.engine.en13201.street import (
    Row,
    Street,
    across_m,
    along_m,
    checked_street,
    lane_lines_m,
)

FIELDS = (2, 200)
"""A ring has so many fields at least and at most."""


@dataclass(frozen=True, slots=True)
class Influence:
    """A street closed to a ring of n fields with one lamp of each row: light of lamp m, at full level, in field f.

    Lamp m = row * n + field. `luminance` (n, o, p, m) maintained cd/m2 of p points for o observers; `middle` (o, q)
    are the points of an observer's centre line; `veil` (n, o, e, m) initial cd/m2 at e eyes; `edges` (n, 2, 2, m) mean
    lx of the (outer, inner) strip of each side; `strips` (n, y x, m) maintained lx of each area by name.
    """

    street: Street
    fields: int
    luminance: Floats
    middle: Floats
    veil: Floats
    edges: Floats
    strips: dict[str, Floats]
    power_w: Floats

    @property
    def lamps(self) -> int:
        """Return how many lamps the ring has."""
        return len(self.power_w)


def influence_of(street: Street, fields: int) -> Influence:
    """Take a street's light apart, whatever its rows' levels. Refuses what the engine does, and wrong `fields`."""
    checked_street(street)
    if not FIELDS[0] <= fields <= FIELDS[1]:
        raise Refused.field("fields", f"a ring has {FIELDS[0]} to {FIELDS[1]} fields")
    full = replace(street, rows=tuple(replace(row, level=1.0) for row in street.rows))
    turned = full.about_turned()
    away = [_turn(full, row.offset_m, back.offset_m) for row, back in zip(full.rows, turned.rows, strict=True)]
    ways: list[tuple[Street, Sequence[int | None]]] = [(full, [None] * len(full.rows)), (turned, away)]
    ways = ways[: 1 + full.two_way]
    seen = [_observed(way, fields, turns) for way, turns in ways] if full.lanes else []
    lux = [_lux(full, fields, from_m, width_m) for from_m, width_m in _places(full)]
    names = ["carriageway"] if full.lanes else []
    names += [strip.name for strip in full.strips]
    edges = [strip.mean(axis=1) for strip in lux[:4]] if full.lanes else []
    empty = np.zeros((fields, 0, 1, fields * len(full.rows)))
    return Influence(
        street=full,
        fields=fields,
        luminance=np.concatenate([way[0] for way in seen], axis=1) if seen else empty,
        middle=np.concatenate([way[1] for way in seen]) if seen else np.zeros((0, 1)),
        veil=np.concatenate([way[2] for way in seen], axis=1) if seen else empty,
        edges=np.stack(edges, axis=1).reshape(fields, 2, 2, -1) if edges else np.zeros((fields, 0, 2, 1)),
        strips=dict(zip(names, [part * full.maintenance for part in lux[len(edges) :]], strict=True)),
        power_w=np.repeat([row.photometry.power_w or 1.0 for row in full.rows], fields),
    )


def _places(street: Street) -> list[tuple[float, float]]:
    """Return (from, width) m across: four edge strips (outer, inner; right, left), then all areas."""
    lane, width = street.lane_width_m, street.width_m
    edges = [(-lane, lane), (0.0, lane), (width, lane), (width - lane, lane)] if street.lanes else []
    areas = [(0.0, width)] if street.lanes else []
    return [*edges, *areas, *((strip.from_m, strip.width_m) for strip in street.strips)]


def _turn(street: Street, offset_m: float, turned_m: float) -> int:
    """Return which lamp of a row is its number 0 when seen from the other end (x' = S - x)."""
    return round((street.spacing_m - offset_m - turned_m) / street.spacing_m)


def _observed(street: Street, fields: int, turns: Sequence[int | None]) -> tuple[Floats, Floats, Floats]:
    """Return luminance, centre lines and veil of one direction's observers."""
    x = along_m(street.spacing_m)
    y = np.concatenate([lane_lines_m(lane, street.lane_width_m) for lane in range(street.lanes)])
    eyes = eyes_along_m(street)
    bright, veil = [], []
    for lane in driven(street):
        eye_y = (lane + 0.5) * street.lane_width_m
        one, other = [], []
        for row, turn in zip(street.rows, turns, strict=True):
            light = row_light(row, street.spacing_m, (x, y), AHEAD_HEIGHTS)
            lamps = x[0] - light.along_m[0, 0]
            parts = luminance_parts(street, light, (x, y), eye_y)
            one.append(_ring(parts, _places_of(lamps, street, row), fields, turn))
            lamps = lamps_along_m(row, street.spacing_m, float(eyes.min()), float(eyes.max()) + AHEAD_M)
            other.append(_ring(veiling_parts(row, lamps, eyes, eye_y), _places_of(lamps, street, row), fields, turn))
        bright.append(np.concatenate(one, axis=-1))
        veil.append(np.concatenate(other, axis=-1))
    middle = [(3 * lane + 1) * len(x) + np.arange(len(x)) for lane in driven(street)]
    return np.stack(bright, axis=1) * street.maintenance, np.array(middle), np.stack(veil, axis=1)


def _lux(street: Street, fields: int, from_m: float, width_m: float) -> Floats:
    """Return initial lx of a strip's points, (n, p, m)."""
    x, y = along_m(street.spacing_m), across_m(from_m, width_m)
    parts = []
    for row in street.rows:
        light = row_light(row, street.spacing_m, (x, y), SIDE_HEIGHTS)
        parts.append(_ring(lux_parts(light), _places_of(x[0] - light.along_m[0, 0], street, row), fields, None))
    return np.concatenate(parts, axis=-1)


def _places_of(lamps_m: Floats, street: Street, row: Row) -> NDArray[np.int64]:
    """Return the number of each lamp in its row, counted from the field that begins at 0."""
    return np.asarray(np.rint((lamps_m - row.offset_m) / street.spacing_m).astype(np.int64))


def _ring(parts: Floats, places: NDArray[np.int64], fields: int, turn: int | None) -> Floats:
    """Lay the light of a row's lamps in field 0, (..., k), around a ring: (n, points, n lamps).

    Field f sees lamp k as field 0 sees lamp k - f. Seen from the other end, field f is -f and lamp k is `turn` - k.
    """
    flat, number = parts.reshape(-1, parts.shape[-1]), np.arange(fields)
    first = np.zeros((flat.shape[0], fields))
    np.add.at(first.T, places % fields, flat.T)
    away = number[None, :] - number[:, None] if turn is None else turn - number[None, :] + number[:, None]
    return np.moveaxis(first[:, away % fields], 1, 0)
