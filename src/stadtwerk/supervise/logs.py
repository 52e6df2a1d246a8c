"""What the processes write, kept within bounds."""

from __future__ import annotations

import shutil
from pathlib import Path

LOG_BYTES = 5_000_000
"""A log larger than this is put aside; one such older part is kept."""
TAIL_BYTES = 600


def rotate(path: Path) -> None:
    """Put a log aside once it is large; its writers append, so they go on in the emptied file."""
    if not path.name.endswith(".old.log") and path.exists() and path.stat().st_size > LOG_BYTES:
        shutil.copyfile(path, path.with_suffix(".old.log"))
        with path.open("r+b") as file:
            file.truncate(0)


def tail(path: Path) -> str:
    """Return the last lines of a log."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - TAIL_BYTES))
        return file.read().decode(errors="replace").strip()
