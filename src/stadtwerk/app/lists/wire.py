"""What the core hands to the process that reads a list, and what comes back."""

from __future__ import annotations

import msgspec

from stadtwerk.kernel.refusal import Refusal


class Task(msgspec.Struct, frozen=True):
    """A list as it was sent, and what is wished; a city is made where `city` names one."""

    body: bytes
    name: str
    columns: dict[str, str]
    system: str
    city: str = ""
    source: str = ""
    licence: str = ""


class Reply(msgspec.Struct, frozen=True, omit_defaults=True):
    """A preview as JSON or a city as a zip file, or why there is none."""

    answer: bytes = b""
    refusal: Refusal | None = None
