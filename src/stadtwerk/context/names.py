"""Names of the city in the words of a client: its @context against ours.

Who speaks the core @context, or names none, has the city's own types and attributes under their short names in the
default vocabulary; who names another has them under the IRIs of the home @context.
"""

from __future__ import annotations

from collections.abc import Callable

from stadtwerk.context.library import Context
from stadtwerk.context.terms import Terms


def published_terms(context: Context, home: Context) -> Terms:
    """Return the table that gives the city's own names the IRIs which they have for a client."""
    return context.terms if context.plain else home.terms


def meaning(context: Context, home: Context) -> Callable[[str], str]:
    """Return what turns a name of the client's @context into ours."""
    expand, shorten = context.terms.expand, home.terms.compact
    if not context.plain:
        return lambda name: shorten(expand(name))
    compact = context.terms.compact

    def of_either(name: str) -> str:
        iri = expand(name)
        known = compact(iri)
        return shorten(iri) if known == iri else known

    return of_either


def foreign_name(name: str, context: Context, home: Context) -> str:
    """Return our name in the client's @context: its term, or the IRI."""
    return context.terms.compact(published_terms(context, home).expand(name))
