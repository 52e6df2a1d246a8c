"""One second of light on demand for a whole city, as arrays: who is where, what each field needs, tables, fading.

Road users reach fields by edges (sparse maximum over the neighbours that may light a field); the fields of a street
that need the full class make a pattern, found in the street's table by a sum of the fields' keys; all lamps of a street
fade together, so that between two allowed states every state keeps the lower class of both (the demands are convex).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stadtwerk.systems.lighting.engine.adaptive.reach import BEHIND
from stadtwerk.systems.lighting.engine.adaptive.table import Pattern, Table
from stadtwerk.systems.lighting.engine.en13201.photometry import Floats

Ints = NDArray[np.int64]
Kinds = NDArray[np.uint8]
"""Bits of who is in a field (n,): bit k = a road user of reach k of the city."""


@dataclass(frozen=True, slots=True)
class City:
    """Rings one after the other, a lamp a field. Edges of field i: `source[start[i]:start[i + 1]]`, with kinds `mask`.

    `street` (s + 1,) where rings begin; `key` (n,) of each field; `known` (t,) sorted sums of keys with `levels_at`
    (t,) their place in `levels`; `full_at` (s,) is the full class's place, for patterns that no table has, `empty_at`
    that of nobody there.
    """

    start: Ints
    source: NDArray[np.int32]
    mask: Kinds
    street: Ints
    of_street: NDArray[np.int32]
    within: NDArray[np.int32]
    key: NDArray[np.uint64]
    salt: NDArray[np.uint64]
    known: NDArray[np.uint64]
    levels_at: Ints
    levels: Floats
    full_at: Ints
    empty_at: Ints
    power_w: Floats
    step: float

    def __len__(self) -> int:
        return len(self.power_w)


@dataclass(slots=True)
class Light:
    """What changes: level of each lamp (n,) 0 to 1, energy taken so far (n,) Ws, patterns that no table had."""

    level: Floats
    energy_ws: Floats
    misses: int = 0


def make_city(
    tables: Sequence[Table], rings: Sequence[int], reaches: Sequence[tuple[int, bool]], step: float = 1.0
) -> City:
    """Lay rings (each the number of its table) side by side; `reaches` are (fields ahead, onward) of each kind's bit.

    `step` is how far a level may move a tick. Keys are drawn from a fixed seed: two patterns of a table with the same
    sum would show here and are drawn again.
    """
    packed = _pack(tables)
    sizes = np.array([tables[ring].influence.fields for ring in rings], np.int64)
    street = np.concatenate([[0], np.cumsum(sizes)])
    of_street = np.repeat(np.arange(len(rings)), sizes)
    within = np.arange(street[-1]) - street[of_street]
    start, source, mask = _edges(sizes, street, reaches)
    table_of = np.array(rings)
    return City(
        start=start,
        source=source,
        mask=mask,
        street=street,
        of_street=of_street.astype(np.int32),
        within=within.astype(np.int32),
        key=packed.key[within],
        salt=packed.salt[table_of],
        known=packed.known,
        levels_at=packed.levels_at,
        levels=packed.levels,
        full_at=packed.full_at[table_of],
        empty_at=packed.full_at[table_of] + sizes,
        power_w=np.concatenate([tables[ring].influence.power_w for ring in rings]),
        step=step,
    )


@dataclass(frozen=True, slots=True)
class _Packed:
    """Tables with all turns of their patterns, as arrays."""

    key: NDArray[np.uint64]
    salt: NDArray[np.uint64]
    known: NDArray[np.uint64]
    levels_at: Ints
    levels: Floats
    full_at: Ints


def _pack(tables: Sequence[Table]) -> _Packed:
    longest = max(table.influence.fields for table in tables)
    rng = np.random.default_rng(0)
    while True:
        key = rng.integers(0, 2**63, longest, np.uint64)
        salt = rng.integers(0, 2**63, len(tables), np.uint64)
        sums: dict[int, int] = {}
        levels: list[Floats] = []
        full_at, at, patterns = [], 0, 0
        for number, table in enumerate(tables):
            n = table.influence.fields
            full_at.append(at)  # a table's first two entries: the full class everywhere, then nowhere
            for pattern in _turned(table):
                sums[_sum(pattern, key[:n], salt[number])] = at
                levels.append(table.levels(pattern))
                at, patterns = at + n, patterns + 1
        if len(sums) == patterns:
            break
    known = np.array(sorted(sums), np.uint64)
    levels_at = np.array([sums[int(value)] for value in known], np.int64)
    return _Packed(key, salt, known, levels_at, np.concatenate(levels), np.array(full_at, np.int64))


def _turned(table: Table) -> list[Pattern]:
    """List all turns of all patterns of a table once, the one full everywhere first."""
    n, found = table.influence.fields, {}
    for bits in table.known:
        for turn in range(n):
            pattern = np.roll(np.frombuffer(bits, np.uint8) != 0, turn)
            found[pattern.tobytes()] = pattern
    return list(found.values())


def _sum(pattern: Pattern, key: NDArray[np.uint64], salt: np.uint64) -> int:
    return (int(salt) + sum(int(value) for value in key[pattern])) % 2**64


def _edges(sizes: Ints, street: Ints, reaches: Sequence[tuple[int, bool]]) -> tuple[Ints, NDArray[np.int32], Kinds]:
    """Return for each field the fields from which a road user reaches it, and the kinds that do."""
    starts, sources, masks = [np.zeros(1, np.int64)], [], []
    for size, first in zip(sizes.tolist(), street[:-1].tolist(), strict=True):
        reach: dict[int, int] = {}
        for bit, (ahead, onward) in enumerate(reaches):
            for away in range(-BEHIND, ahead + 1):
                source = (-away if onward else away) % size
                reach[source] = reach.get(source, 0) | (1 << bit)
        shifts = np.array(sorted(reach), np.int64)
        sources.append((first + (np.arange(size)[:, None] + shifts) % size).ravel())
        masks.append(np.tile(np.array([reach[int(shift)] for shift in shifts], np.uint8), size))
        starts.append(starts[-1][-1:] + len(shifts) * np.arange(1, size + 1))
    return np.concatenate(starts), np.concatenate(sources).astype(np.int32), np.concatenate(masks)


def tick(city: City, light: Light, present: Kinds) -> None:
    """Move the city on by one second with road users `present` (n,) by field."""
    reached = np.bitwise_and(present[city.source], city.mask)
    full = np.maximum.reduceat(reached, city.start[:-1]) != 0
    sums = np.add.reduceat(np.where(full, city.key, np.uint64(0)), city.street[:-1]) + city.salt
    place = np.minimum(np.searchsorted(city.known, sums), len(city.known) - 1)
    hit = city.known[place] == sums
    light.misses += int(len(hit) - hit.sum())
    at = np.where(hit, city.levels_at[place], city.full_at)
    change = city.levels[at[city.of_street] + city.within] - light.level
    furthest = np.maximum.reduceat(np.abs(change), city.street[:-1])
    share = np.where(furthest > city.step, city.step / np.maximum(furthest, city.step), 1.0)
    light.level += change * share[city.of_street]
    light.energy_ws += light.level * city.power_w
