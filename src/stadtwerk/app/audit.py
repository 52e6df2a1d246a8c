"""Looking through the journal for people: what happened, by whom, why, with the command it belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stadtwerk.app.lane import Lane
from stadtwerk.doors.audit import AuditQuestion
from stadtwerk.kernel.access.personal import SEALED, hide_sealed
from stadtwerk.kernel.clock import iso, parse_iso
from stadtwerk.kernel.command import Command
from stadtwerk.kernel.journal import Entry
from stadtwerk.kernel.limits import AUDIT_COMMANDS, AUDIT_ROWS
from stadtwerk.kernel.system import Part
from stadtwerk.stores.decision_reader import DecisionReader

END = 1 << 53
QUIET = frozenset(("mask", "rows", "token", "body", "token_hash", "why"))
"""Parts of an event that tell people nothing."""


class Audit:
    """Answers the auditors; what is sealed stays sealed here."""

    def __init__(self, store: DecisionReader, parts: Mapping[str, Part], lane: Lane) -> None:
        self._store, self._parts, self._lane = store, parts, lane

    def page(self, asked: AuditQuestion) -> Mapping[str, Any]:
        """Return entries, newest first, and the number before which to go on (0: the beginning is reached)."""
        ends = [parse_iso(asked.until, "to")] if asked.until else []
        ends += [parse_iso(asked.at) + 1] if asked.at else []
        until = self._store.first_seq_from(min(ends)) if ends else END
        since = self._store.first_seq_from(parse_iso(asked.since, "from")) if asked.since else 1
        before = min(asked.before or END, until)
        if asked.entity:
            found, following = self._about(asked, since, before)
        else:
            low = max(since, min(before, self._store.newest_seq() + 1) - AUDIT_ROWS)
            found = self._store.entries_back(before, asked.limit, low=low, actor=asked.actor, kind=asked.kind)
            following = low if low > since else 0
        if len(found) == asked.limit:
            following = found[-1].seq if found[-1].seq > since else 0
        known: dict[str, Command | None] = {}
        return {"entries": [self._row(entry, known) for entry in found], "next": following}

    def _about(self, asked: AuditQuestion, since: int, before: int) -> tuple[list[Entry], int]:
        """Return the entries about a thing: an account, a command, or whatever commands called it."""
        subjects = {asked.entity.rpartition(":")[2], asked.entity}
        commands, following = self._commands_for(asked.entity.rpartition(":")[2], before)
        found: list[Entry] = []
        for subject in sorted(subjects | commands):
            found += self._store.entries_back(
                before, asked.limit, low=since, subject=subject, actor=asked.actor, kind=asked.kind
            )
        found.sort(key=lambda entry: -entry.seq)
        return found[: asked.limit], following

    def _commands_for(self, thing: str, before: int) -> tuple[set[str], int]:
        """Return the ids of the newest commands that called a thing, and where older ones begin."""
        rows = {
            name: source.row_of(thing)
            for name, part in self._parts.items()
            for source in part.system.entities(part.state).values()
            if source.row_of(thing) is not None
        }
        if not rows:
            return set(), 0
        recent = self._store.latest(AUDIT_COMMANDS, before)
        hit = {command.id for command in recent if rows.get(command.system, -1) in command.rows}
        return hit, recent[-1].seq if len(recent) == AUDIT_COMMANDS else 0

    def _row(self, entry: Entry, known: dict[str, Command | None]) -> dict[str, Any]:
        event = entry.event()
        command_id = entry.subject if entry.kind.startswith("command.") else entry.cause
        if command_id not in known:
            known[command_id] = self._lane.find(command_id) if command_id else None
        command = known[command_id]
        asked = command.body if command else {}
        reason = event.body.get("why") or asked.get("reason", "")
        facts = {name: value for name, value in event.body.items() if name not in QUIET}
        return {
            "seq": entry.seq,
            "at": iso(entry.at_us),
            "kind": entry.kind,
            "actor": entry.actor,
            "subject": entry.subject,
            "command": command.id if command else "",
            "command_kind": command.kind if command else "",
            "title": command.title if command else "",
            "why": hide_sealed(reason),
            "sealed": str(reason).startswith(SEALED),
            "facts": hide_sealed(facts),
        }
