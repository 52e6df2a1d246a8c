"""Joins ways that are alike end to end."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from stadtwerk.cities.metres import LocalMetres, Positions
from stadtwerk.cities.osm.extract import Way
from stadtwerk.cities.plan import Line

STREET_LENGTH_M_MAX = 4_000.0

Key = tuple[str, str, bool, bool]
"""Name, class, lit, bridge: only ways alike in these are joined."""


@dataclass(slots=True, frozen=True, eq=False)
class Chain:
    """Ways joined end to end."""

    id: int
    key: Key
    line: Line


def join_ways(groups: dict[Key, list[Way]], metres: LocalMetres) -> list[Chain]:
    """Return the ways of each group joined where exactly two of them meet, ordered by their smallest id."""
    found = [chain for key, group in groups.items() for chain in _join(key, group, metres)]
    return sorted(found, key=lambda chain: chain.id)


def _join(key: Key, ways: list[Way], metres: LocalMetres) -> list[Chain]:
    """Join ways where exactly two of them end at a node, up to a length of 4 km."""
    ends: dict[int, list[int]] = defaultdict(list)
    for index, way in enumerate(ways):
        ends[way.nodes[0]].append(index)
        ends[way.nodes[-1]].append(index)
    length_m = [_length_m(metres.to_metres(way.line)) for way in ways]
    free = set(range(len(ways)))
    chains = []
    for index, way in enumerate(ways):
        if index not in free:
            continue
        free.remove(index)
        members, line, total_m = [index], way.line, length_m[index]
        for node in (way.nodes[-1], way.nodes[0]):
            end, line = node, line[::-1]
            while (onward := _onward(ends[end], free)) is not None:
                if total_m + length_m[onward] > STREET_LENGTH_M_MAX:
                    break
                free.remove(onward)
                members.append(onward)
                total_m += length_m[onward]
                piece, end = _away(ways[onward], end)
                line = np.concatenate([piece[:0:-1], line])
        chains.append(Chain(min(ways[member].id for member in members), key, line))
    return chains


def _onward(there: list[int], free: set[int]) -> int | None:
    """Return the one other way that ends at a node of two ends, if it is not joined yet."""
    found = [index for index in there if index in free]
    return found[0] if len(there) == 2 and len(found) == 1 else None


def _away(way: Way, node: int) -> tuple[Line, int]:
    """Return the line of a way as it leads away from a node at one of its ends, and the node at the other."""
    if way.nodes[0] == node:
        return way.line, way.nodes[-1]
    return way.line[::-1], way.nodes[0]


def _length_m(xy: Positions) -> float:
    return float(np.hypot(*np.diff(xy, axis=0).T).sum())
