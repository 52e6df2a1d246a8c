"""The check stops at nothing, sums up, ends what takes too long, and fails when anything fails."""

from __future__ import annotations

import sys

import pytest

import check


def test_a_failing_and_an_overdue_check_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    outcomes = [
        check.run(check.Step("good", [sys.executable, "-c", "print('3 passed')"])),
        check.run(check.Step("bad", lambda: 1)),
        check.run(check.Step("slow", [sys.executable, "-c", "import time; time.sleep(60)"], 0.3)),
    ]
    assert [bool(outcome.code) for outcome in outcomes] == [False, True, True]
    assert outcomes[0].said == "3 passed"
    assert outcomes[2].took_s < 30
    assert "not done after" in capsys.readouterr().out
    assert [row.split()[:2] for row in check.table(outcomes).splitlines()] == [
        ["good", "ok"],
        ["bad", "failed"],
        ["slow", "failed"],
    ]


def test_the_quick_run_leaves_out_what_is_slow_and_the_full_run_leaves_out_nothing() -> None:
    quick, full = check.steps(everything=False), check.steps(everything=True)
    assert list(quick[-1].work)[-2:] == ["-m", "not slow and not alone"]
    shares = [list(step.work)[-1] for step in full if step.name.startswith("pytest")]
    assert shares == ["not alone", "alone"]
    assert {step.name for step in quick} < {step.name for step in full}
