"""Curves a city is drawn with: smooth lines, soft rings, and a drift that bends everything a little."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.random import Generator
from scipy.interpolate import CubicSpline

from stadtwerk.cities.metres import Positions


class Drift:
    """A smooth field that moves points (metres) by some tens of metres, equal points equally.

    A sum of waves with random directions and phases; lengths from 600 to 3000 m.
    """

    def __init__(self, rng: Generator, *, reach_m: float) -> None:
        waves = 7
        length_m = np.geomspace(600, 3000, waves)
        angle = rng.uniform(0, 2 * np.pi, waves)
        self._wave = 2 * np.pi / length_m * np.array([np.cos(angle), np.sin(angle)])
        self._phase = rng.uniform(0, 2 * np.pi, (2, waves))
        self._size = reach_m * length_m / length_m.sum() * 1.6

    def __call__(self, xy: Positions) -> Positions:
        """Move points (n, 2)."""
        at = xy @ self._wave
        east = (np.sin(at + self._phase[0]) * self._size).sum(axis=1)
        north = (np.sin(at + self._phase[1]) * self._size).sum(axis=1)
        moved: Positions = xy + np.column_stack([east, north])
        return moved


def smooth(path: Positions, *, step_m: float) -> Positions:
    """Draw a soft curve through the points of a path (k, 2), with a point about every `step_m`.

    A cubic spline over the square root of the chord length (centripetal), which does not overshoot at
    sharp corners.
    """
    if len(path) == 2:
        return resample(path, step_m=step_m)
    chord = np.hypot(*np.diff(path, axis=0).T)
    knots = np.concatenate([[0], np.cumsum(np.sqrt(chord))])
    fine = np.linspace(0, knots[-1], max(8 * len(path), int(chord.sum() / step_m) * 4))
    # the knots themselves are kept, so that paths which share a place still meet there
    fine = np.unique(np.concatenate([fine, knots]))
    points = CubicSpline(knots, path, bc_type="natural")(fine)
    return _thin(points, keep=np.searchsorted(fine, knots), step_m=step_m)


def _thin(points: Positions, *, keep: np.ndarray, step_m: float) -> Positions:
    """Take a point every `step_m` between the points to keep."""
    parts = [points[:1]]
    for start, end in pairwise(keep.tolist()):
        parts.append(resample(points[start : end + 1], step_m=step_m)[1:])
    return np.concatenate(parts)


def resample(path: Positions, *, step_m: float) -> Positions:
    """Place points at equal distances of at most about `step_m` along a path (k, 2), ends kept."""
    along = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(path, axis=0).T))])
    at = np.linspace(0, along[-1], max(2, round(along[-1] / step_m) + 1))
    return np.column_stack([np.interp(at, along, path[:, 0]), np.interp(at, along, path[:, 1])])


def soft_ring(ring: Positions, rng: Generator, *, step_m: float, rough: float) -> Positions:
    """Round the corners of a ring (k, 2, open) and fray its edge by about `rough` metres."""
    for near in (0.85, 0.75):  # Chaikin's corner cutting, gentle at first
        following = np.roll(ring, -1, axis=0)
        pairs = [near * ring + (1 - near) * following, (1 - near) * ring + near * following]
        ring = np.stack(pairs, axis=1).reshape(-1, 2)
    closed = resample(np.concatenate([ring, ring[:1]]), step_m=step_m)[:-1]
    return closed + rng.normal(0, rough, closed.shape)


def blob(centre: Positions, size_m: tuple[float, float], direction_deg: float, rng: Generator) -> Positions:
    """Draw a lake or a park: an ellipse of a length and width, with lobes; a ring (64, 2)."""
    turn = np.linspace(0, 2 * np.pi, 64, endpoint=False)
    radius = np.ones(64)
    for lobes in (2, 3, 5):
        radius += 0.14 * rng.normal() * np.cos(lobes * turn + rng.uniform(0, 2 * np.pi)) / np.sqrt(lobes / 2)
    shape = np.column_stack([np.cos(turn) * size_m[0], np.sin(turn) * size_m[1]]) / 2
    cos, sin = np.cos(np.radians(direction_deg)), np.sin(np.radians(direction_deg))
    ring: Positions = centre + (shape * radius[:, None]) @ np.array([[cos, sin], [-sin, cos]])
    return ring


def bow(ends: Positions, leave: Positions, arrive: Positions, *, points: int) -> Positions:
    """Draw a cubic Hermite curve between two ends (2, 2) with a tangent vector at each; returns (points, 2)."""
    t = np.linspace(0, 1, points)[:, None]
    t2, t3 = t * t, t * t * t
    start, end = ends
    from_start = (2 * t3 - 3 * t2 + 1) * start + (t3 - 2 * t2 + t) * leave
    to_end = (3 * t2 - 2 * t3) * end + (t3 - t2) * arrive
    curve: Positions = from_start + to_end
    return curve
