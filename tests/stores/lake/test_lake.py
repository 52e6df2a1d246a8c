"""History equals a plain model, whatever the commits, the duplicates and the order of arrival."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from deltalake import DeltaTable
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from stadtwerk.kernel.clock import US
from stadtwerk.kernel.observation import Observations
from stadtwerk.kernel.state import ColumnState
from stadtwerk.stores.lake.archive import Archive
from stadtwerk.stores.lake.duck import Duck
from stadtwerk.stores.lake.reader import LakeReader
from stadtwerk.stores.lake.rows import DAY_US, HOUR_US
from stadtwerk.stores.tail import Batch

START_US = 1_790_000_000 * US // DAY_US * DAY_US
COLUMNS = ("level", "count")
LAMPS = 4
NO_SHRINK = (Phase.explicit, Phase.reuse, Phase.generate)
"""Each example writes and reads real files: shrinking one would take minutes."""


class Queue:
    """A tail in memory."""

    def __init__(self) -> None:
        self.held: list[Batch] = []

    def put(self, rows: list[tuple[int, int, float, float]]) -> None:
        table = np.array(rows, np.float64)
        values = {name: table[:, 2 + place] for place, name in enumerate(COLUMNS)}
        seen = Observations("Lamp", table[:, 0].astype(np.int32), table[:, 1].astype(np.int64), values)
        self.held.append((len(self.held) + 1, seen))

    def batches(self, entity_type: str, after: int, rows: int = 1 << 62) -> list[Batch]:
        return [batch for batch in self.held if batch[0] > after]


def told(model: dict[tuple[int, int], list[float]], rows: list[tuple[int, int, float, float]]) -> None:
    """Take rows over into the model: what is told replaces, what is not stays."""
    for ix, at_us, *values in rows:
        known = model.setdefault((ix, at_us), [np.nan] * len(COLUMNS))
        model[ix, at_us] = [old if np.isnan(new) else new for old, new in zip(known, values, strict=True)]


def expected_state(model: dict[tuple[int, int], list[float]], at_us: int) -> tuple[list[int], list[list[float]]]:
    """Fold the model in order of time up to an instant."""
    seen, values = [0] * LAMPS, [[np.nan] * len(COLUMNS) for _ in range(LAMPS)]
    for (ix, when), told_values in sorted(model.items()):
        if when <= at_us:
            seen[ix] = when
            values[ix] = [old if np.isnan(new) else new for old, new in zip(values[ix], told_values, strict=True)]
    return seen, values


MINUTE = st.integers(0, 60 * 50)
VALUE = st.one_of(st.just(np.nan), st.sampled_from([0.0, 1.0, 2.0, 50.0]))
ROW = st.tuples(st.integers(0, LAMPS - 1), MINUTE.map(lambda m: START_US + m * 60 * US), VALUE, VALUE)
STEP = st.one_of(
    st.tuples(st.just("rows"), st.lists(ROW, min_size=1, max_size=6)),
    st.tuples(st.just("archive"), st.integers(1, 3)),
    st.tuples(st.just("tidy"), st.integers(0, 60)),
    st.tuples(st.just("close"), st.integers(0, 60)),
)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), phases=NO_SHRINK)
@given(steps=st.lists(STEP, min_size=1, max_size=14), asked=st.lists(MINUTE, min_size=1, max_size=4))
def test_history_equals_a_plain_model(steps: list[tuple[str, object]], asked: list[int]) -> None:
    queue, model, duck = Queue(), {}, Duck(1)
    with tempfile.TemporaryDirectory() as folder:
        archive = Archive(Path(folder), "Lamp", COLUMNS, ("count",), duck)
        now_us = START_US
        for what, given_ in steps:
            if what == "rows":
                queue.put(given_)
                told(model, given_)
            elif what == "archive":
                archive.take(queue.batches("Lamp", archive.mark)[:given_])
                archive.take(queue.held[:given_])  # asked again after a crash
            else:
                now_us = max(now_us, START_US + given_ * HOUR_US)
                archive.tidy(now_us)
                if what == "close":
                    archive.close_days(now_us, keep_days=400)
        reader = LakeReader(Path(folder), {"Lamp": COLUMNS}, queue)
        for minute in asked:
            at_us = START_US + minute * 60 * US
            state = ColumnState("Lamp", LAMPS, COLUMNS)
            reader.fill(state, at_us)
            seen, values = expected_state(model, at_us)
            assert state.observed_at_us.tolist() == seen
            np.testing.assert_array_equal(np.stack([state[name] for name in COLUMNS], 1), values)
        for ix in range(LAMPS):
            found = reader.history("Lamp", ix, START_US, START_US + 100 * HOUR_US)
            mine = sorted((when, values) for (row, when), values in model.items() if row == ix)
            assert found["at_us"].tolist() == [when for when, _ in mine]
            for place, name in enumerate(COLUMNS):
                np.testing.assert_array_equal(found[name], [values[place] for _, values in mine])
        reader.close()
        if archive.mark:
            delta = DeltaTable(str(Path(folder) / "Lamp"))
            assert delta.transaction_version("stadtwerk.tail") == archive.mark
    duck.close()
