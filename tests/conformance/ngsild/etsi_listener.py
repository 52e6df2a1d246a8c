"""A robot listener: one line a case on the error channel, while the suite runs."""

from __future__ import annotations

import sys
from typing import Any

ROBOT_LISTENER_API_VERSION = 3


def end_test(_: Any, result: Any) -> None:
    """Tell how a case ended."""
    message = " ".join(result.message.split())[:110]
    print(f"{result.status} {result.name[:70]}  {message}", file=sys.stderr, flush=True)
