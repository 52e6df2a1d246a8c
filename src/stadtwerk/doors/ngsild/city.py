"""The city's own types, which live in columns, as the NGSI-LD door asks them."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from functools import lru_cache

import numpy as np
from msgspec.structs import replace

from stadtwerk.context.columnar import entities_of
from stadtwerk.context.entities.document import Entity
from stadtwerk.context.evaluate import Find, Subject
from stadtwerk.context.layout import Layout, Media
from stadtwerk.context.library import Context, Library
from stadtwerk.context.limits import CACHED_PLANS, DOCUMENT_BLOCK, OFFSET_MAX
from stadtwerk.context.masks import Resolve
from stadtwerk.context.names import meaning, published_terms
from stadtwerk.context.q import terms_of
from stadtwerk.context.query import EntityQuery, Selector, View
from stadtwerk.context.question import Question
from stadtwerk.context.render import render
from stadtwerk.context.rights import Rights
from stadtwerk.context.search import Part, search
from stadtwerk.context.selection import selects
from stadtwerk.context.text import Chosen
from stadtwerk.kernel.entity import EntitySource
from stadtwerk.kernel.things import at_once

_OWN_TIMES = ("createdAt", "modifiedAt", "expiresAt")
PREFIX = "urn:ngsi-ld:"


def in_columns(query: EntityQuery) -> bool:
    """Tell whether columns can answer q exactly: no links, no times of whole entities, nothing expanded."""
    terms = () if query.q is None else terms_of(query.q)
    return not query.expanded and all(term.path.linked is None and term.path.name not in _OWN_TIMES for term in terms)


class City:
    """What the city's systems publish: in columns for plain questions, as entities for all others."""

    def __init__(self, sources: Mapping[str, EntitySource], library: Library) -> None:
        self._sources, self._home = dict(sources), library.home
        self._layout = lru_cache(maxsize=CACHED_PLANS)(self._lay_out)
        self._resolver = lru_cache(maxsize=CACHED_PLANS)(self._make_resolver)
        self._iris = {name: library.home.terms.expand(name) for name in sources}

    def parts(self, query: EntityQuery, context: Context, rights: Rights) -> list[Part]:
        """Return the types that a query may concern and a caller may read, and the rows of the ids it names."""
        if not self._sources or query.scopes is not None:
            return []
        means, parts = meaning(context, self._home), []
        for name, living in self._sources.items():
            chosen = [one for one in query.selectors if selects(one.types, _is(name, means))]
            if chosen and (rights.all_read or rights.reads((self._iris[name],))):
                part = self._part(at_once(living), name, context, chosen)
                if part.rows is None or len(part.rows):
                    parts.append(part)
        return parts

    def _part(self, source: EntitySource, name: str, context: Context, chosen: list[Selector]) -> Part:
        resolve = self._resolver(name, context, id(context.terms))
        if any(not (one.ids or one.id_pattern) for one in chosen):
            return Part(source, resolve)
        takes = None
        if any(one.id_pattern for one in chosen):
            takes = lambda urn: any(one.takes(urn) for one in chosen)  # noqa: E731 - it is given on
        rows = None
        if all(one.ids for one in chosen):
            rows = _rows_of([urn for one in chosen for urn in one.ids], name, source)
        return Part(source, resolve, rows, takes)

    def texts(self, part: Part, rows: Chosen, *, view: View, context: Context, media: Media) -> list[bytes]:
        """Write some rows straight from the columns."""
        layout = self._layout(part.source.entity_type.name, context, id(context.terms), view, media)
        return [text.encode() for text in render(layout, part.source, rows)]

    def entities(
        self, query: EntityQuery, parts: list[Part], question: Question, context: Context, find: Find
    ) -> Generator[Entity | None, None, None]:
        """Give the rows that a question takes as entities; None where others may have their turn."""
        narrow = replace(query, q=query.q if in_columns(query) else None, limit=OFFSET_MAX, offset=0)
        for part in parts:
            found = yield from search(narrow, [part])
            for rows in _blocks([rows for _, rows in found.pages]):
                for entity in entities_of(part.source, rows, published_terms(context, self._home)):
                    if question.selects(tuple(entity.type), entity.id) and question.takes(Subject(entity, find)):
                        yield entity
                yield None

    def find(self, urn: str, context: Context, rights: Rights) -> Entity | None:
        """Return one of the city's own entities, None if there is none or the caller may not read it."""
        name, _, local_id = urn.removeprefix(PREFIX).partition(":")
        living = self._sources.get(name)
        if living is None or not (rights.all_read or rights.reads((self._iris[name],))):
            return None
        source = at_once(living)
        row = source.row_of(local_id)
        return None if row is None else entities_of(source, np.array([row]), published_terms(context, self._home))[0]

    def _lay_out(self, name: str, context: Context, terms: int, view: View, media: Media) -> Layout:
        return Layout(self._sources[name].entity_type, context, view=view, media=media, home=self._home)

    def _make_resolver(self, name: str, context: Context, terms: int) -> Resolve:
        means = meaning(context, self._home)
        attributes = {attribute.name: attribute for attribute in self._sources[name].entity_type.attributes}
        return lambda term: attributes.get(means(term))


def _is(name: str, means: Callable[[str], str]) -> Callable[[str], bool]:
    return lambda wanted: means(wanted) == name


def _blocks(pages: list[Chosen]) -> Iterator[Chosen]:
    for rows in pages:
        for start in range(0, len(rows), DOCUMENT_BLOCK):
            yield rows[start : start + DOCUMENT_BLOCK]


def _rows_of(urns: list[str], name: str, source: EntitySource) -> Chosen:
    prefix = f"{PREFIX}{name}:"
    found = (source.row_of(urn.removeprefix(prefix)) for urn in urns if urn.startswith(prefix))
    return np.array(sorted({row for row in found if row is not None}), np.int64)
