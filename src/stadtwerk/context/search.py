"""Finding the entities of a page: block by block, no further than the question needs."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from stadtwerk.context.column_masks import Mask, MaskOf, never
from stadtwerk.context.columns import LOCATION, count, take
from stadtwerk.context.geoq import place_mask
from stadtwerk.context.limits import BLOCK_ROWS, FIRST_BLOCK_ROWS, SLOW_BLOCK_ROWS
from stadtwerk.context.masks import Resolve, is_slow, mask_of
from stadtwerk.context.q import Both, Either, Node, Path, Term
from stadtwerk.context.query import EntityQuery
from stadtwerk.context.text import Chosen
from stadtwerk.kernel.entity import EntitySource, Rows


@dataclass(frozen=True, slots=True)
class Part:
    """The entities of one type as far as a query may concern them; `rows` when it names them by id.

    `takes` tells whether an id is asked for, None when all are.
    """

    source: EntitySource
    resolve: Resolve
    rows: Chosen | None = None
    takes: Callable[[str], bool] | None = None


@dataclass(slots=True)
class Found:
    """A page: rows per part, how many matched (all of them only when counted), whether there are more."""

    pages: list[tuple[int, Chosen]] = field(default_factory=list)
    matched: int = 0
    more: bool = False


def search(query: EntityQuery, parts: Sequence[Part]) -> Generator[None, None, Found]:
    """Look for a page; yields between blocks so that a long search lets others in."""
    found = Found()
    end = query.offset + query.limit
    for number, part in enumerate(parts):
        filters, slow = _filters(query, part)
        for block in _blocks(part, slow=slow, whole=query.count or not filters):
            _account(found, number, block=block, mask=_mask(filters, block), first=query.offset, end=end)
            if not query.count and found.matched > end:
                found.more = True
                return found
            yield
    found.more = found.matched > end
    return found


def _account(found: Found, number: int, *, block: Rows, mask: Mask | None, first: int, end: int) -> None:
    """Add a block's matches to the count and, where they fall into the page, to the page."""
    before = found.matched
    matches = count(block) if mask is None else int(np.count_nonzero(mask))
    found.matched = before + matches
    if before >= end or found.matched <= first:
        return
    start, stop = max(first - before, 0), min(end - before, matches)
    if mask is not None:
        chosen = np.flatnonzero(mask)[start:stop]
        chosen = chosen + block.start if isinstance(block, slice) else block[chosen]
    elif isinstance(block, slice):
        chosen = np.arange(block.start + start, block.start + stop)
    else:
        chosen = block[start:stop]
    if len(chosen):
        found.pages.append((number, chosen))


def _mask(filters: Sequence[MaskOf], block: Rows) -> Mask | None:
    if not filters:
        return None
    mask = filters[0](block)
    for more in filters[1:]:
        mask = mask & more(block)
    return mask


def _filters(query: EntityQuery, part: Part) -> tuple[list[MaskOf], bool]:
    """Bind every condition to the part's columns; tell whether any walks texts."""
    source, resolve = part.source, part.resolve
    filters: list[MaskOf] = []
    node = condition(query)
    slow = part.takes is not None
    if query.geo is not None:
        filters.append(_geo_filter(query, part))
    if node is not None:
        filters.append(mask_of(node, source, resolve))
        slow = slow or is_slow(node, source, resolve)
    if part.takes is not None:
        filters.append(_id_filter(part.takes, source))
    return filters, slow


def condition(query: EntityQuery) -> Node | None:
    """Return q and the demand of `attrs`, and of `pick`, that an entity has one of them at least."""
    members = query.view.members
    wanted = members.attrs or members.pick
    if not wanted or (not members.attrs and {"id", "type", "scope"}.intersection(wanted)):
        return query.q
    has_one = Either(tuple(Term(Path(name), "exists") for name in wanted))
    return has_one if query.q is None else Both((has_one, query.q))


def _geo_filter(query: EntityQuery, part: Part) -> MaskOf:
    places = part.source.locations()
    attribute = part.resolve(query.geo_property)
    if query.geo is None or places is None or attribute is None or attribute.name != LOCATION:
        return never
    return place_mask(query.geo, *places)


def _id_filter(takes: Callable[[str], bool], source: EntitySource) -> MaskOf:
    prefix, ids = f"urn:ngsi-ld:{source.entity_type.name}:", source.ids()

    def mask(rows: Rows) -> Mask:
        return np.array([takes(prefix + str(local_id)) for local_id in take(ids, rows)], np.bool_)

    return mask


def _blocks(part: Part, *, slow: bool, whole: bool) -> Iterator[Rows]:
    """Cut the rows into blocks: small ones where texts are walked, growing ones where the page may fill early."""
    rows = part.rows
    n = len(part.source) if rows is None else len(rows)
    size = SLOW_BLOCK_ROWS if slow else BLOCK_ROWS if whole else FIRST_BLOCK_ROWS
    start = 0
    while start < n:
        stop = min(start + size, n)
        yield slice(start, stop) if rows is None else rows[start:stop]
        start, size = stop, size if slow else min(size * 2, BLOCK_ROWS)
