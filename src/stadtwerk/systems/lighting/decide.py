"""What street lighting allows: a command about lamps becomes events, or a refusal."""

from __future__ import annotations

from typing import Any

import numpy as np

from stadtwerk.kernel.clock import US, iso, parse_iso
from stadtwerk.kernel.command import (
    NO_ANSWER,
    PENDING,
    SUPERSEDED,
    Book,
    Command,
    Life,
    Order,
    pack_mask,
    pack_rows,
    refused,
    requested,
)
from stadtwerk.kernel.journal import Event
from stadtwerk.kernel.limits import COMMANDS_OPEN, CONFIRM_S, OVERRIDE_S
from stadtwerk.kernel.observation import Rows
from stadtwerk.kernel.refusal import Refused
from stadtwerk.systems.lighting.law.check import lawful
from stadtwerk.systems.lighting.select import select
from stadtwerk.systems.lighting.state import Lighting
from stadtwerk.vocab.lighting import Clear, SetLevel


def decide(lighting: Lighting, order: Order, now_us: int) -> list[Event]:
    """Return the events of an order: requested and accepted (older orders for the same lamps give way), or refused."""
    inventory, book = lighting.inventory, lighting.book
    try:
        content = _content(order)
        _check_time(content, now_us)
        rows, title = select(inventory, content.target)
        if isinstance(content, SetLevel):
            programs = lighting.plans.in_force(now_us).rules
            rows = lawful(inventory, programs, content, rows, (now_us, parse_iso(content.until, "until")))
        if len(book.open_commands()) >= COMMANDS_OPEN:
            raise Refused.of("busy", "Too many commands wait for lamps", 503, "Wait until some are confirmed.")
    except Refused as no:
        return refused(order, now_us, no.refusal)
    accepted = {"token": book.last_token + 1, "deadline_us": now_us + CONFIRM_S * US, "rows": pack_rows(rows)}
    events = [
        requested(order, now_us, title),
        Event(now_us, Life.ACCEPTED, order.id, order.actor, order.cause, accepted),
    ]
    return events + _give_way(book, rows, order.id, now_us)


def sent(command: Command, now_us: int) -> Event:
    """Say that the first downlinks of a command are with the radio."""
    return Event(now_us, Life.SENT, command.id, "lighting", command.id, {})


def answered(book: Book, rows: Rows, tokens: np.ndarray[Any, Any], outcome: int, now_us: int) -> list[Event]:
    """Turn answers of lamps (rows (k,), the token each says it applied) into events, closing what is complete."""
    owed = book.holder[rows]
    match = (owed != 0) & (owed == tokens)
    events: list[Event] = []
    for token in np.unique(owed[match]).tolist():
        command = book.by_token[token]
        mask = np.isin(command.rows, rows[match & (owed == token)])
        events.extend(_outcome(command, mask, outcome, command.id, now_us))
    return events


def expire(book: Book, now_us: int) -> list[Event]:
    """Close the commands whose deadline has passed: targets that did not answer get that as their reason."""
    events: list[Event] = []
    for command in book.open_commands():
        if now_us >= command.deadline_us:
            events.extend(_outcome(command, command.outcome == PENDING, NO_ANSWER, "deadline", now_us))
    return events


def _content(order: Order) -> SetLevel | Clear:
    if not isinstance(order.content, SetLevel | Clear):
        raise Refused.field("kind", f"street lighting knows no {order.kind}")
    return order.content


def _check_time(content: SetLevel | Clear, now_us: int) -> None:
    if isinstance(content, Clear):
        return
    until_us = parse_iso(content.until, "until")
    if until_us <= now_us:
        raise Refused.field("until", f"lies in the past: it is {iso(now_us)} in the city")
    if until_us > now_us + OVERRIDE_S * US:
        raise Refused.field("until", f"an override lasts at most {OVERRIDE_S // 86_400} days")


def _give_way(book: Book, rows: Rows, cause: str, now_us: int) -> list[Event]:
    """Release the targets that older open commands still wait for: the lamps will follow the newer one."""
    events: list[Event] = []
    for token in np.unique(book.holder[rows]).tolist():
        if token:
            command = book.by_token[token]
            mask = np.isin(command.rows, rows) & (command.outcome == PENDING)
            events.extend(_outcome(command, mask, SUPERSEDED, cause, now_us))
    return events


def _outcome(command: Command, mask: np.ndarray[Any, Any], outcome: int, cause: str, now_us: int) -> list[Event]:
    mask = mask & (command.outcome == PENDING)
    events = []
    if mask.any():
        body = {"outcome": outcome, "mask": pack_mask(mask)}
        events.append(Event(now_us, Life.ANSWERED, command.id, "lighting", cause, body))
    after = np.where(mask, outcome, command.outcome)
    if not (after == PENDING).any():
        state = "confirmed" if not np.isin(after, (NO_ANSWER, SUPERSEDED)).any() else "expired"
        events.append(Event(now_us, Life.CLOSED, command.id, "lighting", cause, {"state": state}))
    return events
