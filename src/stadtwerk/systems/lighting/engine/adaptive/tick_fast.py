"""The same second as `tick`, compiled by numba where it is installed: one pass over streets, the same to the bit.

A street where nobody is skips edges and search: its pattern is the empty one.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable
from typing import Any

import numpy as np

from stadtwerk.systems.lighting.engine.adaptive.tick import City, Kinds, Light, tick

Tick = Callable[[City, Light, Kinds], None]


def fastest_tick() -> Tick:
    """Return the compiled tick, or the one in NumPy where numba is not installed."""
    if importlib.util.find_spec("numba") is None:
        return tick
    compiled = importlib.import_module("numba").njit(cache=True)(_pass)

    def fast(city: City, light: Light, present: Kinds) -> None:
        graph = (city.start, city.source, city.mask, city.street, city.key, city.salt)
        book = (city.known, city.levels_at, city.levels, city.full_at, city.empty_at, city.power_w)
        light.misses += int(compiled(graph, book, city.step, light.level, light.energy_ws, present))

    return fast


def _pass(graph: Any, book: Any, step: float, level: Any, energy_ws: Any, present: Any) -> int:
    """Go through the streets one by one; returns how many patterns no table had."""
    start, source, mask, street, key, salt = graph
    known, levels_at, levels, full_at, empty_at, power_w = book
    misses = 0
    for s in range(len(street) - 1):
        at = empty_at[s]
        if present[street[s] : street[s + 1]].any():
            total = salt[s]
            for i in range(street[s], street[s + 1]):
                for e in range(start[i], start[i + 1]):
                    if present[source[e]] & mask[e]:
                        total += key[i]
                        break
            place = min(np.searchsorted(known, total), len(known) - 1)
            at = levels_at[place]
            if known[place] != total:
                misses, at = misses + 1, full_at[s]
        first, furthest = street[s], 0.0
        for i in range(first, street[s + 1]):
            furthest = max(furthest, abs(levels[at + i - first] - level[i]))
        share = step / furthest if furthest > step else 1.0
        for i in range(first, street[s + 1]):
            level[i] += (levels[at + i - first] - level[i]) * share
            energy_ws[i] += level[i] * power_w[i]
    return misses
