"""A hand-made extract becomes just the city that it describes."""

from __future__ import annotations

import csv
import gzip
import json
from pathlib import Path

import osmium
import pytest

from cities.osm.tiny import osm_xml
from stadtwerk.cities.osm import import_osm
from stadtwerk.kernel.refusal import Refused


def rows(folder: Path, name: str) -> dict[str, dict[str, str]]:
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return {row["id"]: row for row in csv.DictReader(file)}


def names(folder: Path, layer: str) -> list[str]:
    lines = (folder / "layers" / f"{layer}.geojsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line)["properties"]["name"] for line in lines]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("osm") / "small_town.osm"
    file.write_text(osm_xml(), encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def city(source: Path) -> Path:
    folder = source.parent / "city"
    import_osm(source, folder)
    return folder


def test_streets_are_joined_by_name_and_keep_class_and_light(city: Path) -> None:
    streets = rows(city, "streets")
    assert set(streets) == {"kl-w100", "kl-w103", "kl-w104", "kl-w105", "kl-w108"}
    main = streets["kl-w100"]
    assert (main["name"], main["highway"]) == ("Hauptstraße", "primary")
    assert float(main["length_m"]) == pytest.approx(869, abs=5), "three ways of 290 m, one drawn against the others"
    assert streets["kl-w105"]["name"].startswith("Fußweg bei ")
    assert "kl-w104" not in {lamp["street"] for lamp in rows(city, "lamps").values()}, "lit=no"


def test_signals_stops_and_lamps_are_those_of_the_file(city: Path) -> None:
    assert set(rows(city, "signals")) == {"kl-n60"}
    stops = {stop["name"]: stop["modes"] for stop in rows(city, "stops").values()}
    assert stops == {"Markt": "bus", "Bahnhof": "tram", "Fern": "bus"}
    surveyed = [lamp for lamp in rows(city, "lamps").values() if abs(float(lamp["lat"]) - 49.4415) < 2e-5]
    assert len(surveyed) == 2
    assert len({lamp["pole"] for lamp in surveyed}) == 1
    assert {lamp["lamp_type"] for lamp in surveyed} == {"led"}


def test_surfaces_become_layers(city: Path) -> None:
    assert set(names(city, "water")) == {"Weiher", "Bach"}
    assert names(city, "bridges") == ["Brückenstraße"]
    house = json.loads((city / "layers" / "buildings.geojsonl").read_text(encoding="utf-8"))
    assert house["properties"]["addr:street"] == "Hauptstraße"
    assert len(names(city, "rail")) == 1


def test_city_json_names_the_city_its_source_and_licence(city: Path) -> None:
    said = json.loads((city / "city.json").read_text(encoding="utf-8"))
    assert said["title"] == {"de": "Kleinstadt", "en": "Smalltown"}
    assert (said["name"], said["prefix"], said["generated"]) == ("kleinstadt", "kl", False)
    assert "OpenStreetMap contributors" in said["attribution"]
    assert said["licence"] == "ODbL-1.0"
    assert said["timezone"] == "Europe/Berlin"
    assert said["centre"] == [7.7655, 49.4405]
    assert (city / "map.pmtiles").stat().st_size > 1000


def test_districts_by_boundary_by_suburb_or_one(city: Path, tmp_path: Path) -> None:
    drawn = rows(city, "districts")
    assert {entry["name"]: entry["population"] for entry in drawn.values()} == {"Oststadt": "0", "Weststadt": "4000"}
    assert rows(city, "streets")["kl-w103"]["district"] == "weststadt"
    for suburbs, expected in ((True, {"gruenau", "gruenau-2", "innenstadt"}), (False, {"kleinstadt"})):
        file = tmp_path / f"{suburbs}.osm"
        file.write_text(osm_xml(boundaries=False, suburbs=suburbs), encoding="utf-8")
        import_osm(file, tmp_path / str(suburbs))
        assert set(rows(tmp_path / str(suburbs), "districts")) == expected


def test_all_three_forms_of_file_give_the_same_city(source: Path, city: Path, tmp_path: Path) -> None:
    zipped, packed = tmp_path / "town.osm.gz", tmp_path / "town.osm.pbf"
    zipped.write_bytes(gzip.compress(source.read_bytes()))
    with osmium.SimpleWriter(str(packed)) as writer:
        for thing in osmium.FileProcessor(str(source)):
            writer.add(thing)
    for file in (zipped, packed):
        folder = tmp_path / file.name.replace(".", "-")
        import_osm(file, folder)
        for path in city.rglob("*"):
            if path.is_file():
                assert (folder / path.relative_to(city)).read_bytes() == path.read_bytes(), path.name


def test_name_seed_and_timezone_may_be_given(source: Path, tmp_path: Path) -> None:
    import_osm(source, tmp_path / "a", name="Neu-Übersee", seed=5, timezone="Africa/Windhoek")
    said = json.loads((tmp_path / "a" / "city.json").read_text(encoding="utf-8"))
    assert (said["name"], said["prefix"], said["seed"]) == ("neu-uebersee", "ne", 5)
    assert said["timezone"] == "Africa/Windhoek"
    for wrong in ({"name": "???"}, {"timezone": "Mars/Olympus"}, {"timezone": "../etc"}):
        with pytest.raises(Refused, match=next(iter(wrong))):
            import_osm(source, tmp_path / "b", **wrong)
    assert not (tmp_path / "b").exists()


def test_progress_is_told_in_order(source: Path, tmp_path: Path) -> None:
    told: list[tuple[str, float]] = []
    import_osm(source, tmp_path / "c", progress=lambda step, share: told.append((step, share)))
    assert told[-1] == ("done", 1.0)
    assert [share for _, share in told] == sorted(share for _, share in told)
