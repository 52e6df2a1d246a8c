"""Reading entities: queries by URL, queries that are posted, single entities (ETSI GS CIM 009 clauses 5.7.1, 5.7.2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from time import perf_counter
from typing import cast

from msgspec.structs import replace

from stadtwerk.context.columns import LOCATION
from stadtwerk.context.entities.document import Entity
from stadtwerk.context.entities.holdings import Record
from stadtwerk.context.face import Face, Joiner, Media
from stadtwerk.context.library import Context, Library
from stadtwerk.context.limits import CACHED_PLANS, ENTITY_MAP_IDS
from stadtwerk.context.members import ALL
from stadtwerk.context.paging import page_links
from stadtwerk.context.posted import read_posted_query
from stadtwerk.context.problems import one_fault, problem
from stadtwerk.context.query import (
    EntityQuery,
    Retrieval,
    Selector,
    View,
    check_uri,
    read_entities_query,
    read_entity_query,
)
from stadtwerk.context.question import Question, Rest
from stadtwerk.context.render import render_one, render_page
from stadtwerk.context.search import search
from stadtwerk.context.table import Tables
from stadtwerk.doors.ngsild.bodies import read_written
from stadtwerk.doors.ngsild.broker_port import Broker
from stadtwerk.doors.ngsild.city import City, in_columns
from stadtwerk.doors.ngsild.door import Resource
from stadtwerk.doors.ngsild.entity_maps import EntityMap, EntityMaps
from stadtwerk.doors.ngsild.http import Answer, Asked, Header, link_header
from stadtwerk.doors.ngsild.pages import Hits, Page, both, entity_of, fill, ordered
from stadtwerk.doors.ngsild.reach import Reach
from stadtwerk.doors.ngsild.turns import in_turns, let_end, turn
from stadtwerk.kernel.entity import EntitySource

ENTITY_MEDIA: tuple[Media, ...] = ("application/json", "application/ld+json", "application/geo+json")


@dataclass(frozen=True, slots=True)
class Plan:
    """A question made ready: how it is searched for, and how the answer looks."""

    query: EntityQuery
    context: Context
    media: Media
    question: Question
    face: Face
    plain: bool
    """Whether the city's own types can answer straight from their columns."""


def make_plan(query: EntityQuery, face: Face) -> Plan:
    """Make a question ready for the kind of client that a face is for."""
    plain = query.order is None and not query.following.join and query.view.plain and in_columns(query)
    return Plan(query, face.context, face.media, Question(query, face.context.terms), face, plain)


