"""What the processes write, kept within bounds."""

from __future__ import annotations

import shutil
from pathlib import Path

from stadtwerk.logs.read import parse

LOG_BYTES = 5_000_000
"""A log larger than this is put aside; one such older part is kept."""
TAIL_BYTES = 600
LINE_BYTES = 20_000
"""A last line is looked for in so much of a log: a fault's traceback is part of its line."""


def rotate(path: Path) -> None:
    """Put a log aside once it is large; its writers append, so they go on in the emptied file."""
    if not path.name.endswith(".old.log") and path.exists() and path.stat().st_size > LOG_BYTES:
        shutil.copyfile(path, path.with_suffix(".old.log"))
        with path.open("r+b") as file:
            file.truncate(0)


def last_words(path: Path) -> str:
    """Return what the last line of a log says, in words: an event, with the last line of its fault if it has one."""
    text = tail(path, LINE_BYTES).rpartition("\n")[2]
    line = parse(text, path.stem, "")
    return ": ".join(words for words in (line.event, line.exception.strip().rpartition("\n")[2]) if words)


def tail(path: Path, size: int = TAIL_BYTES) -> str:
    """Return the last lines of a log."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - size))
        return file.read().decode(errors="replace").strip()
