"""How long a kind of thing lives: Weibull survival from lives that began before anybody looked and mostly go on.

Each life is seen from an age on (left truncated: what died before is not in the record) and until it ends or the record
does (right censored). J. F. Lawless, Statistical Models and Methods for Lifetime Data, 2nd ed. 2003, chapters 2 and 5;
W. Q. Meeker, L. A. Escobar, Statistical Methods for Reliability Data, 1998, chapters 8 and 12.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log, log1p
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.floating[Any]]
Mask = NDArray[np.bool_]

ENOUGH = 10
"""Failures from which a record tells a shape of its own; below, its interval is wider than any guess."""
SHAPES = (0.2, 20.0)
"""Shapes that are looked at: outside, the record does not tell one."""
HALVINGS = 60
SIDE = 0.05
"""What an interval leaves out on each side: it holds nine times in ten."""


@dataclass(frozen=True, slots=True)
class Lives:
    """n lives: the ages (years) at which each was first and last seen, and whether it ended then."""

    entry_y: Values
    exit_y: Values
    failed: Mask

    def take(self, keep: Mask) -> Lives:
        """Return those a mask (n,) selects."""
        return Lives(self.entry_y[keep], self.exit_y[keep], self.failed[keep])

    @property
    def failures(self) -> int:
        """Return how many ended."""
        return int(self.failed.sum())

    @property
    def years(self) -> float:
        """Return how long they were seen, together."""
        return float((self.exit_y - self.entry_y).sum())


class Weibull(NamedTuple):
    """Survival exp(-(t / scale)^shape), and the covariance (2, 2) of what is known of log shape and log scale."""

    shape: float
    scale_y: float
    spread: Values

    def hazard(self, age_y: Values) -> Values:
        """Return the cumulative hazard (t / scale)^shape at ages, years."""
        return np.asarray((age_y / self.scale_y) ** self.shape)


class Count(NamedTuple):
    """How many will fail: the mean, and the interval that holds nine times in ten."""

    expected: float
    low: int
    high: int


def fit(lives: Lives) -> Weibull | None:
    """Return the Weibull law of greatest likelihood; None where the record tells no shape.

    With the shape given, the scale follows in closed form; the shape is the root of the profile's slope, by bisection.
    """
    failed = lives.failed
    d = lives.failures
    top = float(lives.exit_y.max(initial=0.0))
    if d < 2 or top <= 0:
        return None
    entry, leave = lives.entry_y / top, lives.exit_y / top
    log_sum = float(np.log(leave[failed]).sum())

    def slope(shape: float) -> float:
        below, above = _powers(entry, shape), _powers(leave, shape)
        total = float((above - below).sum())
        grown = float((above * _logs(leave) - below * _logs(entry)).sum())
        return d / shape + log_sum - d * grown / total

    low, high = (log(shape) for shape in SHAPES)
    if slope(exp(low)) <= 0 or slope(exp(high)) >= 0:
        return None
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if slope(exp(middle)) > 0 else (low, middle)
    shape = exp(low)
    scale = (float((_powers(leave, shape) - _powers(entry, shape)).sum()) / d) ** (1 / shape)
    return Weibull(shape, scale * top, np.linalg.inv(_information(lives, shape, scale * top)))


def weighed(lives: Lives, before: Weibull, worth: float) -> Weibull:
    """Return the law of a shape known before: its scale from that, worth so many failures, and from the record.

    With a given shape, scale^-shape has a gamma distribution before and after (conjugate to the Weibull's likelihood).
    """
    shape = before.shape
    seen = float((_powers(lives.exit_y, shape) - _powers(lives.entry_y, shape)).sum())
    failures = worth + lives.failures
    scale = ((worth * before.scale_y**shape + seen) / failures) ** (1 / shape)
    return Weibull(shape, scale, np.array([[0.0, 0.0], [0.0, 1 / (shape**2 * failures)]]))


def foreseen(law: Weibull, age_y: Values, years: float) -> tuple[Values, float]:
    """Return each thing's (n,) chance to fail within so many years, and the relative variance of their sum.

    The variance is that of the law's two figures, by the delta method.
    """
    chance = _chance(law, age_y, years)
    total = float(chance.sum())
    if total <= 0:
        return chance, 0.0
    step = 1e-4
    slopes = np.zeros(2)
    for place, (up, down) in enumerate((((step, 0), (-step, 0)), ((0, step), (0, -step)))):
        ends = [float(_chance(_moved(law, *by), age_y, years).sum()) for by in (up, down)]
        slopes[place] = (log(max(ends[0], 1e-300)) - log(max(ends[1], 1e-300))) / (2 * step)
    return chance, float(slopes @ law.spread @ slopes)


def counted(expected: float, variance: float) -> Count:
    """Return the interval of a count of which the mean is known up to a relative variance.

    The mean is taken as gamma distributed, the count as Poisson around it: negative binomial together.
    """
    return Count(expected, _quantile(expected, variance, SIDE), _quantile(expected, variance, 1 - SIDE))


def observed_survival(lives: Lives) -> tuple[list[float], list[float]]:
    """Return ages (years) and the share alive after each: the product limit (Kaplan, Meier 1958)."""
    ages, died = np.unique(lives.exit_y[lives.failed], return_counts=True)
    exits, entries = np.sort(lives.exit_y), np.sort(lives.entry_y)
    alive = np.searchsorted(entries, ages, side="left") - np.searchsorted(exits, ages, side="left")
    share = np.cumprod(1 - died / np.maximum(alive, 1))
    return ages.tolist(), share.tolist()


def _chance(law: Weibull, age_y: Values, years: float) -> Values:
    return np.asarray(-np.expm1(law.hazard(age_y) - law.hazard(age_y + years)))


def _moved(law: Weibull, log_shape: float, log_scale: float) -> Weibull:
    return Weibull(law.shape * exp(log_shape), law.scale_y * exp(log_scale), law.spread)


def _powers(ages: Values, shape: float) -> Values:
    return np.asarray(ages**shape)


def _logs(ages: Values) -> Values:
    """Return the logarithm, 0 at age 0, where it is only used times a power of the age."""
    return np.log(np.where(ages > 0, ages, 1.0))


def _information(lives: Lives, shape: float, scale: float) -> Values:
    """Return the observed information (2, 2) about log shape and log scale: minus the log-likelihood's curvature."""

    def parts(ages: Values) -> tuple[float, float, float]:
        power, z = (ages / scale) ** shape, shape * _logs(ages / scale)
        return float(power.sum()), float((power * (1 + z)).sum()), float((z * power * (1 + z)).sum())

    seen = [above - below for above, below in zip(parts(lives.exit_y), parts(lives.entry_y), strict=True)]
    died = shape * np.log(lives.exit_y[lives.failed] / scale)
    both = shape * (len(died) - seen[1])
    return np.array([[seen[2] - float(died.sum()), both], [both, shape**2 * seen[0]]])


def _quantile(mean: float, variance: float, share: float) -> int:
    """Return the least count below or at which a share lies; the chances follow one another by a recurrence."""
    if mean <= 0:
        return 0
    r = 1 / max(variance, 1e-9)
    p = mean / (mean + r)
    chance, k = r * log1p(-p), 0
    below = exp(chance)
    while below < share and k < 100 * (mean + 10):
        k += 1
        chance += log((k - 1 + r) / k) + log(p)
        below += exp(chance)
    return k
