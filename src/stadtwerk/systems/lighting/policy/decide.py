"""What is allowed with light on demand: an order about streets becomes events, or a refusal."""

from __future__ import annotations

from typing import Any

import msgspec

from stadtwerk.kernel.command import Order, carried_out, refused
from stadtwerk.kernel.journal import Event
from stadtwerk.kernel.limits import POLICIES_KEPT, POLICY_STREETS
from stadtwerk.kernel.refusal import Refused
from stadtwerk.systems.lighting.engine.en13201.certificate import seal_of
from stadtwerk.systems.lighting.inventory import Inventory
from stadtwerk.systems.lighting.policy.evolve import ASKED, CERTIFIED, DARK, ENDED, FAILED, MATERIAL, PLANNED, UNDONE
from stadtwerk.systems.lighting.policy.orders import EndPolicy, UndoPolicy
from stadtwerk.systems.lighting.policy.state import Policies
from stadtwerk.systems.lighting.policy.suit import suited
from stadtwerk.systems.lighting.policy.things import LIVE, STATES, Worked, certificate_id
from stadtwerk.systems.lighting.select import unknown
from stadtwerk.vocab.lighting import Target

ACTOR = "lighting"


def decide(inventory: Inventory, policies: Policies, order: Order, now_us: int) -> list[Event]:
    """Return the events of an order about light on demand."""
    content: Any = order.content
    title = ""
    try:
        if isinstance(content, UndoPolicy):
            places, title = _streets(inventory, Target(street=content.street))
            events = [_undone(policies, inventory.streets.ids[places[0]], order, now_us)]
        elif isinstance(content, EndPolicy):
            places, title = _streets(inventory, content.target)
            events = _ended(inventory, policies, places, order, now_us)
        else:
            places, title = _streets(inventory, content.target)
            events = _asked(inventory, policies, places, order, now_us)
    except Refused as no:
        return refused(order, now_us, no.refusal, title)
    return carried_out(order, now_us, title, events)


def planned(policies: Policies, street: str, worked: Worked, now_us: int) -> list[Event]:
    """Say what was calculated for a street: its plan, and its certificates in their chain; nothing if it has ended."""
    policy = policies.kept.get(street)
    if policy is None or policy.state != "asked":
        return []
    number, (head, count), events = policies.next_number(), policies.head(), []
    body = {"number": number, "plan": msgspec.to_builtins(worked.plan)}
    events.append(Event(now_us, PLANNED, street, ACTOR, "", body))
    known = {material.id for material in policies.materials}
    for state, document in zip(STATES, worked.certificates, strict=True):
        for kind, materials in document["materials"].items():
            for mark in sorted(materials.keys() - known):
                told = {"kind": kind, "body": materials[mark]}
                events.append(Event(now_us, MATERIAL, mark, ACTOR, street, told))
                known.add(mark)
        sealed = {**document, "before": head}
        head, count = seal_of(sealed), count + 1
        kept = {name: value for name, value in sealed.items() if name not in ("materials", "seal")}
        told = {"number": count, "seal": head, "body": kept}
        events.append(Event(now_us, CERTIFIED, certificate_id(street, state), ACTOR, street, told))
    return events


def failed(policies: Policies, street: str, why: str, now_us: int) -> list[Event]:
    """Say that no table could be calculated for a street: its lamps stay with their programs."""
    policy = policies.kept.get(street)
    if policy is None or policy.state != "asked":
        return []
    return [Event(now_us, FAILED, street, ACTOR, "", {"number": policies.next_number(), "why": why})]


def darkened(policies: Policies, street: str, dark: tuple[str, ...], now_us: int) -> list[Event]:
    """Say which lamps of a street lit on demand give no light now: it is calculated anew without them."""
    policy = policies.kept.get(street)
    if policy is None or policy.state not in LIVE or policy.dark == dark:
        return []
    return [Event(now_us, DARK, street, ACTOR, "", {"dark": list(dark)})]


def _streets(inventory: Inventory, target: Target) -> tuple[list[int], str]:
    """Return the places of the streets meant and a title; a district's are those with lamps in it."""
    chosen = [name for name in target.__struct_fields__ if getattr(target, name) is not None]
    if chosen not in (["street"], ["district"]):
        raise Refused.field("target", "name exactly one street or one district")
    places = getattr(inventory, f"{chosen[0]}s")
    wanted = getattr(target, chosen[0])
    place = places.index.get(wanted)
    if place is None:
        raise unknown(f"target.{chosen[0]}", f"no {chosen[0]} {wanted!r} in this city")
    if chosen == ["street"]:
        return [place], places.names[place]
    found = sorted(set(inventory.streets.of_lamp[places.rows(place)].tolist()))
    return found, places.names[place]


def _asked(inventory: Inventory, policies: Policies, places: list[int], order: Order, now_us: int) -> list[Event]:
    """Ask for a table of each street that can be lit on demand; of a district, those that cannot are told why."""
    content: Any = order.content
    if len(places) > POLICY_STREETS:
        words = f"{len(places)} streets; one command lights at most {POLICY_STREETS} on demand"
        raise Refused.of("policy-limit", "So many streets cannot be lit on demand", 409, words)
    fit: list[str] = []
    unfit: dict[str, Refused] = {}
    for place in places:
        try:
            suited(inventory, place, now_us)
            fit.append(inventory.streets.ids[place])
        except Refused as no:
            unfit[inventory.streets.ids[place]] = no
    if not fit:
        raise next(iter(unfit.values()))
    live = {policy.id for policy in policies.live()}
    if len(live | set(fit)) > POLICIES_KEPT:
        words = f"{len(live)} streets are lit on demand; the city keeps at most {POLICIES_KEPT}"
        raise Refused.of("policy-limit", "So many streets cannot be lit on demand", 409, words)
    body = {
        "steps": content.steps,
        "fade_s": content.fade_s,
        "traffic": [content.cars, content.cyclists, content.walkers],
        "reason": content.reason,
    }
    number = policies.next_number()
    events = [
        Event(now_us, ASKED, street, order.actor, order.id, {**body, "number": number + k})
        for k, street in enumerate(fit)
    ]
    for k, (street, reason) in enumerate(unfit.items()):
        if street not in live:
            why = reason.refusal.detail or reason.refusal.title
            told = {**body, "number": number + len(fit) + k, "why": why}
            events.append(Event(now_us, FAILED, street, order.actor, order.id, told))
    return events


def _ended(inventory: Inventory, policies: Policies, places: list[int], order: Order, now_us: int) -> list[Event]:
    streets = {inventory.streets.ids[place] for place in places}
    mine = [policy.id for policy in policies.live() if policy.id in streets]
    if not mine:
        raise Refused.of("no-policy", "There is no light on demand here", 409, "none of its streets is lit on demand")
    number, reason = policies.next_number(), order.content.reason  # type: ignore[attr-defined]
    return [
        Event(now_us, ENDED, street, order.actor, order.id, {"number": number + k, "reason": reason})
        for k, street in enumerate(mine)
    ]


def _undone(policies: Policies, street: str, order: Order, now_us: int) -> Event:
    policy = policies.kept.get(street)
    if policy is None or policy.before is None:
        raise Refused.of("nothing-to-undo", "There is nothing to take back", 409, f"{street} has no step before")
    body = {"number": policies.next_number(), "reason": order.content.reason}  # type: ignore[attr-defined]
    return Event(now_us, UNDONE, street, order.actor, order.id, body)
