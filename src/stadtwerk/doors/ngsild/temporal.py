"""How entities evolved, to read (ETSI GS CIM 009 clauses 5.7.3, 5.7.4, 6.18 to 6.20, 6.22)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from stadtwerk.context.entities.document import Entity, Instance, at_rest
from stadtwerk.context.entities.expand import check_id
from stadtwerk.context.entities.holdings import Holdings
from stadtwerk.context.entities.show import Json, Look
from stadtwerk.context.evaluate import Subject, compile_q
from stadtwerk.context.geoq import shape_of, shape_test
from stadtwerk.context.library import Context, Library
from stadtwerk.context.limits import SNAPSHOT_INSTANCES, TEMPORAL_ENTITIES, TEMPORAL_PAGE
from stadtwerk.context.members import CORE
from stadtwerk.context.paging import page_links
from stadtwerk.context.problems import problem, too_complex
from stadtwerk.context.q import terms_of
from stadtwerk.context.query import Selector
from stadtwerk.context.selection import Selection, selects
from stadtwerk.context.temporal.choose import Picked, choose, cut
from stadtwerk.context.temporal.selecting import (
    Which,
    read_posted,
    read_retrieval,
    read_selection,
)
from stadtwerk.context.temporal.series import aggregates, bundles
from stadtwerk.context.temporal.showing import show_aggregates, show_evolution, show_head
from stadtwerk.context.temporal.told import SCOPE, Place
from stadtwerk.context.temporal.tracks import Past
from stadtwerk.context.temporal.writing import Evolution, told_again
from stadtwerk.context.terms import Terms
from stadtwerk.doors.ngsild.bodies import read_written
from stadtwerk.doors.ngsild.broker_port import Broker
from stadtwerk.doors.ngsild.city_past import CityPast
from stadtwerk.doors.ngsild.door import Resource
from stadtwerk.doors.ngsild.history_port import History
from stadtwerk.doors.ngsild.http import JSON_MEDIA, Answer, Asked, Header, link_header

LOOK_AT = 100
"""Entities whose pasts are looked through in one go."""
DEVICES_MAX = 2_000
"""Most of the city's own entities whose pasts one query looks through."""

_encode = msgspec.json.Encoder().encode


@dataclass(slots=True)
class Found:
    """The entities of a page, what was chosen of each, how many there are (if counted), whether there are more."""

    entities: list[Entity]
    picked: list[Picked]
    matched: int = 0
    more: bool = False


