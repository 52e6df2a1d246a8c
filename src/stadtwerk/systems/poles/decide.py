"""What shared poles allow, and what is true after it: pure, no clock, no chance, no device."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from msgspec.structs import replace

from stadtwerk.kernel.clock import US, iso, parse_iso
from stadtwerk.kernel.command import Book, Order, ruled
from stadtwerk.kernel.journal import Document, Event
from stadtwerk.kernel.refusal import Refused
from stadtwerk.kernel.things import Things
from stadtwerk.systems.poles.stock import Place, Stock
from stadtwerk.vocab.poles import (
    ASSIGNED,
    ENDED_MAX,
    RELEASED,
    RESERVE_DAYS,
    RESERVED,
    SHARED_MAX,
    AssignSlot,
    Attachment,
    ReleaseSlot,
    ReserveSlot,
    SharedPole,
)


class Poles:
    """The city's poles, what hangs on them, and the commands about them."""

    def __init__(self, stock: Stock) -> None:
        self.book = Book(0)
        self.stock = stock
        self.shared = Things("poles.shared", SharedPole)

    def on(self, pole_id: str, now_us: int) -> dict[str, Attachment]:
        """Return what takes the slots of a pole now, by slot."""
        pole = self.shared.get(pole_id)
        return {one.slot: one for one in pole.attachments if one.holds(now_us)} if pole else {}


@dataclass(frozen=True, slots=True)
class Use:
    """What a pole's attachments take of it: power W, mass kg, moment at the foot in a gust kNm."""

    power_w: float
    mass_kg: float
    moment_knm: float


def use_of(stock: Stock, row: int, attachments: Sequence[Attachment]) -> Use:
    """Add up what attachments take of a pole."""
    slots = stock.slots(row)
    moments = (stock.moment_of(row, slots[one.slot].height_m, one.wind_area_m2) for one in attachments)
    return Use(sum(one.power_w for one in attachments), sum(one.mass_kg for one in attachments), sum(moments))


def evolve(poles: Poles, event: Event) -> Sequence[Document]:
    """Make an event true and return what is to be kept of it."""
    if event.kind not in (RESERVED, ASSIGNED, RELEASED):
        return ()
    pole = poles.shared.get(event.subject) or SharedPole(event.subject)
    if event.kind == RESERVED:
        made = Attachment(id=event.cause, reserved_at_us=event.at_us, **event.body)
        ended = [_ended(one) for one in pole.attachments if not one.holds(event.at_us)][-ENDED_MAX:]
        holding = [one for one in pole.attachments if one.holds(event.at_us)]
        return (poles.shared.put(replace(pole, attachments=(*ended, *holding, made))),)
    field = "in_use_at_us" if event.kind == ASSIGNED else "ended_at_us"
    changed = tuple(
        replace(one, **{field: event.at_us}) if one.id == event.body["attachment"] else one for one in pole.attachments
    )
    return (poles.shared.put(replace(pole, attachments=changed)),)


def _ended(one: Attachment) -> Attachment:
    """Return what no longer holds its slot with its end: a reservation that lapsed ended by itself."""
    return one if one.ended_at_us else replace(one, ended_at_us=one.until_us)


def decide(poles: Poles, order: Order, now_us: int) -> list[Event]:
    """Return the events of an order, or why it is refused."""
    return ruled(order, now_us, lambda: _decided(poles, order, now_us))


