"""Slabs and halls: buildings that stand free on the ground of estates and of industry, in rows."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.random import Generator

from stadtwerk.cities.generate.lots import Lots
from stadtwerk.cities.generate.minor import Block
from stadtwerk.cities.generate.rings import frame

MOST_PER_BLOCK = 60

SIZES: dict[str, tuple[float, float, float]] = {
    "estate": (48.0, 11.5, 30.0),
    "industrial": (95.0, 46.0, 34.0),
    "harbour": (150.0, 55.0, 38.0),
}
"""Length, width and gap in metres of buildings on the inside of blocks; estimates."""


def halls(blocks: list[Block], which: list[int], kind: str, rng: Generator) -> Lots:
    """Fill the inside of some blocks with rows of buildings of one kind; way is -1, for no street is near yet."""
    rings, owner = [], []
    for index in which:
        found = _rows(blocks[index], SIZES[kind], rng)
        rings.append(found)
        owner.append(np.full(len(found), index))
    if not rings:
        return Lots(np.empty((0, 4, 2)), np.empty(0, np.intp), np.empty(0, np.intp))
    made, block = np.concatenate(rings), np.concatenate(owner)
    margin = 14.0
    inside = shapely.buffer([shapely.Polygon(each.ring) for each in blocks], -margin, quad_segs=1)
    fits = shapely.contains(inside[block], shapely.polygons(made))
    return Lots(made[fits], np.full(int(fits.sum()), -1, np.intp), block[fits])


def _rows(block: Block, size: tuple[float, float, float], rng: Generator) -> np.ndarray:
    """Lay a grid of buildings (n, 4, 2) over the box of a block, each of its own size."""
    box = frame(block.ring)
    scale = float(np.exp(rng.normal(0, 0.25)))
    long, wide, gap = (value * scale for value in size)
    columns = max(1, int(box.length_m // (long + gap)))
    rows = max(1, int(box.width_m // (wide + gap)))
    if columns * rows > MOST_PER_BLOCK:
        columns = max(1, MOST_PER_BLOCK // rows)
    across = np.array([-box.axis[1], box.axis[0]])
    x = (np.arange(columns) - (columns - 1) / 2) * box.length_m / columns
    y = (np.arange(rows) - (rows - 1) / 2) * box.width_m / rows
    at = box.centre + np.repeat(x, rows)[:, None] * box.axis + np.tile(y, columns)[:, None] * across
    half = np.array([long, wide]) / 2 * rng.uniform(0.6, 1.1, (len(at), 2))
    signs = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])
    offset = signs[None] * half[:, None, :]
    return np.asarray(at[:, None, :] + offset[..., :1] * box.axis + offset[..., 1:] * across)
