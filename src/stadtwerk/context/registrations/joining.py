"""One answer out of several that describe: types, attributes, pasts of entities (ETSI GS CIM 009 clauses 5.7.3 to 5.7.10)."""  # noqa: E501

from __future__ import annotations

from typing import Any

import msgspec

_COUNTS = frozenset(("entityCount", "attributeCount"))
"""Members that count: they add up."""

_encode = msgspec.json.Encoder(order="sorted").encode


def join(mine: Any, other: Any) -> Any:
    """Join two answers to one question: what is named alike becomes one, counts add up, mine wins otherwise."""
    if isinstance(mine, list) or isinstance(other, list):
        return _lists(mine if isinstance(mine, list) else [mine], other if isinstance(other, list) else [other])
    if not isinstance(mine, dict) or not isinstance(other, dict):
        return mine
    joined = dict(mine)
    for name, value in other.items():
        if name not in joined:
            joined[name] = value
        elif name in _COUNTS and isinstance(value, int) and isinstance(joined[name], int):
            joined[name] += value
        elif isinstance(value, list | dict):
            joined[name] = join(joined[name], value)
    return joined


def _lists(mine: list[Any], other: list[Any]) -> list[Any]:
    joined = {_key(item): item for item in mine}
    for item in other:
        key = _key(item)
        joined[key] = join(joined[key], item) if key in joined else item
    return list(joined.values())


def _key(item: Any) -> bytes:
    """Return by what an item of a list is known: its id, else all of it."""
    name = item.get("id") if isinstance(item, dict) else None
    return _encode(name if isinstance(name, str) else item)
