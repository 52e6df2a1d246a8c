"""Lists of lamps for tests: made ones, and a real one of another city."""

from __future__ import annotations

import hashlib
import os
import tempfile
import urllib.request
from pathlib import Path

import pytest

WASHINGTON = (
    "https://raw.githubusercontent.com/izzyoungs/downtown-action-agenda/"
    "798c8a74c8e67d8a563736b3c4c5a41368b521f3/data/streetlights.csv"
)
"""3,963 lamps of Washington DC (Open Data DC), as another project keeps them."""
WASHINGTON_SHA256 = "f597ab6551204a06fc16003e7654e6d964278a86846ddd6471d2d1b474db5770"
REACH_S = 10


def washington() -> Path:
    """Return the list of Washington: named by STADTWERK_TEST_WASHINGTON, kept from before, or fetched; else skip."""
    if named := os.environ.get("STADTWERK_TEST_WASHINGTON"):
        return Path(named)
    kept = Path(tempfile.gettempdir()) / "stadtwerk-washington.csv"
    if not kept.exists() or hashlib.sha256(kept.read_bytes()).hexdigest() != WASHINGTON_SHA256:
        try:
            with urllib.request.urlopen(WASHINGTON, timeout=REACH_S) as answer:
                kept.write_bytes(answer.read())
        except OSError as error:
            pytest.skip(f"the list of Washington is not here and cannot be fetched: {error}")
    return kept


def write(folder: Path, text: str, *, encoding: str = "utf-8", name: str = "list.csv") -> Path:
    """Write a list and return its file."""
    file = folder / name
    file.write_bytes(text.encode(encoding))
    return file
