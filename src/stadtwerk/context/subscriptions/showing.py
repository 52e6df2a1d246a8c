"""Showing a subscription to a client: in its terms, with what became of the notifications (clause 5.2.12)."""

from __future__ import annotations

from typing import Any

from stadtwerk.context.members import NAME
from stadtwerk.context.moments import write_moment
from stadtwerk.context.subscriptions.reading import DEFAULT_TRIGGERS, OWN, SELECTION, Json
from stadtwerk.context.subscriptions.subscription import Subscription
from stadtwerk.context.subscriptions.told import Told
from stadtwerk.context.terms import Terms


def show_subscription(
    subscription: Subscription, told: Told, terms: Terms, now_us: int, *, sys_attrs: bool = False
) -> Json:
    """Return a subscription in a client's terms."""
    shown: Json = {}
    for name, value in subscription.kept.body.items():
        if name == "entities":
            shown[name] = [_selector(one, terms) for one in value]
        elif name == "watchedAttributes":
            shown[name] = [terms.compact(iri) for iri in value]
        elif name == "geoQ" and "geoproperty" in value:
            shown[name] = {**value, "geoproperty": terms.compact(value["geoproperty"])}
        elif name == "notification":
            shown[name] = {**_notification(value, terms), **_figures(told)}
        else:
            shown[name] = value
    shown.setdefault("notificationTrigger", list(DEFAULT_TRIGGERS))
    shown["status"] = status(subscription, now_us)
    if sys_attrs:
        shown["createdAt"] = write_moment(subscription.kept.created_us)
        shown["modifiedAt"] = write_moment(subscription.kept.modified_us)
    return shown


def status(subscription: Subscription, now_us: int) -> str:
    """Tell whether a subscription is active, paused or expired."""
    if 0 < subscription.expires_us <= now_us:
        return "expired"
    return "active" if subscription.active else "paused"


def _selector(one: Json, terms: Terms) -> Json:
    shown = {**one, "type": SELECTION.sub(lambda found: terms.compact(found.group()), one["type"])}
    if "id" in one and len(one["id"]) == 1:
        shown["id"] = one["id"][0]
    return shown


def _notification(value: Json, terms: Terms) -> Json:
    shown = dict(value)
    if "attributes" in value:
        shown["attributes"] = [terms.compact(iri) for iri in value["attributes"]]
    for name in ("pick", "omit"):
        if name in value:
            shown[name] = [NAME.sub(lambda found: _meant(found.group(), terms), text) for text in value[name]]
    return shown


def _meant(name: str, terms: Terms) -> str:
    return name if name in OWN else terms.compact(name)


def _figures(told: Told) -> dict[str, Any]:
    """Return what became of the notifications; nothing before the first was sent."""
    if not told.sent:
        return {}
    good = told.last_success_us >= told.last_failure_us
    shown: dict[str, Any] = {
        "status": "ok" if good else "failed",
        "timesSent": told.sent,
        "timesFailed": told.failed,
        "lastNotification": write_moment(told.last_sent_us),
    }
    if told.last_success_us:
        shown["lastSuccess"] = write_moment(told.last_success_us)
    if told.last_failure_us:
        shown["lastFailure"] = write_moment(told.last_failure_us)
    return shown
