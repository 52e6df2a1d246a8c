"""What people see of alarms: the list, one alarm and its life, the table, the figures of merit."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Protocol

import msgspec

from stadtwerk.kernel.alarm.condition import Condition, Told
from stadtwerk.kernel.alarm.figures import figures
from stadtwerk.kernel.alarm.kind import AlarmKind, priority
from stadtwerk.kernel.alarm.state import Alarms
from stadtwerk.kernel.clock import US, iso
from stadtwerk.kernel.journal import Entry, Event
from stadtwerk.kernel.limits import ALARM_EVENTS, ALARM_HISTORY, ALARMS_LISTED
from stadtwerk.kernel.refusal import Refused
from stadtwerk.kernel.system import Query

FIGURES_DAYS = 31
"""Longest stretch of time figures of merit are worked out for, days."""


class AlarmView(msgspec.Struct, frozen=True):
    """An alarm as people see it; states named as in OPC UA Part 9."""

    id: str
    kind: str
    source: str
    name: str
    place: str
    lamps: int
    severity: int
    priority: str
    state: str
    active: bool
    acked: bool
    confirmed: bool
    shelving: str
    shelved_until: str | None
    suppressed_by: str
    out_of_service: bool
    retain: bool
    raised_at: str | None
    annunciated_at: str | None
    returned_at: str | None
    acked_at: str | None
    acked_by: str
    count: int
    comment: str
    comment_by: str


class Archive(Protocol):
    """What the views need from the journal."""

    def alarm_events(self, since_us: int, limit: int) -> list[Event]:
        """Return the alarm events since a moment, oldest first, the newest of them if there are more than a limit."""
        ...

    def events_of(self, subject: str, limit: int) -> list[Entry]:
        """Return the newest events about a subject, newest first."""
        ...

    def observed_since(self) -> int:
        """Return when the city was observed first, microseconds UTC."""
        ...


def alarm_view(alarms: Alarms, condition: Condition) -> AlarmView:
    """Show an alarm as people see it."""
    name, place, lamps = condition.source, "", 0
    if (sensed := alarms.sensed.get(condition.kind)) and condition.source in sensed.row_of:
        row, watched = sensed.row_of[condition.source], sensed.watched
        name, place, lamps = watched.names[row], watched.place, int(watched.lamps[row])
    return AlarmView(
        id=condition.id,
        kind=condition.kind,
        source=condition.source,
        name=name,
        place=place,
        lamps=lamps,
        severity=condition.severity,
        priority=priority(condition.severity),
        state=condition.state,
        active=condition.active,
        acked=condition.acked,
        confirmed=condition.confirmed,
        shelving=condition.shelving,
        shelved_until=_iso(condition.shelved_until_us),
        suppressed_by=condition.suppressed_by,
        out_of_service=condition.out_of_service,
        retain=condition.retain,
        raised_at=_iso(condition.raised_at_us),
        annunciated_at=_iso(condition.annunciated_at_us),
        returned_at=_iso(condition.returned_at_us),
        acked_at=_iso(condition.acked_at_us),
        acked_by=condition.acked_by,
        count=condition.count,
        comment=condition.comment,
        comment_by=condition.comment_by,
    )


def changed(alarms: Alarms, ids: Iterable[str]) -> list[AlarmView]:
    """Show alarms that changed; one that closed is shown as normal."""
    return [alarm_view(alarms, alarms.get(alarm)) for alarm in ids]


def _iso(at_us: int) -> str | None:
    return iso(at_us) if at_us else None


def _before(alarms: Alarms, since_us: int) -> list[Event]:
    """Return the events from before a moment that still tell: what has been standing or waiting since then."""
    old = [one for one in list(alarms.conditions.values()) if 0 < one.annunciated_at_us < since_us and not one.hidden]
    events = []
    for one in old:
        told = {"annunciated": True, "severity": one.severity}
        events.append(Event(one.annunciated_at_us, Told.RAISED, one.id, "", "", told))
        if one.acked and one.acked_at_us < since_us:
            events.append(Event(one.acked_at_us, Told.ACKNOWLEDGED, one.id, one.acked_by, "", {}))
        if one.returned_at_us and one.returned_at_us < since_us:
            events.append(Event(one.returned_at_us, Told.RETURNED, one.id, "", "", {}))
    return sorted(events, key=lambda event: event.at_us)


class Nothing(msgspec.Struct, frozen=True):
    """A question without parameters."""


class OfAlarm(msgspec.Struct, frozen=True):
    """A question about one alarm."""

    id: Annotated[str, msgspec.Meta(min_length=3, max_length=160)]


class OfDays(msgspec.Struct, frozen=True):
    """A question about the last days."""

    days: Annotated[float, msgspec.Meta(gt=0, le=FIGURES_DAYS)] = 1.0


def _list(alarms: Alarms, archive: Archive, asked: Nothing, now_us: int) -> dict[str, Any]:
    listed = alarms.listed()
    return {"total": len(listed), "alarms": [alarm_view(alarms, one) for one in listed[:ALARMS_LISTED]]}


def _one(alarms: Alarms, archive: Archive, asked: OfAlarm, now_us: int) -> dict[str, Any]:
    if not alarms.knows(asked.id):
        raise Refused.of("unknown-alarm", "There is no such alarm", 404, f"no alarm {asked.id!r} in this city")
    entries = archive.events_of(asked.id, ALARM_HISTORY)
    history = [
        {
            "seq": entry.seq,
            "at": iso(entry.at_us),
            "kind": entry.kind,
            "actor": entry.actor,
            "cause": entry.cause,
            **msgspec.json.decode(entry.payload),
        }
        for entry in entries
    ]
    for line in history:
        if "until_us" in line:
            line["until"] = iso(line.pop("until_us"))
    return {"alarm": alarm_view(alarms, alarms.get(asked.id)), "history": history}


def _table(alarms: Alarms, archive: Archive, asked: Nothing, now_us: int) -> dict[str, Any]:
    return {"kinds": [kind_view(kind) for kind in alarms.kinds.values()]}


def kind_view(kind: AlarmKind) -> dict[str, Any]:
    """Show an entry of an alarm table."""
    plain: dict[str, Any] = msgspec.to_builtins(kind)
    return {**plain, "priority": kind.priority}


def _figures(alarms: Alarms, archive: Archive, asked: OfDays, now_us: int) -> dict[str, Any]:
    since_us = min(max(now_us - round(asked.days * 86_400 * US), archive.observed_since()), now_us)
    found = figures([*_before(alarms, since_us), *archive.alarm_events(since_us, ALARM_EVENTS)], since_us, now_us)
    plain: dict[str, Any] = msgspec.to_builtins(found)
    since, until = iso(plain.pop("since_us")), iso(plain.pop("until_us"))
    return {"since": since, "until": until, **plain}


QUERIES = (
    Query("/alarms", "All alarms anybody has to do with, the most urgent first", Nothing, _list),
    Query(
        "/alarms/kinds", "The alarm table: cause, consequence, action and time to respond of each kind", Nothing, _table
    ),
    Query(
        "/alarms/figures",
        "Figures of merit of the last days that the city was observed (ISA-18.2, EEMUA 191)",
        OfDays,
        _figures,
    ),
    Query("/alarms/{id}", "One alarm and its life", OfAlarm, _one),
)
