"""Instants as texts: reading what people write, writing what programs read."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache

from stadtwerk.kernel.clock import US

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FORM = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d([.,]\d{1,9})?)?(Z|[+-]\d\d:\d\d)?)?")


@lru_cache(maxsize=65_536)
def read_moment(text: str) -> int | None:
    """Return microseconds UTC of a date or date-time (RFC 3339; no zone means UTC), None for anything else."""
    if not _FORM.fullmatch(text):
        return None
    try:
        moment = datetime.fromisoformat(text.replace(",", "."))
        since = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - _EPOCH
    except (ValueError, OverflowError):
        return None
    return (since.days * 86_400 + since.seconds) * US + since.microseconds


@lru_cache(maxsize=65_536)
def write_moment(at_us: int) -> str:
    """Write microseconds UTC as RFC 3339 with milliseconds."""
    moment = datetime.fromtimestamp(at_us / US, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"
