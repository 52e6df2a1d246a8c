"""What must hold in every history, and who says so: the judge reads the disk and looks at the lamps themselves."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from simulation.air import Air
from simulation.diary import SYSTEM as DIARY
from simulation.disk import Disk
from simulation.index import SYSTEM as INDEX
from simulation.lamp import STATUS, Lamp
from simulation.village import Village
from simulation.world import US, World
from stadtwerk.app.rebuild import dump_hash, rebuild
from stadtwerk.kernel.command import CONFIRMED, PENDING, Book, Command, Life, Order, unpack_mask
from stadtwerk.kernel.journal import Event, first_broken
from stadtwerk.kernel.observation import Observations
from stadtwerk.kernel.react.system import SYSTEM as REACT
from stadtwerk.kernel.refusal import Refused
from stadtwerk.kernel.system import Part
from stadtwerk.stores.decision_reader import DecisionReader

if TYPE_CHECKING:
    from simulation.platform import Platform

NEXT = {
    "": ("requested",),
    "requested": ("accepted", "refused", "closed"),
    "accepted": ("sent", "answered", "closed"),
    "sent": ("answered", "closed"),
    "answered": ("sent", "answered", "closed"),
}
"""What may follow what in the life of one command; after refused and closed, nothing."""
KEPT = {"diary": "pages", "index": "noted", "react": "switches"}
"""What of each state its documents keep."""


@dataclass
class Told:
    """What an order was answered with, and when."""

    seq: int
    token: int
    body: dict[str, Any]
    at: float


def _toys() -> dict[str, Part]:
    return {system.name: Part(system, system.make(None)) for system in (DIARY, INDEX, REACT)}  # type: ignore[arg-type]


@dataclass
class Replay:
    """What the durable journal says, followed event by event."""

    n_lamps: int
    seq: int = 0
    commits: int = 0
    parts: dict[str, Part] = field(default_factory=_toys)
    unanswered: set[str] = field(default_factory=set)
    stage: dict[str, str] = field(default_factory=dict)
    confirmed: list[tuple[int, Command, np.ndarray[Any, Any]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.book = Book(self.n_lamps)


class Judge:
    """Holds the platform to what it promises; the first breach ends the history."""

    def __init__(self, world: World, village: Village, disk: Disk, air: Air) -> None:
        self._world, self._village, self._disk, self._air = world, village, disk, air
        self._reader = DecisionReader(disk.db)
        self.replay = Replay(len(village.euis))
        self._told: dict[str, Told] = {}
        self._first_asked: dict[str, float] = {}
        self._f_cnt = np.zeros(len(village.euis))
        self._must_confirm: list[str] = []
        air.on_applied = self.applied

    # what clients are told

    def asked(self, command_id: str, at: float) -> None:
        """Note when somebody first asked."""
        self._first_asked[command_id] = at

    def acknowledged(self, order: Order, command: Command) -> None:
        """An answer left the platform: its command is on the disk, is what was asked, and is always the same one."""
        self._world.note("ack", order.id, command.state, command.seq, command.token)
        self._check(command.id == order.id, f"{order.id} was answered with command {command.id}")
        self.catch_up()
        kept = self.replay.book.commands.get(order.id)
        self._check(kept is not None, f"{order.id} was acknowledged but is not on the disk")
        told = self._told.setdefault(order.id, Told(command.seq, command.token, command.body, self._world.now))
        same = (told.seq, told.body) == (command.seq, command.body) and told.token in (0, command.token)
        self._check(same, f"{order.id} was acknowledged as two different commands")
        self._check(msgspec.to_builtins(order.content) == command.body, f"{order.id} is not what was asked")

    def refused(self, order: Order, no: Refused) -> None:
        """A refusal left the platform: only an id used for something else is reason for it."""
        self._world.note("refused", order.id, no.refusal.type)
        self.catch_up()
        kept = self.replay.book.commands.get(order.id)
        other = kept is not None and (kept.kind, kept.body) != (order.kind, msgspec.to_builtins(order.content))
        self._check(no.refusal.status == 409 and other, f"{order.id} was refused: {no.refusal}")

    # what lamps do

    def applied(self, lamp: Lamp) -> None:
        """A lamp carried a command out: it was decided for good, for this lamp, and with just this content."""
        done = lamp.applied[-1]
        self.catch_up()
        command = self.replay.book.by_token.get(done.token)
        who = f"lamp {lamp.number} applied token {done.token}"
        self._check(command is not None, f"{who}, which was never decided")
        if command is None:
            return
        self._check(lamp.number in command.rows, f"{who}, which was meant for others")
        clear = command.kind == "lighting.clear"
        wanted = (2, 0) if clear else (1, round(command.body["level_percent"] * 2))
        self._check((done.op, done.half_percent) == wanted, f"{who} with the content of another command")

    # what is observed

    def seen(self, batch: Observations) -> None:
        """Observations became visible: each is a frame a lamp sent, newer than the last, and is on the disk."""
        for place, row in enumerate(batch.rows.tolist()):
            f_cnt = int(batch.columns["f_cnt"][place])
            body = self._air.lamps[row].sent.get(f_cnt)
            what = f"frame {f_cnt} of lamp {row}"
            self._check(body is not None, f"{what} was never sent")
            status = STATUS.unpack(body or bytes(STATUS.size))
            told = (batch.columns["level_percent"][place] * 2, batch.columns["token"][place])
            self._check(told == (status[2], status[8]), f"{what} was read wrongly")
            self._check(f_cnt > self._f_cnt[row], f"{what} was taken twice or late")
            self._f_cnt[row] = f_cnt
        rows = ",".join(map(str, batch.rows.tolist()))
        kept = dict(self._disk.db.execute(f"SELECT ix, f_cnt FROM state_Streetlight WHERE ix IN ({rows})"))
        good = all(kept.get(row, 0) >= self._f_cnt[row] for row in batch.rows.tolist())
        self._check(good, "an observation was shown that is not on the disk")

    # the journal

    def catch_up(self) -> None:
        """Follow the durable journal to its end."""
        replay = self.replay
        if replay.commits == self._disk.commits:
            return
        replay.commits = self._disk.commits
        for entry in self._reader.entries(replay.seq):
            self._check(entry.seq == replay.seq + 1, f"entry {entry.seq} follows {replay.seq}")
            replay.seq = entry.seq
            event = entry.event()
            if not event.kind.startswith("command."):
                self._evolve(entry.seq, event)
                continue
            stage = event.kind.partition(".")[2]
            before = replay.stage.get(event.subject, "")
            if stage not in NEXT.get(before, ()):
                self._world.broken(f"{event.subject} was {stage} after {before or 'nothing'}")
                return
            replay.stage[event.subject] = stage
            self._follow(event)

    def _evolve(self, seq: int, event: Event) -> None:
        """Follow an event of a system's own: what is written into a diary is noted in the index, once."""
        part = self.replay.parts[event.kind.partition(".")[0]]
        part.system.evolve(part.state, event)
        if event.kind == "diary.written":
            self.replay.unanswered.add(str(seq))
        elif event.kind == "index.noted":
            self._check(event.subject in self.replay.unanswered, f"entry {event.subject} was reacted to twice")
            self.replay.unanswered.discard(event.subject)

    def _follow(self, event: Event) -> None:
        replay = self.replay
        command = replay.book.evolve(event)
        assert command is not None
        if event.kind == Life.ACCEPTED:
            meant = self._village.meant(command.body["target"])
            self._check(command.rows.tolist() == meant, f"{command.id} is for other lamps than {meant}")
        if event.kind == Life.ANSWERED and event.body["outcome"] == CONFIRMED:
            rows = command.rows[unpack_mask(event.body["mask"], len(command.rows))]
            self._confirmed(command, rows.tolist(), event.at_us)
        if event.kind == Life.CLOSED and command.kind.startswith("lighting."):
            counts = command.counts()
            whole = counts["pending"] == 0 and sum(counts.values()) == len(command.rows)
            right = command.state == ("confirmed" if counts["confirmed"] == len(command.rows) else "expired")
            if not (whole and right):
                self._world.broken(f"{command.id} closed as {command.state} with {counts}")

    def _confirmed(self, command: Command, rows: list[int], at_us: int) -> None:
        for row in rows:
            done = any(one.token == command.token and one.at_us <= at_us for one in self._air.lamps[row].applied)
            self._check(done, f"{command.id} is confirmed for lamp {row}, which has not applied it")

    # starts and the end

    def started(self, platform: Platform) -> None:
        """The platform took up what was there: just what the journal tells, and nothing acknowledged is missing."""
        self.catch_up()
        book = platform.lighting.book
        self._check(np.array_equal(book.holder, self.replay.book.holder), "after a start, lamps owe other answers")
        self._check(book.last_token == self.replay.book.last_token, "after a start, the last token is another")
        self._same_documents(platform, "after a start")
        for command_id in self._told:
            self._check(command_id in self.replay.stage, f"{command_id} was acknowledged and is lost")
        for held in (one for part in platform.parts.values() for one in part.state.book.commands.values()):
            known = self.replay.book.commands.get(held.id)
            self._check(known is not None and _alike(known, held), f"after a start, {held.id} is another")
        fresh = platform.lighting.seen["f_cnt"]
        self._check(bool(np.all(np.nan_to_num(fresh) >= self._f_cnt)), "after a start, an observation is missing")
        self._f_cnt = np.nan_to_num(fresh)

    def calm(self) -> None:
        """All troubles end: what is open and has time left must now be confirmed by every lamp."""
        self.catch_up()
        late_us = self._world.now_us() + 40 * US
        self._must_confirm = [one.id for one in self.replay.book.open_commands() if one.deadline_us >= late_us]

    def nothing_open(self) -> bool:
        """Tell whether every command is closed for good, and every event has had its reaction."""
        self.catch_up()
        return not (self.replay.book.open_commands() or self.replay.unanswered)

    def end(self, platform: Platform) -> None:
        """Everything is over: all is closed, all books agree."""
        self.catch_up()
        reader, replay = self._reader, self.replay
        for command in replay.book.commands.values():
            self._check(replay.stage[command.id] in ("closed", "refused"), f"{command.id} never closed")
        for command_id in self._must_confirm:
            counts = replay.book.commands[command_id].counts()
            self._check(not counts["no_answer"], f"{command_id} was not answered though nothing was in the way")
        self._check(self._told.keys() <= replay.stage.keys(), "something acknowledged is lost")
        entries = list(reader.entries())
        self._check(first_broken(entries) is None, "the journal's chain is broken")
        stored = dump_hash(reader.all_commands(), reader.documents())
        self._check(stored == dump_hash(*rebuild(entries, _toys())), "the rebuilt city is another than the stored one")
        self._registers()
        self._order_of_tokens()
        self._same_state(platform)

    def _registers(self) -> None:
        """Each lamp obeyed rising tokens only, and what it says last is what it last did."""
        for lamp in self._air.lamps:
            tokens = [one.token for one in lamp.applied]
            self._check(tokens == sorted(set(tokens)), f"lamp {lamp.number} went back: {tokens}")
        for command in self.replay.book.commands.values():
            for row, outcome in zip(command.rows.tolist(), command.outcome.tolist(), strict=True):
                if outcome == CONFIRMED:
                    newest = self._air.lamps[row].token
                    self._check(newest >= command.token, f"lamp {row} forgot the confirmed {command.id}")
                self._check(outcome != PENDING, f"{command.id} is closed and lamp {row} is not accounted for")

    def _order_of_tokens(self) -> None:
        """Who asked after another was answered comes after them."""
        told = sorted((told.at, told.seq, one) for one, told in self._told.items())
        for first_at, later in sorted((at, one) for one, at in self._first_asked.items()):
            if later not in self._told:
                continue
            before = max((seq for at, seq, _ in told if at < first_at), default=0)
            self._check(self._told[later].seq > before, f"{later} was asked later but decided earlier")

    def _same_state(self, platform: Platform) -> None:
        """What is shown is what would be shown after a start."""
        seen = platform.lighting.seen
        fresh = type(seen)("Streetlight", len(seen), list(seen.columns))
        platform.telemetry.load(fresh)
        same = all(np.array_equal(seen[name], fresh[name], equal_nan=True) for name in seen.columns)
        self._check(same, "stored last values are not those shown")
        self._same_documents(platform, "at the end")

    def _same_documents(self, platform: Platform, when: str) -> None:
        for name, part in self.replay.parts.items():
            what = KEPT[name]
            same = getattr(part.state, what) == getattr(platform.parts[name].state, what)
            self._check(same, f"{when}, {name}'s {what} are not what the journal tells")

    def _check(self, good: bool, otherwise: str) -> None:
        if not good:
            self._world.broken(otherwise)


def _alike(one: Command, other: Command) -> bool:
    return (one.state, one.token, one.body, one.deadline_us, one.closed_at_us, one.outcome.tolist()) == (
        other.state,
        other.token,
        other.body,
        other.deadline_us,
        other.closed_at_us,
        other.outcome.tolist(),
    )
