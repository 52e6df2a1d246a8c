"""One entity's rows, picked by hand out of row groups, are those that a query engine finds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from stadtwerk.kernel.clock import US
from stadtwerk.kernel.observation import Observations
from stadtwerk.stores.lake import narrow
from stadtwerk.stores.lake.duck import Duck
from stadtwerk.stores.lake.files import Place, arrow, schema, write
from stadtwerk.stores.lake.narrow import Narrow
from stadtwerk.stores.lake.rows import DAY_US

DAY = 1_790_000_000 * US // DAY_US
START_US = DAY * DAY_US
COLUMNS, ENTITIES, ROWS = ("level", "count"), 40, 2_000


@pytest.fixture
def paths(tmp_path: Path) -> list[str]:
    """Three files of small row groups: two in order, one as rows came; some values are not told."""
    rng, shape, written = np.random.default_rng(5), schema(COLUMNS, ("count",), framed=False), []
    for seq in range(3):
        rows = rng.integers(0, ENTITIES, ROWS).astype(np.int32)
        times = START_US + rng.integers(0, DAY_US, ROWS)
        order = np.lexsort((times, rows)) if seq else np.arange(ROWS)
        level, count = rng.uniform(0, 100, ROWS), rng.integers(0, 9, ROWS).astype(np.float64)
        level[rng.random(ROWS) < 0.2] = np.nan
        count[rng.random(ROWS) < 0.2] = np.nan
        seen = Observations("Lamp", rows, times, {"level": level, "count": count}).take(order)
        written.append(write(Place(tmp_path, DAY, seq, "a"), [arrow(seen, shape)], 100).path)
    return [str(tmp_path / path) for path in written]


def test_the_same_rows_as_a_query_engine(paths: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(narrow, "FILES", 2)
    mine, theirs = Narrow(), Duck(1)
    for row in (*range(ENTITIES), ENTITIES + 1):
        for after_us, until_us in ((START_US - 1, START_US + DAY_US), (START_US + DAY_US // 3, START_US + DAY_US // 2)):
            found = mine.rows(paths, COLUMNS, row=row, after_us=after_us, until_us=until_us)
            wanted = theirs.rows(paths, COLUMNS, entities=(row, row), after_us=after_us, until_us=until_us)
            assert found.rows.tolist() == wanted.rows.tolist()
            assert found.observed_at_us.tolist() == wanted.observed_at_us.tolist()
            for name in COLUMNS:
                np.testing.assert_array_equal(found.columns[name], wanted.columns[name])
    mine.close()
    theirs.close()


def test_only_row_groups_that_can_hold_it_are_read(paths: list[str]) -> None:
    reader = Narrow()
    sorted_file = reader._file(paths[1])
    assert len(sorted_file.entities) == ROWS / 100
    assert 1 <= len(sorted_file.groups(7, START_US - 1, START_US + DAY_US)) <= 3
    assert sorted_file.groups(ENTITIES + 1, START_US - 1, START_US + DAY_US) == []
    assert sorted_file.groups(7, START_US + DAY_US, START_US + 2 * DAY_US) == []
    reader.close()
