"""Batches where their entities are held: each source gets its parts in one request (clauses 4.3.6, 5.6.7 to 5.6.10)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from copy import copy
from dataclasses import dataclass, field
from typing import Any

import msgspec

from stadtwerk.context.library import Context
from stadtwerk.context.problems import problem
from stadtwerk.context.registrations.share import Share, share_write
from stadtwerk.context.registrations.source import EVERY, Names, Source, Wanted
from stadtwerk.context.registrations.speech import said_anew
from stadtwerk.doors.ngsild.bodies import read_several
from stadtwerk.doors.ngsild.federated import MEMBERS, Federated, forwarded_query
from stadtwerk.doors.ngsild.federated_writes import refusal_of
from stadtwerk.doors.ngsild.federation_port import Errand, Heard
from stadtwerk.doors.ngsild.http import Answer, Asked, Handler, answer_json, no_content
from stadtwerk.kernel.refusal import Refused

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


@dataclass(slots=True)
class Bundle:
    """What one source gets of a batch."""

    source: Source
    context: Context
    items: list[Any] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Tally:
    """What became of the entities of a batch, here and elsewhere."""

    success: dict[str, None] = field(default_factory=dict)
    created: dict[str, None] = field(default_factory=dict)
    errors: list[dict[str, Any]] = field(default_factory=list)

    def refuse(self, entity_id: str, refused: Refused, registration: str = "") -> None:
        """Note an entity that was refused somewhere."""
        error = {"entityId": entity_id, "error": msgspec.to_builtins(refused.refusal)}
        self.errors.append({**error, "registrationId": registration} if registration else error)


class FederatedBatches:
    """Writes batches at all places that hold some of them."""

    def __init__(self, federated: Federated) -> None:
        self._federated = federated

    def wrap(self, operation: str, here: Handler) -> Handler:
        """Return a handler that divides a batch; without registrations it is the one given."""
        federated = self._federated

        async def write(asked: Asked) -> Answer:
            if not federated.concerns(asked):
                return await here(asked)
            return await self._write(asked, operation, here)

        return write

    async def _write(self, asked: Asked, operation: str, here: Handler) -> Answer:
        asked.params("options", "format", "local").done()
        items, context = read_several(asked, self._federated.library)
        tally, mine = Tally(), []
        bundles: dict[str, Bundle] = {}
        for item in items:
            rest = self._divide(asked, operation, item, context=context, bundles=bundles, tally=tally)
            if rest is not None:
                mine.append(rest)
        if not bundles and not tally.errors:
            return await here(asked)
        sends: list[Awaitable[None]] = [self._send(asked, bundle, tally) for bundle in bundles.values()]
        if mine:
            sends.append(_here(asked, here, mine, tally))
        await asyncio.gather(*sends)
        failed = {error["entityId"] for error in tally.errors}
        if tally.errors:
            success = [one for one in tally.success if one not in failed]
            return answer_json({"success": success, "errors": tally.errors}, 207)
        if operation == "createBatch" or (operation == "upsertBatch" and tally.created):
            return answer_json(list(tally.created), 201)
        return no_content()

    def _divide(
        self,
        asked: Asked,
        operation: str,
        item: Any,
        *,
        context: Context | None,
        bundles: dict[str, Bundle],
        tally: Tally,
    ) -> Any:
        """Put the parts of an entity into the bundles of their sources; return what stays here, None for nothing."""
        body = {"id": item} if isinstance(item, str) else item
        if not isinstance(body, dict) or not isinstance(body.get("id"), str):
            return item
        try:
            spoken = context or self._federated.library.of(body.get("@context"))
            body = {name: value for name, value in body.items() if name != "@context"}
            names = {name: spoken.terms.expand(name) for name in body if name not in MEMBERS}
            share = self._share(asked, operation, body, spoken, names)
        except Refused as refused:
            if refused.refusal.status == 508:
                raise
            return item
        for part in share.parts:
            bundle = bundles.get(part.source.id)
            if bundle is None:
                their = self._federated.context_for(part.source, spoken)
                bundle = bundles[part.source.id] = Bundle(part.source, their)
            theirs = _only(body, names, part.names)
            bundle.items.append(item if isinstance(item, str) else _said(theirs, spoken, bundle.context))
            bundle.ids.append(body["id"])
        for part in share.refused:
            why = f"{part.source.id[:200]} holds some of it and does not do {operation}"
            tally.refuse(body["id"], problem("Conflict", why), part.source.id)
        if not share.here:
            return None
        if not share.taken or isinstance(item, str):
            return item
        return {name: value for name, value in item.items() if names.get(name) not in share.taken}

    def _share(
        self, asked: Asked, operation: str, body: dict[str, Any], context: Context, names: dict[str, str]
    ) -> Share:
        self._federated.check(asked, body, context)
        given = body.get("type", [])
        types = {context.terms.expand(name) for name in ([given] if isinstance(given, str) else given)}
        types.update(self._federated.known_types(asked, body["id"]))
        wanted = Wanted((body["id"],), types=frozenset(types), attrs=frozenset(names.values()))
        share = self._federated.unlooped(asked, lambda sources: share_write(sources, operation, wanted))
        self._federated.check_write(asked, sorted(types), share, wanted)
        return share

    async def _send(self, asked: Asked, bundle: Bundle, tally: Tally) -> None:
        path = asked.path.removeprefix("/ngsi-ld/v1/").rstrip("/")
        query = forwarded_query(asked, bundle.source)
        heard = await self._federated.ask(
            asked, bundle.source, Errand(asked.method, path, query, bundle.items, bundle.context.url)
        )
        _note(bundle, heard, tally)


def _said(body: dict[str, Any], spoken: Context, wanted: Context) -> dict[str, Any]:
    """Say an entity in the terms of the bundle it goes into."""
    if spoken.terms is wanted.terms:
        return body
    return said_anew(body, lambda name: wanted.terms.compact(spoken.terms.expand(name)))


def _note(bundle: Bundle, heard: Heard, tally: Tally) -> None:
    """Note what a source said of its part of a batch."""
    if heard.good:
        made = heard.content if heard.status == 201 and isinstance(heard.content, list) else bundle.ids
        tally.success.update(dict.fromkeys(bundle.ids))
        if heard.status == 201:
            tally.created.update(dict.fromkeys(one for one in made if isinstance(one, str)))
        return
    told = heard.content.get("errors") if heard.status == 207 and isinstance(heard.content, dict) else None
    if isinstance(told, list) and told:
        errors = [one for one in told if isinstance(one, dict) and one.get("entityId") in bundle.ids]
        failed = {one["entityId"] for one in errors}
        tally.errors.extend({**one, "registrationId": bundle.source.id} for one in errors)
        tally.success.update(dict.fromkeys(one for one in bundle.ids if one not in failed))
        return
    for entity_id in bundle.ids:
        tally.refuse(entity_id, Refused(refusal_of(heard)), bundle.source.id)


async def _here(asked: Asked, here: Handler, mine: Sequence[Any], tally: Tally) -> None:
    part = copy(asked)
    part.body = _encode(mine)
    ids = [one if isinstance(one, str) else str(one.get("id", "")) for one in mine if isinstance(one, str | dict)]
    try:
        answer = await here(part)
    except Refused as refused:
        for entity_id in ids:
            tally.refuse(entity_id, refused)
        return
    told: Any = _decode(answer.body) if answer.body else None
    if answer.status == 207:
        tally.errors.extend(told["errors"])
        tally.success.update(dict.fromkeys(told["success"]))
        return
    tally.success.update(dict.fromkeys(ids))
    if answer.status == 201:
        tally.created.update(dict.fromkeys(told or ids))


def _only(body: dict[str, Any], names: dict[str, str], wanted: Names) -> dict[str, Any]:
    if wanted == EVERY:
        return body
    return {name: value for name, value in body.items() if name not in names or names[name] in wanted}
