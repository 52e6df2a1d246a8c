"""All alarms of the city: the tables, what is watched, and the alarms anybody has to do with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from stadtwerk.kernel.alarm.causes import Causes
from stadtwerk.kernel.alarm.condition import Condition, follow
from stadtwerk.kernel.alarm.conditions import Conditions, Watched
from stadtwerk.kernel.alarm.kind import AlarmKind, split_id
from stadtwerk.kernel.command import Book
from stadtwerk.kernel.journal import Document, Event
from stadtwerk.kernel.system import Part

COLLECTION = "alarm.condition"


class Alarms:
    """The working copy: `kinds` and `sensed` are the systems', `conditions` what the journal tells of."""

    def __init__(self) -> None:
        self.kinds: dict[str, AlarmKind] = {}
        self.sensed: dict[str, Conditions] = {}
        self.conditions: dict[str, Condition] = {}
        self.causes = Causes({})
        self.book = Book(0)

    def watch(self, kinds: Iterable[AlarmKind], watched: Mapping[str, Watched]) -> None:
        """Learn the tables and which things are watched."""
        self.kinds = {kind.id: kind for kind in kinds}
        self.sensed = {name: Conditions(self.kinds[name], things) for name, things in watched.items()}
        self.causes = Causes(self.sensed)

    def knows(self, alarm: str) -> bool:
        """Tell whether there is such an alarm, standing or not."""
        kind, source = split_id(alarm)
        return alarm in self.conditions or (kind in self.sensed and source in self.sensed[kind].row_of)

    def get(self, alarm: str) -> Condition:
        """Return an alarm as it is; one nobody has to do with is normal."""
        known = self.conditions.get(alarm)
        return known or Condition(alarm, self.kinds[split_id(alarm)[0]].severity)

    def listed(self) -> list[Condition]:
        """Return all alarms anybody has to do with: the most urgent first, then the newest."""
        return sorted(self.conditions.values(), key=lambda one: (-one.severity, -one.annunciated_at_us, one.id))


def evolve(alarms: Alarms, event: Event) -> Sequence[Document]:
    """Make an event of an alarm's life true; a closed alarm leaves no document."""
    alarm = event.subject
    condition = alarms.conditions.get(alarm) or Condition(alarm, event.body.get("severity", 1))
    follow(condition, event)
    if condition.retain:
        alarms.conditions[alarm] = condition
        return (Document(COLLECTION, alarm, msgspec.json.encode(condition)),)
    alarms.conditions.pop(alarm, None)
    return (Document(COLLECTION, alarm, None),)


def recall(alarms: Alarms, documents: Iterable[Document]) -> None:
    """Take up the alarms that stood when the last process ended."""
    for kept in documents:
        if kept.collection == COLLECTION and kept.body is not None:
            condition = msgspec.json.decode(kept.body, type=Condition)
            alarms.conditions[kept.id] = condition
            if (sensed := alarms.sensed.get(condition.kind)) and condition.source in sensed.row_of:
                sensed.active[sensed.row_of[condition.source]] = condition.active


def meet(alarms: Alarms, parts: Mapping[str, Part]) -> None:
    """Take up the tables of all systems and the things they watch."""
    kinds = [kind for part in parts.values() for kind in part.system.alarms]
    watched = {name: things for part in parts.values() for name, things in part.system.watched(part.state).items()}
    alarms.watch(kinds, watched)
