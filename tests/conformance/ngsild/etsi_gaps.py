"""Cases of the suite that stay red although the standard is followed: which, by which clause, and why."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from etsi_rows import Row

GAPS = Path(__file__).with_name("gaps.toml")


@dataclass(frozen=True)
class Gap:
    """Why a case is red: the clause of ETSI GS CIM 009 V1.9.1 that speaks, and what it says against the case."""

    clause: str
    why: str


def read_gaps(path: Path = GAPS) -> dict[str, Gap]:
    """Return the explained gaps by the full name of the case."""
    return {case: Gap(**said) for case, said in tomllib.loads(path.read_text(encoding="utf-8")).items()}


def differences(found: Sequence[Row], gaps: dict[str, Gap]) -> list[str]:
    """Tell each red case nobody has explained, and each explained one that is green or does not exist."""
    red = {row.case for row in found if not row.passed}
    unexplained = [f"red: {row.case} ({row.file}): {row.message}" for row in found if row.case in red - gaps.keys()]
    return unexplained + [f"explained, yet not red: {case}" for case in sorted(gaps.keys() - red)]
