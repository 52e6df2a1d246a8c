"""How far history has archived the tail: said by the historian, heeded by the core."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec


def say_archived(lake: Path, archived: Mapping[str, int]) -> None:
    """Write down, in one step, the newest archived batch of each type."""
    new = lake / "archived.new"
    new.write_bytes(msgspec.json.encode(archived))
    new.replace(lake / "archived.json")


def read_archived(lake: Path) -> dict[str, int]:
    """Return the newest archived batch of each type; nothing as long as no historian worked here."""
    path = lake / "archived.json"
    return msgspec.json.decode(path.read_bytes(), type=dict[str, int]) if path.exists() else {}
