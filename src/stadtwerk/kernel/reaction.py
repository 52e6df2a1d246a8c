"""A reaction: what one system does because of what another one said, as data that can be drawn and switched."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from stadtwerk.kernel.journal import Event


@dataclass(frozen=True, slots=True)
class Reaction:
    """A rule of the system that obeys: at an event of another system's vocabulary, commands of its own.

    `react(state, event, now_us)` is pure, sees only its own system's state, and returns the contents of the commands;
    an empty answer means there is nothing to do. `title` and `why` are texts by language.
    """

    id: str
    event: str
    command: str
    title: Mapping[str, str]
    why: Mapping[str, str]
    react: Callable[[Any, Event, int], Sequence[msgspec.Struct]]

    @property
    def system(self) -> str:
        """Return the name of the system that reacts."""
        return self.command.partition(".")[0]

    @property
    def source(self) -> str:
        """Return the name of the system whose events it hears."""
        return self.event.partition(".")[0]
