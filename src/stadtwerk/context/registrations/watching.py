"""Subscriptions to registrations: read, compiled, told (ETSI GS CIM 009 clauses 5.2.12, 5.3.2, 5.11)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import msgspec

from stadtwerk.context.evaluate import compile_q
from stadtwerk.context.geoq import read_geoq
from stadtwerk.context.library import Context
from stadtwerk.context.moments import write_moment
from stadtwerk.context.problems import one_fault
from stadtwerk.context.q_parser import parse_q
from stadtwerk.context.registrations.discovery import SPACES, Discovery, wanted_of
from stadtwerk.context.registrations.document import Json, show_registration
from stadtwerk.context.registrations.source import Wanted
from stadtwerk.context.registrations.span import read_time_query
from stadtwerk.context.subscriptions.reading import change_subscription, geo_texts, read_subscription
from stadtwerk.context.subscriptions.showing import show_subscription
from stadtwerk.context.subscriptions.subscription import Kept, Subscription, compile_subscription
from stadtwerk.context.subscriptions.told import Told
from stadtwerk.context.terms import Terms

TIME = "temporalQ"
NEWLY, UPDATED, NO_LONGER = "newlyMatching", "updated", "noLongerMatching"
"""Why registrations are told of (clause 5.3.2)."""

_encode = msgspec.json.Encoder().encode
_IRIS = Terms({}, {})
"""A subscription's names stand as IRIs already."""


@dataclass(frozen=True, slots=True)
class Watcher:
    """A subscription to registrations, ready for work."""

    subscription: Subscription
    discovery: Discovery

    def reason(self, before: Json | None, after: Json | None) -> str:
        """Tell why a change of a registration is told, "" if it is not."""
        was = before is not None and self.discovery.finds(before)
        if after is not None and self.discovery.finds(after):
            return UPDATED if was else NEWLY
        return NO_LONGER if was else ""


def read_source_subscription(content: Mapping[str, Any], terms: Terms, now_us: int) -> Json:
    """Read a subscription to registrations; refuses what is missing or malformed (400)."""
    rest = {name: value for name, value in content.items() if name != TIME}
    body = read_subscription(rest, terms, now_us)
    return {**body, TIME: _time(content[TIME])} if TIME in content else body


def change_source_subscription(before: Json, part: Mapping[str, Any], terms: Terms, now_us: int) -> Json:
    """Merge a fragment into a subscription to registrations, null taking away (clause 5.11.3)."""
    rest = {name: value for name, value in part.items() if name != TIME}
    after = change_subscription(before, rest, terms, now_us)
    if TIME in part and part[TIME] is None:
        after.pop(TIME, None)
    elif TIME in part:
        after[TIME] = _time(part[TIME])
    return after


def show_source_subscription(
    subscription: Subscription, told: Told, terms: Terms, now_us: int, *, sys_attrs: bool = False
) -> Json:
    """Return a subscription to registrations in a client's terms; triggers are for entities only."""
    shown = show_subscription(subscription, told, terms, now_us, sys_attrs=sys_attrs)
    if "notificationTrigger" not in subscription.kept.body:
        shown.pop("notificationTrigger", None)
    notification = shown["notification"]
    if notification.get("timesFailed") == 0:
        del notification["timesFailed"]
    return shown


def compile_watcher(tenant: str, kept: Kept, context: Context, q_context: Context) -> Watcher:
    """Make a subscription to registrations ready for work."""
    body = kept.body
    watched = frozenset(body.get("watchedAttributes", ()))
    selectors = body.get("entities", ())
    wanted = wanted_of(selectors, _IRIS, watched) if selectors else [Wanted(attrs=watched)]
    conditions = [
        compile_q(parse_q(unquote(body[name]), name), q_context.terms) for name in ("q", "csf") if name in body
    ]
    geo = body.get("geoQ")
    discovery = Discovery(
        tuple(wanted),
        tuple(conditions),
        read_geoq(*geo_texts(geo)) if geo else None,
        _space(geo or {}),
        read_time_query(body[TIME]) if TIME in body else None,
    )
    return Watcher(compile_subscription(tenant, kept, context, q_context), discovery)


def write_source_notification(
    watcher: Watcher, name: str, at_us: int, reason: str, registrations: Sequence[Json]
) -> bytes:
    """Write a notification about registrations with a name of its own (clause 5.3.2)."""
    subscription = watcher.subscription
    kept, shown = subscription.kept, []
    sys_attrs = kept.body["notification"].get("sysAttrs", False)
    for document in registrations:
        told = document if reason == NO_LONGER else watcher.discovery.narrowed(document)
        one = show_registration(told, subscription.context.terms, sys_attrs=sys_attrs, type_lists=True)
        one.pop("contextSourceInfo", None)
        if subscription.form.inside:
            one["@context"] = kept.body.get("jsonldContext", kept.context)
        shown.append(one)
    return _encode(
        {
            "id": f"urn:ngsi-ld:ContextSourceNotification:{name}",
            "type": "ContextSourceNotification",
            "subscriptionId": subscription.id,
            "notifiedAt": write_moment(at_us),
            "triggerReason": reason,
            "data": shown,
        }
    )


def _space(geo: Mapping[str, Any]) -> str:
    """Return which place of a registration is meant: its name stands at the end of the property's IRI."""
    name = str(geo.get("geoproperty", "location")).rpartition("/")[2]
    return name if name in SPACES else "location"


def _time(value: Any) -> Json:
    if not isinstance(value, dict) or read_time_query(value) is None:
        raise one_fault(TIME, "an object with timerel and timeAt")
    return dict(value)
