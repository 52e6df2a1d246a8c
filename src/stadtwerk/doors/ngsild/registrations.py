"""Registrations of context sources: kept, changed, found (ETSI GS CIM 009 clauses 5.9, 5.10)."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import msgspec

from stadtwerk.context.entities.expand import check_id
from stadtwerk.context.entities.holdings import Holdings
from stadtwerk.context.library import Context, Library
from stadtwerk.context.limits import OFFSET_MAX, PAGE_DEFAULT, PAGE_MAX
from stadtwerk.context.moments import write_moment
from stadtwerk.context.paging import page_links
from stadtwerk.context.problems import denied, problem
from stadtwerk.context.registrations.conflicts import check_conflicts
from stadtwerk.context.registrations.discovery import FILTERS, read_discovery
from stadtwerk.context.registrations.document import (
    KIND,
    Json,
    change_registration,
    living,
    read_registration,
    show_registration,
)
from stadtwerk.context.registrations.source import compile_source
from stadtwerk.context.registrations.watching import (
    change_source_subscription,
    read_source_subscription,
    show_source_subscription,
)
from stadtwerk.doors.ngsild.bodies import read_written
from stadtwerk.doors.ngsild.broker_port import Broker, Services
from stadtwerk.doors.ngsild.door import Resource
from stadtwerk.doors.ngsild.http import JSON_MEDIA, Answer, Asked, Header, answer_json, created, link_header, no_content
from stadtwerk.doors.ngsild.subscriptions import Manner, read_sys_attrs

PATH = "/ngsi-ld/v1/csourceRegistrations/"
OF_REGISTRATIONS = Manner(
    "csourceSubscriptions", read_source_subscription, change_source_subscription, show_source_subscription
)
REGISTRATIONS_MAX = 10_000
"""Most registrations of one tenant."""

_encode = msgspec.json.Encoder().encode


class Registrations:
    """Answers for the resource csourceRegistrations."""

    def __init__(self, broker: Broker, library: Library, services: Services) -> None:
        self._broker, self._library = broker, library
        self._watchers, self._federation = services.watchers, services.federation

    def resources(self) -> list[Resource]:
        """Return the resources of registrations."""
        return [
            Resource("csourceRegistrations", {"GET": self.query, "POST": self.create}),
            Resource(
                "csourceRegistrations/{registration_id}",
                {"GET": self.retrieve, "PATCH": self.update, "DELETE": self.delete},
            ),
            Resource("info/sourceIdentity", {"GET": self.identity}),
        ]

    async def identity(self, asked: Asked) -> Answer:
        """Answer GET /info/sourceIdentity: how this broker calls itself in Via headers (clauses 5.15, 6.3.18)."""
        asked.media(JSON_MEDIA)
        asked.params().done()
        if self._federation is None:
            raise problem("OperationNotSupported", "this broker asks no other sources")
        alias = self._federation.alias()
        await self._broker.durable()
        return answer_json(
            {
                "id": f"urn:ngsi-ld:ContextSourceIdentity:{alias}",
                "type": "ContextSourceIdentity",
                "contextSourceAlias": alias,
                "contextSourceUptime": f"PT{self._federation.uptime_s()}S",
                "contextSourceTimeAt": write_moment(self._broker.now_us()),
            }
        )

    async def create(self, asked: Asked) -> Answer:
        """Answer POST /csourceRegistrations (clause 5.9.2)."""
        asked.params().done()
        written = read_written(asked, self._library)
        content = written.content
        if "id" not in content and "@id" not in content:
            content["id"] = f"urn:ngsi-ld:ContextSourceRegistration:{uuid.uuid4()}"
        now_us = self._broker.now_us()
        document = read_registration(content, written.context.terms, now_us)
        holdings = self._broker.hold(asked.tenant)
        kept = holdings.kept.get(KIND, {})
        if self._known(holdings, document["id"]) is not None:
            raise problem("AlreadyExists", f"{document['id'][:200]} exists already")
        if len(kept) >= REGISTRATIONS_MAX:
            raise problem("TooManyResults", f"at most {REGISTRATIONS_MAX} registrations in one tenant")
        self._keep(asked, holdings, None, {**document, "createdAt": now_us, "modifiedAt": now_us})
        await self._broker.durable()
        return created(PATH + document["id"])

    async def retrieve(self, asked: Asked) -> Answer:
        """Answer GET /csourceRegistrations/{id} (clause 5.10.1)."""
        media, context = asked.media(JSON_MEDIA), self._library.find(asked.context_url())
        params = asked.params("options")
        sys_attrs = read_sys_attrs(params)
        params.done()
        _, document = self._find(asked)
        await self._broker.durable()
        shown = self._shown(asked, document, context, sys_attrs=sys_attrs)
        if media == JSON_MEDIA[0]:
            return Answer(_encode(shown), media, [asked.context_header(context.url)])
        return Answer(_encode({**shown, "@context": context.url}), media)

    async def query(self, asked: Asked) -> Answer:
        """Answer GET /csourceRegistrations (clause 5.10.2)."""
        media, context = asked.media(JSON_MEDIA), self._library.find(asked.context_url())
        params = asked.params(*FILTERS, "limit", "offset", "count", "options")
        sys_attrs = read_sys_attrs(params)
        limit = params.integer("limit", PAGE_DEFAULT, high=OFFSET_MAX)
        offset, count = params.integer("offset", 0, high=OFFSET_MAX), params.flag("count")
        if limit == 0 and not count:
            params.fault("limit", "0 goes with count=true only")
        discovery = read_discovery(params, context.terms)
        params.done()
        if limit > PAGE_MAX:
            raise problem("TooManyResults", f"at most {PAGE_MAX} registrations a page")
        found = [one for one in self._all(self._broker.existing(asked.tenant)) if discovery.finds(one)]
        await self._broker.durable()
        page = found[offset : offset + limit]
        more = len(found) > offset + limit
        links = page_links(asked.path.rstrip("/"), asked.query_string.decode(), limit=limit, offset=offset, more=more)
        headers: list[Header] = [link_header(link) for link in links]
        if count:
            headers.append((b"ngsild-results-count", str(len(found)).encode()))
        shown = [self._shown(asked, one, context, sys_attrs=sys_attrs) for one in page]
        if media == JSON_MEDIA[0]:
            headers.append(asked.context_header(context.url))
        else:
            shown = [{**one, "@context": context.url} for one in shown]
        return Answer(_encode(shown), media, headers)

    async def update(self, asked: Asked) -> Answer:
        """Answer PATCH /csourceRegistrations/{id} (clause 5.9.3)."""
        asked.params().done()
        check_id(asked.path_params["registration_id"])
        written = read_written(asked, self._library, merge=True)
        holdings, before = self._find(asked)
        after = change_registration(before, written.content, written.context.terms, self._broker.now_us())
        self._keep(asked, holdings, before, after)
        await self._broker.durable()
        return no_content()

    async def delete(self, asked: Asked) -> Answer:
        """Answer DELETE /csourceRegistrations/{id} (clause 5.9.4)."""
        asked.params().done()
        holdings, before = self._find(asked)
        _check_rights(asked, before)
        self._broker.keep(holdings, KIND, before["id"], None)
        if self._watchers is not None:
            self._watchers.changed(holdings, before, None)
        await self._broker.durable()
        return no_content()

    def _keep(self, asked: Asked, holdings: Holdings, before: Json | None, after: Json) -> None:
        _check_rights(asked, after)
        others = [compile_source(one) for one in self._all(holdings) if one["id"] != after["id"]]
        check_conflicts(compile_source(after), others, holdings)
        self._broker.keep(holdings, KIND, after["id"], _encode(after))
        if self._watchers is not None:
            self._watchers.changed(holdings, before, after)

    def _shown(self, asked: Asked, document: Json, context: Context, *, sys_attrs: bool) -> Json:
        """Show a registration; what is told to the source may be a secret: only those who may write see it."""
        shown = show_registration(document, context.terms, sys_attrs=sys_attrs)
        if not asked.rights.any("write"):
            shown.pop("contextSourceInfo", None)
        return shown if self._federation is None else shown | self._federation.went(asked.tenant, document["id"])

    def _all(self, holdings: Holdings) -> Iterator[Json]:
        """Give the registrations that have not expired."""
        return living(holdings.kept.get(KIND, {}).values(), self._broker.now_us())

    def _find(self, asked: Asked) -> tuple[Holdings, Json]:
        registration_id = check_id(asked.path_params["registration_id"])
        holdings = self._broker.existing(asked.tenant)
        document = self._known(holdings, registration_id)
        if document is None:
            raise problem("ResourceNotFound", f"no registration {registration_id[:200]}")
        return holdings, document

    def _known(self, holdings: Holdings, registration_id: str) -> Json | None:
        body = holdings.kept.get(KIND, {}).get(registration_id)
        return None if body is None else next(living((body,), self._broker.now_us()), None)


def _check_rights(asked: Asked, document: Json) -> None:
    """Let only those register a source who may write what it will answer for (403)."""
    if asked.rights.all_write:
        return
    for entry in compile_source(document).information:
        if not entry.entities or not all(those.types for those in entry.entities):
            raise denied("a source of every type is registered by those who may write every type")
        for those in entry.entities:
            asked.rights.check_write(sorted(those.types))
