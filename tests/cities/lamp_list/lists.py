"""Lists of lamps for tests: made ones, and a real one of another city."""

from __future__ import annotations

import os
from pathlib import Path

WASHINGTON = os.environ.get("STADTWERK_TEST_WASHINGTON", "")
"""Where the 3,963 lamps of Washington DC lie (Open Data DC), as izzyoungs/downtown-action-agenda keeps them at 798c8a7:
data/streetlights.csv, SHA-256 f597ab6551204a06fc16003e7654e6d964278a86846ddd6471d2d1b474db5770."""


def write(folder: Path, text: str, *, encoding: str = "utf-8", name: str = "list.csv") -> Path:
    """Write a list and return its file."""
    file = folder / name
    file.write_bytes(text.encode(encoding))
    return file
