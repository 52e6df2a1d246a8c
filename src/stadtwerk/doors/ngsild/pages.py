"""From what a search finds to a page: counted, cut, put in order; long searches take turns."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from stadtwerk.context.entities.document import Entity
from stadtwerk.context.entities.holdings import Record
from stadtwerk.context.limits import ORDERED_MAX
from stadtwerk.context.order import Key, Order, in_order, keys_of
from stadtwerk.context.problems import problem
from stadtwerk.context.query import EntityQuery
from stadtwerk.context.question import Rest
from stadtwerk.context.terms import Terms
from stadtwerk.doors.ngsild.turns import turn

Hits = Generator[Entity | Record | None, None, None]
"""What a search finds one by one; None where others may have their turn."""


@dataclass(slots=True)
class Page:
    """What was found of a page: texts or entities, how many matched (all of them when counted), whether there are more."""  # noqa: E501

    texts: list[bytes]
    matched: int = 0
    more: bool = False


def both(first: Hits, second: Hits) -> Hits:
    """Give what two searches find, one after the other."""
    yield from first
    yield from second


async def fill(page: Page, found: list[Any], hits: Hits, query: EntityQuery, rest: Rest) -> None:
    """Take what falls into the page, counting on from what it has already."""
    matched, end = page.matched, query.offset + query.limit
    began = perf_counter()
    with closing(hits):
        for hit in hits:
            if hit is None:
                began = await turn(began)
                continue
            matched += 1
            if matched <= query.offset:
                continue
            if matched <= end:
                found.append(hit)
            elif not query.count:
                break
            rest.enough = matched >= end
    matched += rest.matched
    page.matched, page.more = matched, matched > end


async def ordered(page: Page, hits: Hits, query: EntityQuery, order: Order, terms: Terms) -> list[Entity | Record]:
    """Find all, put them in order, and return those of the page."""
    pairs: list[tuple[tuple[Key, ...], Entity | Record]] = []
    keys = keys_of(order, terms)
    began = perf_counter()
    with closing(hits):
        for hit in hits:
            if hit is None:
                began = await turn(began)
                continue
            if len(pairs) >= ORDERED_MAX:
                raise problem("TooManyResults", f"at most {ORDERED_MAX} entities are put in order")
            pairs.append((keys(entity_of(hit)), hit))
    found = in_order(pairs, order)
    page.matched, page.more = len(found), len(found) > query.offset + query.limit
    return found[query.offset : query.offset + query.limit]


def entity_of(one: Entity | Record) -> Entity:
    """Return what was found as an entity."""
    return one if isinstance(one, Entity) else one.entity
