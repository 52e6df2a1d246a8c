"""Weibull survival against published examples, SciPy's censored fit, a likelihood written down anew, and made fleets."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.stats import CensoredData, nbinom, weibull_min

from stadtwerk.systems.lighting.engine.survival import (
    ENOUGH,
    Lives,
    Weibull,
    counted,
    fit,
    foreseen,
    observed_survival,
    weighed,
)

NIST_FAILED_H = (54, 187, 216, 240, 244, 335, 361, 373, 375, 386)
"""NIST/SEMATECH e-Handbook of Statistical Methods, 8.4.1.3: ten of twenty units failed, ten ran on at 500 h."""
NIST_SHAPE, NIST_SCALE_H = 1.7208, 606.5280
"""The handbook's maximum likelihood estimates of these data."""


def lives(entry: np.ndarray, leave: np.ndarray, failed: np.ndarray) -> Lives:
    """Make lives of plain lists."""
    return Lives(np.asarray(entry, float), np.asarray(leave, float), np.asarray(failed, bool))


def nist() -> Lives:
    """Return the handbook's twenty units, hours."""
    leave = np.array([*NIST_FAILED_H, *[500.0] * 10])
    return lives(np.zeros(20), leave, leave < 500)


def fleet(rng: np.random.Generator, n: int, shape: float, scale: float) -> tuple[Lives, np.ndarray, np.ndarray]:
    """Watch n lamps of mixed ages for five years: their lives, and of those alive the age and whether they die next year."""
    life, age = scale * rng.weibull(shape, n), rng.uniform(0, 25, n)
    there = life > age
    life, age = life[there], age[there]
    leave = np.minimum(life, age + 5)
    failed = life <= age + 5
    alive = ~failed
    return lives(age, leave, failed), leave[alive], life[alive] <= leave[alive] + 1


@pytest.mark.judge("survival")
def test_the_handbooks_example(record_property: pytest.RecordProperty) -> None:
    """NIST's estimates: shape to its last printed digit, scale within a millionth (the optimum ends in ...5276)."""
    law = fit(nist())
    assert law is not None
    passed = (round(law.shape, 4) == NIST_SHAPE) + (abs(law.scale_y / NIST_SCALE_H - 1) < 1e-6)
    record_property("judge_total", 2)
    record_property("judge_passed", passed)
    assert passed == 2


@pytest.mark.parametrize("seed", range(5))
def test_right_censored_lives_against_scipy(seed: int) -> None:
    """SciPy fits the same censored sample; both find the same law."""
    rng = np.random.default_rng(seed)
    life, end = 20 * rng.weibull(1 + seed / 2, 300), rng.uniform(1, 25, 300)
    leave, failed = np.minimum(life, end), life <= end
    law = fit(lives(np.zeros(300), leave, failed))
    data = CensoredData(uncensored=leave[failed], right=leave[~failed])
    shape, _, scale = weibull_min.fit(data, floc=0)
    assert law is not None
    assert law.shape == pytest.approx(shape, rel=1e-3)
    assert law.scale_y == pytest.approx(scale, rel=1e-3)


@pytest.mark.parametrize("seed", range(5))
def test_lives_seen_late_against_a_likelihood_written_anew(seed: int) -> None:
    """SciPy's density and survival, conditional on having lived to the first look: same law, same information."""
    seen, _, _ = fleet(np.random.default_rng(seed), 3_000, 2.2, 22.0)

    def loss(logs: np.ndarray) -> float:
        law = weibull_min(np.exp(logs[0]), scale=np.exp(logs[1]))
        ends = np.where(seen.failed, law.logpdf(seen.exit_y), law.logsf(seen.exit_y))
        return float(-(ends - law.logsf(seen.entry_y)).sum())

    best = minimize(loss, np.log([1.5, 15.0]), method="Nelder-Mead", options={"xatol": 1e-8, "fatol": 1e-10})
    law = fit(seen)
    assert law is not None
    assert np.log([law.shape, law.scale_y]) == pytest.approx(best.x, abs=1e-5)
    step, at = 1e-3, best.x
    bend = [
        [
            (loss(at + a + b) - loss(at + a - b) - loss(at - a + b) + loss(at - a - b)) / (4 * step**2)
            for b in step * np.eye(2)
        ]
        for a in step * np.eye(2)
    ]
    assert np.linalg.inv(law.spread) == pytest.approx(np.array(bend), rel=2e-3)