class Entities:
    """Answers questions about entities: the city's own ones, and those that others write."""

    def __init__(self, broker: Broker, sources: Mapping[str, EntitySource], library: Library) -> None:
        self._broker, self._library, self._city = broker, library, City(sources, library)
        self.maps = EntityMaps(broker)
        self._tables: dict[str, Tables] = {}
        self._plan = lru_cache(maxsize=CACHED_PLANS)(self._make_plan)
        self._face = lru_cache(maxsize=CACHED_PLANS)(self._make_face)
        self._retrieval = lru_cache(maxsize=CACHED_PLANS)(self._make_retrieval)

    def resources(self) -> list[Resource]:
        """Return the resources of queries that are posted; `entities` itself is shared with writing."""
        return [Resource("entityOperations/query", {"POST": self.post}), *self.maps.resources()]

    async def query(self, asked: Asked) -> Answer:
        """Answer GET /entities."""
        media = cast("Media", asked.media(ENTITY_MEDIA))
        context = self._library.find(asked.context_url())
        plan = self._plan(asked.query_string, context, id(context.terms), media)
        return await self._answer(asked, plan)

    async def post(self, asked: Asked) -> Answer:
        """Answer POST /entityOperations/query."""
        media = cast("Media", asked.media(ENTITY_MEDIA))
        written = read_written(asked, self._library)
        context = written.context
        query = read_posted_query(written.content, asked.query_string)
        _check_geometry(query.view, media)
        return await self._answer(asked, make_plan(query, Face(query.view, context, media)))

    async def gather(self, asked: Asked, query: EntityQuery, context: Context, most: int) -> list[Entity]:
        """Find all entities of a query, with the attributes it chooses; refuses when these are too many (403)."""
        plan, found = make_plan(query, Face(query.view, context, "application/json")), list[Entity | Record]()
        reach = await self._reach(asked, context)
        every = replace(query, limit=most + 1, offset=0, count=False)
        await fill(Page([]), found, self._hits(plan, reach), every, Rest())
        if len(found) > most:
            raise problem("TooManyResults", f"over {most} entities, more than can be held fast")
        chosen, began = list[Entity](), perf_counter()
        for one in found:
            entity = _chosen(entity_of(one), plan.face)
            if entity is not None:
                chosen.append(entity)
            began = await turn(began)
        return chosen

    async def retrieve(self, asked: Asked) -> Answer:
        """Answer GET /entities/{id}."""
        media = cast("Media", asked.media(ENTITY_MEDIA))
        context = self._library.find(asked.context_url())
        wanted, face = self._retrieval(asked.query_string, context, id(context.terms), media)
        urn = check_uri(asked.path_params["entity_id"], "id")
        reach = await self._reach(asked, context)
        texts = self._one(reach, urn, wanted, face)
        await self._broker.durable()
        if not any(texts):
            raise problem("ResourceNotFound", f"no entity {urn[:200]} with what was asked for")
        headers = _context_headers(asked, media, context)
        if wanted.map_asked or asked.header(b"ngsild-entitymap"):
            headers.append((self.maps.named(asked) or self.maps.make(asked, (urn,), wanted.map_life)).header())
        feature, url = media == "application/geo+json", None if asked.plain_body() else context.url
        if len(texts) > 1:
            return Answer(render_page(texts, feature=feature, context_url=url), media, headers)
        return Answer(render_one(texts[0], feature=feature, context_url=url), media, headers)

    def _one(self, reach: Reach, urn: str, wanted: Retrieval, face: Face) -> list[bytes]:
        """Write one entity, and what it is linked to if that is wanted beside it; nothing if it is not found."""
        view = wanted.view
        record = reach.record(urn)
        entity = record.entity if record is not None else reach.find(urn)
        question = Question(EntityQuery(view, (Selector(wanted.types),)), face.context.terms)
        if entity is None or not question.selects(tuple(entity.type), urn) or not _has_one_of(entity, view, face):
            return []
        joiner = Joiner(face, wanted.following, reach.find)
        if wanted.following.join == "inline":
            return [joiner.inline(entity)]
        if wanted.following.join == "flat":
            return joiner.flat([entity])
        return [face.write(entity) if record is None else face.text(record)]

    async def _answer(self, asked: Asked, plan: Plan) -> Answer:
        query, media, context = plan.query, plan.media, plan.context
        reach = await self._reach(asked, context)
        fixed = await self._held_fast(asked, plan, reach)
        if fixed is None and plan.plain:
            page = await self._columns_first(plan, reach)
        else:
            page = await self._as_entities(plan, reach, fixed)
        await self._broker.durable()
        headers = _context_headers(asked, media, context)
        if fixed is not None:
            headers.append(fixed.header())
        if query.count:
            headers.append((b"ngsild-results-count", str(page.matched).encode()))
        if query.offset or page.more:
            raw_query = asked.query_string.decode()
            links = page_links(asked.path, raw_query, limit=query.limit, offset=query.offset, more=page.more)
            headers.extend(link_header(link) for link in links)
        feature, url = media == "application/geo+json", None if asked.plain_body() else context.url
        status = 201 if fixed is not None and fixed.fresh else 200
        return Answer(render_page(page.texts, feature=feature, context_url=url), media, headers, status)

    async def _held_fast(self, asked: Asked, plan: Plan, reach: Reach) -> EntityMap | None:
        """Return the map a question goes by, making one if that is asked for or the one it names is gone."""
        query = plan.query
        if not (query.map_asked or asked.header(b"ngsild-entitymap")):
            return None
        known = self.maps.named(asked)
        if known is not None:
            return known
        every = replace(query, limit=ENTITY_MAP_IDS, offset=0, count=False)
        found: list[Entity | Record] = []
        await fill(Page([]), found, self._hits(plan, reach), every, Rest())
        return self.maps.make(asked, tuple(one.id for one in found), query.map_life)

    def _hits(self, plan: Plan, reach: Reach) -> Hits:
        city = self._city.entities(plan.query, reach.parts(plan.query), plan.question, plan.context, reach.find)
        return both(city, reach.documents.hits(plan.question))

    async def _columns_first(self, plan: Plan, reach: Reach) -> Page:
        """Find a page: first in columns, then among documents; both write themselves out without further work."""
        query, page = plan.query, Page([])
        if parts := reach.parts(plan.query):
            found = await in_turns(search(query, parts))
            page.matched, page.more = found.matched, found.more
            for number, rows in found.pages:
                page.texts += self._city.texts(
                    parts[number], rows, view=query.view, context=plan.context, media=plan.media
                )
        if page.more and not query.count:
            return page
        records: list[Record] = []
        rest = Rest()
        await fill(page, records, reach.documents.hits(plan.question, rest), query, rest)
        page.texts += filter(None, map(plan.face.text, records))
        return page

    async def _as_entities(self, plan: Plan, reach: Reach, fixed: EntityMap | None) -> Page:
        """Find a page among entities of all kinds, or those of a map, in the order and with the links asked for."""
        query, page = plan.query, Page([])
        found: list[Entity | Record] = []
        hits = self._hits(plan, reach) if fixed is None else reach.listed(plan.question, fixed.ids)
        if query.order is None:
            await fill(page, found, hits, query, Rest())
        else:
            found = await ordered(page, hits, query, query.order, plan.context.terms)
        face, following = plan.face, query.following
        if not following.join:
            page.texts = [face.write(one) if isinstance(one, Entity) else face.text(one) for one in found]
        else:
            joiner, entities = Joiner(face, following, reach.find), [entity_of(one) for one in found]
            page.texts = joiner.flat(entities) if following.join == "flat" else list(map(joiner.inline, entities))
        page.texts = list(filter(None, page.texts))
        return page

    async def _reach(self, asked: Asked, context: Context) -> Reach:
        await let_end(self._broker)
        holdings, tables = asked.holdings, self._tables.get(asked.tenant) if asked.holdings is None else None
        if holdings is None:
            holdings = self._broker.existing(asked.tenant)
        if tables is None:
            tables = Tables(holdings)
            if asked.holdings is None:
                for gone in self._tables.keys() - self._broker.tenants.keys():
                    del self._tables[gone]
                self._tables[asked.tenant] = tables
        return Reach(holdings, tables, self._city, context=context, rights=asked.rights)

    def _make_plan(self, query_string: bytes, context: Context, terms: int, media: Media) -> Plan:
        query = read_entities_query(query_string)
        _check_geometry(query.view, media)
        return make_plan(query, self._face(query.view, context, terms, media))

    def _make_retrieval(
        self, query_string: bytes, context: Context, terms: int, media: Media
    ) -> tuple[Retrieval, Face]:
        wanted = read_entity_query(query_string)
        _check_geometry(wanted.view, media)
        return wanted, self._face(wanted.view, context, terms, media)

    def _make_face(self, view: View, context: Context, terms: int, media: Media) -> Face:
        return Face(view, context, media)


def _chosen(entity: Entity, face: Face) -> Entity | None:
    """Return an entity with the attributes that a view shows, None if it has none of those that it asks for."""
    members = face.view.members
    if members == ALL:
        return entity
    if not _has_one_of(entity, face.view, face):
        return None
    chosen = entity.copy()
    chosen.attrs = {iri: raw for iri, raw in entity.attrs.items() if members.shows(iri, face.means)}
    return chosen


def _has_one_of(entity: Entity, view: View, face: Face) -> bool:
    """Tell whether an entity has one of the attributes asked for, if any are (clause 5.7.1.4)."""
    return not view.members.attrs or any(face.means(name) in entity.attrs for name in view.members.attrs)


def _check_geometry(view: View, media: Media) -> None:
    if view.geometry_asked and media != "application/geo+json":
        raise one_fault("geometryProperty", f"goes with Accept: application/geo+json only (default {LOCATION})")


def _context_headers(asked: Asked, media: str, context: Context) -> list[Header]:
    """Name the @context in a header where the body does not (clause 6.3.6)."""
    in_body = media == "application/ld+json" or (media == "application/geo+json" and not asked.plain_body())
    return [] if in_body else [asked.context_header(context.url)]
