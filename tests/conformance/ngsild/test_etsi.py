"""The ETSI suite as a judge, on SQLite and on PostgreSQL; exists only where STADTWERK_ETSI names its checkout."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from etsi_broker import started
from etsi_gaps import differences, read_gaps
from etsi_robot import Wish, run
from etsi_rows import rows, table
from etsi_suite import CASES, FURTHER, selected, working_copy

SUITE = os.environ.get("STADTWERK_ETSI", "")

if SUITE:

    @pytest.mark.slow
    @pytest.mark.judge("etsi-ngsi-ld")
    @pytest.mark.parametrize("store", ["sqlite", "postgresql"])
    def test_red_is_what_the_standard_explains(
        store: str,
        tmp_path: Path,
        request: pytest.FixtureRequest,
        record_property: Callable[[str, object], None],
    ) -> None:
        """All cases run; those that are red are just the ones whose reason is written down."""
        suite = Path(SUITE)
        copy = working_copy(suite)
        address = request.getfixturevalue("postgres_server").url() if store == "postgresql" else store
        with started(address, copy, tmp_path) as url:
            found = rows(run(copy, Wish(url, (*selected(suite), *FURTHER)), tmp_path / "robot"))
        imported = [row for row in found if row.file not in FURTHER]
        record_property("judge_total", len(imported))
        record_property("judge_passed", sum(row.passed for row in imported))
        print(table(found))
        assert len(imported) == CASES
        assert not differences(found, read_gaps())
