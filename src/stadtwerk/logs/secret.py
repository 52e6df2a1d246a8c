"""Secrets never reach a log: fields that hold one, and words that carry one, are blanked."""

from __future__ import annotations

import re
from collections.abc import MutableMapping
from typing import Any

HIDDEN = "(hidden)"
FIELDS = frozenset(("authorization", "cookie", "key", "password", "secret", "set_cookie", "token"))
"""Fields of a log line that are never written."""
# A token's end is where text that could not belong to it begins; `name=` and `"name": "` are both written by people.
_CARRIED = re.compile(
    r"(?i)(?<![^\W_])(bearer\s+|basic\s+|(?:token|password|secret|session|api[_-]?key|code)[\"']?\s*[=:]\s*[\"']?)[\w.~+/%-]{8,}={0,2}"
)
_LOGIN = re.compile(r"(?<=://)[^/\s:@]+:[^/\s@]+(?=@)")


def hide(logger: Any, method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Blank the secrets of one log line (a structlog processor)."""
    for name, value in line.items():
        if name in FIELDS:
            line[name] = HIDDEN
        elif isinstance(value, str):
            line[name] = blank(value)
    return line


def blank(text: str) -> str:
    """Blank tokens, passwords and logins that stand in a text."""
    return _LOGIN.sub(HIDDEN, _CARRIED.sub(rf"\g<1>{HIDDEN}", text))
