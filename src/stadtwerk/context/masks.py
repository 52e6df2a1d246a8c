"""Queries over columns: a tree and a source become a function from rows to a mask."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from stadtwerk.context.column_masks import Mask, MaskOf, column_mask, instant_mask, never
from stadtwerk.context.columns import LOCATION, fetch, is_numeric
from stadtwerk.context.q import Either, Node, Path, Term
from stadtwerk.context.values import value_test
from stadtwerk.kernel.entity import Attribute, Coded, Computed, EntitySource, Instants, Rows

Resolve = Callable[[str], Attribute | None]
"""Finds the attribute of the source a name in a query means."""


def mask_of(node: Node, source: EntitySource, resolve: Resolve) -> MaskOf:
    """Bind a query to the columns of a source as they are now."""
    if isinstance(node, Term):
        return _term_mask(node, source, resolve)
    parts = [mask_of(part, source, resolve) for part in node.parts]
    join = np.logical_or if isinstance(node, Either) else np.logical_and

    def joined(rows: Rows) -> Mask:
        mask = parts[0](rows)
        for part in parts[1:]:
            mask = join(mask, part(rows))
        return mask

    return joined


def is_slow(node: Node, source: EntitySource, resolve: Resolve) -> bool:
    """Tell whether a query walks texts one by one, so that the door must let others in between."""
    if not isinstance(node, Term):
        return any(is_slow(part, source, resolve) for part in node.parts)
    attribute = resolve(node.path.name)
    if attribute is None or attribute.name == LOCATION or node.path.sub:
        return False
    column = fetch(source, attribute.name)
    return not (isinstance(column, Coded | Instants | Computed) or is_numeric(column))


def _term_mask(term: Term, source: EntitySource, resolve: Resolve) -> MaskOf:
    attribute = resolve(term.path.name)
    if attribute is None or term.path.linked is not None:
        return never
    if attribute.kind == "Relationship" and term.op not in ("exists", "==", "!="):
        return never
    if attribute.name == LOCATION:
        return _place_mask(term, source)
    if term.path.sub:
        return _sub_mask(term, attribute, source)
    if attribute.kind == "LanguageProperty" and not term.path.members and term.op != "exists":
        # Where no language is named, a text of any will do (clause 4.9).
        term = Term(Path(term.path.name, members=("*",)), term.op, term.values)
    return column_mask(term, fetch(source, attribute.name))


def _place_mask(term: Term, source: EntitySource) -> MaskOf:
    places = source.locations()
    if places is None or term.op != "exists" or term.path.sub or term.path.members:
        return never
    lon = places[0]
    return lambda rows: np.isfinite(lon[rows])


def _sub_mask(term: Term, attribute: Attribute, source: EntitySource) -> MaskOf:
    """Conditions on `observedAt` and `unitCode` of an attribute."""
    plain = Term(Path(attribute.name, (), term.path.members), term.op, term.values)
    there = column_mask(Term(Path(attribute.name), "exists"), fetch(source, attribute.name))
    if term.path.sub == ("observedAt",) and attribute.observed:
        times = source.observed_at_us(attribute.name)
        if times is None:
            return never
        seen = instant_mask(plain, Instants(times))
        return lambda rows: seen(rows) & there(rows)
    if term.path.sub == ("unitCode",) and attribute.unit_code:
        return there if value_test(plain)(attribute.unit_code) else never
    return never
