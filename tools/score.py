"""`./dev score [NAME] [--json] [--seed N]`: what outside judges say, passed of total.

A judge is a test marked `@pytest.mark.judge("name")`. It counts as one case, or as many as it says itself with
`record_property("judge_passed", n)` and `record_property("judge_total", n)`. A judge that draws its cases
does so by the seed, 1 unless told.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


class Scorer:
    """Picks the tests of the judges and counts."""

    def __init__(self, judge: str | None) -> None:
        self._judge = judge
        self.passed: defaultdict[str, int] = defaultdict(int)
        self.total: defaultdict[str, int] = defaultdict(int)
        self.absent: set[str] = set()

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Keep only what the wanted judge decides."""
        kept = []
        for item in items:
            mark = item.get_closest_marker("judge")
            if mark and self._judge in (None, mark.args[0]):
                item.user_properties.append(("judge", mark.args[0]))
                kept.append(item)
        config.hook.pytest_deselected(items=[item for item in items if item not in kept])
        items[:] = kept

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count a verdict."""
        said = dict(report.user_properties)
        judge = str(said.get("judge", ""))
        if report.skipped:
            self.absent.add(judge)
        elif report.when == "call" or report.failed:
            cases = int(str(said.get("judge_total", 1)))
            self.total[judge] += cases
            self.passed[judge] += int(str(said.get("judge_passed", cases if report.passed else 0)))


def main() -> int:
    """Ask the judges and print a table, or a JSON object a line."""
    parser = argparse.ArgumentParser(prog="./dev score", description="What outside judges say.")
    parser.add_argument("name", nargs="?")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    os.chdir(ROOT)
    os.environ["STADTWERK_SEED"] = str(options.seed)
    scorer = Scorer(options.name)
    quiet = ["-p", "no:terminal"] if options.json else ["--no-header", "--tb=short"]
    code = pytest.main(["-p", "no:cacheprovider", *quiet], plugins=[scorer])
    for judge in sorted(scorer.total):
        passed, total = scorer.passed[judge], scorer.total[judge]
        row = json.dumps({"judge": judge, "passed": passed, "total": total})
        print(row if options.json else f"{judge:24} {passed:6,} of {total:6,}")
    for judge in sorted(scorer.absent - scorer.total.keys()):
        print(f"{judge}: not asked, what it needs is absent", file=sys.stderr)
    return 0 if scorer.total and code in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED) else 1


if __name__ == "__main__":
    sys.exit(main())