class Temporal:
    """Answers questions about the past, also of the city's own entities; `page` is the most instances of an answer."""

    def __init__(
        self,
        broker: Broker,
        history: History,
        library: Library,
        *,
        city: CityPast | None = None,
        page: int = TEMPORAL_PAGE,
    ) -> None:
        self._broker, self._history, self._library, self._city, self._page = broker, history, library, city, page

    def resources(self) -> list[Resource]:
        """Return the resources that only read; those that are written to, too, are shared."""
        return [Resource("temporal/entityOperations/query", {"POST": self.query_body})]

    async def retrieve(self, asked: Asked) -> Answer:
        """Answer GET /temporal/entities/{id}."""
        media = asked.media(JSON_MEDIA)
        which = read_retrieval(asked.query_string)
        context = self._library.find(asked.context_url())
        entity_id = check_id(asked.path_params["entity_id"])
        terms, holdings = context.terms, self._broker.existing(asked.tenant)
        known = self._known(holdings, entity_id)
        entity, past = Entity(entity_id, []), Past()
        if known is not None and self._fits(asked, known[1], which, terms):
            entity, (past,) = known[1], await self._recall([known[0]], terms)
        if not past.tracks:
            raise problem("ResourceNotFound", f"nothing is known of the past of {entity_id[:200]}")
        look = _look(which, terms)
        names = _names(which, terms)
        if names is not None and not any(name in past.tracks and len(past.tracks[name].by("any")) for name in names):
            raise problem("ResourceNotFound", f"{entity_id[:200]} never had any of these attributes")
        picked = _choose(past, which, names)
        found = Found([entity], [picked])
        shown, headers, status = await self._shown(found, which, terms, look)
        if not shown[0]:
            raise problem("ResourceNotFound", f"{entity_id[:200]} has nothing of what was asked for")
        return self._answer(asked, context, media, shown[0], headers, status)

    async def query(self, asked: Asked) -> Answer:
        """Answer GET /temporal/entities."""
        which = read_selection(asked.query_string)
        return await self._query(asked, which, self._library.find(asked.context_url()))

    async def query_body(self, asked: Asked) -> Answer:
        """Answer POST /temporal/entityOperations/query."""
        written = read_written(asked, self._library)
        return await self._query(asked, read_posted(written.content, asked.query_string), written.context)

    async def evolutions(self, asked: Asked, which: Which, terms: Terms, most: int) -> list[Evolution]:
        """Find the pasts of all entities that a query means, as told; refuses when these are too many (403)."""
        every = msgspec.structs.replace(which, limit=most + 1, offset=0, count=False)
        found = await self._search(asked, every, terms)
        n = sum(len(one.seen) for picked in found.picked for one in picked.attributes)
        if len(found.entities) > most or n > SNAPSHOT_INSTANCES:
            raise problem("TooManyResults", f"over {most} entities or {SNAPSHOT_INSTANCES} instances of their past")
        told: list[Evolution] = []
        for start in range(0, len(found.entities), LOOK_AT):
            heads, some = found.entities[start : start + LOOK_AT], found.picked[start : start + LOOK_AT]
            chosen = [{one.iri: one.track.places(one.seen.rows) for one in picked.attributes} for picked in some]
            instances = await self._instances(place for one in chosen for places in one.values() for place in places)
            told += [told_again(head, one, instances) for head, one in zip(heads, chosen, strict=True)]
            await asyncio.sleep(0)
        return told

    async def _query(self, asked: Asked, which: Which, context: Context) -> Answer:
        media, terms = asked.media(JSON_MEDIA), context.terms
        found = await self._search(asked, which, terms)
        shown, headers, status = await self._shown(found, which, terms, _look(which, terms))
        if which.count:
            headers.append((b"ngsild-results-count", str(found.matched).encode()))
        links = page_links(
            asked.path, asked.query_string.decode(), limit=which.limit, offset=which.offset, more=found.more
        )
        headers.extend(link_header(link) for link in links)
        return self._answer(asked, context, media, [one for one in shown if one], headers, status)

    async def _search(self, asked: Asked, which: Which, terms: Terms) -> Found:
        """Look for the page: entity by entity, in the order of their ids if asked for, until it is full."""
        holdings = self._broker.existing(asked.tenant)
        ids = {entity_id for selector in which.selectors for entity_id in self._ids(holdings, selector, terms)}
        found, names, holds, devices = Found([], []), _names(which, terms), _condition(which, terms), 0
        end = which.offset + which.limit
        for some in _blocks(sorted(ids, reverse=which.downwards)):
            candidates = self._candidates(asked, holdings, some, which, terms)
            devices += sum(number < 0 for number, _ in candidates)
            if devices > DEVICES_MAX:
                raise too_complex("type", f"this looks through the past of over {DEVICES_MAX} devices: name fewer")
            pasts = await self._recall([number for number, _ in candidates], terms)
            for (_, entity), past in zip(candidates, pasts, strict=True):
                picked = _choose(past, which, names)
                if not picked.attributes or (holds and not await self._holds(entity, past, which, holds)):
                    continue
                if which.offset <= found.matched < end:
                    found.entities.append(entity)
                    found.picked.append(picked)
                found.matched += 1
                if found.matched > end and not which.count:
                    found.more = True
                    return found
            await asyncio.sleep(0)
        found.more = found.matched > end
        return found

    async def _holds(self, entity: Entity, past: Past, which: Which, holds: _Condition) -> bool:
        """Tell whether an entity was, at any time asked about, as a query wants it."""
        wanted = msgspec.structs.replace(which.time.span, last=0)
        picked = choose(past, wanted, holds.names, (), strict=False)
        places = {one.iri: one.track.places(one.seen.rows) for one in picked.attributes}
        instances = await self._instances(place for some in places.values() for place in some)
        attributes = {iri: [instances[place] for place in some if place in instances] for iri, some in places.items()}
        was = msgspec.structs.replace(entity, attrs=at_rest(attributes))
        return holds.test(Subject(was))

    def _candidates(
        self, asked: Asked, holdings: Holdings, ids: Iterable[str], which: Which, terms: Terms
    ) -> list[tuple[int, Entity]]:
        """Return numbers and heads of the entities that a query means and a caller may read."""
        full = not asked.rights.all_read or which.time.sys_attrs or bool(which.q or which.scope)
        known = (self._known(holdings, entity_id, full=full) for entity_id in ids)
        return [one for one in known if one is not None and self._fits(asked, one[1], which, terms)]

    async def _recall(self, numbers: Sequence[int], terms: Terms) -> list[Past]:
        """Return pasts: of the city's own entities out of columns, of all others out of history."""
        if self._city is None or not any(number < 0 for number in numbers):
            return await self._history.recall(numbers)
        others = iter(await self._history.recall([number for number in numbers if number >= 0]))
        return [self._city.recall(number, terms) if number < 0 else next(others) for number in numbers]

    async def _instances(self, places: Iterable[Place]) -> dict[Place, Instance]:
        wanted = list(places)
        found = await self._history.instances(place for place in wanted if place[0] >= 0)
        if self._city is not None:
            found |= self._city.instances(place for place in wanted if place[0] < 0)
        return found

    def _ids(self, holdings: Holdings, selector: Selector, terms: Terms) -> Iterable[str]:
        if selector.ids:
            return filter(selector.takes, selector.ids)
        types, ended = _plain_types(selector.types), self._history.ended(holdings)
        iris = None if types is None else frozenset(map(terms.expand, types))
        if iris is None:
            ids = [*holdings.by_id, *ended]
        else:
            ids = [entity_id for iri in iris for entity_id in holdings.by_type.get(iri, ())]
            ids += [entity_id for entity_id, one in ended.items() if not iris.isdisjoint(one.type)]
        if self._city is not None and not holdings.tenant:
            ids += self._city.ids(iris)
        return filter(selector.takes, ids) if selector.id_pattern else ids

    def _known(self, holdings: Holdings, entity_id: str, *, full: bool = True) -> tuple[int, Entity] | None:
        """Return an entity's number and head, whether it is or was; its types only, if not in full."""
        record = holdings.by_id.get(entity_id)
        if record is not None:
            if not full:
                return record.number, Entity(entity_id, list(record.types))
            return record.number, msgspec.structs.replace(record.entity, attrs={})
        ended = self._history.ended(holdings).get(entity_id)
        if ended is None:
            return None if self._city is None or holdings.tenant else self._city.known(entity_id)
        times = (ended.created_at_us, ended.deleted_at_us or ended.created_at_us)
        return ended.number, Entity(entity_id, ended.type, {}, ended.scope, *times)

    def _fits(self, asked: Asked, entity: Entity, which: Which, terms: Terms) -> bool:
        """Tell whether an entity is of the types and scopes asked for, and may be read."""
        chosen = any(
            one.takes(entity.id) and selects(one.types, lambda name: terms.expand(name) in entity.type)
            for one in which.selectors
        )
        scoped = which.scope is None or which.scope(entity.scope)
        return chosen and scoped and asked.rights.reads(entity.type, entity.scope)

    async def _shown(
        self, found: Found, which: Which, terms: Terms, look: Look
    ) -> tuple[list[Json], list[Header], int]:
        """Write entities out; tell if something was cut off (206)."""
        shown = [show_head(entity, terms, look) for entity in found.entities]
        for picked in found.picked:
            picked.attributes = [one for one in picked.attributes if look.shows(one.iri)]
        ask = which.time
        if ask.shape == "aggregatedValues":
            made = bundles(found.picked, ask)
            places = [place for bundle in made for place in bundle.places(ask.aggregation)]
            contents = await self._instances(places) if places else {}
            results = aggregates(made, contents, ask, len(shown))
            await self._broker.durable()
            for one, result in zip(shown, results, strict=True):
                show_aggregates(one, result, terms, look)
            return shown, [], 200
        left = cut(found.picked, ask.span, self._page)
        chosen = [
            [(one.iri, one.track.kind, one.track.places(one.seen.rows)) for one in picked.attributes]
            for picked in found.picked
        ]
        instances = await self._instances(place for some in chosen for *_, places in some for place in places)
        for one, some in zip(shown, chosen, strict=True):
            told = [
                (iri, kind, [(place, instances[place]) for place in places if place in instances])
                for iri, kind, places in some
            ]
            show_evolution(one, told, terms, look, ask)
        return shown, [(b"content-range", left.encode())] if left else [], 206 if left else 200

    def _answer(
        self, asked: Asked, context: Context, media: str, content: Any, headers: list[Header], status: int
    ) -> Answer:
        if media == "application/ld+json":
            for one in content if isinstance(content, list) else (content,):
                one["@context"] = context.url
        else:
            headers.append(asked.context_header(context.url))
        return Answer(_encode(content), media, headers, status)


