"""What street lighting needs from the world beyond its own state."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from stadtwerk.kernel.command import Command
from stadtwerk.kernel.journal import Event


class Archive(Protocol):
    """What this system needs from the stores."""

    def history(self, name: str, row: int, since_us: int, until_us: int) -> dict[str, NDArray[np.float64]]:
        """Return an entity's observations in [since, until) in columns, with at_us."""
        ...

    def find(self, command_id: str) -> Command | None:
        """Return a command by its id."""
        ...

    def latest(self, limit: int, before: int | None = None) -> list[Command]:
        """Return the newest commands, newest first."""
        ...


class NightArchive(Archive, Protocol):
    """What the picture of a night needs beyond that."""

    def alarm_events(self, since_us: int, limit: int) -> list[Event]:
        """Return the alarm events since a moment, oldest first, the newest of them if there are too many."""
        ...
