"""What schemathesis is told beside the description: no receiver and no context source it makes up is a stranger's."""

from __future__ import annotations

from typing import Any

import schemathesis

NOBODY = "^http://127[.]0[.]0[.]1:9/[a-z]{1,8}$"
"""Addresses at this machine where nobody listens (the port of RFC 863)."""


@schemathesis.hook
def before_load_schema(context: schemathesis.HookContext, raw_schema: dict[str, Any]) -> None:
    """Let bodies name addresses where nobody is, instead of any on the Internet."""
    _let_lead_nowhere(raw_schema["paths"])


def _let_lead_nowhere(part: Any) -> None:
    if isinstance(part, list):
        for one in part:
            _let_lead_nowhere(one)
    elif isinstance(part, dict):
        for name, value in part.items():
            if name in ("uri", "endpoint") and isinstance(value, dict) and "://" in value.get("pattern", ""):
                value["pattern"] = NOBODY
            elif name in ("uri", "endpoint") and isinstance(value, str):
                part[name] = "http://127.0.0.1:9/nobody"
            else:
                _let_lead_nowhere(value)
