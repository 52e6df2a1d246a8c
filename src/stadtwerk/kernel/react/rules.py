"""The city's reaction rules: switched on or off, and what came of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import msgspec

from stadtwerk.kernel.clock import US
from stadtwerk.kernel.command import Book
from stadtwerk.kernel.journal import Document, Event
from stadtwerk.kernel.limits import REACTIONS_A_MINUTE
from stadtwerk.kernel.reaction import Reaction
from stadtwerk.kernel.system import Part

RULES = "react.rule"
"""The collection of the rules' documents."""

PREFIX = "reaction-"
"""How the ids of commands begin that reactions gave."""


class Switch(msgspec.Struct, frozen=True):
    """One rule as it stands: on or off since when, how often it fired, up to which entry of the journal."""

    id: str
    on: bool = True
    switched_us: int = 0
    switched_by: str = ""
    fired: int = 0
    refused: int = 0
    last_us: int = 0
    last_seq: int = 0
    last_commands: tuple[str, ...] = ()
    minute: int = 0
    in_minute: int = 0

    def meant_for(self, event: Event) -> bool:
        """Tell whether the rule was on when an event happened."""
        return self.on if event.at_us >= self.switched_us else not self.on

    def room_for(self, n: int, now_us: int) -> bool:
        """Tell whether so many commands more stay within the minute's limit."""
        used = self.in_minute if self.minute == now_us // (60 * US) else 0
        return used + n <= REACTIONS_A_MINUTE


@dataclass(slots=True)
class Reactions:
    """All reaction rules of the city's systems."""

    book: Book = field(default_factory=lambda: Book(0))
    rules: dict[str, Reaction] = field(default_factory=dict)
    switches: dict[str, Switch] = field(default_factory=dict)
    parts: Mapping[str, Part] = field(default_factory=dict)

    def meet(self, parts: Mapping[str, Part]) -> None:
        """Take up all systems' rules; ValueError when one hears itself or orders what its system does not know."""
        self.parts = parts
        for part in parts.values():
            for rule in part.system.react:
                if rule.system != part.system.name or rule.command not in part.system.commands:
                    raise ValueError(f"{rule.id}: {rule.command} is no command of {part.system.name}")
                if rule.source in (rule.system, "react", "command"):
                    raise ValueError(f"{rule.id}: {rule.event} is no event of another system")
                if rule.id in self.rules:
                    raise ValueError(f"{rule.id}: there are two of this name")
                self.rules[rule.id] = rule

    def switch(self, rule_id: str) -> Switch:
        """Return how a rule stands; one never touched is on."""
        return self.switches.get(rule_id) or Switch(rule_id)

    def hearing(self, kind: str) -> list[Reaction]:
        """Return the rules that hear a kind of event."""
        return [rule for rule in self.rules.values() if rule.event == kind]

    def recall(self, documents: Iterable[Document]) -> None:
        """Take up the rules as they stood."""
        for kept in documents:
            if kept.collection == RULES and kept.body is not None:
                self.switches[kept.id] = msgspec.json.decode(kept.body, type=Switch)


def reaction_id(depth: int, seq: int, rule_id: str, index: int) -> str:
    """Name the command of a reaction after what led to it: the same event, rule and place, the same name."""
    return f"{PREFIX}{depth}-{seq}-{rule_id.replace('.', '-')}-{index}"


def depth_of(event: Event) -> int:
    """Return how many reactions led to an event: its cause is the command that made it."""
    if not event.cause.startswith(PREFIX):
        return 0
    return int(event.cause.removeprefix(PREFIX).partition("-")[0])
