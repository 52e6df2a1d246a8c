"""Counting the life of commands from the journal's events, and writing each step to the log."""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence

from stadtwerk import logs
from stadtwerk.kernel.clock import US
from stadtwerk.kernel.command import Command, Life
from stadtwerk.kernel.journal import Event
from stadtwerk.kernel.tally import LONG_S, Durations

log = logging.getLogger(__name__)

STATES = {Life.REQUESTED: "requested", Life.REFUSED: "refused", Life.ACCEPTED: "accepted", Life.SENT: "sent"}
"""State that a command enters with an event; with `closed` the event itself tells it."""


class CommandTally:
    """Commands by kind and the state they entered, and how long the city's devices took to confirm, city seconds."""

    def __init__(self, find: Callable[[str], Command | None]) -> None:
        self._find = find
        self.entered: Counter[tuple[str, str]] = Counter()
        self.confirm_s: defaultdict[str, Durations] = defaultdict(lambda: Durations(LONG_S))

    def note(self, first: int, events: Sequence[Event]) -> None:
        """Take in what was committed."""
        for event in events:
            state = event.body["state"] if event.kind == Life.CLOSED else STATES.get(event.kind)
            command = self._find(event.subject) if state else None
            if not state or command is None:
                continue
            self.entered[command.kind, state] += 1
            if state == "confirmed" and command.sent_at_us:
                self.confirm_s[command.kind].note((event.at_us - command.requested_at_us) / US)
            with logs.bound(command_id=command.id):
                log.info("command %s", state, extra={"kind": command.kind, "targets": len(command.rows)})
