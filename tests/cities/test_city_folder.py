"""The city folder holds what the contract says, the same bytes each time."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from cities.small_plans import plan, street, town
from stadtwerk.cities.folder import whole_or_not, write_city
from stadtwerk.cities.lamps import place_lamps
from stadtwerk.kernel.refusal import Refused

HEADERS = {
    "districts": "id,name,population,lon,lat",
    "streets": "id,name,highway,district,length_m,lon,lat",
    "cabinets": "id,lon,lat,district,feeder,gateway,dev_eui",
    "circuits": "id,cabinet,phase",
    "gateways": "id,eui,lon,lat",
    "lamps": "id,pole,lon,lat,street,circuit,district,gateway,dev_eui,height_m,power_w,lamp_type,program,installed_on,category,cct_k,upward_percent",
    "signals": "id,lon,lat",
    "stops": "id,name,lon,lat,modes",
    "crossings": "id,lon,lat",
    "zones": "id,kind,wkt",
}
LAYERS = ("districts", "water", "landuse", "rail", "streets", "buildings", "bridges")


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def rows(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("city")
    city = town()
    write_city(city, place_lamps(city), folder)
    return folder


def test_same_plan_same_bytes(folder: Path, tmp_path: Path) -> None:
    city = town()
    write_city(city, place_lamps(city), tmp_path)
    assert files(tmp_path) == files(folder)


def test_headers_and_counts_agree(folder: Path) -> None:
    counts = json.loads((folder / "city.json").read_text())["counts"]
    for name, header in HEADERS.items():
        assert (folder / f"{name}.csv").read_text(encoding="utf-8").splitlines()[0] == header
        assert len(rows(folder, name)) == counts[name]
    assert counts["poles"] == len({row["pole"] for row in rows(folder, "lamps")})
    assert counts["buildings"] == len((folder / "layers" / "buildings.geojsonl").read_text().splitlines())


def test_every_name_in_a_row_stands_in_its_own_file(folder: Path) -> None:
    known = {name: {row["id"] for row in rows(folder, name)} for name in HEADERS}
    lamps = rows(folder, "lamps")
    for column, name in {
        "street": "streets",
        "circuit": "circuits",
        "district": "districts",
        "gateway": "gateways",
    }.items():
        assert {row[column] for row in lamps} <= known[name]
    assert {row["cabinet"] for row in rows(folder, "circuits")} == known["cabinets"]
    assert {row["phase"] for row in rows(folder, "circuits")} == {"L1", "L2", "L3"}
    programs = json.loads((folder / "city.json").read_text())["programs"]
    assert {row["program"] for row in lamps} <= set(programs)
    assert len(known["lamps"]) == len({row["dev_eui"] for row in lamps}) == len(lamps)
    assert lamps[0]["id"] == "pr-0000001"
    assert all(len(row["dev_eui"]) == 16 and len(row["lon"].split(".")[1]) == 7 for row in lamps)


def test_text_with_commas_and_quotes_survives(folder: Path) -> None:
    assert rows(folder, "stops")[0]["name"] == 'Am "Markt", Nord'
    assert rows(folder, "districts")[1]["name"] == "Ost, neu"


def test_layers_are_geojson_by_line(folder: Path) -> None:
    for name in LAYERS:
        for line in (folder / "layers" / f"{name}.geojsonl").read_text(encoding="utf-8").splitlines():
            feature = json.loads(line)
            assert feature["type"] == "Feature"
            if feature["geometry"]["type"] == "Polygon":
                for ring in feature["geometry"]["coordinates"]:
                    assert ring[0] == ring[-1]
    first = json.loads((folder / "layers" / "buildings.geojsonl").read_text().splitlines()[0])
    assert first["properties"]["addr:housenumber"] == "1a"


def test_a_prefix_that_breaks_ids_is_refused(tmp_path: Path) -> None:
    city = plan([street(1, [(-400, 0), (400, 0)])])
    object.__setattr__(city, "prefix", "../x")
    with pytest.raises(Refused, match="prefix"):
        write_city(city, place_lamps(city), tmp_path)


def test_a_folder_with_other_things_is_left_alone(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.txt").write_text("years of work")
    with pytest.raises(Refused, match="holds no city"), whole_or_not(mine):
        pass
    assert (mine / "thesis.txt").read_text() == "years of work"


def test_a_city_is_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    folder = tmp_path / "city"
    with whole_or_not(folder) as work:
        (work / "city.json").write_text("1")
    with pytest.raises(FileNotFoundError), whole_or_not(folder) as work:
        (work / "absent" / "city.json").write_text("2")
    assert (folder / "city.json").read_text() == "1"
    with whole_or_not(folder) as work:
        (work / "city.json").write_text("3")
    assert (folder / "city.json").read_text() == "3"
    assert [path.name for path in tmp_path.iterdir()] == ["city"]
