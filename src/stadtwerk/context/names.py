"""Names of the city in the words of a client: its @context against ours."""

from __future__ import annotations

from collections.abc import Callable

from stadtwerk.context.library import Context


def meaning(context: Context, home: Context) -> Callable[[str], str]:
    """Return what turns a name of the client's @context into ours."""
    if context.terms is home.terms:
        return lambda name: home.terms.compact(name) if ":" in name else name
    return lambda name: home.terms.compact(context.terms.expand(name))


def foreign_name(name: str, context: Context, home: Context) -> str:
    """Return our name in the client's @context: its term, or the IRI."""
    return name if context.terms is home.terms else context.terms.compact(home.terms.expand(name))
