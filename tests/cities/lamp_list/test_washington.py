"""A list nobody made for us: 3,963 lamps of Washington DC, read beside pandas, which knows nothing of our mapping.

Exists only where STADTWERK_TEST_WASHINGTON names the file (`lists.py` says where it comes from).
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cities.lamp_list.lists import WASHINGTON
from stadtwerk.app.folder import open_folder
from stadtwerk.cities.lamp_list import About, Preview, make_listed_city, preview
from stadtwerk.systems.lighting.inventory import read_inventory

FOOT_M = 0.3048


@pytest.fixture(scope="module")
def looked() -> Preview:
    """The list as our importer reads it, without a word of help."""
    return preview(Path(WASHINGTON))


@pytest.fixture(scope="module")
def judged() -> pd.DataFrame:
    """The list as pandas reads it."""
    return pd.read_csv(WASHINGTON, encoding="utf-8-sig", keep_default_na=False, dtype=str)


@pytest.mark.judge("pandas", subject="lamp list of Washington DC")
def test_every_value_is_what_pandas_reads(
    looked: Preview, judged: pd.DataFrame, record_property: Callable[[str, object], None]
) -> None:
    """Count, ids, streets, places, watts and heights (told in feet) of every lamp, columns found by their headers."""
    lamps = looked.lamps
    feet = pd.to_numeric(judged["POLEHEIGHT_DESC"].str.removesuffix(" ft"), errors="coerce")
    same = {
        "count": len(lamps) == len(judged) == 3963,
        "ids": lamps.id == judged["STREETLIGHTID"].tolist(),
        "streets": lamps.street == judged["STREETNAME"].tolist(),
        "lon": np.array_equal(lamps.lon, judged["XCOORD"].astype(float)),
        "lat": np.array_equal(lamps.lat, judged["YCOORD"].astype(float)),
        "power": np.array_equal(lamps.power_w, pd.to_numeric(judged["WATTAGE1"], errors="coerce"), equal_nan=True),
        "height": np.allclose(lamps.height_m, feet * FOOT_M, rtol=1e-12, equal_nan=True),
        "led": (lamps.lamp_type == 0).sum() == judged["LIGHTTYPE_DESC"].str.contains("LED").sum(),
    }
    record_property("judge_total", len(same))
    record_property("judge_passed", sum(map(bool, same.values())))
    assert all(same.values()), same


def test_lamps_on_one_pole_are_those_pandas_finds_at_one_place(looked: Preview, judged: pd.DataFrame) -> None:
    """The report names just the rows whose place stands twice in the list."""
    twice = np.flatnonzero(judged.duplicated(["XCOORD", "YCOORD"], keep=False)).tolist()
    (found,) = [doubt.rows.tolist() for doubt in looked.doubts if doubt.kind == "one-pole"]
    assert found == twice
    assert not any(doubt.left_out for doubt in looked.doubts)


def test_the_city_has_each_luminaire_where_the_list_says(looked: Preview, judged: pd.DataFrame, tmp_path: Path) -> None:
    """The folder boots as an inventory; each lamp can be traced to its row; a pole of two lights is two lamps."""
    make_listed_city(looked, tmp_path / "city", About("Washington", "Open Data DC", "CC BY 4.0"))
    inventory = read_inventory(open_folder(tmp_path / "city"))
    with (tmp_path / "city" / "origin.csv").open() as file:
        origin = list(csv.DictReader(file))
    lights = pd.to_numeric(judged["NUMBERLIGHTS"]).where(lambda count: count <= 8, 1)
    assert len(inventory) == len(origin) == lights.sum()
    assert Counter(int(one["row"]) - 1 for one in origin) == Counter(dict(lights.items()))
    rows = [int(one["row"]) - 1 for one in origin]
    assert np.abs(inventory.lon - judged["XCOORD"].astype(float).to_numpy()[rows]).max() < 1e-7
    assert np.array_equal(inventory.power_w, judged["WATTAGE1"].astype(float).to_numpy()[rows])
    named = [inventory.streets.names[street] for street in inventory.streets.of_lamp]
    assert named == judged["STREETNAME"].to_numpy()[rows].tolist()
