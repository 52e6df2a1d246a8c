"""What may be ordered of alarms."""

from __future__ import annotations

from typing import Annotated

import msgspec

from stadtwerk.kernel.limits import ALARM_COMMENT_CHARS, ALARMS_NAMED, REASON_CHARS

AlarmName = Annotated[str, msgspec.Meta(min_length=3, max_length=160)]
Alarms = Annotated[tuple[AlarmName, ...], msgspec.Meta(min_length=1, max_length=ALARMS_NAMED)]
Comment = Annotated[str, msgspec.Meta(max_length=ALARM_COMMENT_CHARS)]
SomeComment = Annotated[str, msgspec.Meta(min_length=1, max_length=ALARM_COMMENT_CHARS)]
Reason = Annotated[str, msgspec.Meta(min_length=1, max_length=REASON_CHARS)]
Moment = Annotated[str, msgspec.Meta(max_length=40, extra_json_schema={"format": "date-time"})]


class Acknowledge(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Say that somebody has seen these alarms and acts on them."""

    alarms: Alarms
    comment: Comment = ""


class Confirm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Say that the action these alarms asked for was taken."""

    alarms: Alarms
    comment: Comment = ""


class AddComment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Write something down about these alarms."""

    alarms: Alarms
    comment: SomeComment


class Shelve(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Put these alarms aside until a time, or (one_shot) until they next return to normal, at the latest then."""

    alarms: Alarms
    until: Moment
    reason: Reason
    one_shot: bool = False


class Unshelve(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Take these alarms up again before their time."""

    alarms: Alarms


class Suppress(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Suppress these alarms by design, until they are released."""

    alarms: Alarms
    reason: Reason


class Release(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """End the suppression of these alarms."""

    alarms: Alarms


class TakeOutOfService(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Take these alarms out of service, for example while their thing is being repaired."""

    alarms: Alarms
    reason: Reason


class ReturnToService(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Put these alarms back into service."""

    alarms: Alarms


AlarmOrder = (
    Acknowledge | Confirm | AddComment | Shelve | Unshelve | Suppress | Release | TakeOutOfService | ReturnToService
)

ORDERS: dict[str, type[AlarmOrder]] = {
    "alarm.acknowledge": Acknowledge,
    "alarm.confirm": Confirm,
    "alarm.comment": AddComment,
    "alarm.shelve": Shelve,
    "alarm.unshelve": Unshelve,
    "alarm.suppress": Suppress,
    "alarm.release": Release,
    "alarm.take-out-of-service": TakeOutOfService,
    "alarm.return-to-service": ReturnToService,
}
