"""Joining: streets that go straight on over a crossing are one street."""

from __future__ import annotations

import numpy as np

from stadtwerk.cities.generate.arteries import Way
from stadtwerk.cities.metres import Positions

STRAIGHT = np.cos(np.radians(25))
"""Two streets are one when the angle between them is at most 25 degrees."""

LONGEST_M = 1600.0


def join_ways(ways: list[Way]) -> list[Way]:
    """Join ways of one class that end in the same point and go straight on there; order by the first part."""
    following = _partners(ways)
    done = [False] * len(ways)
    return [_chain(ways, index, following, done) for index in range(len(ways)) if not done[index]]


def _partners(ways: list[Way]) -> dict[tuple[int, int], tuple[int, int]]:
    """Return for an end (way, 0 start or 1 end) the end of the way that goes on from it."""
    meeting: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for index, way in enumerate(ways):
        for end in (0, 1):
            at = way.line[-end]
            meeting.setdefault((round(float(at[0]) * 5), round(float(at[1]) * 5)), []).append((index, end))
    found: dict[tuple[int, int], tuple[int, int]] = {}
    for ends in meeting.values():
        pairs = sorted(
            (-_straight(ways, one, other), one, other)
            for place, one in enumerate(ends)
            for other in ends[place + 1 :]
            if one[0] != other[0] and _alike(ways[one[0]], ways[other[0]])
        )
        for turn, one, other in pairs:
            if -turn >= STRAIGHT and one not in found and other not in found:
                found[one], found[other] = other, one
    return found


def _alike(one: Way, other: Way) -> bool:
    return one.highway == other.highway and one.lit == other.lit


def _straight(ways: list[Way], one: tuple[int, int], other: tuple[int, int]) -> float:
    """Return the cosine of the turn from one way into the other."""
    return -float(_heading(ways[one[0]].line, one[1]) @ _heading(ways[other[0]].line, other[1]))


def _heading(line: Positions, end: int) -> Positions:
    """Return the unit vector out of a line at its start (0) or end (1)."""
    run = line[-1] - line[-2] if end else line[0] - line[1]
    return np.asarray(run / max(float(np.hypot(*run)), 1e-9))


def _chain(ways: list[Way], first: int, following: dict[tuple[int, int], tuple[int, int]], done: list[bool]) -> Way:
    """Follow a way in both directions."""
    done[first] = True
    line = ways[first].line
    length_m = _length(line)
    for side in (1, 0):
        end = (first, side)
        while end in following:
            index, entry = following[end]
            more_m = _length(ways[index].line)
            if done[index] or length_m + more_m > LONGEST_M:
                break
            done[index] = True
            length_m += more_m
            more = ways[index].line if entry == 0 else ways[index].line[::-1]
            line = np.concatenate([line, more[1:]]) if side else np.concatenate([more[::-1], line[1:]])
            end = (index, 1 - entry)
    way = ways[first]
    return Way(way.highway, line, way.name, way.theme, way.bridge, way.lit)


def _length(line: Positions) -> float:
    return float(np.hypot(*np.diff(line, axis=0).T).sum())
