"""Telling who waits what is being done."""

from __future__ import annotations

import sys
import time


class Progress:
    """Prints a line per step: what begins, how far the whole is, and the seconds since the start."""

    def __init__(self) -> None:
        self._since = time.monotonic()

    def __call__(self, step: str, done: float) -> None:
        """Tell that a step begins with a share of 0 to 1 of the work behind it."""
        print(f"  {done:4.0%}  {step}  ({time.monotonic() - self._since:.1f} s)", file=sys.stderr, flush=True)
