"""Functions of contexts (DMN 1.5, table 75)."""

from __future__ import annotations

from stadtwerk.engines.feel.library.signature import function
from stadtwerk.engines.feel.values import Value, VoidError

_ENTRY = {"key", "value"}


@function("get value(m: context, key: string)")
def get_value(context: dict[str, Value], key: str) -> Value:
    """Return the value of a key, null where there is none."""
    return context.get(key)


@function("get value(m: context, keys: list)")
@function("get value(context: context, keys: list)")
def get_value_at(context: dict[str, Value], keys: list[Value]) -> Value:
    """Return the value at a path of keys, null where it leads nowhere."""
    found: Value = context
    for key in _keys(keys):
        if not isinstance(found, dict):
            return None
        found = found.get(key)
    return found


def _keys(keys: list[Value]) -> list[str]:
    if not keys or any(not isinstance(key, str) for key in keys):
        raise VoidError("a path is made of strings")
    return keys


@function("get entries(m: context)")
def get_entries(context: dict[str, Value]) -> list[Value]:
    """Return the entries as contexts of a key and a value."""
    return [{"key": key, "value": value} for key, value in context.items()]


@function("context(entries: list)")
def context_of(entries: list[Value]) -> dict[str, Value]:
    """Make a context of entries, each with a key and a value."""
    made: dict[str, Value] = {}
    for entry in entries:
        if not isinstance(entry, dict) or not entry.keys() >= _ENTRY or not isinstance(entry["key"], str):
            raise VoidError("an entry has a key, which is a string, and a value")
        if entry["key"] in made:
            raise VoidError(f"the key {entry['key']} stands there twice")
        made[entry["key"]] = entry["value"]
    return made


@function("context put(context: context, key: string, value: any)")
def context_put(context: dict[str, Value], key: str, value: Value) -> dict[str, Value]:
    """Return the context with an entry added or replaced."""
    return {**context, key: value}


@function("context put(context: context, keys: list, value: any)")
def context_put_at(context: dict[str, Value], keys: list[Value], value: Value) -> dict[str, Value]:
    """Return the context with an entry deep inside of it added or replaced."""
    first, *rest = _keys(keys)
    if not rest:
        return {**context, first: value}
    inner = context.get(first)
    if not isinstance(inner, dict):
        raise VoidError(f"{first} is no context")
    return {**context, first: context_put_at(inner, rest, value)}


@function("context merge(contexts: list)")
def context_merge(contexts: list[Value]) -> dict[str, Value]:
    """Return one context of several; the later wins."""
    made: dict[str, Value] = {}
    for one in contexts:
        if not isinstance(one, dict):
            raise VoidError("an item is no context")
        made |= one
    return made
