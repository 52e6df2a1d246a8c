"""Names of things: URNs of entities, ids of commands."""

from __future__ import annotations

import re
from collections.abc import Callable

from stadtwerk.kernel.refusal import Refused

Entropy = Callable[[int], bytes]
"""Gives so many random bytes; made in `app`, handed in everywhere else."""

RESERVED = ("schedule-", "reaction-")
"""How the ids of commands begin that the city gives by itself: who took one before it would keep the city from it."""

_COMMAND_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z-]{7,63}")


def urn(entity_type: str, local_id: str) -> str:
    """Name an entity of the city as NGSI-LD does (ETSI GS CIM 009 clause 4.6.2)."""
    return f"urn:ngsi-ld:{entity_type}:{local_id}"


def new_command_id(now_us: int, entropy: Entropy) -> str:
    """Make a UUID version 7 (RFC 9562 section 5.7): time-ordered, 74 random bits."""
    random = int.from_bytes(entropy(10), "big")
    value = (now_us // 1000 & (1 << 48) - 1) << 80 | 7 << 76 | (random >> 62 & 0xFFF) << 64
    value |= 2 << 62 | random & (1 << 62) - 1
    text = f"{value:032x}"
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def check_command_id(text: str) -> str:
    """Accept a client-made command id (UUID, ULID or alike) or refuse it."""
    if not _COMMAND_ID.fullmatch(text):
        raise Refused.field("Idempotency-Key", "use a UUID or ULID: 8 to 64 letters, digits and hyphens")
    if text.startswith(RESERVED):
        raise Refused.field("Idempotency-Key", f"ids that begin with {' or '.join(RESERVED)} are the city's own")
    return text
