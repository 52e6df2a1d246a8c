"""What the doors need of the city behind them."""

from __future__ import annotations

from typing import Any, Protocol

from stadtwerk.doors.question import Answer, Question
from stadtwerk.kernel.clock import Clock
from stadtwerk.kernel.command import Command
from stadtwerk.kernel.system import System


class LiveFeed(Protocol):
    """What the live stream reads: numbered changes and a tick."""

    @property
    def totals(self) -> bytes:
        """Return the newest totals as a message."""
        ...

    @property
    def seq(self) -> int:
        """Return the number of the newest change of levels."""
        ...

    @property
    def command_seq(self) -> int:
        """Return the number of the newest change of a command."""
        ...

    async def ticked(self) -> None:
        """Wait for the next look at the city."""
        ...

    def since(self, cursor: str) -> tuple[int, int]:
        """Read where a returning screen left off."""
        ...

    def cursor(self) -> bytes:
        """Name this moment."""
        ...

    def frame(self, seq: int) -> bytes:
        """Return the levels that changed after a moment."""
        ...

    def commands(self, command_seq: int) -> bytes:
        """Return the commands that changed after a moment."""
        ...


class Desk(Protocol):
    """The city as the doors see it."""

    @property
    def clock(self) -> Clock:
        """Return the city's clock."""
        ...

    @property
    def live(self) -> LiveFeed:
        """Return what the live stream reads."""
        ...

    @property
    def systems(self) -> tuple[System, ...]:
        """Return the city's systems."""
        ...

    async def submit(self, *, command_id: str, kind: str, content: Any, actor: str) -> Command:
        """Decide a command and return it once durable."""
        ...

    def needs(self, kind: str, content: Any) -> tuple[str, ...]:
        """Return the permissions a command takes beyond its own kind."""
        ...

    def find(self, command_id: str) -> Command | None:
        """Return a command by its id."""
        ...

    def latest(self, limit: int, before: int | None) -> list[Command]:
        """Return the newest commands, newest first."""
        ...

    def ask(self, system: System, run: Any, params: Any) -> Any:
        """Answer a question from a system's views; may block on the disk."""
        ...

    async def then(self, question: Question) -> Answer:
        """Answer a question about the past."""
        ...

    def target_names(self, command: Command, outcome: str) -> list[str]:
        """Return the names of a command's targets with an outcome."""
        ...

    def view(self, command: Command) -> Any:
        """Show a command as people see it."""
        ...

    def about(self) -> dict[str, Any]:
        """Describe the city and its clock."""
        ...
