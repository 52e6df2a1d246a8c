"""Delays and deadband on arrays; what something else explains is not raised."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.alarm.tables import WATCHED, kind
from stadtwerk.kernel.alarm.causes import Causes
from stadtwerk.kernel.alarm.conditions import Conditions, Watched, outside, yes_or_no
from stadtwerk.kernel.alarm.kind import AlarmKind, Words, priority
from stadtwerk.kernel.clock import US

THREE = Watched(["a", "b", "c"], ["a", "b", "c"], "", np.ones(3, np.int64))


def mask(digits: str) -> np.ndarray:
    return np.array([digit == "1" for digit in digits])


def test_a_condition_must_hold_before_it_is_told_and_be_gone_before_it_returns() -> None:
    conditions = Conditions(kind("x", on_delay_s=3, off_delay_s=2), THREE)
    told = []
    for second, digits in enumerate(("100", "100", "110", "110", "011", "011", "010", "010")):
        raised, returned = conditions.step(yes_or_no(mask(digits)), None, second * US + 1)
        told.append((raised.tolist(), returned.tolist()))
    assert told == [([], []), ([], []), ([], []), ([0], []), ([], []), ([1], []), ([], [0]), ([], [])]


def test_what_comes_back_within_its_delay_starts_anew() -> None:
    conditions = Conditions(kind("x", on_delay_s=3), THREE)
    for second, digits in enumerate(("100", "100", "000", "100", "100", "100")):
        assert not conditions.step(yes_or_no(mask(digits)), None, second * US + 1)[0].size
    assert conditions.step(yes_or_no(mask("100")), None, 6 * US + 1)[0].tolist() == [0]


def test_the_deadband_keeps_a_value_near_its_limit_from_chattering() -> None:
    conditions = Conditions(kind("volt", deadband=3), THREE)
    told = []
    for second, volts in enumerate((230.0, 254.0, 252.0, 251.0, 254.0, 250.0, np.nan, 206.0, 209.9, 210.0)):
        sensed = outside(np.full(3, volts), low=207, high=253, deadband=3)
        raised, returned = conditions.step(sensed, None, second * US + 1)
        told.append("+" if raised.size else "-" if returned.size else ".")
    assert "".join(told) == ".+...-.+.-"


def test_what_is_blocked_is_not_raised_but_may_return() -> None:
    conditions = Conditions(kind("x"), THREE)
    assert conditions.step(yes_or_no(mask("100")), mask("010"), US)[0].tolist() == [0]
    raised, returned = conditions.step(yes_or_no(mask("011")), mask("110"), 2 * US)
    assert (raised.tolist(), returned.tolist()) == ([2], [0])


@given(st.lists(st.lists(st.booleans(), min_size=3, max_size=3), max_size=40), st.integers(0, 4), st.integers(0, 4))
def test_arrays_do_what_a_loop_over_one_condition_does(steps: list[list[bool]], on_s: int, off_s: int) -> None:
    """A plain model: a state flips once the opposite has been seen without a break for the delay."""
    conditions = Conditions(kind("x", on_delay_s=on_s, off_delay_s=off_s), THREE)
    active, since = [False] * 3, [0] * 3
    for second, now in enumerate(steps, 1):
        raised, returned = conditions.step(yes_or_no(np.array(now, bool)), None, second * US)
        for row in range(3):
            if now[row] == active[row]:
                since[row] = 0
                continue
            since[row] = since[row] or second
            if second - since[row] >= (off_s if active[row] else on_s):
                active[row], since[row] = now[row], 0
                assert row in (raised if now[row] else returned)
    assert conditions.active.tolist() == active


def test_the_sooner_told_child_waits_for_its_cause() -> None:
    """While a cause's own delay runs, what it explains is not raised, however quick its delay is."""
    kinds = {"test.cabinet": kind("cabinet", on_delay_s=5), "test.circuit": kind("circuit"), "test.lamp": kind("lamp")}
    causes = Causes({name: Conditions(one, WATCHED[name]) for name, one in kinds.items()})
    raised: list[str] = []
    for second in range(1, 9):
        now = {"test.cabinet": mask("1"), "test.circuit": mask("11"), "test.lamp": mask("111")}
        raised += causes.look({name: yes_or_no(on) for name, on in now.items()}, second * US).raised
    assert raised == ["test.cabinet:c"]


def test_a_circle_of_explanations_is_refused() -> None:
    first = Watched(["a"], ["a"], "", np.ones(1, np.int64), {"test.y": np.zeros(1, np.int32)})
    second = Watched(["b"], ["b"], "", np.ones(1, np.int64), {"test.x": np.zeros(1, np.int32)})
    with pytest.raises(ValueError, match="circle"):
        Causes({"test.x": Conditions(kind("x"), first), "test.y": Conditions(kind("y"), second)})


@pytest.mark.parametrize(
    "wrong",
    [
        {"cause": Words("etwas", " ")},
        {"action": Words("", "something")},
        {"respond_s": 0},
        {"severity": 0},
        {"severity": 1001},
        {"on_delay_s": -1},
        {"shelve_max_s": 0},
        {"source_type": ""},
        {"id": "nameless"},
    ],
)
def test_an_entry_that_is_not_rationalised_is_no_alarm(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"alarm|severity|respond|delay|shelving"):
        kind("x", **wrong)


def test_an_entry_leaves_nothing_out() -> None:
    with pytest.raises(TypeError):
        AlarmKind(id="test.x")  # type: ignore[call-arg]


def test_priorities_cover_all_severities() -> None:
    assert [priority(severity) for severity in (1, 333, 334, 666, 667, 900, 901, 1000)] == [
        "low",
        "low",
        "medium",
        "medium",
        "high",
        "high",
        "critical",
        "critical",
    ]
