"""What the twin says of itself: one JSON object a line on standard error, in the form of all the city's logs."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from typing import Protocol, TextIO


class Log(Protocol):
    """Takes one notable event with its figures."""

    def __call__(self, event: str, **figures: object) -> None:
        """Write the event down; a figure named `level` says how grave it is."""
        ...


def json_log(stream: TextIO | None = None) -> Log:
    """Make a log that writes JSON lines to a stream, standard error unless told."""

    def write(event: str, **figures: object) -> None:
        at = datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
        head = {"timestamp": at, "level": "info", "event": event, "process": "twin"}
        print(json.dumps({**head, **figures}, default=str, ensure_ascii=False), file=stream or sys.stderr, flush=True)

    return write
