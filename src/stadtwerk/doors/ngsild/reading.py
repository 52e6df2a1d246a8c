"""The NGSI-LD door: the city's entities for everybody, to read (ETSI GS CIM 009 V1.9.1 clause 6)."""

from __future__ import annotations

import asyncio
from collections.abc import Generator, Mapping
from functools import lru_cache
from typing import TypeVar, cast

import msgspec
import numpy as np
from stadtwerk.context.columns import LOCATION
from stadtwerk.context.describe import Catalogue
from stadtwerk.context.layout import Layout, Media
from stadtwerk.context.library import CONTEXTS_PATH, HOME, Context, Library, document_bytes
from stadtwerk.context.limits import CACHED_PLANS
from stadtwerk.context.masks import Resolve
from stadtwerk.context.names import meaning
from stadtwerk.context.paging import page_links
from stadtwerk.context.params import Params
from stadtwerk.context.problems import one_fault, problem
from stadtwerk.context.query import EntityQuery, View, check_uri, read_entities_query, read_entity_query
from stadtwerk.context.render import render, render_one, render_page
from stadtwerk.context.search import Part, search
from stadtwerk.context.selection import selects
from stadtwerk.doors.ngsild.http import JSON_MEDIA, Answer, Asked, Header, link_header
from stadtwerk.kernel.entity import EntitySource
from stadtwerk.kernel.things import at_once

ENTITY_MEDIA: tuple[Media, ...] = ("application/json", "application/ld+json", "application/geo+json")
CONTEXT_MEDIA = ("application/ld+json", "application/json")

T = TypeVar("T")
_encode = msgspec.json.Encoder().encode


class Entities:
    """Answers questions about entities."""

    def __init__(self, sources: Mapping[str, EntitySource], library: Library) -> None:
        self._sources, self._library = dict(sources), library
        self._layout = lru_cache(maxsize=CACHED_PLANS)(self._lay_out)
        self._resolver = lru_cache(maxsize=CACHED_PLANS)(self._make_resolver)

    async def query(self, asked: Asked) -> Answer:
        """Answer GET /entities (clause 5.7.2)."""
        media = cast("Media", asked.media(ENTITY_MEDIA))
        context = self._library.find(asked.context_url())
        query = read_entities_query(asked.query_string)
        _check_geometry(query.view, media)
        parts = self._parts(query, context)
        found = await _in_turns(search(query, parts))
        texts = [
            text
            for number, rows in found.pages
            for text in render(
                self._layout(_name(parts[number]), context, query.view, media), parts[number].source, rows
            )
        ]
        headers = _context_headers(asked, media, context)
        if query.count:
            headers.append((b"ngsild-results-count", str(found.matched).encode()))
        raw_query = asked.query_string.decode()
        links = page_links(asked.path, raw_query, limit=query.limit, offset=query.offset, more=found.more)
        headers.extend(link_header(link) for link in links)
        feature = media == "application/geo+json"
        body = render_page(texts, feature=feature, context_url=None if asked.plain_body() else context.url)
        return Answer(body.encode(), media, headers)

    async def retrieve(self, asked: Asked) -> Answer:
        """Answer GET /entities/{id} (clause 5.7.1)."""
        media = cast("Media", asked.media(ENTITY_MEDIA))
        context = self._library.find(asked.context_url())
        wanted = read_entity_query(asked.query_string)
        _check_geometry(wanted.view, media)
        urn = check_uri(asked.path_params["entity_id"], "id")
        query = EntityQuery(wanted.view, wanted.types, (urn,), limit=1)
        parts = self._parts(query, context)
        found = await _in_turns(search(query, parts))
        if not found.pages:
            raise problem("ResourceNotFound", f"no entity {urn[:200]} with what was asked for")
        number, rows = found.pages[0]
        layout = self._layout(_name(parts[number]), context, wanted.view, media)
        feature = media == "application/geo+json"
        entity = render(layout, parts[number].source, rows)[0]
        body = render_one(entity, feature=feature, context_url=None if asked.plain_body() else context.url)
        return Answer(body.encode(), media, _context_headers(asked, media, context))

    def _parts(self, query: EntityQuery, context: Context) -> list[Part]:
        """Return the types a query may concern, and the rows of the ids it names."""
        means = meaning(context, self._library.home)
        parts = []
        for name, living in self._sources.items():
            if selects(query.types, lambda wanted, name=name: means(wanted) == name):  # type: ignore[misc]
                source = at_once(living)
                rows = _rows_of(query.ids, name, source) if query.ids else None
                if rows is None or len(rows):
                    parts.append(Part(source, self._resolver(name, context), rows))
        return parts

    def _lay_out(self, name: str, context: Context, view: View, media: Media) -> Layout:
        entity_type = self._sources[name].entity_type
        return Layout(entity_type, context, view=view, media=media, home=self._library.home)

    def _make_resolver(self, name: str, context: Context) -> Resolve:
        means = meaning(context, self._library.home)
        attributes = {attribute.name: attribute for attribute in self._sources[name].entity_type.attributes}
        return lambda term: attributes.get(means(term))


