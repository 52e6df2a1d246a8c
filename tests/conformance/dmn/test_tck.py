"""The DMN TCK (dmn-tck/tck @ 0dbcaf9b, Apache-2.0) as a judge; read from beside the project, skipped where it is absent."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from conformance.dmn.tck import FOLDER, Case, rows, run_all

GAPS = tomllib.loads((Path(__file__).parent / "gaps.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    if not FOLDER.exists():
        pytest.skip(f"the DMN TCK is not at {FOLDER}")
    return run_all()


def record(count: Callable[[str, object], None], cases: list[Case]) -> None:
    count("judge_total", len(cases))
    count("judge_passed", sum(one.good for one in cases))


@pytest.mark.judge("dmn-tck")
def test_red_is_what_is_written_down(cases: list[Case], record_property: Callable[[str, object], None]) -> None:
    """Every result once; those that are red are just the ones whose reason stands in gaps.toml."""
    record(record_property, cases)
    assert len({(one.file, one.place) for one in cases}) == len(cases)
    assert {one.place for one in cases if not one.good} == set(GAPS)
    assert all(gap["why"] for gap in GAPS.values())


@pytest.mark.judge("dmn-tck-not-null")
def test_results_that_are_not_null(cases: list[Case], record_property: Callable[[str, object], None]) -> None:
    """Who always answers null passes the others; these apart."""
    wanted = [one for one in cases if not one.null]
    record(record_property, wanted)
    assert sum(one.good for one in wanted) == len(wanted) - len(GAPS)


def test_results_as_the_tck_publishes_them(cases: list[Case]) -> None:
    """Folder, file, test, result, verdict, detail: a line for each."""
    table = rows(cases)
    assert len(table) == len(cases)
    assert {len(row) for row in table} == {6}
    assert {row[4] for row in table} == {"SUCCESS", "ERROR"}
