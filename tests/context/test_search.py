"""Pages of a search: together they are everything, once, in order."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stadtwerk.context import search as searching
from stadtwerk.context.paging import page_links
from stadtwerk.context.query import read_entities_query
from stadtwerk.context.search import Found, Part, search

from .lamps import lamps, street

SOURCES = street(700)


def find(query_string: str, parts: list[Part] | None = None) -> tuple[Found, int]:
    chosen = parts if parts is not None else [_part(source) for source in SOURCES.values()]
    steps, turns = search(read_entities_query(query_string.encode()), chosen), 0
    while True:
        try:
            next(steps)
            turns += 1
        except StopIteration as end:
            return end.value, turns


def _part(source, rows=None) -> Part:
    attributes = {attribute.name: attribute for attribute in source.entity_type.attributes}
    return Part(source, attributes.get, rows)


def _flat(found: Found) -> list[tuple[int, int]]:
    return [(number, int(row)) for number, rows in found.pages for row in rows]


QUERIES = [
    "type=*",
    "q=illuminanceLevel>0.5",
    "q=powerState==on;streetPoleNum~=7",
    "attrs=workingMode,voltage",
    "q=unknown",
    "georel=near;maxDistance==2000&geometry=Point&coordinates=[6.76,51.43]",
    "type=*&idPattern=1$",
]


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(QUERIES), st.integers(1, 300))
def test_pages_together_are_everything(query: str, limit: int) -> None:
    whole, _ = find(f"{query}&limit=1000&count=true")
    seen, offset = [], 0
    while True:
        page, _ = find(f"{query}&limit={limit}&offset={offset}")
        seen += _flat(page)
        if not page.more:
            break
        offset += limit
    assert seen == _flat(whole)
    assert whole.matched == len(seen)
    counted, _ = find(f"{query}&limit=0&count=true")
    assert (counted.matched, counted.pages) == (len(seen), [])


@pytest.mark.parametrize("size", [1, 7, 64])
def test_the_size_of_blocks_changes_nothing(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = [_flat(find(f"{query}&limit=50&offset=5&count=true")[0]) for query in QUERIES]
    for name in ("BLOCK_ROWS", "SLOW_BLOCK_ROWS", "FIRST_BLOCK_ROWS"):
        monkeypatch.setattr(searching, name, size)
    assert [_flat(find(f"{query}&limit=50&offset=5&count=true")[0]) for query in QUERIES] == expected


def test_a_page_that_fills_early_stops_the_search_and_a_slow_one_takes_turns() -> None:
    part = [_part(lamps(20_000))]
    assert find("q=illuminanceLevel>0.5", part)[1] == 0
    assert find('q=streetPoleNum=="nowhere"', part)[1] == 20


def test_named_rows_are_searched_only() -> None:
    found, _ = find("q=powerRating>0&count=true&limit=2", [_part(SOURCES["Streetlight"], np.array([3, 9, 300]))])
    assert (found.matched, found.more, _flat(found)) == (3, True, [(0, 3), (0, 9)])


def test_links_lead_to_the_neighbours_and_keep_what_was_asked() -> None:
    links = list(page_links("/e", 'type=A&limit=5&q=a<"b ü"&%6Fffset=3&offset=10', limit=5, offset=10, more=True))
    assert links == [
        '</e?type=A&q=a%3C%22b%20%C3%BC%22&limit=5&offset=5>; rel="prev"; type="application/ld+json"',
        '</e?type=A&q=a%3C%22b%20%C3%BC%22&limit=5&offset=15>; rel="next"; type="application/ld+json"',
    ]
    assert list(page_links("/e", "", limit=5, offset=3, more=False)) == [
        '</e?limit=5&offset=0>; rel="prev"; type="application/ld+json"'
    ]
    assert list(page_links("/e", "", limit=0, offset=3, more=True)) == []
