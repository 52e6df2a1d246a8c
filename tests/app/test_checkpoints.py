"""A replay from a checkpoint gives what one from the first event gives; a checkpoint that does not fit is not believed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from stadtwerk.app.past.checkpoints import KEPT, Checkpoints
from stadtwerk.app.past.decided import Decided
from stadtwerk.app.past.replay import Replay
from stadtwerk.kernel.clock import US
from stadtwerk.kernel.journal import Entry, Event
from stadtwerk.kernel.react.rules import Reactions
from stadtwerk.kernel.react.system import SYSTEM
from stadtwerk.kernel.system import Part
from stadtwerk.stores.sql import Sql
from stadtwerk.stores.sqlite.decisions import DecisionStore
from stadtwerk.stores.sqlite.writer import SqliteFile

EVENTS, EVERY = 95, 10
NOW_US = 1_790_000_000 * US


class Counted(Decided):
    """Counts the events that were read."""

    read = 0

    def events(self, system: str, after: int, seq: int) -> Iterator[Entry]:
        for entry in super().events(system, after, seq):
            self.read += 1
            yield entry


def fired(number: int) -> Event:
    """A rule of three fires; every seventh time it is held back."""
    kind = "react.refused" if number % 7 == 0 else "react.fired"
    body = {"seq": number, "commands": [f"c{number}"], "why": ""}
    return Event(NOW_US + number * US, kind, f"rule-{number % 3}", "lighting", "", body)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Sql]:
    store = DecisionStore(tmp_path / "decisions.db")
    for number in range(1, EVENTS + 1):
        store.append([fired(number)], []).result(10)
    yield SqliteFile(tmp_path / "decisions.db").reader()
    store.close()


def fresh() -> Part:
    return Part(SYSTEM, Reactions())


def replayed(db: Sql, folder: Path, seq: int, every: int = EVERY) -> tuple[Replay, Counted]:
    """Go straight to an event with what checkpoints there are."""
    decided = Counted(db)
    replay = Replay(fresh(), decided, Checkpoints(folder, db, every))
    replay.go(seq)
    return replay, decided


def plainly(db: Sql, tmp_path: Path, seq: int) -> object:
    """What a replay from the first event gives."""
    return replayed(db, tmp_path / f"none-{seq}", seq, every=1 << 60)[0].part.state.switches


def test_from_a_checkpoint_as_from_the_first_event(journal: Sql, tmp_path: Path) -> None:
    db, folder = journal, tmp_path / "past"
    _, whole = replayed(db, folder, EVENTS)
    assert whole.read == EVENTS
    for seq in (EVENTS, 40, 39, 41, 5, 0, 94):
        replay, decided = replayed(db, folder, seq)
        assert replay.part.state.switches == plainly(db, tmp_path, seq), seq
        assert decided.read < EVERY


def test_there_and_back_on_one_replay(journal: Sql, tmp_path: Path) -> None:
    replay, _ = replayed(journal, tmp_path / "past", EVENTS)
    for seq in (12, 90, 15, 15, 16, 3):
        if replay.overtaken(seq):
            replay.begin(fresh())
        replay.go(seq)
        assert replay.part.state.switches == plainly(journal, tmp_path, seq), seq


def test_what_does_not_fit_is_not_believed(journal: Sql, tmp_path: Path) -> None:
    db, folder = journal, tmp_path / "past"
    replayed(db, folder, EVENTS)
    places = sorted(folder.glob("react-*.checkpoint"))
    assert len(places) == EVENTS // EVERY
    assert {path.stat().st_mode & 0o077 for path in places} == {0}
    (folder / "react-90.checkpoint").write_bytes(b"torn")
    # A checkpoint of another entry, as if the folder had been brought back from an older backup.
    (folder / "react-80.checkpoint").write_bytes((folder / "react-70.checkpoint").read_bytes())
    replay, decided = replayed(db, folder, EVENTS)
    assert replay.part.state.switches == plainly(db, tmp_path, EVENTS)
    assert decided.read == EVENTS - 70


def test_old_ones_stand_further_apart(journal: Sql, tmp_path: Path) -> None:
    folder = tmp_path / "past"
    replayed(journal, folder, EVENTS, every=1)
    assert KEPT / 2 <= len(list(folder.iterdir())) <= KEPT
    for seq in (EVENTS, 50, 7):
        replay, _ = replayed(journal, folder, seq, every=1)
        assert replay.part.state.switches == plainly(journal, tmp_path, seq)
