"""The @context documents that are here: bundled, hosted for clients, used from elsewhere (ETSI GS CIM 009 clause 5.13)."""  # noqa: E501

from __future__ import annotations

import uuid
from typing import Any

import msgspec

from stadtwerk.context.entities.holdings import Holdings
from stadtwerk.context.hosted import KIND, Entry, Kind, entry_of, write_stored
from stadtwerk.context.library import CONTEXTS_PATH, CORE_URLS, Context, Library
from stadtwerk.context.limits import CONTEXT_BYTES, CONTEXTS_HOSTED
from stadtwerk.context.problems import http, one_fault, problem, unsupported
from stadtwerk.context.terms import Document
from stadtwerk.doors.ngsild.bodies import content_type, read_json
from stadtwerk.doors.ngsild.broker_port import Broker
from stadtwerk.doors.ngsild.contexts_port import Fetching
from stadtwerk.doors.ngsild.door import Resource
from stadtwerk.doors.ngsild.http import JSON_MEDIA, Answer, Asked, created, no_content
from stadtwerk.kernel.refusal import Refused

_encode = msgspec.json.Encoder().encode


class Contexts:
    """Lists, serves, takes in and deletes @context documents; without `fetching` what lies elsewhere stays there."""

    def __init__(self, broker: Broker, library: Library, fetching: Fetching | None = None) -> None:
        self._broker, self._library, self._fetching = broker, library, fetching

    def resources(self) -> list[Resource]:
        """Return the resources of @context documents."""
        return [
            Resource("jsonldContexts", {"GET": self.query, "POST": self.add}),
            Resource("jsonldContexts/{name}", {"GET": self.serve, "DELETE": self.delete}),
        ]

    async def add(self, asked: Asked) -> Answer:
        """Answer POST /jsonldContexts (clause 5.13.2): host a document under a name of ours."""
        asked.params().done()
        content_type(asked)
        if len(asked.body) > CONTEXT_BYTES:
            raise http(413, "Content Too Large", f"an @context has at most {CONTEXT_BYTES} bytes")
        content = read_json(asked.body)
        if not isinstance(content, dict) or "@context" not in content:
            raise problem("InvalidRequest", "the body is a JSON object with an @context")
        document = {"@context": content["@context"]}
        self._library.compile(document)
        holdings, local_id = self._broker.hold(asked.tenant), uuid.uuid4().hex
        host(self._broker, self._library, holdings, local_id=local_id, document=document)
        await self._broker.durable()
        return created(CONTEXTS_PATH + local_id)

    async def query(self, asked: Asked) -> Answer:
        """Answer GET /jsonldContexts (clause 5.13.3)."""
        media = asked.media(JSON_MEDIA)
        params = asked.params("details", "kind")
        details, kind = params.flag("details"), params.text("kind")
        if kind not in (None, "Hosted", "Cached", "ImplicitlyCreated"):
            params.fault("kind", "one of Hosted, Cached, ImplicitlyCreated")
        params.done()
        found = [entry for url in self._library.uses if (entry := self._entry(asked, url)) is not None]
        found = [entry for entry in found if kind in (None, entry.kind)]
        await self._broker.durable()
        return Answer(_encode([entry.details() if details else entry.url for entry in found]), media)

    async def serve(self, asked: Asked) -> Answer:
        """Answer GET /jsonldContexts/{id} (clause 5.13.4), the id being a local one or the URL it was found under."""
        media = asked.media(JSON_MEDIA)
        params = asked.params("details")
        details = params.flag("details")
        params.done()
        if self._fetching is not None:
            await self._fetching.settled(asked.path_params["name"])
        entry = self._find(asked)
        await self._broker.durable()
        if entry is None:
            return Answer(_encode(self._fleeting(asked)), media)
        answer: Any = entry.details() if details else self._library.document(entry.url)
        self._library.note(entry.url)
        return Answer(_encode(answer), media)

    async def delete(self, asked: Asked) -> Answer:
        """Answer DELETE /jsonldContexts/{id} (clause 5.13.5); with reload=true fetch it anew instead."""
        params = asked.params("reload")
        reload = params.flag("reload")
        params.done()
        entry = self._find(asked)
        if reload:
            if entry is None or entry.kind != "Cached":
                raise one_fault("reload", "only documents that lie elsewhere can be fetched anew")
            await self._reload(entry.url)
        elif entry is None:
            raise _unknown(asked)
        elif entry.url in (self._library.core.url, self._library.home.url):
            raise one_fault("id", "this @context belongs to the city and stays")
        else:
            self._forget(asked, entry)
        await self._broker.durable()
        return no_content()

    async def _reload(self, url: str) -> None:
        library = self._library
        if library.is_fixed(url):
            library.document(url)
            library.forget()
        elif self._fetching is None:
            raise problem("LdContextNotAvailable", f"{url[:200]}: this city fetches nothing")
        else:
            await self._fetching.reload(url)

    def _forget(self, asked: Asked, entry: Entry) -> None:
        """Forget a document; one that other tenants have made, too, stays for them."""
        if entry.kind == "Cached":
            self._broker.keep(self._broker.hold(""), KIND, entry.local_id, None)
            self._library.drop(entry.url)
            return
        self._broker.keep(self._broker.hold(asked.tenant), KIND, entry.local_id, None)
        if not any(entry.local_id in holdings.kept.get(KIND, {}) for holdings in self._broker.tenants.values()):
            self._library.drop(entry.url)

    def _find(self, asked: Asked) -> Entry | None:
        """Return the document that a path names, None for one that is not listed."""
        name, library = asked.path_params["name"], self._library
        known = library.core.url if name in CORE_URLS else name
        for url in (known, library.here(name), library.url_of(name)):
            entry = None if url is None else self._entry(asked, url)
            if entry is not None:
                return entry
        elsewhere = (url for url in library.uses if library.local_id(url) == name)
        return next((self._entry(asked, url) for url in elsewhere), None)

    def _entry(self, asked: Asked, url: str) -> Entry | None:
        return entry_of(self._library, self._broker.tenants.get(asked.tenant), url)

    def _fleeting(self, asked: Asked) -> Any:
        """Return an @context that an answer's Link header named because the question had it in its body."""
        name, library = asked.path_params["name"], self._library
        document = library.written(library.url_of(name))
        if document is None:
            raise _unknown(asked)
        return document


def _unknown(asked: Asked) -> Refused:
    return problem("ResourceNotFound", f"no @context {asked.path_params['name'][:200]} is here")


def host(
    broker: Broker, library: Library, holdings: Holdings, *, local_id: str, document: Document, kind: Kind = "Hosted"
) -> None:
    """Keep a document under a name of ours, and give it to the library."""
    of_kind = holdings.kept.get(KIND, {})
    if len(of_kind) >= CONTEXTS_HOSTED:
        raise unsupported("@context", f"at most {CONTEXTS_HOSTED} of a tenant are hosted here")
    url, now_us = library.url_of(local_id), broker.now_us()
    broker.keep(holdings, KIND, local_id, write_stored(kind, url, now_us, document))
    library.give(url, document, now_us)


def host_written(broker: Broker, library: Library, holdings: Holdings, context: Context) -> None:
    """Keep an @context that was written out in a subscription, since its notifications name it (clause 5.8.1)."""
    document, local_id = library.written(context.url), library.local_id(context.url)
    if document is not None and local_id not in holdings.kept.get(KIND, {}):
        host(broker, library, holdings, local_id=local_id, document=document, kind="ImplicitlyCreated")
