"""The stage: the systems' states set to one instant, on which the very queries of the present are asked."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from typing import Any

import msgspec
import numpy as np

from stadtwerk.app.listening import listening_since, observed_since
from stadtwerk.app.past.checkpoints import Checkpoints
from stadtwerk.app.past.decided import Decided, empty, fill
from stadtwerk.app.past.replay import Replay
from stadtwerk.doors.question import Answer, Question
from stadtwerk.kernel.clock import iso
from stadtwerk.kernel.command import OUTCOMES, Command
from stadtwerk.kernel.command_view import command_view
from stadtwerk.kernel.journal import Entry, Event
from stadtwerk.kernel.limits import COMMANDS_RECENT
from stadtwerk.kernel.refusal import Refused
from stadtwerk.kernel.system import Part, System
from stadtwerk.stores.decision_reader import DecisionReader
from stadtwerk.stores.lake.reader import LakeReader
from stadtwerk.stores.sql import Sql
from stadtwerk.systems.lighting.energy.table import Table
from stadtwerk.systems.lighting.state import Lighting

SHARED_S = 1.0
"""Questions about the same instant within this time are answered from the same picture, wall seconds."""
FIRST_S = 60.0
"""How long the beginning of the record is taken as known, wall seconds."""
_MEETS_NOBODY = System.__dataclass_fields__["meet"].default
encode = msgspec.json.Encoder().encode


class Stage:
    """Answers questions about the past, one at a time; an archive as the systems' views need it."""

    def __init__(
        self,
        parts: Mapping[str, Part],
        remake: Callable[[str], Part],
        decisions: Sql,
        lake: LakeReader,
        checkpoints: Checkpoints,
        table: Callable[[], Table | None] = lambda: None,
    ) -> None:
        self._remake, self._lake, self._table = remake, lake, table
        self._parts = dict(parts)
        self._reader, self._decided = DecisionReader(decisions), Decided(decisions)
        self._replays = {name: Replay(part, self._decided, checkpoints) for name, part in parts.items()}
        self._at_us, self._seq = -1, 0
        self._lit: dict[str, tuple[int, float]] = {}
        """For which instant each system's working copies are filled, and when that was, wall seconds."""
        self._first_known: tuple[int | None, float] = (None, 0.0)

    def answer(self, question: Question) -> Answer:
        """Answer a question; refuses instants before the first record."""
        self._go_to(question.at_us)
        if question.what == "query":
            return self._query(question)
        if question.what == "commands":
            limit, before = int(question.given["limit"]), int(question.given["before"]) or None
            return Answer(encode({"commands": [command_view(one) for one in self.latest(limit, before)]}))
        command = self.find(question.given["id"])
        if command is None:
            raise Refused.of("unknown-command", "There was no such command then", 404, f"at {iso(question.at_us)}")
        if question.what == "targets":
            return Answer(encode(self._targets(command, question.given["outcome"])))
        return Answer(encode(command_view(command)))

    def _query(self, question: Question) -> Answer:
        part = self._parts[question.system]
        query = next(query for query in part.system.queries if query.path == question.path)
        self._light(part)
        params = msgspec.convert(question.given, query.params, strict=False)
        answer = query.run(part.state, self, params, self._at_us)
        return Answer(answer, "application/octet-stream") if query.binary else Answer(encode(answer))

    def _targets(self, command: Command, outcome: str) -> dict[str, Any]:
        codes = ("no_answer", "superseded") if outcome == "expired" else (outcome,)
        ids = self._parts["lighting"].state.inventory.ids
        reasons = {code: [ids[row] for row in command.rows[command.outcome == OUTCOMES.index(code)]] for code in codes}
        lamps = [name for names in reasons.values() for name in names]
        return {"lamps": lamps, "reasons": {code: len(names) for code, names in reasons.items()}}

    def find(self, command_id: str) -> Command | None:
        """Return a command as it was then, None when nobody had asked it yet."""
        return next(iter(self._decided.commands([command_id], self._seq)), None)

    def latest(self, limit: int, before: int | None = None) -> list[Command]:
        """Return the newest commands of then, newest first."""
        ids = self._decided.ids(limit, min(before or 1 << 62, self._seq + 1))
        return self._decided.commands(ids, self._seq)

    def history(self, name: str, row: int, since_us: int, until_us: int) -> dict[str, np.ndarray]:
        """Return an entity's observations in [since, until), none after then."""
        return self._lake.history(name, row, since_us, min(until_us, self._at_us + 1))

    def alarm_events(self, since_us: int, limit: int) -> list[Event]:
        """Return the alarm events since a moment up to then, oldest first, the newest of them if there are too many."""
        return self._reader.events_from(since_us, self._seq + 1, limit, kind="alarm.*")

    def events_of(self, subject: str, limit: int) -> list[Entry]:
        """Return the newest events of then about a subject, newest first."""
        return self._reader.entries_back(self._seq + 1, limit, subject=subject)

    def observed_since(self) -> int:
        """Return when the city was observed first."""
        return observed_since(self._reader)

    def _go_to(self, at_us: int) -> None:
        """Set what was decided to an instant; what was seen follows when a system is asked."""
        first_us = self._first()
        if first_us is None:
            raise Refused.field("at", "there is no record yet")
        if at_us < first_us:
            raise Refused.field("at", f"lies before the first record: {iso(first_us)}")
        seq = self._decided.seq_at(at_us)
        self._begin_anew([name for name, replay in self._replays.items() if replay.overtaken(seq)])
        recent = self._decided.recent(COMMANDS_RECENT, seq) if seq != self._seq else None
        for name, part in self._parts.items():
            self._replays[name].go(seq)
            if recent is not None:
                empty(part.state.book)
                fill(part.state.book, recent.get(name, ()))
        self._at_us, self._seq = at_us, seq

    def _begin_anew(self, overtaken: Collection[str]) -> None:
        """Begin anew with the systems whose state is of no use for an instant, and with those that look at others."""
        meets = [name for name, part in self._parts.items() if part.system.meet is not _MEETS_NOBODY]
        again = {*overtaken, *meets} if overtaken else ()
        for name in again:
            self._parts[name] = self._remake(name)
            self._replays[name].begin(self._parts[name])
            self._lit.pop(name, None)
        for name in again:
            self._parts[name].system.meet(self._parts[name].state, self._parts)

    def _light(self, part: Part) -> None:
        """Set what was seen to the instant; questions that come together share it."""
        now_s = time.monotonic()
        at_us, then_s = self._lit.get(part.system.name, (-1, 0.0))
        if at_us == self._at_us and now_s - then_s < SHARED_S:
            return
        for seen in part.system.seen(part.state):
            self._lake.fill(seen, self._at_us)
        if isinstance(part.state, Lighting):
            part.state.listening_since_us = listening_since(self._reader, self._at_us)
            part.state.energy.table = part.state.energy.table or self._table()
        self._lit[part.system.name] = (self._at_us, now_s)

    def _first(self) -> int | None:
        """Return when the record begins, None as long as there is none."""
        first_us, then_s = self._first_known
        if first_us is None or time.monotonic() - then_s > FIRST_S:
            first_us = self._lake.first_us()
            self._first_known = (first_us, time.monotonic())
        return first_us
