"""What the twin says of itself: one JSON object a line on standard error."""

from __future__ import annotations

import json
import sys
from typing import Protocol, TextIO


class Log(Protocol):
    """Takes one notable event with its figures."""

    def __call__(self, event: str, **figures: object) -> None:
        """Write the event down."""
        ...


def json_log(stream: TextIO | None = None) -> Log:
    """Make a log that writes JSON lines to a stream, standard error unless told."""

    def write(event: str, **figures: object) -> None:
        line = json.dumps({"event": event, **figures}, default=str, ensure_ascii=False)
        print(line, file=stream or sys.stderr, flush=True)

    return write
