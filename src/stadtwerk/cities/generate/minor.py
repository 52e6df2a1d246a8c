"""Minor streets: what the cuts of each face become, from collector to footpath, and the blocks between them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import shapely
from numpy.random import Generator

from stadtwerk.cities.generate.arteries import Way
from stadtwerk.cities.generate.cuts import Cuts, cut_ring
from stadtwerk.cities.generate.faces import BUILT, Face, without_holes
from stadtwerk.cities.generate.rings import Corners, cross, frame
from stadtwerk.cities.generate.texture import OUTSIDE, Texture, Weave
from stadtwerk.cities.metres import Positions

COLLECTOR_M2 = 400_000.0
COLLECTOR_M = 450.0
"""A cut through a block at least this large, at least this long, is a collector street."""

SHORT_M = 140.0
"""Built streets shorter than this may be for people on foot."""

LIT_SHARE = {"industrial": 0.6, "harbour": 0.6, "park": 0.6}
"""Share of minor ways with lamps on ground that is not built with dwellings."""

SPUR_SHARE = 0.3
SPUR_LEAST_M = 85.0
"""Share of blocks with a dead-end street, and the width a block must have for it."""


@dataclass(slots=True, frozen=True, eq=False)
class Block:
    """Ground enclosed by streets: its kind of ground, its ring (k, 2) in metres, how it is built (texture.KINDS)."""

    kind: str
    ring: Positions
    texture: int
    near: float


@dataclass(slots=True)
class Minor:
    """Minor streets and blocks of the faces, in the order of the faces."""

    ways: list[Way] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    open: list[Positions] = field(default_factory=list)


def weave_face(minor: Minor, face: Face, theme: int, texture: Texture, corners: Corners, rng: Generator) -> None:
    """Cut one face into streets and blocks and add them to `minor`."""
    built = face.kind == BUILT
    pieces, slits = without_holes(face.outline)
    _add_ways(minor, face, Cuts(slits, [0.0] * len(slits)), theme, texture, rng)
    weave: Callable[[Positions], Weave] = texture.weave if built else lambda _: OUTSIDE[face.kind]
    for piece in pieces:
        ring = shapely.get_coordinates(piece.exterior)[:-1]
        cuts = cut_ring(ring, weave, corners, rng, is_open=texture.open if built else None)
        _add_ways(minor, face, cuts, theme, texture, rng)
        minor.open += cuts.open
        _add_blocks(minor, face, cuts.blocks, theme, texture, rng)


def _add_ways(minor: Minor, face: Face, cuts: Cuts, theme: int, texture: Texture, rng: Generator) -> None:
    for line, span_m2 in zip(cuts.lines, cuts.spans_m2, strict=True):
        chance = float(rng.random())
        kind = face.kind
        if kind == BUILT and texture.open(line[len(line) // 2]):
            kind = "open"
        length_m = float(np.hypot(*np.diff(line, axis=0).T).sum())
        collector = span_m2 > COLLECTOR_M2 and length_m > COLLECTOR_M
        highway, lit = _class(kind, length_m, chance, collector=collector)
        minor.ways.append(Way(highway, line, theme=theme, lit=lit))


def _class(kind: str, length_m: float, chance: float, *, collector: bool) -> tuple[str, bool]:
    """Return the class of a minor street and whether it is lit."""
    if kind == BUILT:
        short = "living_street" if chance < 0.25 else "footway" if chance < 0.33 else "residential"
        return "tertiary" if collector else short if length_m < SHORT_M else "residential", True
    if kind == "open":
        return ("footway", chance < 0.15) if chance < 0.6 else ("service", False)
    return ("footway" if kind in ("park", "wood") else "service"), chance < LIT_SHARE.get(kind, 0.0)


def _add_blocks(minor: Minor, face: Face, rings: list[Positions], theme: int, texture: Texture, rng: Generator) -> None:
    if not rings:
        return
    boxes = [frame(ring) for ring in rings]
    kinds, nears = texture.near(np.array([box.centre for box in boxes]))
    for ring, box, kind, near in zip(rings, boxes, kinds, nears, strict=True):
        chance = rng.random(3)
        whole = ring
        if face.kind == BUILT and box.width_m > SPUR_LEAST_M and chance[0] < SPUR_SHARE:
            middle = box.centre + box.axis * box.length_m * (chance[1] - 0.5) * 0.4
            whole = _spur(minor, ring, middle, box.axis, theme, through=chance[2] < 0.4)
        minor.blocks.append(Block(face.kind, whole, int(kind), float(near)))


def _spur(minor: Minor, ring: Positions, middle: Positions, axis: Positions, theme: int, *, through: bool) -> Positions:
    """Lead a dead-end street into a block, perhaps with a footpath on; returns the ring with the street in it."""
    marks = cross(ring, middle, np.array([-axis[1], axis[0]]))
    if marks is None:
        return ring
    start, end = marks[0].at, marks[1].at
    run_m = float(np.hypot(*(end - start)))
    if run_m < SPUR_LEAST_M or marks[0].edge == marks[1].edge:
        return ring
    tip = start + (end - start) * 0.62
    minor.ways.append(Way("living_street" if run_m < 130 else "residential", np.stack([start, tip]), theme=theme))
    if through:
        minor.ways.append(Way("footway", np.stack([tip, end]), theme=theme))
    slit = np.stack([start, tip, start])
    edge = marks[0].edge + 1
    return np.concatenate([ring[:edge], slit, ring[edge:]])
