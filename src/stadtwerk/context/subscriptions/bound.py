"""A bound that every entity a query takes must keep: what an index can look up before the query is asked."""

from __future__ import annotations

from typing import Literal, NamedTuple

from stadtwerk.context.q import Both, Node, Term
from stadtwerk.context.terms import Terms

Side = Literal["above", "below", "equal"]
_SIDES: dict[str, Side] = {">": "above", ">=": "above", "<": "below", "<=": "below", "==": "equal"}


class Bound(NamedTuple):
    """What must hold at least before a query can: an attribute's number lies above, below or at a value."""

    iri: str
    side: Side
    value: float


def bound_of(node: Node, terms: Terms) -> Bound | None:
    """Return a bound that every entity a query takes keeps, None if none is plain to see."""
    if isinstance(node, Both):
        return next(filter(None, (bound_of(part, terms) for part in node.parts)), None)
    if not isinstance(node, Term) or node.op not in _SIDES or len(node.values) != 1:
        return None
    path, value = node.path, node.values[0]
    if path.sub or path.members or path.linked is not None or type(value) is not float:
        return None
    return Bound(terms.expand(path.name), _SIDES[node.op], value)
