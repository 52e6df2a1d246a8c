"""The query language of NGSI-LD as a tree (ETSI GS CIM 009 clause 4.9)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import msgspec

Operator = Literal["exists", "==", "!=", "<", "<=", ">", ">=", "~=", "!~="]


class Moment(msgspec.Struct, frozen=True):
    """An instant in a query: microseconds UTC and the text as written."""

    at_us: int
    text: str


Literal_ = bool | float | str | Moment


class Range(msgspec.Struct, frozen=True):
    """A closed interval of two values of one kind."""

    low: Literal_
    high: Literal_


class Path(msgspec.Struct, frozen=True):
    """What a condition looks at: an attribute, one of its own attributes, members of its value (`[a.b]`).

    `linked` is where the condition goes on in the entity that a relationship leads to (`standsOn{Street:name}`).
    """

    name: str
    sub: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    linked: Linked | None = None

    @property
    def depth(self) -> int:
        """Return how many relationships the path follows."""
        return 0 if self.linked is None else 1 + self.linked.path.depth


class Linked(msgspec.Struct, frozen=True):
    """The rest of a path, in linked entities; of these types if any are named."""

    types: tuple[str, ...]
    path: Path


class Term(msgspec.Struct, frozen=True):
    """One condition; `values` are alternatives (none for existence, one pattern text for `~=`)."""

    path: Path
    op: Operator
    values: tuple[Literal_ | Range, ...] = ()


class Both(msgspec.Struct, frozen=True):
    """All parts must hold (`;`)."""

    parts: tuple[Node, ...]


class Either(msgspec.Struct, frozen=True):
    """One part must hold (`|`)."""

    parts: tuple[Node, ...]


Node = Term | Both | Either


def terms_of(node: Node) -> Iterator[Term]:
    """Give all conditions of a query."""
    if isinstance(node, Term):
        yield node
        return
    for part in node.parts:
        yield from terms_of(part)
