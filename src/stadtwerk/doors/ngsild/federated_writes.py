"""Writing where an entity's attributes are held: other sources and here, one answer for all (clauses 4.3.6, 5.6)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable
from copy import copy
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import msgspec

from stadtwerk.context.entities.expand import check_id, check_name, read_types
from stadtwerk.context.library import Context
from stadtwerk.context.moments import read_moment
from stadtwerk.context.problems import http, problem
from stadtwerk.context.registrations.share import Part, Share, share_write
from stadtwerk.context.registrations.source import EVERY, Names, Wanted
from stadtwerk.context.registrations.speech import Rename, attribute_anew, said_anew
from stadtwerk.doors.ngsild.bodies import read_json, with_context
from stadtwerk.doors.ngsild.federated import MEMBERS, Federated, forwarded_query
from stadtwerk.doors.ngsild.federation_port import Errand, Heard
from stadtwerk.doors.ngsild.http import Answer, Asked, Handler, answer_json, created, no_content
from stadtwerk.kernel.refusal import Refusal, Refused

_encode = msgspec.json.Encoder().encode


@dataclass(slots=True)
class Task:
    """A write of one entity, as it was asked for: names of attributes in the body and what they stand for."""

    entity_id: str
    types: list[str]
    names: dict[str, str]
    content: Any
    context: Context
    own_context: Any = None
    """The @context of the body, None when a header names it."""
    attribute: str = ""
    """The attribute in the path."""
    template: str = ""
    """The path, such as `entities/{entity_id}/attrs`."""

    def body_for(self, part: Part, rename: Rename | None) -> Any:
        """Return the body that a source gets: what it holds of it, in its terms."""
        body = self.content
        if body is None or self.attribute:
            return attribute_anew(body, rename) if rename else body
        if part.names != EVERY:
            body = {name: value for name, value in body.items() if self.names.get(name, "") in {"", *part.names}}
        return said_anew(body, rename) if rename else body

    def path(self, asked: Asked, rename: Rename | None) -> str:
        """Return the path of the request below /ngsi-ld/v1/, the attribute in the source's terms."""
        parts = {name: quote(text, safe=":") for name, text in asked.path_params.items()}
        if rename is not None and self.attribute:
            parts["attribute"] = quote(rename(self.attribute), safe=":")
        return self.template.format(**parts)


_PARAMS = ("local", "options", "format", "observedAt", "lang", "type", "datasetId", "deleteAll")
"""Parameters that a write may have; which of them have a meaning for it, whoever does it tells."""


def _check_parameters(asked: Asked) -> None:
    """Refuse wrong parameters before anybody is asked to write anything (400)."""
    params = asked.params(*_PARAMS)
    params.flag("deleteAll")
    params.read(lambda text: check_id(text, "datasetId"), "datasetId")
    observed = params.text("observedAt")
    if observed is not None and ("T" not in observed or read_moment(observed) is None):
        params.fault("observedAt", "a date and time such as 2026-11-26T18:00:00Z")
    params.done()
    # A part of the path that is empty has a refusal of its own.
    if attribute := asked.path_params.get("attribute"):
        check_name(attribute)
    if instance_id := asked.path_params.get("instance_id"):
        check_id(instance_id, "instanceId")


@dataclass(slots=True)
class Outcome:
    """How a write went at one place: here (no registration) or at a source."""

    registration: str
    names: Names
    refusal: Refusal | None = None
    answer: Answer | None = None
    left: list[dict[str, Any]] = field(default_factory=list)
    """Attributes that a place did not change, when it did others."""
    created: bool = False
    """Whether something new came to be."""

    @property
    def good(self) -> bool:
        """Tell whether all was done."""
        return self.refusal is None and not self.left