@dataclass(frozen=True, slots=True)
class _Condition:
    """What q and geoQ want, and of which attributes (IRIs)."""

    test: Callable[[Subject], bool]
    names: frozenset[str]


def _condition(which: Which, terms: Terms) -> _Condition | None:
    tests: list[Callable[[Subject], bool]] = []
    names = {terms.expand(term.path.name) for term in terms_of(which.q)} if which.q is not None else set()
    if which.q is not None:
        tests.append(compile_q(which.q, terms))
    if which.geo is not None:
        place, near = terms.expand(which.geo_property), shape_test(which.geo)
        names.add(place)

        def there(subject: Subject) -> bool:
            shapes = (shape_of(one.get("value")) for one in subject.instances(place))
            return any(shape is not None and near(shape) for shape in shapes)

        tests.append(there)
    return _Condition(lambda subject: all(test(subject) for test in tests), frozenset(names)) if tests else None


def _blocks(ids: list[str]) -> Iterator[list[str]]:
    if len(ids) > TEMPORAL_ENTITIES:
        raise too_complex("type", f"this asks about over {TEMPORAL_ENTITIES} entities: name fewer")
    return (ids[start : start + LOOK_AT] for start in range(0, len(ids), LOOK_AT))


def _names(which: Which, terms: Terms) -> frozenset[str] | None:
    attrs = which.members.attrs
    return frozenset(map(terms.expand, attrs)) if attrs else None


def _choose(past: Past, which: Which, names: frozenset[str] | None) -> Picked:
    strict = which.time.shape == "aggregatedValues"
    return choose(past, which.time.span, names, which.datasets, strict=strict)


def _look(which: Which, terms: Terms) -> Look:
    def expand(names: Sequence[str]) -> tuple[str, ...]:
        return tuple(name if name in (*CORE, SCOPE) else terms.expand(name) for name in names)

    members = which.members
    form = "concise" if which.time.shape == "concise" else "normalized"
    return Look(
        form=form,  # type: ignore[arg-type]
        sys_attrs=which.time.sys_attrs,
        lang=which.lang,
        attrs=expand(members.attrs),
        pick=expand(members.pick),
        omit=expand(members.omit),
    )


def _plain_types(selection: Selection) -> tuple[str, ...] | None:
    """Return every type a selection names, None for any."""
    if isinstance(selection, str):
        return None if selection == "*" else (selection,)
    parts = [_plain_types(part) for part in selection.parts]
    return None if None in parts else tuple(name for part in parts if part for name in part)
