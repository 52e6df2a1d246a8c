"""A whole real city is imported as it is."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path

import osmium
import pytest

from stadtwerk.cities.osm import import_osm

SOURCE = Path(__file__).parents[4] / "shared" / "data" / "osm" / "kaiserslautern.osm.gz"

pytestmark = pytest.mark.skipif(not SOURCE.is_file(), reason=f"the extract of Kaiserslautern is not at {SOURCE}")


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("kaiserslautern") / "city"
    import_osm(SOURCE, folder)
    return folder


@pytest.fixture(scope="module")
def tagged() -> Counter[str]:
    """What the file itself says, counted without any code of ours."""
    count: Counter[str] = Counter()
    for thing in osmium.FileProcessor(str(SOURCE)).with_filter(osmium.filter.KeyFilter("highway", "building")):
        if thing.is_node():
            count[thing.tags.get("highway", "")] += 1
        elif thing.is_way() and thing.tags.get("building", "no") != "no":
            count["buildings"] += 1
    return count


def rows(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_counts_are_the_file_s_own(city: Path, tagged: Counter[str]) -> None:
    assert len(rows(city, "signals")) == tagged["traffic_signals"] == 175
    bus_stops = [stop for stop in rows(city, "stops") if stop["id"].startswith("ka-n")]
    assert len(bus_stops) == tagged["bus_stop"] == 247
    counts = json.loads((city / "city.json").read_text())["counts"]
    assert counts["buildings"] == pytest.approx(tagged["buildings"], rel=0.01), "all but outlines that cross themselves"


def test_real_streets_are_lit(city: Path) -> None:
    streets = {street["name"]: street for street in rows(city, "streets")}
    assert streets["Mannheimer Straße"]["highway"] == "primary"
    assert {"Pariser Straße", "Königstraße", "Eisenbahnstraße"} <= set(streets)
    lamps = rows(city, "lamps")
    assert 8_000 < len(lamps) < 14_000
    dark = {street["id"] for street in rows(city, "streets") if street["highway"] == "motorway"}
    assert dark
    assert not dark & {lamp["street"] for lamp in lamps}


def test_suburbs_become_districts(city: Path) -> None:
    assert {"Innenstadt", "Betzenberg", "Kaiserberg"} <= {district["name"] for district in rows(city, "districts")}


def test_the_second_import_gives_the_same_bytes(city: Path, tmp_path: Path) -> None:
    import_osm(SOURCE, tmp_path / "again")
    for path in city.rglob("*"):
        if path.is_file():
            assert (tmp_path / "again" / path.relative_to(city)).read_bytes() == path.read_bytes(), path.name
