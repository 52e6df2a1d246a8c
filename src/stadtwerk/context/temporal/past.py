"""What an entity was that only its history knows."""

from __future__ import annotations

import msgspec


class Ended(msgspec.Struct, frozen=True):
    """An entity that was deleted, or that only ever was told about; times in microseconds UTC, 0 for never deleted."""

    number: int
    type: list[str]
    scope: list[str]
    created_at_us: int
    deleted_at_us: int
