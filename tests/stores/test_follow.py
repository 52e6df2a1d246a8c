"""A follower sees each entry of the journal, in order, within a second of its commit, and cannot write."""

from __future__ import annotations

import threading
import time

import pytest

from stadtwerk.stores.decision_reader import DecisionReader
from stadtwerk.stores.follow import follow
from stores.conftest import Engine
from stores.writing import event

N = 300


def test_a_follower_sees_all_within_a_second(engine: Engine) -> None:
    """While one thread writes 300 events, some at once and some apart, another reads each of them soon after."""
    store = engine.decisions()
    journal = DecisionReader(engine.reader())
    committed: dict[int, float] = {}

    def write() -> None:
        number = 0
        while number < N:
            group = [event(number + step, "writer") for step in range(1 + number % 7)]
            store.append(group, []).result(10)
            number += len(group)
            committed.update(dict.fromkeys(range(number - len(group) + 1, number + 1), time.monotonic()))
            time.sleep(0.001)

    worker = threading.Thread(target=write)
    worker.start()
    lag = []
    for entry in follow(journal):
        lag.append(time.monotonic() - committed.get(entry.seq, time.monotonic()))
        assert entry.seq == len(lag)
        if entry.seq >= N:
            break
    worker.join()
    assert max(lag) < 1.0
    with pytest.raises(Exception, match=r"readonly|read-only"):
        engine.reader().execute("DELETE FROM journal")
    store.close()


def test_a_follower_begins_where_it_was(engine: Engine) -> None:
    """It remembers one number, and gets what came after it."""
    store = engine.decisions()
    store.append([event(number, "writer") for number in range(1500)], []).result(10)
    entries = follow(DecisionReader(engine.reader()), 1498)
    assert [next(entries).seq for _ in range(2)] == [1499, 1500]
    store.close()
