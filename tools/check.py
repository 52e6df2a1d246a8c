"""`./dev check [--all]`: runs every check of the house, stops at none, and sums up."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import census
import needs
import rules

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
CHECKED = ("src", "tests", "bench", "tools")
STEP_S = 300.0
PYTEST_S, PYTEST_ALL_S = 900.0, 2400.0
"""Idle, two cores do the plain tests in less than 8 minutes; what takes twice that hangs. All take at most 40."""
TWO_AT_ONCE = ("-n", "2", "--dist", "loadfile", "--no-loadscope-reorder")
"""Most tests of whole cities wait for the world: two files at a time keep both cores busy; screens stay last."""
GRACE_S = 30.0
"""How long an overdue check may take to end its own processes."""


@dataclass(frozen=True)
class Step:
    """One check: its name, and what runs: a command line, or a function that returns an exit code."""

    name: str
    work: Sequence[str | Path] | Callable[[], int]
    limit_s: float = STEP_S


@dataclass(frozen=True)
class Outcome:
    """How a check ended."""

    name: str
    code: int
    took_s: float
    said: str


def steps(*, everything: bool) -> list[Step]:
    """List the checks in the order they run: the quick ones first."""
    which, limit_s = ("not alone", PYTEST_ALL_S) if everything else ("not slow and not alone", PYTEST_S)
    pytest = Step("pytest", [BIN / "pytest", *TWO_AT_ONCE, "--durations=10", "-m", which], limit_s)
    alone = Step("pytest alone", [BIN / "pytest", "--durations=10", "-m", "alone"], PYTEST_S)
    return [
        *([Step("needs", needs.bring, needs.APT_TIMEOUT_S)] if everything else []),
        Step("ruff check", [BIN / "ruff", "check", "--quiet", *CHECKED]),
        Step("ruff format", [BIN / "ruff", "format", "--check", "--quiet", *CHECKED]),
        Step("mypy", [BIN / "mypy", "src", "tools"]),
        Step("imports", [BIN / "lint-imports"]),
        Step("census", census.main),
        Step("house rules", rules.main),
        Step("systems", [sys.executable, "tools/validator.py"]),
        pytest,
        *([alone] if everything else []),
    ]


def run(step: Step) -> Outcome:
    """Run one check, showing what it says."""
    print(f"== {step.name}", flush=True)
    began = time.monotonic()
    code, said = (step.work(), "") if callable(step.work) else _command(step.work, step.limit_s)
    sys.stdout.flush()
    return Outcome(step.name, code, time.monotonic() - began, said)


def _command(command: Sequence[str | Path], limit_s: float) -> tuple[int, str]:
    """Run a command line within its time; return its exit code and its last line."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "NO_COLOR": "1", "COLUMNS": "120"}
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    previous = signal.signal(signal.SIGALRM, lambda *_: _hurry(process, limit_s))
    signal.setitimer(signal.ITIMER_REAL, limit_s, GRACE_S)
    said = ""
    try:
        for line in process.stdout or ():
            print(line, end="", flush=True)
            said = line.strip() or said
        code = process.wait()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)
    return code, said


def _hurry(process: subprocess.Popen[str], limit_s: float) -> None:
    """End an overdue check: first as Ctrl-C would, so that it ends what it started; then for good."""
    if getattr(process, "hurried", False):
        process.kill()
        return
    process.hurried = True  # type: ignore[attr-defined]
    print(f"not done after {limit_s:.0f} s", flush=True)
    process.send_signal(signal.SIGINT)


def table(outcomes: Sequence[Outcome]) -> str:
    """Lay out how all checks ended."""
    rows = [
        f"{outcome.name:14} {'failed' if outcome.code else 'ok':8} {outcome.took_s:7.1f} s   "
        + (outcome.said if outcome.name.startswith("pytest") else "")
        for outcome in outcomes
    ]
    return "\n".join(row.rstrip() for row in rows)


def main() -> int:
    """Run all checks; 0 only if each holds."""
    parser = argparse.ArgumentParser(prog="./dev check", description=__doc__)
    parser.add_argument("--all", action="store_true", help="also what takes long; brings the programs tests need")
    options = parser.parse_args()
    outcomes = [run(step) for step in steps(everything=options.all)]
    print(f"\n{table(outcomes)}")
    return 1 if any(outcome.code for outcome in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main())
