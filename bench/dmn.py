"""FEEL conditions and decision tables, warm: microseconds beside the bound and the same condition in plain Python.

    PYTHONPATH=src python bench/dmn.py [--json]

CPU time of this one process counts, the best of nine rounds; the peer is a Python function with the same decimals.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

TESTS = Path(__file__).parents[1] / "tests"
sys.path[:0] = [str(Path(__file__).parent), str(TESTS), str(TESTS / "engines" / "dmn")]
from models import decision, engine, given, table

from conformance.dmn.tck import FOLDER, run_all
from figure import publish
from stadtwerk.engines.feel import Feel

BOUND_US = 5.0
TCK_BOUND_S = 25.0
CONDITION = 'age >= 18 and income < 30000.50 and kind in ("car", "van")'
APPLICANT = {"age": Decimal(42), "income": Decimal("29999.99"), "kind": "van"}


def plain(applicant: dict) -> bool:
    """Say the same as CONDITION."""
    adult = applicant["age"] >= Decimal(18)
    return adult and applicant["income"] < Decimal("30000.50") and applicant["kind"] in ("car", "van")


def best_us(run: Callable[[], object], times: int) -> float:
    """Return the best of nine rounds, microseconds a call."""
    rounds = []
    for _ in range(9):
        began = time.process_time()
        for _ in range(times):
            run()
        rounds.append(time.process_time() - began)
    return 1e6 * min(rounds) / times


def main() -> None:
    """Measure and publish."""
    feel = Feel(APPLICANT)
    condition = feel.expression(CONDITION)
    assert condition.value(APPLICANT) is plain(APPLICANT) is True
    ours = best_us(lambda: condition.value(APPLICANT), 20_000)
    publish("FEEL condition of three parts, warm", ours, "us", peer="bound", peer_value=BOUND_US)
    theirs = best_us(lambda: plain(APPLICANT), 20_000)
    publish("FEEL condition of three parts, warm", ours, "us", peer="plain Python", peer_value=theirs)
    short = feel.expression("age >= 18")
    publish(
        "FEEL comparison, warm",
        best_us(lambda: short.value(APPLICANT), 20_000),
        "us",
        peer="bound",
        peer_value=BOUND_US,
    )
    rules = [((f"[{n}..{n + 1})", '"car", "van"'), (str(n),)) for n in range(100)]
    made = engine(given("age"), given("kind"), decision("fee", table(("age", "kind"), ("fee",), rules), "age", "kind"))
    assert made.decide("fee", APPLICANT).value == 42
    took = best_us(lambda: made.decide("fee", APPLICANT), 200)
    publish(
        "decision table of 100 rules, with its trace", took, "us", peer="bound, 5 us a rule", peer_value=100 * BOUND_US
    )
    read = best_us(lambda: feel.expression(CONDITION), 300)
    publish("reading and compiling the condition", read, "us", peer="bound", peer_value=1_000)
    if FOLDER.exists():
        began = time.process_time()
        run_all()
        publish("the whole DMN TCK", time.process_time() - began, "s", peer="bound", peer_value=TCK_BOUND_S)


if __name__ == "__main__":
    main()
