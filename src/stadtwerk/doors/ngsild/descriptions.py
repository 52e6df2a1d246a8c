"""Which types and attributes there are (ETSI GS CIM 009 clauses 5.7.5 to 5.7.10)."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from stadtwerk.context.describe import Catalogue, Json, Tally, count_columns, count_documents
from stadtwerk.context.library import Context, Library
from stadtwerk.context.names import published_terms
from stadtwerk.doors.ngsild.broker_port import Broker
from stadtwerk.doors.ngsild.door import Resource
from stadtwerk.doors.ngsild.http import JSON_MEDIA, Answer, Asked
from stadtwerk.doors.ngsild.turns import in_turns, let_end
from stadtwerk.kernel.entity import EntitySource
from stadtwerk.kernel.things import at_once

_encode = msgspec.json.Encoder().encode


class Descriptions:
    """Answers what types and attributes there are; counts of documents are kept until something changes."""

    def __init__(self, broker: Broker, sources: Mapping[str, EntitySource], library: Library) -> None:
        self._broker, self._sources, self._library = broker, dict(sources), library
        self._counted: dict[str, tuple[int, Tally]] = {}

    def resources(self) -> list[Resource]:
        """Return the resources of types and attributes."""
        return [
            Resource("types", {"GET": self.types}),
            Resource("types/{name}", {"GET": self.one_type}),
            Resource("attributes", {"GET": self.attributes}),
            Resource("attributes/{name}", {"GET": self.one_attribute}),
        ]

    async def types(self, asked: Asked) -> Answer:
        """Answer GET /types."""
        context, details = self._read(asked, "details")
        catalogue = await self._catalogue(asked, context)
        return self._answer(asked, context, catalogue.types() if details else catalogue.type_list())

    async def one_type(self, asked: Asked) -> Answer:
        """Answer GET /types/{type}."""
        context, _ = self._read(asked)
        catalogue = await self._catalogue(asked, context)
        return self._answer(asked, context, catalogue.type_info(asked.path_params["name"]))

    async def attributes(self, asked: Asked) -> Answer:
        """Answer GET /attributes."""
        context, details = self._read(asked, "details")
        catalogue = await self._catalogue(asked, context)
        return self._answer(asked, context, catalogue.attributes() if details else catalogue.attribute_list())

    async def one_attribute(self, asked: Asked) -> Answer:
        """Answer GET /attributes/{name}."""
        context, _ = self._read(asked)
        catalogue = await self._catalogue(asked, context)
        return self._answer(asked, context, catalogue.attribute_info(asked.path_params["name"]))

    def _read(self, asked: Asked, *flags: str) -> tuple[Context, bool]:
        asked.media(JSON_MEDIA)
        params = asked.params(*flags, "local")
        given = [params.flag(flag) for flag in (*flags, "local")]
        params.done()
        return self._library.find(asked.context_url()), bool(flags and given[0])

    async def _catalogue(self, asked: Asked, context: Context) -> Catalogue:
        tally = await self._documents(asked)
        if not asked.tenant:
            sources = {name: at_once(source) for name, source in self._sources.items()}
            tally = count_columns(sources, published_terms(context, self._library.home), asked.rights).add(tally)
        await self._broker.durable()
        return Catalogue(tally, context.terms)

    async def _documents(self, asked: Asked) -> Tally:
        await let_end(self._broker)
        holdings = self._broker.existing(asked.tenant)
        known, version = self._counted.get(asked.tenant), holdings.version
        if known is not None and known[0] == version and asked.rights.all_read:
            return known[1]
        tally = await in_turns(count_documents(holdings.of_types(None), asked.rights))
        if asked.rights.all_read:
            for gone in self._counted.keys() - self._broker.tenants.keys():
                del self._counted[gone]
            self._counted[asked.tenant] = (version, tally)
        return tally

    def _answer(self, asked: Asked, context: Context, content: Json | list[Json]) -> Answer:
        media = asked.media(JSON_MEDIA)
        if media != "application/ld+json":
            return Answer(_encode(content), media, [asked.context_header(context.url)])
        inside = {"@context": context.url}
        body = [one | inside for one in content] if isinstance(content, list) else content | inside
        return Answer(_encode(body), media)
