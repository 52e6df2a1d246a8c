"""What is asked about the past, and the answer."""

from __future__ import annotations

from typing import Literal

import msgspec


class Question(msgspec.Struct, frozen=True):
    """What is asked about an instant: a query of a system by its path, or the commands as they were."""

    at_us: int
    what: Literal["query", "commands", "command", "targets"]
    given: dict[str, str]
    system: str = ""
    path: str = ""


class Answer(msgspec.Struct, frozen=True):
    """The answer, as it goes out."""

    body: bytes
    media_type: str = "application/json"
