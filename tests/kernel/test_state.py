"""The later observation wins, whatever the order of arrival."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from stadtwerk.kernel.observation import Observations, join
from stadtwerk.kernel.state import ColumnState

FACTS = st.lists(st.tuples(st.integers(0, 3), st.integers(1, 50), st.floats(0, 100)), min_size=1, max_size=40)


def batch(facts: list[tuple[int, int, float]]) -> Observations:
    """Make observations of (row, time, value)."""
    rows, times, values = zip(*facts, strict=True)
    return Observations(
        "Streetlight",
        np.array(rows, np.int32),
        np.array(times, np.int64),
        {"level_percent": np.array(values, np.float64)},
    )


@given(facts=FACTS, cut=st.integers(0, 40))
def test_batching_does_not_matter(facts: list[tuple[int, int, float]], cut: int) -> None:
    """One batch or two in a row lead to the same times, and each value is one told at that time."""
    whole, halves = (
        ColumnState("Streetlight", 4, ["level_percent"]),
        ColumnState("Streetlight", 4, ["level_percent"]),
    )
    whole.apply(batch(facts))
    for part in (facts[:cut], facts[cut:]):
        if part:
            halves.apply(batch(part))
    assert (whole.observed_at_us == halves.observed_at_us).all()
    np.testing.assert_array_equal(whole["level_percent"], halves["level_percent"])
    for row in range(4):
        told = [(time, value) for place, time, value in facts if place == row]
        if told:
            latest = max(time for time, _ in told)
            assert whole["level_percent"][row] in [value for time, value in told if time == latest]


def test_what_is_not_told_stays() -> None:
    """A value that an observation leaves out keeps its last one."""
    state = ColumnState("Streetlight", 1, ["level_percent", "power_w"])
    one, at = np.zeros(1, np.int32), np.array([1], np.int64)
    state.apply(Observations("Streetlight", one, at, {"level_percent": np.array([40.0]), "power_w": np.array([9.0])}))
    state.apply(
        Observations("Streetlight", one, at + 1, {"level_percent": np.array([50.0]), "power_w": np.array([np.nan])})
    )
    assert state["level_percent"][0] == 50.0
    assert state["power_w"][0] == 9.0


def test_join_keeps_every_row() -> None:
    """Joined batches hold all rows in order."""
    assert len(join([batch([(0, 1, 2.0)]), batch([(1, 1, 3.0), (2, 1, 4.0)])])) == 3