class FederatedWrites:
    """Writes one entity at all places that hold some of it."""

    def __init__(self, federated: Federated) -> None:
        self._federated = federated

    def wrap(self, operation: str, template: str, here: Handler) -> Handler:
        """Return a handler that writes where an entity is held; without registrations it is the one given."""
        federated = self._federated

        async def write(asked: Asked) -> Answer:
            if not federated.concerns(asked):
                return await here(asked)
            return await self._write(asked, self._read(asked, template), operation, here)

        return write

    async def _write(self, asked: Asked, task: Task, operation: str, here: Handler) -> Answer:
        wanted = Wanted((task.entity_id,), types=frozenset(task.types), attrs=frozenset(task.names.values()))
        share = self._federated.unlooped(asked, lambda sources: share_write(sources, operation, wanted))
        if not share.parts and not share.refused:
            return await here(asked)
        self._federated.check_write(asked, task.types, share, wanted)
        sends: list[Awaitable[Outcome | None]] = [self._send(asked, task, part) for part in share.parts]
        if share.here:
            sends.insert(0, self._here(asked, task, here, share))
        outcomes = [one for one in await asyncio.gather(*sends) if one is not None]
        outcomes += [_unsupported(part, operation) for part in share.refused]
        return _answer(task, outcomes, operation, per_attribute="/attrs" in asked.path)

    def _read(self, asked: Asked, template: str) -> Task:
        """Read what is needed to know whom a write concerns; refuses what nobody could do (400)."""
        _check_parameters(asked)
        params = asked.path_params
        attribute = params.get("attribute", "")
        if asked.method == "DELETE":
            context, content, own = self._federated.library.find(asked.context_url()), None, None
        else:
            content = read_json(asked.body)
            if not isinstance(content, dict):
                raise problem("InvalidRequest", "the body is a JSON object")
            own = content.get("@context")
            media = asked.header(b"content-type").partition(";")[0].strip().lower()
            context = with_context(content, asked, self._federated.library, media=media).context
        entity_id = check_id(params["entity_id"] if "entity_id" in params else (content or {}).get("id"))
        terms = context.terms
        types: list[str] = []
        if attribute:
            names = {attribute: terms.expand(attribute)}
            if content is not None:
                self._federated.check_attribute(asked, attribute, content, context)
        else:
            given = (content or {}).get("type", (content or {}).get("@type"))
            types = read_types(given, terms) if given is not None else []
            names = {name: terms.expand(name) for name in content or () if name not in MEMBERS}
            self._federated.check(asked, content or {}, context)
        known = self._federated.known_types(asked, entity_id)
        return Task(entity_id, list({*types, *known}), names, content, context, own, attribute, template)

    async def _send(self, asked: Asked, task: Task, part: Part) -> Outcome:
        spoken = self._federated.context_for(part.source, task.context)
        rename = None
        if spoken.terms is not task.context.terms:
            terms, their = task.context.terms, spoken.terms

            def rename(name: str) -> str:
                return their.compact(terms.expand(name))

        query = forwarded_query(asked, part.source)
        errand = Errand(asked.method, task.path(asked, rename), query, task.body_for(part, rename), spoken.url)
        return _heard(part, await self._federated.ask(asked, part.source, errand))

    async def _here(self, asked: Asked, task: Task, here: Handler, share: Share) -> Outcome | None:
        mine = asked
        if share.taken and task.content is not None and not task.attribute:
            mine = copy(asked)
            rest = {name: value for name, value in task.content.items() if task.names.get(name) not in share.taken}
            mine.body = _encode(rest if task.own_context is None else {**rest, "@context": task.own_context})
        names = frozenset(task.names.values()) - share.taken
        try:
            return _from_here(names, await here(mine))
        except Refused as refused:
            if share.may_lack and refused.refusal.status == 404:
                return None
            return Outcome("", names, refused.refusal)


def _heard(part: Part, heard: Heard) -> Outcome:
    outcome = Outcome(part.source.id, part.names)
    if heard.good:
        outcome.created = heard.status == 201
        return outcome
    if heard.status == 207:
        told = heard.content.get("notUpdated") if isinstance(heard.content, dict) else None
        left = [one for one in told if isinstance(one, dict)] if isinstance(told, list) else []
        outcome.left = left or [{"attributeName": iri, "reason": heard.reason} for iri in sorted(part.names)]
        outcome.left = outcome.left or [{"attributeName": "", "reason": heard.reason}]
        return outcome
    outcome.refusal = refusal_of(heard)
    return outcome


def refusal_of(heard: Heard) -> Refusal:
    """Return what a source answered as a refusal."""
    told = heard.content if isinstance(heard.content, dict) else {}
    kind, title = told.get("type"), told.get("title")
    return Refusal(
        kind if isinstance(kind, str) else "about:blank",
        title if isinstance(title, str) else f"The source answered {heard.status}",
        heard.status if heard.status >= 400 else 502,
        heard.reason,
    )


def _from_here(names: Names, answer: Answer) -> Outcome:
    left = msgspec.json.decode(answer.body)["notUpdated"] if answer.status == 207 else []
    return Outcome("", names, answer=answer, left=left)


def _unsupported(part: Part, operation: str) -> Outcome:
    refused = problem("Conflict", f"{part.source.id[:200]} holds some of it and does not do {operation}")
    return Outcome(part.source.id, part.names, refused.refusal)


def _answer(task: Task, outcomes: list[Outcome], operation: str, *, per_attribute: bool) -> Answer:
    """Make one answer of what happened at all places (clause 6.3.17: all well, all refused by one, or 207)."""
    bad = [one for one in outcomes if not one.good]
    if not bad:
        mine = next((one.answer for one in outcomes if one.answer is not None), None)
        if mine is not None:
            return mine
        if operation == "createEntity" or any(one.created for one in outcomes):
            return created(f"/ngsi-ld/v1/{task.template}/{task.entity_id}")
        return no_content()
    if len(outcomes) == 1 and bad[0].refusal is not None:
        raise Refused(bad[0].refusal)
    if per_attribute:
        updated = dict.fromkeys(name for one in outcomes if one.good for name in sorted(one.names))
        return answer_json({"updated": list(updated), "notUpdated": list(_not_updated(bad))}, 207)
    success = [task.entity_id] if len(bad) < len(outcomes) else []
    return answer_json({"success": success, "errors": [_error(task.entity_id, one) for one in bad]}, 207)


def _not_updated(bad: Iterable[Outcome]) -> Iterable[dict[str, Any]]:
    for outcome in bad:
        source = {"registrationId": outcome.registration} if outcome.registration else {}
        for one in outcome.left:
            yield {**one, **source}
        if outcome.refusal is not None:
            reason = outcome.refusal.detail or outcome.refusal.title
            for iri in sorted(outcome.names):
                yield {"attributeName": iri, "reason": reason, **source}


def _error(entity_id: str, outcome: Outcome) -> dict[str, Any]:
    refusal = outcome.refusal or http(207, "Multi-Status", "some of it was not done").refusal
    error = {"entityId": entity_id, "error": msgspec.to_builtins(refusal)}
    return {**error, "registrationId": outcome.registration} if outcome.registration else error
