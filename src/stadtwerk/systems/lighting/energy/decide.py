"""What is allowed with energy: a month's report is signed once, when it is over, as it was seen."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from stadtwerk.kernel.clock import US
from stadtwerk.kernel.command import Order, carried_out, refused
from stadtwerk.kernel.journal import Event
from stadtwerk.kernel.refusal import Refused
from stadtwerk.systems.lighting.energy.evolve import SIGNED
from stadtwerk.systems.lighting.energy.orders import SignEnergy
from stadtwerk.systems.lighting.energy.state import Energy
from stadtwerk.systems.lighting.energy.things import Account

encode = msgspec.json.Encoder(order="sorted").encode


def decide(energy: Energy, order: Order, now_us: int) -> list[Event]:
    """Return the events of an order about energy."""
    content = order.content
    if not isinstance(content, SignEnergy):
        raise TypeError(order.kind)
    try:
        check(energy, content, now_us)
    except Refused as no:
        return refused(order, now_us, no.refusal, content.month)
    body = {"seal": content.seal, "remark": content.remark}
    return carried_out(
        order, now_us, content.month, [Event(now_us, SIGNED, content.month, order.actor, order.id, body)]
    )


def check(energy: Energy, content: SignEnergy, now_us: int) -> None:
    """Refuse a month without accounts (404), one that is not over or signed already, and another seal (409)."""
    nights = energy.of_month(content.month)
    if not nights:
        words = f"no night of {content.month} was accounted for"
        raise Refused.of("no-account", "This month has no account", 404, words)
    if datetime.fromtimestamp(now_us / US, UTC).strftime("%Y-%m") <= content.month:
        raise Refused.of("month-open", "This month is not over", 409, f"{content.month} still has nights to come")
    if content.month in {one.id for one in energy.signed}:
        raise Refused.of("signed", "This month is signed already", 409, f"the report of {content.month} is signed")
    if content.seal != seal_of(nights):
        raise Refused.of("report-changed", "The report has changed", 409, "look at it again before you sign")


def seal_of(nights: Sequence[Account]) -> str:
    """Return the seal of accounts: SHA-256 of their JSON, keys sorted."""
    return hashlib.sha256(encode(nights)).hexdigest()
