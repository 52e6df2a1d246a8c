"""The city as its doors see it."""

from __future__ import annotations

from typing import Any

from stadtwerk.app.city import City
from stadtwerk.app.listening import observed_since
from stadtwerk.doors.question import Answer, Question
from stadtwerk.kernel.clock import iso
from stadtwerk.kernel.command import OUTCOMES, Command
from stadtwerk.kernel.command_view import CommandView, command_view
from stadtwerk.kernel.journal import Entry, Event
from stadtwerk.kernel.system import System

NEWEST = 1 << 62
"""Above every sequence number."""


class CityDesk:
    """Answers the doors from the city's state and stores."""

    def __init__(self, city: City) -> None:
        self._city = city
        self.clock = city.clock
        self.live = city.live
        self.systems: tuple[System, ...] = tuple(part.system for part in city.parts.values())

    async def submit(self, *, command_id: str, kind: str, content: Any, actor: str) -> Command:
        """Decide a command and return it once durable."""
        return await self._city.access.people.order(actor, kind, content, command_id)

    def needs(self, kind: str, content: Any) -> tuple[str, ...]:
        """Return the permissions a command takes beyond its own kind."""
        part = self._city.parts[kind.partition(".")[0]]
        return part.system.needs(part.state, content)

    def find(self, command_id: str) -> Command | None:
        """Return a command by its id."""
        return self._city.lane.find(command_id)

    def latest(self, limit: int, before: int | None = None) -> list[Command]:
        """Return the newest commands, newest first."""
        return self._city.store.latest(limit, before)

    def history(self, name: str, row: int, since_us: int, until_us: int) -> dict[str, Any]:
        """Return an entity's observations in [since, until)."""
        return self._city.telemetry.history(name, row, since_us, until_us)

    def alarm_events(self, since_us: int, limit: int) -> list[Event]:
        """Return the alarm events since a moment, oldest first, the newest of them if there are too many."""
        return self._city.store.events_from(since_us, NEWEST, limit, kind="alarm.*")

    def events_of(self, subject: str, limit: int) -> list[Entry]:
        """Return the newest events about a subject, newest first."""
        return self._city.store.entries_back(NEWEST, limit, subject=subject)

    def observed_since(self) -> int:
        """Return when the city was observed first."""
        return observed_since(self._city.store)

    def ask(self, system: System, run: Any, params: Any) -> Any:
        """Answer a question from a system's views."""
        return run(self._city.parts[system.name].state, self, params, self.clock.now_us())

    async def then(self, question: Question) -> Answer:
        """Answer a question about the past, from a process of its own."""
        return await self._city.past.ask(question)

    def target_names(self, command: Command, outcome: str) -> list[str]:
        """Return the names of a command's lamps with an outcome."""
        rows = command.rows[command.outcome == OUTCOMES.index(outcome)]
        return [self._city.lighting.inventory.ids[row] for row in rows]

    def view(self, command: Command) -> CommandView:
        """Show a command as people see it."""
        return command_view(command)

    def about(self) -> dict[str, Any]:
        """Describe the city and its clock."""
        settings = self._city.settings
        clock = {"now": iso(self.clock.now_us()), "speed": settings.speed, "simulated": settings.simulated}
        return {**self._city.lighting.inventory.city, "clock": clock}