def test_who_forgets_that_lives_were_seen_late_is_wrong() -> None:
    """The same fleet as if watched from its first day on gives a scale far too long."""
    seen, _, _ = fleet(np.random.default_rng(1), 20_000, 2.0, 20.0)
    right, wrong = fit(seen), fit(lives(np.zeros(len(seen.entry_y)), seen.exit_y, seen.failed))
    assert right is not None
    assert wrong is not None
    assert right.scale_y == pytest.approx(20.0, rel=0.05)
    assert wrong.scale_y > 23.0


@pytest.mark.parametrize(("mean", "variance"), [(0.3, 0.5), (4.0, 0.1), (120.0, 0.01), (2_000.0, 1e-4)])
def test_intervals_are_those_of_the_negative_binomial(mean: float, variance: float) -> None:
    """The quantiles are SciPy's."""
    r = 1 / variance
    told = counted(mean, variance)
    assert [told.low, told.high] == [nbinom.ppf(share, r, r / (r + mean)) for share in (0.05, 0.95)]


@pytest.mark.parametrize("n", [600, 6_000])
def test_intervals_hold_nine_times_in_ten(n: int) -> None:
    """Two hundred made fleets of mixed ages: how many die in the next year lies within, as often as is said."""
    rng, held, off = np.random.default_rng(n), 0, []
    for _ in range(200):
        seen, ages, dies = fleet(rng, n, 1.8, 30.0)
        law = fit(seen)
        assert law is not None
        chance, variance = foreseen(law, ages, 1.0)
        told = counted(float(chance.sum()), variance)
        held += told.low <= dies.sum() <= told.high
        off.append(dies.sum() / told.expected)
    # A count is whole, so that what is let out on a side is at most 5 %: 0.9 and more, less chance of 200 draws.
    assert 0.86 <= held / 200 <= 0.98
    assert np.mean(off) == pytest.approx(1.0, abs=0.05)


def test_a_short_record_leaves_the_shape_and_moves_the_scale() -> None:
    """Without failures what was known before stands, the longer the surer; with many it follows the record."""
    before = Weibull(1.5, 40.0, np.zeros((2, 2)))
    nothing = lives(np.zeros(1), np.zeros(1), np.zeros(1))
    assert weighed(nothing, before, 2.0).scale_y == pytest.approx(40.0)
    quiet = lives(np.zeros(500), np.full(500, 5.0), np.zeros(500))
    assert weighed(quiet, before, 2.0).scale_y > 80
    assert fit(quiet) is None
    rng = np.random.default_rng(3)
    long = lives(np.zeros(4_000), 25 * rng.weibull(1.5, 4_000), np.ones(4_000))
    assert weighed(long, before, 2.0).scale_y == pytest.approx(25.0, rel=0.03)
    assert weighed(long, before, 2.0).spread[1, 1] == pytest.approx(1 / (1.5**2 * 4_002))


def test_a_record_of_one_instant_tells_no_shape() -> None:
    """Failures that all came at the same age: every steeper law is likelier, none is the likeliest."""
    once = lives(np.zeros(ENOUGH), np.full(ENOUGH, 7.0), np.ones(ENOUGH))
    assert fit(once) is None


def test_what_was_observed_is_the_product_limit() -> None:
    """By hand: of three seen from birth one dies at 1, then one joins, and one of three dies at 2."""
    seen = lives(np.array([0, 0, 0, 1.5]), np.array([1, 2, 3, 3]), np.array([1, 1, 0, 0]))
    ages, share = observed_survival(seen)
    assert ages == [1, 2]
    assert share == pytest.approx([2 / 3, 2 / 3 * 2 / 3])
