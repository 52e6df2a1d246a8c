"""The query language of NGSI-LD as a tree (ETSI GS CIM 009 clause 4.9)."""

from __future__ import annotations

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
    """What a condition looks at: an attribute, one of its own attributes, members of its value (`[a.b]`)."""

    name: str
    sub: tuple[str, ...] = ()
    members: tuple[str, ...] = ()


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
