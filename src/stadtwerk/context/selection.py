"""Choosing entity types: `A,B`, `A|B`, `(A;B),C` and `*` (ETSI GS CIM 009 clause 4.17)."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

import msgspec

from stadtwerk.context.limits import Q_DEPTH, Q_TERMS
from stadtwerk.context.problems import one_fault, too_complex

ANY = "*"
_TYPE = re.compile(r"[*]|[^\s,|;()\"<>*]+")


class AllOf(msgspec.Struct, frozen=True):
    """Entities that are of every part."""

    parts: tuple[Selection, ...]


class AnyOf(msgspec.Struct, frozen=True):
    """Entities that are of one part at least."""

    parts: tuple[Selection, ...]


Selection = str | AllOf | AnyOf


@lru_cache(maxsize=512)
def parse_types(text: str) -> Selection:
    """Compile a selection of types; raises a typed refusal on bad syntax (400) or excess (403)."""
    if len(_TYPE.findall(text)) > Q_TERMS:
        raise too_complex("type", f"at most {Q_TERMS} names")
    selection, at = _any_of(text, 0, 0)
    if at != len(text):
        raise one_fault("type", f"expected `,`, `|`, `;` or the end at character {at + 1}")
    return selection


def selects(selection: Selection, is_type: Callable[[str], bool]) -> bool:
    """Tell whether entities of one type are selected; `is_type` tells whether a name means that type."""
    if isinstance(selection, str):
        return selection == ANY or is_type(selection)
    answers = (selects(part, is_type) for part in selection.parts)
    return all(answers) if isinstance(selection, AllOf) else any(answers)


def _any_of(text: str, at: int, depth: int) -> tuple[Selection, int]:
    part, at = _all_of(text, at, depth)
    parts = [part]
    while text[at : at + 1] in (",", "|") and at < len(text):
        part, at = _all_of(text, at + 1, depth)
        parts.append(part)
    return (parts[0] if len(parts) == 1 else AnyOf(tuple(parts))), at


def _all_of(text: str, at: int, depth: int) -> tuple[Selection, int]:
    part, at = _one(text, at, depth)
    parts = [part]
    while text[at : at + 1] == ";":
        part, at = _one(text, at + 1, depth)
        parts.append(part)
    return (parts[0] if len(parts) == 1 else AllOf(tuple(parts))), at


def _one(text: str, at: int, depth: int) -> tuple[Selection, int]:
    if text[at : at + 1] == "(":
        if depth >= Q_DEPTH:
            raise too_complex("type", f"at most {Q_DEPTH} nested parentheses")
        part, at = _any_of(text, at + 1, depth + 1)
        if text[at : at + 1] != ")":
            raise one_fault("type", f"expected `)` at character {at + 1}")
        return part, at + 1
    found = _TYPE.match(text, at)
    if found is None:
        raise one_fault("type", f"expected the name of a type at character {at + 1}")
    return found.group(), found.end()
