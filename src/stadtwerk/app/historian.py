"""The historian: a process of its own that takes observations over from the tail into history, and keeps that in order.

It only reads the stores. What it has archived it says in `lake/archived.json`, after the commit that made it so; the
core forgets that part of the tail. Killed at any moment it begins again where its last commit ended.
"""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from stadtwerk import logs
from stadtwerk.app.archived import say_archived
from stadtwerk.app.home import Home
from stadtwerk.app.settings import Settings, days_of_history
from stadtwerk.app.systems import SYSTEMS
from stadtwerk.kernel.observation import Observations
from stadtwerk.stores.decision_reader import DecisionReader
from stadtwerk.stores.lake.archive import Archive
from stadtwerk.stores.lake.duck import Duck
from stadtwerk.stores.lake.rows import DAY_US, HOUR_US
from stadtwerk.stores.tail import TailReader

log = logging.getLogger(__name__)

LOOK_S = 2.0
"""Pause between two looks at the tail."""
COMMIT_S = 300.0
"""The tail is archived at least this often, wall time: readers see what waits in it all the same."""
COMMIT_ROWS = 100_000
"""So many rows are archived at once, without waiting."""
TAKE_ROWS = 500_000
"""Most rows of one commit, which bounds the memory it takes."""
NICENESS = 10
"""The city comes first."""


class Historian:
    """Archives the observed types of a city, one step at a time."""

    def __init__(self, lake: Path, types: Mapping[str, Sequence[str]], whole: Sequence[str], keep_days: int) -> None:
        self._lake, self._keep_days = lake, keep_days
        lake.mkdir(parents=True, exist_ok=True)
        duck = Duck(threads=1)
        self._archives = [Archive(lake, name, columns, whole, duck) for name, columns in types.items()]
        self._hour = self._day = -1
        self._committed_s = -COMMIT_S

    def step(self, tail: TailReader, now_us: int, wall_s: float) -> None:
        """Archive what is due by now (city time, us) and by wall time (s), then keep order at full hours and days."""
        hour, day = now_us // HOUR_US, (now_us - HOUR_US) // DAY_US
        is_due = wall_s - self._committed_s >= COMMIT_S or hour != self._hour
        if is_due or sum(tail.waiting().values()) >= COMMIT_ROWS:
            self._committed_s = wall_s
            for archive in self._archives:
                while batches := tail.batches(archive.entity_type, archive.mark, TAKE_ROWS):
                    archive.take(list(_limited(batches, now_us - self._keep_days * DAY_US)))
            self.publish()
        for archive in self._archives:
            archive.tidy(now_us)
            if day != self._day:
                archive.close_days(now_us, self._keep_days)
        self._hour, self._day = hour, day

    def publish(self) -> None:
        """Say how far the tail is archived, in one step."""
        say_archived(self._lake, {archive.entity_type: archive.mark for archive in self._archives if archive.mark})


def _limited(batches: Sequence[tuple[int, Observations]], first_us: int) -> Iterator[tuple[int, Observations]]:
    """Leave out what is older than history is kept; say so, since it is lost."""
    for seq, seen in batches:
        old = seen.observed_at_us < first_us
        if old.any():
            log.warning("%s: %d rows are older than history is kept", seen.entity_type, old.sum())
        yield seq, seen.take(~old) if old.any() else seen


def observed_types() -> tuple[dict[str, Sequence[str]], list[str]]:
    """Return the columns of every observed type of all systems, and the columns that hold whole numbers."""
    types = {name: columns for system in SYSTEMS for name, columns in system.columns.items()}
    return types, sorted({name for system in SYSTEMS for name in system.whole})


@contextmanager
def stores(settings: Settings) -> Iterator[tuple[DecisionReader, TailReader]]:
    """Open decisions and tail for reading only."""
    decisions, telemetry = (database.reader() for database in Home(settings.data, settings.store).databases())
    yield DecisionReader(decisions), TailReader(telemetry)
    decisions.close()
    telemetry.close()


def run(settings: Settings) -> None:
    """Work for ever."""
    os.nice(NICENESS)
    types, whole = observed_types()
    historian = Historian(settings.data / "lake", types, whole, days_of_history())
    historian.publish()
    with stores(settings) as (decisions, tail):
        while True:
            historian.step(tail, int(decisions.meta("city_now_us") or 0), time.monotonic())
            time.sleep(LOOK_S)


if __name__ == "__main__":
    logs.begin("historian")
    run(Settings.load(sys.argv[1]))
