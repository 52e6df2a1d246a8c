"""One alarm as it now is: the states of OPC UA Part 9 (conditions) and ISA-18.2, made true by events alone."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from stadtwerk.kernel.alarm.kind import split_id
from stadtwerk.kernel.journal import Event

Shelving = Literal["Unshelved", "TimedShelved", "OneShotShelved"]


class Condition(msgspec.Struct):
    """An alarm of one kind at one source; times in microseconds of city time, 0 = never."""

    id: str
    severity: int
    active: bool = False
    acked: bool = True
    confirmed: bool = True
    shelving: Shelving = "Unshelved"
    shelved_until_us: int = 0
    suppressed_by: str = ""
    """Name of the alarm that explains this one, or who suppressed it by design."""
    out_of_service: bool = False
    raised_at_us: int = 0
    annunciated_at_us: int = 0
    returned_at_us: int = 0
    acked_at_us: int = 0
    acked_by: str = ""
    count: int = 0
    """How often it was annunciated since it was last closed."""
    comment: str = ""
    comment_by: str = ""

    @property
    def kind(self) -> str:
        """Return the kind of alarm."""
        return split_id(self.id)[0]

    @property
    def source(self) -> str:
        """Return the id of the thing it is about."""
        return split_id(self.id)[1]

    @property
    def shelved(self) -> bool:
        """Tell whether it is shelved, for a time or until it next returns to normal."""
        return self.shelving != "Unshelved"

    @property
    def suppressed(self) -> bool:
        """Tell whether another alarm explains it, or an engineer suppressed it by design."""
        return bool(self.suppressed_by)

    @property
    def hidden(self) -> bool:
        """Tell whether operators are not told of it: shelved, suppressed or out of service."""
        return self.shelved or self.suppressed or self.out_of_service

    @property
    def retain(self) -> bool:
        """Tell whether anybody still has to do with it (Retain): else it leaves the list."""
        return self.active or not self.acked or not self.confirmed or self.hidden

    @property
    def state(self) -> str:
        """Name the state as ISA-18.2 does (clause 6, states of an alarm)."""
        if self.out_of_service:
            return "out-of-service"
        if self.suppressed:
            return "suppressed"
        if self.shelved:
            return "shelved"
        if self.active:
            return "acknowledged" if self.acked else "unacknowledged"
        return "normal" if self.acked else "returned-unacknowledged"


def follow(condition: Condition, event: Event) -> None:
    """Make an event true in the alarm it is about."""
    _STEPS[event.kind](condition, event, event.body)


Body = dict[str, Any]


def annunciate(condition: Condition, event: Event, body: Body) -> None:
    """Tell operators, anew if they were told before."""
    condition.acked, condition.confirmed = False, not body.get("confirms", False)
    condition.annunciated_at_us = event.at_us
    condition.count += 1


def _raised(condition: Condition, event: Event, body: Body) -> None:
    condition.active, condition.severity = True, body["severity"]
    condition.raised_at_us, condition.returned_at_us = event.at_us, 0
    if body["annunciated"]:
        annunciate(condition, event, body)


def _returned(condition: Condition, event: Event, body: Body) -> None:
    condition.active, condition.returned_at_us = False, event.at_us
    if condition.hidden:
        # What comes and goes while nobody is told asks nothing of anybody.
        condition.acked = condition.confirmed = True


def _acknowledged(condition: Condition, event: Event, body: Body) -> None:
    condition.acked, condition.acked_at_us, condition.acked_by = True, event.at_us, event.actor
    _commented(condition, event, body)


def _confirmed(condition: Condition, event: Event, body: Body) -> None:
    condition.confirmed = True
    _commented(condition, event, body)


def _commented(condition: Condition, event: Event, body: Body) -> None:
    if body.get("comment"):
        condition.comment, condition.comment_by = body["comment"], event.actor


def _shelved(condition: Condition, event: Event, body: Body) -> None:
    condition.shelving = "OneShotShelved" if body["one_shot"] else "TimedShelved"
    condition.shelved_until_us = body["until_us"]
    _commented(condition, event, body)


def _unshelved(condition: Condition, event: Event, body: Body) -> None:
    condition.shelving, condition.shelved_until_us = "Unshelved", 0
    _shown_again(condition, event, body)


def _suppressed(condition: Condition, event: Event, body: Body) -> None:
    condition.suppressed_by = body["by"]
    condition.severity = body["severity"]
    _commented(condition, event, body)


def _released(condition: Condition, event: Event, body: Body) -> None:
    condition.suppressed_by = ""
    _shown_again(condition, event, body)


def _out_of_service(condition: Condition, event: Event, body: Body) -> None:
    condition.out_of_service = True
    condition.severity = body["severity"]
    _commented(condition, event, body)


def _in_service(condition: Condition, event: Event, body: Body) -> None:
    condition.out_of_service = False
    _shown_again(condition, event, body)


def _shown_again(condition: Condition, event: Event, body: Body) -> None:
    if body["annunciated"]:
        annunciate(condition, event, body)


class Told:
    """The kinds of event in an alarm's life, as the journal writes them."""

    RAISED = "alarm.raised"
    RETURNED = "alarm.returned"
    ACKNOWLEDGED = "alarm.acknowledged"
    CONFIRMED = "alarm.confirmed"
    COMMENTED = "alarm.commented"
    SHELVED = "alarm.shelved"
    UNSHELVED = "alarm.unshelved"
    SUPPRESSED = "alarm.suppressed"
    RELEASED = "alarm.released"
    OUT_OF_SERVICE = "alarm.out-of-service"
    IN_SERVICE = "alarm.in-service"


_STEPS = {
    Told.RAISED: _raised,
    Told.RETURNED: _returned,
    Told.ACKNOWLEDGED: _acknowledged,
    Told.CONFIRMED: _confirmed,
    Told.COMMENTED: _commented,
    Told.SHELVED: _shelved,
    Told.UNSHELVED: _unshelved,
    Told.SUPPRESSED: _suppressed,
    Told.RELEASED: _released,
    Told.OUT_OF_SERVICE: _out_of_service,
    Told.IN_SERVICE: _in_service,
}