def _decided(poles: Poles, order: Order, now_us: int) -> tuple[str, list[Event]]:
    content = order.content
    if not isinstance(content, ReserveSlot | AssignSlot | ReleaseSlot):
        raise Refused.field("kind", f"shared poles know no {order.kind}")
    row, title = row_of(poles.stock, content.pole), f"{content.pole} {content.slot}"
    slots = poles.stock.slots(row)
    if content.slot not in slots:
        detail = f"{content.pole} has {', '.join(slots) or 'none'}; choose one of these or a higher pole."
        raise Refused.of("no-slot", "The pole has no such slot", 409, detail)
    taken = poles.on(content.pole, now_us)
    holding = taken.get(content.slot)
    if isinstance(content, ReserveSlot):
        body = _reserved(poles, content, now_us)
        _check_free(holding)
        made = Attachment(id=order.id, reserved_at_us=now_us, **body)
        _check_fits(poles.stock, row, slots[content.slot], made, list(taken.values()))
        return title, [Event(now_us, RESERVED, content.pole, order.actor, order.id, body)]
    if holding is None:
        detail = f"{content.slot} of {content.pole} is free."
        raise Refused.of("slot-free", "Nothing is reserved there", 409, detail)
    if isinstance(content, AssignSlot):
        _check_mine(holding, content.holder)
    kind = ASSIGNED if isinstance(content, AssignSlot) else RELEASED
    return title, [Event(now_us, kind, content.pole, order.actor, order.id, {"attachment": holding.id})]


def row_of(stock: Stock, pole_id: str) -> int:
    """Return a pole's row; refuses an unknown one (404)."""
    row = stock.row_of.get(pole_id)
    if row is None:
        raise Refused.of("unknown-pole", "There is no such pole", 404, f"no pole {pole_id!r} in this city")
    return row


def _reserved(poles: Poles, content: ReserveSlot, now_us: int) -> dict[str, Any]:
    """Return the body of the event; refuses a wrong time and a city that is full."""
    until_us = parse_iso(content.until, "until")
    if until_us <= now_us:
        raise Refused.field("until", f"lies in the past: it is {iso(now_us)} in the city")
    if until_us > now_us + RESERVE_DAYS * 86_400 * US:
        raise Refused.field("until", f"a reservation lasts at most {RESERVE_DAYS} days")
    if len(poles.shared) >= SHARED_MAX and poles.shared.get(content.pole) is None:
        raise Refused.of("full", "There is no room for more", 409, f"{SHARED_MAX:,} shared poles are the limit.")
    kept = ("slot", "kind", "holder", "power_w", "mass_kg", "wind_area_m2", "rent_eur_year", "energy_paid_by")
    return {**{name: getattr(content, name) for name in kept}, "until_us": until_us}


def _check_free(holding: Attachment | None) -> None:
    if holding:
        state = "in use" if holding.in_use_at_us else f"reserved until {iso(holding.until_us)}"
        detail = f"{holding.slot} is {state}, {holding.kind} of {holding.holder}."
        raise Refused.of("slot-taken", "The slot is taken", 409, detail)


def _check_fits(stock: Stock, row: int, place: Place, made: Attachment, taken: list[Attachment]) -> None:
    if made.kind not in place.kinds:
        detail = f"{made.slot} of this pole is for {', '.join(place.kinds)}."
        raise Refused.of("wrong-slot", "This does not fit into the slot", 409, detail)
    before, after = use_of(stock, row, taken), use_of(stock, row, [*taken, made])
    for budget, unit, field in (
        (float(stock.power_w[row]), "W", "power_w"),
        (float(stock.mass_kg[row]), "kg", "mass_kg"),
        (float(stock.moment_knm[row]), "kNm", "moment_knm"),
    ):
        if getattr(after, field) > budget:
            left, more = budget - getattr(before, field), getattr(after, field) - getattr(before, field)
            detail = f"it would take {more:.2f} {unit}; {left:.2f} of {budget:.2f} {unit} are left."
            raise Refused.of("over-budget", "The pole cannot take that much", 409, detail)


def _check_mine(holding: Attachment, holder: str) -> None:
    if holding.in_use_at_us:
        raise Refused.of("in-use", "The slot is in use already", 409, f"{holding.kind} of {holding.holder}")
    if holding.holder != holder:
        detail = f"it is kept for {holding.holder} until {iso(holding.until_us)}."
        raise Refused.of("not-yours", "The slot is reserved for somebody else", 409, detail)