class Descriptions:
    """Answers what types and attributes there are (clauses 5.7.5 to 5.7.10)."""

    def __init__(self, sources: Mapping[str, EntitySource], library: Library) -> None:
        self._library = library
        self._catalogue = Catalogue(sources, library.home)

    async def types(self, asked: Asked) -> Answer:
        """Answer GET /types."""
        context, details = self._read(asked, "details")
        return self._answer(
            asked, context, self._catalogue.types(context) if details else self._catalogue.type_list(context)
        )

    async def one_type(self, asked: Asked) -> Answer:
        """Answer GET /types/{type}."""
        context, _ = self._read(asked)
        return self._answer(asked, context, self._catalogue.type_info(asked.path_params["name"], context))

    async def attributes(self, asked: Asked) -> Answer:
        """Answer GET /attributes."""
        context, details = self._read(asked, "details")
        catalogue = self._catalogue
        return self._answer(
            asked, context, catalogue.attributes(context) if details else catalogue.attribute_list(context)
        )

    async def one_attribute(self, asked: Asked) -> Answer:
        """Answer GET /attributes/{name}."""
        context, _ = self._read(asked)
        return self._answer(asked, context, self._catalogue.attribute_info(asked.path_params["name"], context))

    def _read(self, asked: Asked, *flags: str) -> tuple[Context, bool]:
        asked.media(JSON_MEDIA)
        context = self._library.find(asked.context_url())
        params = Params(asked.query_string, (*flags, "local"))
        given = [params.flag(flag) for flag in (*flags, "local")]
        params.done()
        return context, bool(flags and given[0])

    def _answer(self, asked: Asked, context: Context, content: dict[str, object] | list[dict[str, object]]) -> Answer:
        media = cast("Media", asked.media(JSON_MEDIA))
        if media == "application/ld+json":
            inside = {"@context": context.url}
            content = [one | inside for one in content] if isinstance(content, list) else content | inside
        return Answer(_encode(content), media, _context_headers(asked, media, context))


class Contexts:
    """Serves the @context documents that travel with the city (clause 5.13, to read)."""

    def __init__(self, library: Library) -> None:
        self._library = library

    async def list_all(self, asked: Asked) -> Answer:
        """Answer GET /jsonldContexts."""
        media = asked.media(JSON_MEDIA)
        params = Params(asked.query_string, ("details", "kind"))
        details, kind = params.flag("details"), params.text("kind")
        if kind not in (None, "Hosted", "Cached", "ImplicitlyCreated"):
            params.fault("kind", "one of Hosted, Cached, ImplicitlyCreated")
        params.done()
        found = [entry for entry in map(self._entry, self._library.urls()) if kind in (None, entry["kind"])]
        return Answer(_encode(found if details else [entry["URL"] for entry in found]), media, [])

    async def serve(self, asked: Asked) -> Answer:
        """Answer GET /jsonldContexts/{id}, the id being a local name or the URL of a bundled document."""
        media = asked.media(CONTEXT_MEDIA)
        params = Params(asked.query_string, ("details",))
        details = params.flag("details")
        params.done()
        wanted = asked.path_params["name"]
        for name, url in self._library.urls().items():
            if wanted in (name, url):
                body = _encode(self._entry(name)) if details else document_bytes(name)
                return Answer(body, media, [(b"cache-control", b"public, max-age=86400")])
        raise problem("ResourceNotFound", f"no @context {wanted[:200]}; see {CONTEXTS_PATH.rstrip('/')}")

    def _entry(self, name: str) -> dict[str, str]:
        return {
            "URL": self._library.urls()[name],
            "localId": name,
            "kind": "Hosted" if name == HOME else "Cached",
        }


async def _in_turns(steps: Generator[None, None, T]) -> T:
    """Run a long piece of work bit by bit, letting others in between."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return cast("T", end.value)
        await asyncio.sleep(0)


def _name(part: Part) -> str:
    return part.source.entity_type.name


def _rows_of(urns: tuple[str, ...], name: str, source: EntitySource) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    prefix = f"urn:ngsi-ld:{name}:"
    found = (source.row_of(urn.removeprefix(prefix)) for urn in urns if urn.startswith(prefix))
    return np.array(sorted(row for row in found if row is not None), np.int64)


def _check_geometry(view: View, media: Media) -> None:
    if view.geometry_asked and media != "application/geo+json":
        raise one_fault("geometryProperty", f"goes with Accept: application/geo+json only (default {LOCATION})")


def _context_headers(asked: Asked, media: str, context: Context) -> list[Header]:
    """Name the @context in a header where the body does not (clause 6.3.6)."""
    in_body = media == "application/ld+json" or (media == "application/geo+json" and not asked.plain_body())
    return [] if in_body else [asked.context_header(context.url)]
