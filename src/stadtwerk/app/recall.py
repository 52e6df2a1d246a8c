"""Taking up after a start what was seen and decided before."""

from __future__ import annotations

from collections.abc import Mapping

from stadtwerk.kernel.system import Part
from stadtwerk.stores.decisions import DecisionStore
from stadtwerk.stores.telemetry import TelemetryStore

RECENT = 100
"""So many of the newest commands are held in memory for the screens, besides the open ones."""


def recall(parts: Mapping[str, Part], store: DecisionStore, telemetry: TelemetryStore) -> None:
    """Bring last values, recent commands, open ones to be finished, and documents back into the systems' states."""
    recent = {command.id: command for command in reversed(store.latest(RECENT))}
    commands = [*recent.values(), *store.open_commands()]
    documents = list(store.documents())
    for name, part in parts.items():
        system, state = part.system, part.state
        for seen in system.seen(state):
            telemetry.load(seen)
        for command in commands:
            if command.system == name:
                state.book.hold(command)
        state.book.last_token = max(state.book.last_token, store.last_token(name))
        system.recall(state, [kept for kept in documents if kept.collection.partition(".")[0] == name])
