"""How core and past talk: each message with its length before it."""

from __future__ import annotations

from typing import BinaryIO

import msgspec

from stadtwerk.doors.question import Answer
from stadtwerk.kernel.refusal import Refusal


class Reply(msgspec.Struct, frozen=True, omit_defaults=True):
    """An answer, or why there is none."""

    answer: Answer = Answer(b"")
    refusal: Refusal | None = None


def frame(body: bytes) -> bytes:
    """Put a message's length before it."""
    return len(body).to_bytes(4, "little") + body


def pick(source: BinaryIO) -> bytes | None:
    """Read one message, None at the end."""
    head = _exactly(source, 4)
    return None if head is None else _exactly(source, int.from_bytes(head, "little"))


def _exactly(source: BinaryIO, n: int) -> bytes | None:
    parts: list[bytes] = []
    while n:
        part = source.read(n)
        if not part:
            return None
        parts.append(part)
        n -= len(part)
    return b"".join(parts)
