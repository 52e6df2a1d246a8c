"""Putting entities in order: by values of mixed kinds, by texts of a language, by distance (ETSI GS CIM 009 clause 4.23)."""  # noqa: E501

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar

import msgspec

from stadtwerk.context.entities.document import Entity
from stadtwerk.context.evaluate import Subject, compile_path
from stadtwerk.context.geometry import read_geometry
from stadtwerk.context.geoq import metres_between, shape_of
from stadtwerk.context.limits import ORDER_TERMS
from stadtwerk.context.moments import read_moment
from stadtwerk.context.problems import one_fault, too_complex
from stadtwerk.context.q import Path
from stadtwerk.context.q_parser import parse_path
from stadtwerk.context.terms import Terms

T = TypeVar("T")
Key = tuple[Any, ...]
Collate = Callable[[str], Key]

DIRECTIONS = ("asc", "desc", "dist-asc", "dist-desc")
_TAG = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")
_TIME = re.compile(r"\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:\d\d)?")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_PHONEBOOK = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
ABSENT = (9,)


class By(msgspec.Struct, frozen=True):
    """One step of an order: by what, upwards or downwards, by value or by distance."""

    path: Path
    downwards: bool = False
    distance: bool = False


class Order(msgspec.Struct, frozen=True):
    """An order of entities; distances are taken from `origin`, GeoJSON coordinates of `shape`."""

    steps: tuple[By, ...]
    collation: str = ""
    origin: str = ""
    shape: str = "Point"


def parse_order(text: str) -> tuple[By, ...]:
    """Read `orderBy`; raises a typed refusal on bad syntax (400) or excess (403)."""
    parts = text.split(",")
    if len(parts) > ORDER_TERMS:
        raise too_complex("orderBy", f"at most {ORDER_TERMS} steps")
    steps = []
    for part in parts:
        name, _, direction = part.partition(";")
        if direction not in ("", *DIRECTIONS) or part.endswith(";"):
            raise one_fault("orderBy", f"{direction[:40]!r} is none of {', '.join(DIRECTIONS)}")
        steps.append(By(parse_path(name, "orderBy"), direction.endswith("desc"), direction.startswith("dist")))
    return tuple(steps)


def check_collation(text: str) -> str:
    """Accept the name of a collation such as `de-u-co-phonebk` (RFC 6067) or refuse it (400)."""
    if not _TAG.fullmatch(text):
        raise one_fault("collation", f"{text[:60]!r} names no collation (RFC 6067), such as und-u-ks-level2")
    return text


def keys_of(order: Order, terms: Terms) -> Callable[[Entity], tuple[Key, ...]]:
    """Compile an order: an entity's keys, one a step."""
    collate = collator(order.collation)
    steps = [_key_of(step, order, terms, collate) for step in order.steps]
    return lambda entity: tuple(key(entity) for key in steps)


def in_order(pairs: list[tuple[tuple[Key, ...], T]], order: Order) -> list[T]:
    """Return things in the order of the keys beside them; equal ones stay as they were, what is absent comes last."""
    for place, step in reversed(list(enumerate(order.steps))):
        there = [pair for pair in pairs if pair[0][place] != ABSENT]
        absent = [pair for pair in pairs if pair[0][place] == ABSENT]
        there.sort(key=_at(place), reverse=step.downwards)
        pairs = [*there, *absent]
    return [thing for _, thing in pairs]


def _at(place: int) -> Callable[[tuple[tuple[Key, ...], Any]], Key]:
    return lambda pair: pair[0][place]


def _key_of(step: By, order: Order, terms: Terms, collate: Collate) -> Callable[[Entity], Key]:
    name, reach = step.path.name, compile_path(step.path, terms)
    if name == "id":
        return lambda entity: (collate(entity.id),)
    if name in ("type", "scope"):
        return lambda entity: _least([collate(text) for text in getattr(entity, name)])
    if step.distance:
        origin = read_geometry(order.shape, order.origin)

        def far(entity: Entity) -> Key:
            shapes = [shape_of(value) for kind, value in reach(Subject(entity)) if kind == "GeoProperty"]
            known = [metres_between(shape, origin) for shape in shapes if shape is not None]
            return (0, min(known)) if known else (1, *by_value(entity))

        def by_value(entity: Entity) -> Key:
            return _least([ranked(value, collate) for _, value in reach(Subject(entity))])

        return lambda entity: ABSENT if not list(reach(Subject(entity))) else far(entity)
    return lambda entity: _least([ranked(value, collate) for _, value in reach(Subject(entity))])


def _least(keys: list[Key]) -> Key:
    return min(keys) if keys else ABSENT


def ranked(value: Any, collate: Collate) -> Key:
    """Return the key of a value: numbers, texts, objects, arrays, truth values, times, dates, instants (4.23.2)."""
    if isinstance(value, bool):
        return (4, value)
    if isinstance(value, int | float):
        return (0, value)
    if isinstance(value, str):
        return _text_key(value, collate)
    if isinstance(value, dict):
        return (2, msgspec.json.encode(value, order="sorted"))
    if isinstance(value, list):
        return (3, [ranked(one, collate) for one in value])
    return (8,)


def _text_key(text: str, collate: Collate) -> Key:
    if text[:1].isdigit():
        if _TIME.fullmatch(text):
            return (5, text)
        at_us = read_moment(text)
        if at_us is not None:
            return (6 if _DATE.fullmatch(text) else 7, at_us)
    return (1, collate(text))


@lru_cache(maxsize=64)
def collator(name: str) -> Collate:
    """Return what makes keys of texts: letters first, then accents, then case (the root order of the UCA, simplified).

    `ks` gives how much counts (level1 letters, level2 accents too, level3 case too), `co-phonebk` writes ä as ae.
    """
    parts = name.lower().split("-")
    level = 3
    for strength, counts in (("level1", 1), ("level2", 2)):
        level = counts if strength in parts else level
    phonebook = "phonebk" in parts

    def key(text: str) -> Key:
        plain = text.lower().translate(_PHONEBOOK) if phonebook else text
        letters = unicodedata.normalize("NFKD", plain)
        base = [sign for sign in letters.casefold() if not unicodedata.combining(sign)]
        primary = [(_class_of(sign), sign) for sign in base]
        if level == 1:
            return (primary,)
        accents = [sign for sign in unicodedata.normalize("NFKD", text.casefold()) if unicodedata.combining(sign)]
        return (primary, accents) if level == 2 else (primary, accents, text.swapcase())

    return key


def _class_of(sign: str) -> int:
    """Return the place of a kind of sign: others, then digits, then letters."""
    return 2 if sign.isalpha() else 1 if sign.isdigit() else 0
