"""What may be done with alarms, and what looking at the city makes of them: events, or a refusal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec

from stadtwerk.kernel.alarm import orders
from stadtwerk.kernel.alarm.causes import Change
from stadtwerk.kernel.alarm.condition import Condition, Told, follow
from stadtwerk.kernel.alarm.state import Alarms
from stadtwerk.kernel.clock import US, iso, parse_iso
from stadtwerk.kernel.command import Order, carried_out, refused
from stadtwerk.kernel.journal import Event
from stadtwerk.kernel.refusal import Fault, Refusal, Refused, problem_type

ACTOR = "alarm"
Body = dict[str, Any]

CONSEQUENCE_S = 3_600
"""An alarm that stood longer than this before its cause was told has a cause of its own, seconds."""


def decide(alarms: Alarms, order: Order, now_us: int) -> list[Event]:
    """Return the events of an order; alarms on which it was done already are passed over, if others are left."""
    named: tuple[str, ...] = tuple(dict.fromkeys(getattr(order.content, "alarms", ())))
    title = named[0] if len(named) == 1 else f"{len(named)} × ⚠"
    try:
        rule = _RULES.get(type(order.content))
        if rule is None:
            raise Refused.field("kind", f"alarms know no {order.kind}")
        strange = [alarm for alarm in named if not alarms.knows(alarm)]
        if strange:
            raise _unknown(strange)
        found = rule(_Case(alarms, [alarms.get(alarm) for alarm in named], order, now_us))
        if not found:
            raise Refused.of("alarm-state", "There is nothing to do", 409, _NOTHING[order.kind])
    except Refused as no:
        return refused(order, now_us, no.refusal, title)
    return carried_out(order, now_us, title, found)


def happened(alarms: Alarms, change: Change, now_us: int) -> list[Event]:
    """Return the events of what was sensed, and of shelvings and suppressions that end with it or by time."""
    story = _Story(alarms, now_us)
    for alarm in change.raised:
        story.say(alarm, Told.RAISED, _annunciation(alarms, story.get(alarm), raised=True))
    for alarm, by in change.explained.items():
        one = story.get(alarm)
        if one.active and not one.suppressed and now_us - one.raised_at_us <= CONSEQUENCE_S * US:
            story.say(alarm, Told.SUPPRESSED, {"by": by, "severity": one.severity}, by)
    for alarm in change.returned:
        story.say(alarm, Told.RETURNED, {})
    _free(alarms, story, set(change.returned))
    return story.events


class _Story:
    """Events of one moment, each told of the alarm as those before it have left it."""

    def __init__(self, alarms: Alarms, now_us: int) -> None:
        self._alarms, self.now_us = alarms, now_us
        self._copies: dict[str, Condition] = {}
        self.events: list[Event] = []

    def get(self, alarm: str) -> Condition:
        """Return an alarm as it is by now."""
        return self._copies.get(alarm) or self._alarms.get(alarm)

    def say(self, alarm: str, kind: str, body: Body, cause: str = "") -> None:
        """Add an event."""
        event = Event(self.now_us, kind, alarm, ACTOR, cause, body)
        copy = self._copies.get(alarm) or msgspec.structs.replace(self._alarms.get(alarm))
        follow(copy, event)
        self._copies[alarm] = copy
        self.events.append(event)


def due(alarms: Alarms, now_us: int) -> bool:
    """Tell whether the end of a shelving has come."""
    return any(one.shelved and now_us >= one.shelved_until_us for one in alarms.conditions.values())


def _free(alarms: Alarms, story: _Story, gone: set[str]) -> None:
    """Show again what was shelved until now, or until it went, and what an alarm explained that is gone."""
    for alarm in list(alarms.conditions):
        one = story.get(alarm)
        if one.shelved and (
            story.now_us >= one.shelved_until_us or (one.shelving == "OneShotShelved" and alarm in gone)
        ):
            story.say(alarm, Told.UNSHELVED, _annunciation(alarms, one, "shelved"), "time")
            one = story.get(alarm)
        if one.suppressed_by in gone:
            story.say(alarm, Told.RELEASED, _annunciation(alarms, one, "suppressed"), one.suppressed_by)


def _annunciation(alarms: Alarms, condition: Condition, free: str = "", *, raised: bool = False) -> Body:
    """Tell whether operators will be told of an alarm that is raised, or no longer hidden by what is named."""
    hides = {"shelved": condition.shelved, "suppressed": condition.suppressed, "out": condition.out_of_service}
    told = not any(on for name, on in hides.items() if name != free) and (raised or condition.active)
    body: Body = {"severity": condition.severity, "annunciated": told}
    if told and (kind := alarms.kinds.get(condition.kind)) and kind.confirms:
        body["confirms"] = True
    return body


def _unknown(strange: list[str]) -> Refused:
    detail = f"no alarm {', '.join(strange[:3])} in this city"
    fault = Fault("alarms", detail)
    return Refused(Refusal(problem_type("unknown-alarm"), "There is no such alarm", 404, detail, (fault,)))


@dataclass(frozen=True, slots=True)
class _Case:
    """An order about alarms as they are now."""

    alarms: Alarms
    those: list[Condition]
    order: Order
    now_us: int

    def say(self, kind: str, which: Callable[[Condition], bool], body: Callable[[Condition], Body]) -> list[Event]:
        """Return an event for each alarm it is true of."""
        order = self.order
        return [Event(self.now_us, kind, one.id, order.actor, order.id, body(one)) for one in self.those if which(one)]

    def words(self, field: str = "comment") -> Body:
        """Return what was written with the order, if anything was."""
        text = getattr(self.order.content, field, "")
        return {"comment": text} if text else {}


def _acknowledge(case: _Case) -> list[Event]:
    return case.say(Told.ACKNOWLEDGED, lambda one: not one.acked, lambda one: case.words())


def _confirm(case: _Case) -> list[Event]:
    unseen = [one.id for one in case.those if not one.acked]
    if unseen:
        raise Refused.field("alarms", f"{unseen[0]} is not acknowledged: acknowledge first, then confirm the action")
    return case.say(Told.CONFIRMED, lambda one: not one.confirmed, lambda one: case.words())


def _note(case: _Case) -> list[Event]:
    return case.say(Told.COMMENTED, lambda one: True, lambda one: case.words())


def _shelve(case: _Case) -> list[Event]:
    content = case.order.content
    if not isinstance(content, orders.Shelve):
        raise Refused.field("kind", "this is no shelving")
    until_us = parse_iso(content.until, "until")
    if until_us <= case.now_us:
        raise Refused.field("until", f"lies in the past: it is {iso(case.now_us)} in the city")
    kinds = [case.alarms.kinds[one.kind] for one in case.those if one.kind in case.alarms.kinds]
    longest_s = min((kind.shelve_max_s for kind in kinds), default=86_400)
    if until_us > case.now_us + longest_s * US:
        raise Refused.field("until", f"these alarms may be shelved for at most {longest_s // 3600} hours")
    if content.one_shot and not all(one.active for one in case.those):
        raise Refused.field("one_shot", "only an active alarm can be shelved until it returns to normal")
    body = {"until_us": until_us, "one_shot": content.one_shot, **case.words("reason")}
    return case.say(Told.SHELVED, lambda one: True, lambda one: {**body, "severity": one.severity})


def _unshelve(case: _Case) -> list[Event]:
    return case.say(Told.UNSHELVED, lambda one: one.shelved, lambda one: _annunciation(case.alarms, one, "shelved"))


def _suppress(case: _Case) -> list[Event]:
    body = {"by": case.order.actor, **case.words("reason")}
    return case.say(Told.SUPPRESSED, lambda one: not one.suppressed, lambda one: {**body, "severity": one.severity})


def _release(case: _Case) -> list[Event]:
    return case.say(
        Told.RELEASED, lambda one: one.suppressed, lambda one: _annunciation(case.alarms, one, "suppressed")
    )


def _take_out(case: _Case) -> list[Event]:
    return case.say(
        Told.OUT_OF_SERVICE,
        lambda one: not one.out_of_service,
        lambda one: {**case.words("reason"), "severity": one.severity},
    )


def _put_back(case: _Case) -> list[Event]:
    return case.say(
        Told.IN_SERVICE,
        lambda one: one.out_of_service,
        lambda one: _annunciation(case.alarms, one, "out"),
    )


_RULES: dict[type[Any], Callable[[_Case], list[Event]]] = {
    orders.Acknowledge: _acknowledge,
    orders.Confirm: _confirm,
    orders.AddComment: _note,
    orders.Shelve: _shelve,
    orders.Unshelve: _unshelve,
    orders.Suppress: _suppress,
    orders.Release: _release,
    orders.TakeOutOfService: _take_out,
    orders.ReturnToService: _put_back,
}

_NOTHING = {
    "alarm.acknowledge": "Nobody is asked to acknowledge these alarms: somebody has, or they are normal.",
    "alarm.confirm": "Nobody is asked to confirm these alarms.",
    "alarm.comment": "There is no alarm to comment on.",
    "alarm.shelve": "There is no alarm to shelve.",
    "alarm.unshelve": "These alarms are not shelved.",
    "alarm.suppress": "These alarms are suppressed already.",
    "alarm.release": "These alarms are not suppressed.",
    "alarm.take-out-of-service": "These alarms are out of service already.",
    "alarm.return-to-service": "These alarms are in service.",
}
