"""Subscriptions: kept, changed, shown, and what of them could not be delivered (ETSI GS CIM 009 clause 5.8)."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from stadtwerk.context.entities.expand import check_id
from stadtwerk.context.library import Library
from stadtwerk.context.limits import OFFSET_MAX, PAGE_DEFAULT, PAGE_MAX
from stadtwerk.context.moments import write_moment
from stadtwerk.context.paging import page_links
from stadtwerk.context.params import Params
from stadtwerk.context.problems import denied, problem
from stadtwerk.context.subscriptions.reading import Json, change_subscription, read_subscription
from stadtwerk.context.subscriptions.showing import show_subscription
from stadtwerk.context.subscriptions.subscription import Kept, Subscription, selected_types
from stadtwerk.context.terms import Terms
from stadtwerk.doors.ngsild.bodies import context_given, read_written
from stadtwerk.doors.ngsild.broker_port import Broker
from stadtwerk.doors.ngsild.contexts import host_written
from stadtwerk.doors.ngsild.door import Resource, refuse
from stadtwerk.doors.ngsild.http import (
    JSON_MEDIA,
    Answer,
    Asked,
    Header,
    answer_json,
    created,
    link_header,
    no_content,
)
from stadtwerk.doors.ngsild.notifications_port import Notifications


@dataclass(frozen=True, slots=True)
class Manner:
    """What differs between subscriptions to entities and to registrations: path, reading, changing, showing."""

    path: str
    read: Callable[[Mapping[str, Any], Terms, int], Json]
    change: Callable[[Json, Mapping[str, Any], Terms, int], Json]
    show: Callable[..., Json]


OF_ENTITIES = Manner("subscriptions", read_subscription, change_subscription, show_subscription)

_encode = msgspec.json.Encoder().encode


class Subscriptions:
    """Answers for the resource subscriptions; whoever may write in a tenant may see and make them."""

    def __init__(
        self, broker: Broker, library: Library, notifications: Notifications, manner: Manner = OF_ENTITIES
    ) -> None:
        self._broker, self._library, self._notifications, self._manner = broker, library, notifications, manner

    def resources(self) -> list[Resource]:
        """Return the resources of subscriptions; `deadLetters` is the city's own."""
        path = self._manner.path
        return [
            Resource(path, {"GET": self.query, "POST": self.create}),
            Resource(
                f"{path}/{{subscription_id}}",
                {"GET": self.retrieve, "PATCH": self.update, "DELETE": self.delete},
            ),
            Resource(f"{path}/{{subscription_id}}/deadLetters", {"GET": self.dead, "POST": self.revive}),
        ]

    async def create(self, asked: Asked) -> Answer:
        """Answer POST /subscriptions (clause 5.8.1)."""
        asked.params().done()
        written = read_written(asked, self._library)
        content, now_us = written.content, self._broker.now_us()
        if "id" not in content and "@id" not in content:
            content["id"] = f"urn:ngsi-ld:Subscription:{uuid.uuid4()}"
        body = self._manner.read(content, written.context.terms, now_us)
        if self._notifications.get(asked.tenant, body["id"]) is not None:
            raise problem("AlreadyExists", f"{body['id'][:200]} exists already")
        context = context_given(asked, written)
        self._keep(asked, Kept(body, context, context, now_us, now_us))
        host_written(self._broker, self._library, self._broker.hold(asked.tenant), written.context)
        await self._broker.durable()
        return created(f"/ngsi-ld/v1/{self._manner.path}/{body['id']}")

    async def update(self, asked: Asked) -> Answer:
        """Answer PATCH /subscriptions/{id} (clause 5.8.2)."""
        asked.params().done()
        written, now_us = read_written(asked, self._library, merge=True), self._broker.now_us()
        subscription = self._find(asked)
        kept = subscription.kept
        body = self._manner.change(kept.body, written.content, written.context.terms, now_us)
        context = context_given(asked, written) if "q" in written.content else kept.q_context
        fresh = Kept(body, kept.context, context, kept.created_us, now_us)
        self._keep(asked, fresh)
        await self._broker.durable()
        return no_content()

    async def retrieve(self, asked: Asked) -> Answer:
        """Answer GET /subscriptions/{id} (clause 5.8.3)."""
        media, context = asked.media(JSON_MEDIA), self._library.find(asked.context_url())
        params = asked.params("options")
        sys_attrs = read_sys_attrs(params)
        params.done()
        subscription = self._find(asked)
        shown = self._shown(subscription, context.terms, sys_attrs=sys_attrs)
        await self._broker.durable()
        if media == JSON_MEDIA[0]:
            return Answer(_encode(shown), media, [asked.context_header(context.url)])
        return Answer(_encode({**shown, "@context": context.url}), media)

    async def query(self, asked: Asked) -> Answer:
        """Answer GET /subscriptions (clause 5.8.4)."""
        media, context = asked.media(JSON_MEDIA), self._library.find(asked.context_url())
        params = asked.params("limit", "offset", "count", "options")
        sys_attrs = read_sys_attrs(params)
        limit = params.integer("limit", PAGE_DEFAULT, high=OFFSET_MAX)
        offset, count = params.integer("offset", 0, high=OFFSET_MAX), params.flag("count")
        if limit == 0 and not count:
            params.fault("limit", "0 goes with count=true only")
        params.done()
        if limit > PAGE_MAX:
            raise problem("TooManyResults", f"at most {PAGE_MAX} subscriptions a page")
        _may_see(asked)
        self._broker.existing(asked.tenant)
        found = self._notifications.of(asked.tenant)
        page = found[offset : offset + limit]
        shown = [self._shown(one, context.terms, sys_attrs=sys_attrs) for one in page]
        await self._broker.durable()
        more = len(found) > offset + limit
        links = page_links(asked.path.rstrip("/"), asked.query_string.decode(), limit=limit, offset=offset, more=more)
        headers: list[Header] = [link_header(link) for link in links]
        if count:
            headers.append((b"ngsild-results-count", str(len(found)).encode()))
        if media == JSON_MEDIA[0]:
            headers.append(asked.context_header(context.url))
        else:
            shown = [{**one, "@context": context.url} for one in shown]
        return Answer(_encode(shown), media, headers)

    async def delete(self, asked: Asked) -> Answer:
        """Answer DELETE /subscriptions/{id} (clause 5.8.5)."""
        asked.params().done()
        subscription = self._find(asked)
        self._notifications.forget(self._broker.hold(asked.tenant), subscription)
        await self._broker.durable()
        return no_content()

    async def dead(self, asked: Asked) -> Answer:
        """Answer GET /subscriptions/{id}/deadLetters: what was given up, why, and how the figures add up."""
        asked.params().done()
        subscription = self._find(asked)
        await self._broker.durable()
        told = self._notifications.told(subscription)
        letters = [
            {
                "number": number,
                "writtenAt": write_moment(put_us),
                "givenUpAt": write_moment(dead_us),
                "tries": tries,
                "reason": reason,
                "notification": msgspec.Raw(body),
            }
            for number, _, _, put_us, _, body, dead_us, tries, reason in self._notifications.dead(subscription)
        ]
        return answer_json(
            {
                "due": told.due,
                "delivered": told.delivered,
                "dead": told.dead,
                "pending": told.pending,
                "deadLetters": letters,
            }
        )

    async def revive(self, asked: Asked) -> Answer:
        """Answer POST /subscriptions/{id}/deadLetters: send the oldest again, behind those that wait."""
        asked.params().done()
        again = self._notifications.revive(self._find(asked))
        await self._broker.durable()
        return answer_json({"sentAgain": again})

    def _find(self, asked: Asked) -> Subscription:
        subscription_id = check_id(asked.path_params["subscription_id"])
        _may_see(asked)
        self._broker.existing(asked.tenant)
        subscription = self._notifications.get(asked.tenant, subscription_id)
        if subscription is None:
            raise problem("ResourceNotFound", f"no subscription {subscription_id[:200]}")
        return subscription

    def _keep(self, asked: Asked, kept: Kept) -> None:
        """Keep a subscription of somebody who may read all that it can tell."""
        rights = asked.rights
        if not rights.all_read:
            names = selected_types(kept)
            if not names or not all(rights.reads((name,)) for name in names):
                raise denied("a subscription tells of whole types; not all of these are yours to read")
        self._notifications.put(self._broker.hold(asked.tenant), kept)

    def _shown(self, subscription: Subscription, terms: Terms, *, sys_attrs: bool) -> Json:
        told = self._notifications.told(subscription)
        shown = self._manner.show(subscription, told, terms, self._broker.now_us(), sys_attrs=sys_attrs)
        if isinstance(subscription.kept.context, list | dict) and self._library.is_ours(subscription.context):
            shown.setdefault("jsonldContext", subscription.context.url)
        return shown


def _may_see(asked: Asked) -> None:
    """Let see subscriptions who may write: they name receivers, and what these are sent as proof."""
    if not asked.rights.any("write"):
        raise refuse(asked.principal)


def read_sys_attrs(params: Params) -> bool:
    """Tell whether `options` wants times of creation and change to be shown; it can want nothing else."""
    options = (params.text("options") or "").split(",")
    for option in options:
        if option not in ("", "sysAttrs"):
            params.fault("options", "only sysAttrs")
    return "sysAttrs" in options
