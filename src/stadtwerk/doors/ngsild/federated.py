"""Which requests concern other context sources, and how these are asked (ETSI GS CIM 009 clauses 4.3.6, 6.3.18)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, urlencode

import msgspec

from stadtwerk.context.entities.document import Entity
from stadtwerk.context.entities.expand import Reader
from stadtwerk.context.entities.holdings import Holdings
from stadtwerk.context.library import Context, Library
from stadtwerk.context.problems import denied, http
from stadtwerk.context.registrations.document import KIND
from stadtwerk.context.registrations.merging import read_foreign
from stadtwerk.context.registrations.share import Share
from stadtwerk.context.registrations.source import Source, Wanted, compile_source
from stadtwerk.context.registrations.via import aliases, runs_in_circles
from stadtwerk.context.temporal.writing import read_evolution
from stadtwerk.doors.ngsild.broker_port import Broker
from stadtwerk.doors.ngsild.federation_port import Errand, Federation, Heard
from stadtwerk.doors.ngsild.http import Asked
from stadtwerk.kernel.refusal import Refused

MEMBERS = frozenset(
    ("id", "@id", "type", "@type", "scope", "@context", "createdAt", "modifiedAt", "deletedAt", "expiresAt")
)
"""Members of an entity that are no attributes."""

_decode = msgspec.json.Decoder(dict[str, Any]).decode


class Federated:
    """What writing and reading share: the sources of a tenant, loops, the @context of a source."""

    def __init__(self, broker: Broker, library: Library, federation: Federation) -> None:
        self._broker, self.library, self._federation = broker, library, federation

    def concerns(self, asked: Asked) -> bool:
        """Tell whether a request may concern other sources: some are registered, and not only here is asked."""
        holdings = self._broker.tenants.get(asked.tenant)
        return holdings is not None and bool(holdings.kept.get(KIND)) and not _only_here(asked.query_string)

    def unlooped(self, asked: Asked, divide: Callable[[Sequence[Source]], Share]) -> Share:
        """Divide a request among the sources it has not come through; refuses one that runs in circles (508)."""
        sources = self.sources(asked)
        if not runs_in_circles(asked.header(b"via"), self._federation.alias()):
            return divide(sources)
        share = divide([source for source in sources if source.mode in ("exclusive", "redirect")])
        if share.parts or share.refused:
            raise http(508, "Loop Detected", "a registration leads back here")
        return share

    def sources(self, asked: Asked) -> list[Source]:
        """Return the sources that may be asked: not expired, not on the way the request came."""
        holdings = self._broker.tenants[asked.tenant]
        now_us, passed = self._broker.now_us(), aliases(asked.header(b"via"))
        sources = [_compiled(body) for body in holdings.kept.get(KIND, {}).values()]
        return [
            source
            for source in sources
            if not 0 < source.expires_at_us <= now_us and not (source.alias and source.alias in passed)
        ]

    def known_types(self, asked: Asked, entity_id: str) -> Sequence[str]:
        """Return the types an entity has here, none when it is not known."""
        record = self._broker.tenants[asked.tenant].by_id.get(entity_id)
        return record.types if record else ()

    def check_attribute(self, asked: Asked, name: str, content: dict[str, Any], context: Context) -> None:
        """Refuse a malformed attribute, or a malformed part of one, before anybody is asked to keep it (400)."""
        reader = Reader(context.terms, self._broker.now_us(), nulls=asked.method == "PATCH")
        if asked.method == "PATCH":
            reader.instance(name, content)
        else:
            reader.attribute(name, content)

    def check(self, asked: Asked, content: dict[str, Any], context: Context) -> None:
        """Refuse a malformed entity, fragment or past before anybody is asked to keep it (400)."""
        if asked.path.startswith("/ngsi-ld/v1/temporal/"):
            read_evolution(Reader(context.terms, self._broker.now_us()), content)
            return
        simplified = any(word in asked.query_string for word in (b"keyValues", b"simplified"))
        patch, path = asked.method == "PATCH", asked.path.rstrip("/")
        nulls = patch or path.endswith(("/update", "/merge"))
        merging = path.endswith("/merge") or (patch and not path.endswith("/attrs"))
        Reader(context.terms, self._broker.now_us(), nulls, simplified, merging).fragment(content)

    def holdings(self, asked: Asked) -> Holdings:
        """Return what this broker itself has for the tenant."""
        return self._broker.tenants[asked.tenant]

    def read(self, body: Any, context: Context) -> Entity:
        """Read an entity that a source answered with (raises ValueError)."""
        if not isinstance(body, dict):
            raise ValueError("no JSON object")  # noqa: TRY004 - what is wrong is the answer
        try:
            return read_foreign(body, Reader(context.terms, self._broker.now_us()))
        except Refused as refused:
            raise ValueError(refused.refusal.detail) from refused
        except RecursionError as error:
            raise ValueError("nested too deep") from error

    def check_write(self, asked: Asked, types: Sequence[str], share: Share, wanted: Wanted) -> None:
        """Refuse who may not write the types, or where these are unknown, those that the sources have (403)."""
        if asked.rights.all_write:
            return
        asked.rights.check_write(types)
        for part in share.parts if not types else ():
            _, theirs = part.source.narrowed(wanted)
            if not theirs:
                raise denied(f"{part.source.id[:200]} may hold entities that are not yours to write")
            asked.rights.check_write(theirs)

    def context_for(self, source: Source, context: Context) -> Context:
        """Return the @context for speaking to a source: its own wish, the request's, or the core if that is ours."""
        wanted = next((value for key, value in source.told if key == "jsonldContext"), None)
        if wanted is not None:
            with suppress(Refused):
                return self.library.find(wanted)
        return self.library.core if self.library.is_ours(context) else context

    async def ask(self, asked: Asked, source: Source, errand: Errand) -> Heard:
        """Send a request to a source on behalf of another."""
        via = asked.header(b"via")
        return await self._federation.ask(source, errand, tenant=asked.tenant, via=via, header=asked.header)


def forwarded_query(asked: Asked, source: Source) -> str:
    """Return the parameters that a source gets, too."""
    query = asked.query_string.decode("utf-8", "replace")
    given = [(name, value) for name, value in parse_qsl(query, keep_blank_values=True) if name != "local"]
    if source.local_only:
        given.append(("local", "true"))
    return urlencode(given, safe=":,/*")


@lru_cache(maxsize=256)
def _only_here(query_string: bytes) -> bool:
    return b"local=true" in query_string.split(b"&")


@lru_cache(maxsize=4_096)
def _compiled(body: bytes) -> Source:
    return compile_source(_decode(body))
