"""Questions whose answers are joined, not asked anew: types, attributes, pasts; and purging (clauses 5.6.21, 5.7)."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import parse_qsl, quote

import msgspec

from stadtwerk.context.pattern import compile_pattern
from stadtwerk.context.registrations.discovery import type_names, wanted_of
from stadtwerk.context.registrations.joining import join
from stadtwerk.context.registrations.share import Part, Share, share_read
from stadtwerk.context.registrations.source import EVERY, Source, Wanted
from stadtwerk.context.selection import ANY, parse_types
from stadtwerk.context.terms import Terms
from stadtwerk.doors.ngsild.bodies import read_json
from stadtwerk.doors.ngsild.federated import Federated, forwarded_query
from stadtwerk.doors.ngsild.federated_writes import refusal_of
from stadtwerk.doors.ngsild.federation_port import Errand, Heard
from stadtwerk.doors.ngsild.http import Answer, Asked, Handler, answer_json
from stadtwerk.kernel.refusal import Refused

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


class FederatedLists:
    """Joins what sources answer with what is answered here."""

    def __init__(self, federated: Federated) -> None:
        self._federated = federated

    def joined(self, operation: str, template: str, here: Handler) -> Handler:
        """Wrap a question; what it says of types, ids and attributes tells which sources are concerned.

        What sources answer is not looked through entity by entity, so only who may read everything gets it.
        """

        async def answer(asked: Asked) -> Answer:
            if not self._federated.concerns(asked) or not asked.rights.all_read:
                return await here(asked)
            return await self._joined(asked, operation, template, here)

        return answer

    def purged(self, here: Handler) -> Handler:
        """Wrap DELETE /entities: every source that does it purges, too."""

        async def answer(asked: Asked) -> Answer:
            if not self._federated.concerns(asked):
                return await here(asked)
            return await self._purged(asked, here)

        return answer

    async def _joined(self, asked: Asked, operation: str, template: str, here: Handler) -> Answer:
        mine, refused = await _tried(asked, here)
        heard = await asyncio.gather(
            *(self._ask(asked, part, template) for part in self._share(asked, operation).parts)
        )
        told = [one.content for one in heard if one.status in (200, 206) and one.content]
        if not told:
            if mine is None and refused is not None:
                raise refused
            return mine or Answer()
        content: Any = _decode(mine.body) if mine is not None else told.pop(0)
        for one in told:
            content = join(content, one)
        if mine is None:
            return Answer(_encode(content), headers=[asked.context_header(self._context(asked).url)])
        mine.body = _encode(content)
        return mine

    async def _purged(self, asked: Asked, here: Handler) -> Answer:
        share = self._share(asked, "purgeEntity")
        for wanted in self._wanted(asked):
            self._federated.check_write(asked, sorted(wanted.types), share, wanted)
        mine = await here(asked)
        parts = [part for part in share.parts if part.source.mode != "auxiliary"]
        heard = await asyncio.gather(*(self._ask(asked, part, "entities") for part in parts))
        failed = [(part.source.id, one) for part, one in zip(parts, heard, strict=True) if not one.good]
        errors = [
            {"entityId": name, "error": msgspec.to_builtins(refusal_of(one)), "registrationId": name}
            for name, one in failed
            if one.status != 404
        ]
        if not errors:
            return mine
        told = _decode(mine.body) if mine.status == 207 else {"success": [], "errors": []}
        return answer_json({"success": told["success"], "errors": [*told["errors"], *errors]}, 207)

    def _share(self, asked: Asked, operation: str) -> Share:
        wanted = self._wanted(asked)

        def divide(sources: list[Source] | Any) -> Share:
            share = Share()
            for one in wanted:
                for part in share_read(sources, (operation,), one).parts:
                    if all(part.source.id != known.source.id for known in share.parts):
                        share.parts.append(part)
            return share

        return self._federated.unlooped(asked, divide)

    async def _ask(self, asked: Asked, part: Part, template: str) -> Heard:
        context = self._context(asked)
        path = template.format(**{name: quote(text, safe=":") for name, text in asked.path_params.items()})
        body = None
        if asked.method == "POST":
            body = {name: value for name, value in read_json(asked.body).items() if name != "@context"}
        query = forwarded_query(asked, part.source)
        return await self._federated.ask(asked, part.source, Errand(asked.method, path, query, body, context.url))

    def _context(self, asked: Asked) -> Any:
        if asked.method == "POST" and isinstance(content := read_json(asked.body), dict) and "@context" in content:
            return self._federated.library.of(content["@context"])
        return self._federated.library.find(asked.context_url())

    def _wanted(self, asked: Asked) -> list[Wanted]:
        """Return what a question is about; it has been answered here, so what stands in it is well formed."""
        terms: Terms = self._context(asked).terms
        if asked.method == "POST":
            content = read_json(asked.body)
            return wanted_of(
                content.get("entities", [{}]), terms, frozenset(map(terms.expand, content.get("attrs", ())))
            )
        given = dict(parse_qsl(asked.query_string.decode("utf-8", "replace")))
        params = asked.path_params
        name = params.get("name", "")  # none where a path ends with a slash
        ids = params.get("entity_id") or given.get("id", "")
        types = given.get("type", ANY)
        if name and asked.path.startswith("/ngsi-ld/v1/types/"):
            types = name
        attrs = [one for one in given.get("attrs", "").split(",") if one]
        if name and asked.path.startswith("/ngsi-ld/v1/attributes/"):
            attrs = [name]
        pattern = given.get("idPattern")
        return [
            Wanted(
                tuple(one for one in ids.split(",") if one),
                compile_pattern(pattern, "idPattern") if pattern else None,
                type_names(parse_types(types), terms),
                frozenset(map(terms.expand, attrs)) or EVERY,
            )
        ]


async def _tried(asked: Asked, here: Handler) -> tuple[Answer | None, Refused | None]:
    """Answer from here; what is not known here may be known elsewhere."""
    try:
        return await here(asked), None
    except Refused as refused:
        if refused.refusal.status != 404:
            raise
        return None, refused
