"""Reading what other sources know, too: their answers and ours become one view, which is then asked (clause 5.7)."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterable, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from stadtwerk.context.entities.expand import check_id
from stadtwerk.context.library import Context
from stadtwerk.context.limits import PAGE_MAX
from stadtwerk.context.posted import read_posted_query
from stadtwerk.context.q import terms_of
from stadtwerk.context.query import EntityQuery, read_entities_query, read_entity_query
from stadtwerk.context.registrations.discovery import type_names
from stadtwerk.context.registrations.overlay import Found, narrowed, overlaid
from stadtwerk.context.registrations.share import Part, share_read
from stadtwerk.context.registrations.source import EVERY, Wanted
from stadtwerk.doors.ngsild.bodies import read_written
from stadtwerk.doors.ngsild.federated import Federated
from stadtwerk.doors.ngsild.federation_port import Errand, Heard
from stadtwerk.doors.ngsild.http import Answer, Asked, Handler

SOURCE_ENTITIES = 10_000
"""Most entities taken from one source for one question."""

RETRIEVE = ("retrieveEntity", "queryEntity", "queryBatch")
QUERY = ("queryEntity", "queryBatch")
POSTED = ("queryBatch", "queryEntity")

Questions = Callable[[Asked], tuple[list[Wanted], Context]]


@dataclass(frozen=True, slots=True)
class Question:
    """A part of a question, for one source."""

    part: Part
    wanted: Wanted
    context: Context


class FederatedReads:
    """Answers questions about entities from all places that know some of them."""

    def __init__(self, federated: Federated) -> None:
        self._federated = federated

    def retrieve(self, here: Handler) -> Handler:
        """Wrap GET /entities/{id}."""
        return self._wrap(RETRIEVE, self._one, here)

    def query(self, here: Handler) -> Handler:
        """Wrap GET /entities."""
        return self._wrap(QUERY, self._many, here)

    def posted(self, here: Handler) -> Handler:
        """Wrap POST /entityOperations/query."""
        return self._wrap(POSTED, self._posted, here)

    async def together(self, asked: Asked, query: EntityQuery, context: Context, here: Handler) -> Answer:
        """Answer a query from all places, as if it had been posted (clause 5.16.1.4)."""
        if not self._federated.concerns(asked):
            return await here(asked)
        return await self._answer(asked, POSTED, _wanted(query, context), context=context, here=here)

    def _wrap(self, operations: Sequence[str], read: Questions, here: Handler) -> Handler:
        async def answer(asked: Asked) -> Answer:
            if not self._federated.concerns(asked):
                return await here(asked)
            wanted, context = read(asked)
            return await self._answer(asked, operations, wanted, context=context, here=here)

        return answer

    def _one(self, asked: Asked) -> tuple[list[Wanted], Context]:
        wanted, context = read_entity_query(asked.query_string), self._federated.library.find(asked.context_url())
        entity_id = check_id(asked.path_params["entity_id"])
        types = type_names(wanted.types, context.terms) or frozenset(self._federated.known_types(asked, entity_id))
        attrs = frozenset(map(context.terms.expand, wanted.view.members.attrs))
        return [Wanted((entity_id,), types=types, attrs=attrs)], context

    def _many(self, asked: Asked) -> tuple[list[Wanted], Context]:
        context = self._federated.library.find(asked.context_url())
        return _wanted(read_entities_query(asked.query_string), context), context

    def _posted(self, asked: Asked) -> tuple[list[Wanted], Context]:
        written = read_written(copy(asked), self._federated.library)
        return _wanted(read_posted_query(written.content, asked.query_string), written.context), written.context

    async def _answer(
        self, asked: Asked, operations: Sequence[str], wanted: Sequence[Wanted], *, context: Context, here: Handler
    ) -> Answer:
        shares = [
            (one, self._federated.unlooped(asked, lambda sources, one=one: share_read(sources, operations, one)))  # type: ignore[misc]
            for one in wanted
        ]
        questions = [
            Question(part, one, self._federated.context_for(part.source, context))
            for one, share in shares
            for part in share.parts
        ]
        concerned = [part.source for _, share in shares for part in (*share.parts, *share.refused)]
        if not concerned:
            return await here(asked)
        heard = await asyncio.gather(*(self._ask(asked, question) for question in questions))
        holders = {source.id: source for source in concerned if source.mode in ("exclusive", "redirect")}
        base = self._federated.holdings(asked)
        if all(one.ids for one in wanted) and not _follows(asked):
            base = narrowed(base, [entity_id for one in wanted for entity_id in one.ids])
        mine = copy(asked)
        mine.holdings = overlaid(base, holders.values(), [found for found, _ in heard])
        answer = await here(mine)
        warnings = [warning for _, given in heard for warning in given]
        if warnings:
            answer.headers.append((b"ngsild-warning", ", ".join(warnings).encode("latin-1", "replace")))
        return answer

    async def _ask(self, asked: Asked, question: Question) -> tuple[Found, list[str]]:
        source, found, warnings = question.part.source, [], []
        offset = 0
        while offset < SOURCE_ENTITIES:
            heard = await self._federated.ask(asked, source, _errand(question, offset))
            page = _entities(heard)
            warnings += _warnings(question, heard)
            for body in page:
                try:
                    found.append(self._federated.read(body, question.context))
                except ValueError as error:
                    warnings.append(_warning(question, f"an entity that cannot be read: {error}"))
            if len(page) < PAGE_MAX or question.part.operation == "retrieveEntity":
                break
            offset += PAGE_MAX
        else:
            warnings.append(_warning(question, f"has over {SOURCE_ENTITIES} entities; not all were asked for"))
        return Found(source, question.part.names, found), warnings


def _follows(asked: Asked) -> bool:
    """Tell whether relationships may be followed to further entities."""
    return b"join" in asked.query_string or b'"join' in asked.body


def _wanted(query: EntityQuery, context: Context) -> list[Wanted]:
    """Return what a query asks sources for: with the attributes that its conditions need to be judged here."""
    expand = context.terms.expand
    attrs = {expand(name) for name in query.view.members.attrs}
    if attrs:
        attrs.update(expand(term.path.name) for term in (terms_of(query.q) if query.q is not None else ()))
        attrs.update([expand(query.geo_property)] if query.geo is not None else [])
        attrs.update(expand(step.path.name) for step in (query.order.steps if query.order is not None else ()))
    return [
        Wanted(one.ids, one.id_pattern, type_names(one.types, context.terms), frozenset(attrs))
        for one in query.selectors
    ]


def _errand(question: Question, offset: int) -> Errand:
    """Write a question as the operation that its source does (clauses 5.7.1, 5.7.2)."""
    part, wanted, compact = question.part, question.wanted, question.context.terms.compact
    ids, types = part.source.narrowed(wanted)
    attrs = [] if part.names == EVERY else sorted(map(compact, part.names))
    names, url = sorted(map(compact, types)), question.context.url
    shown = [("options", "sysAttrs"), *([("local", "true")] if part.source.local_only else [])]
    given = [("attrs", ",".join(attrs))] if attrs else []
    if part.operation == "retrieveEntity":
        return Errand("GET", f"entities/{quote(wanted.ids[0], safe=':')}", _query([*given, *shown]), context_url=url)
    paged = [("limit", str(PAGE_MAX)), *([("offset", str(offset))] if offset else [])]
    if part.operation == "queryBatch":
        selectors = [_selector(name, ids, wanted) for name in names or [""]]
        body: dict[str, Any] = {"type": "Query", "entities": [one for one in selectors if one]}
        if attrs:
            body["attrs"] = attrs
        return Errand("POST", "entityOperations/query", _query([*shown, *paged]), body, url)
    asks = [("type", ",".join(names))] if names else []
    asks += [("id", ",".join(ids))] if ids else []
    asks += [("idPattern", _pattern(wanted.pattern))] if wanted.pattern is not None else []
    return Errand("GET", "entities", _query([*asks, *given, *shown, *paged]), context_url=url)


def _selector(name: str, ids: Sequence[str], wanted: Wanted) -> dict[str, Any]:
    selector: dict[str, Any] = {"type": name} if name else {}
    if ids:
        selector["id"] = ids[0] if len(ids) == 1 else list(ids)
    if wanted.pattern is not None:
        selector["idPattern"] = _pattern(wanted.pattern)
    return selector


def _pattern(pattern: re.Pattern[str]) -> str:
    """Write a pattern that is searched for so that it also fits sources that match whole ids."""
    text = pattern.pattern
    return f"{'' if text.startswith('^') else '.*'}{text}{'' if text.endswith('$') else '.*'}"


def _query(pairs: Iterable[tuple[str, str]]) -> str:
    return urlencode(list(pairs), safe=":,/*")


def _entities(heard: Heard) -> list[Any]:
    """Return the entities of an answer; one by itself counts as a list of one."""
    if heard.status != 200:
        return []
    return heard.content if isinstance(heard.content, list) else [heard.content] if heard.content else []


def _warnings(question: Question, heard: Heard) -> list[str]:
    if heard.status in (200, 404):
        return []
    return [_warning(question, heard.reason)]


def _warning(question: Question, text: str) -> str:
    """Write a warning about a source (clause 6.3.17)."""
    said = "".join(sign for sign in f"{question.part.source.id}: {text}" if sign.isprintable() and sign not in '"\\')
    return f'199 {question.part.source.alias or "-"} "{said[:300]}"'
