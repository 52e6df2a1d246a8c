"""Lists as people really send them: what is proposed, what is doubtful, and that no row ever fails the whole."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cities.lamp_list.lists import write
from stadtwerk.app.folder import open_folder
from stadtwerk.cities.lamp_list import About, Preview, make_listed_city, preview, utm
from stadtwerk.kernel.refusal import Refused
from stadtwerk.systems.lighting.inventory import read_inventory

GERMAN = (
    "Leuchtennummer;Mastnummer;Rechtswert;Hochwert;Straßenname;Stromkreis;Schaltstelle;Lichtpunkthöhe [m];"
    "Anschlussleistung (W);Leuchtmittel;Inbetriebnahme\n"
)


def german(folder: Path, *rows: str, encoding: str = "cp1252", zone: str = "32") -> Preview:
    """Look at a German list of three good lamps and the rows given."""
    good = [
        f"L-{number};M-{number};{zone}{341_000 + 30 * number},25;5700000,75;Mühlenstraße;K1;S1;6,5;28,5;LED;01.03.2019"
        for number in range(1, 4)
    ]
    return preview(write(folder, GERMAN + "\n".join([*good, *rows]) + "\n", encoding=encoding))


def kinds(looked: Preview) -> dict[str, list[int]]:
    """Return the rows of each kind of doubt, from 1."""
    return {doubt.kind: (doubt.rows + 1).tolist() for doubt in looked.doubts}


@pytest.mark.parametrize("zone", ["32", ""])
def test_a_german_list_is_understood_as_it_comes(tmp_path: Path, zone: str) -> None:
    """Windows letters, semicolons, decimal commas, eastings with and without their zone, dates of the country."""
    looked = german(tmp_path, zone=zone)
    shown = looked.as_dict()
    assert (shown["encoding"], shown["delimiter"], shown["system"]) == ("cp1252", ";", "utm32")
    assert {one["column"]: one["becomes"] for one in shown["columns"]} == {
        "Leuchtennummer": "id", "Mastnummer": "pole", "Rechtswert": "x", "Hochwert": "y", "Straßenname": "street",
        "Stromkreis": "circuit", "Schaltstelle": "cabinet", "Lichtpunkthöhe [m]": "height_m",
        "Anschlussleistung (W)": "power_w", "Leuchtmittel": "lamp_type", "Inbetriebnahme": "installed_on",
    }  # fmt: skip
    lamps = looked.lamps
    assert lamps.street == ["Mühlenstraße"] * 3
    assert lamps.height_m.tolist() == [6.5] * 3
    assert lamps.power_w.tolist() == [28.5] * 3
    assert lamps.installed_on == ["2019-03-01"] * 3
    east, north = utm.to_utm(lamps.lon, lamps.lat, 32)
    assert np.allclose(east, [341_030.25, 341_060.25, 341_090.25], atol=1e-3)
    assert np.allclose(north, 5_700_000.75, atol=1e-3)
    assert kinds(looked) == {}


@pytest.mark.parametrize(
    ("row", "doubt", "taken"),
    [
        ("L-9;M;;;Weg;K1;S1;6;30;LED;2019", "no-place", 3),
        ("L-9;M;abc;5700000;Weg;K1;S1;6;30;LED;2019", "unreadable-x", 3),
        ("L-9;M;341500;5800000;Weg;K1;S1;6;30;LED;2019", "outside", 3),
        ("L-1;M-1;32341030,25;5700000,75;Mühlenstraße;K1;S1;6,5;28,5;LED;01.03.2019", "same-again", 3),
        ("L-1;M;341200;5700000;Weg;K1;S1;6;30;LED;01.03.2019", "id-twice", 4),
        (";M;341200;5700000;Weg;K1;S1;6;30;LED;01.03.2019", "no-id", 4),
        ("L-9;M;341200;5700000;Weg;K1;S1;6;99999;LED;01.03.2019", "power-impossible", 4),
        ("L-9;M;341200;5700000;Weg;K1;S1;650;30;LED;01.03.2019", "height-impossible", 4),
        ("L-9;M;341200;5700000;Weg;K1;S1;6;hell;LED;01.03.2019", "unreadable-power-w", 4),
        ("L-9;M;341200;5700000;Weg;K1;S1;6;30;Fackel;01.03.2019", "type-unknown", 4),
        ("L-9;M;341200;5700000;Weg;;S1;6;30;LED;01.03.2019", "no-circuit", 4),
        ("L-9;M;341200;5700000;;K1;S1;6;30;LED;01.03.2019", "no-street", 4),
        ("L-9;M;341200;5700000;Weg;K1;S1;6;30;LED;31.02.2019", "unreadable-installed-on", 4),
        ("L-9;M;341030,35;5700000,75;Weg;K1;S1;6;30;LED;01.03.2019", "one-pole", 4),
        ("L-9;M;341032;5700000,75;Weg;K1;S1;6;30;LED;01.03.2019", "too-near", 4),
        ("L-9;M;342500;5700000;Weg;K1;S1;6;30;LED;01.03.2019", "lonely", 4),
        ("L-9;M;341200", "ragged", 3),
        ("L-9;M;341200;5700000;MÃ¼hle;K1;S1;6;30;LED;01.03.2019", "encoding", 4),
    ],
)
def test_each_doubt_is_found_and_the_rest_goes_on(tmp_path: Path, row: str, doubt: str, taken: int) -> None:
    """The row is named with its kind of doubt; only lamps that stand nowhere, far away or twice are left out."""
    looked = german(tmp_path, row)
    assert 4 in kinds(looked)[doubt]
    assert looked.as_dict()["taken"] == taken


def test_zero_zero_is_no_place(tmp_path: Path) -> None:
    """A lamp in the Gulf of Guinea is left out."""
    looked = preview(write(tmp_path, "id,lon,lat\na,6.7,51.4\nb,6.701,51.4\nc,0,0\n"))
    assert kinds(looked)["at-zero"] == [3]
    assert looked.as_dict()["taken"] == 2


def test_a_person_corrects_the_mapping(tmp_path: Path) -> None:
    """Choices stand over the proposal; what is not there is refused by name."""
    file = write(tmp_path, "A;B;Strang;lon;lat\n1;70;X;6,7;51,4\n2;70;X;6,71;51,4\n")
    assert "power_w" not in preview(file).mapping.columns
    looked = preview(file, {"power_w": "B", "id": "A", "circuit": "Strang"})
    assert looked.lamps.power_w.tolist() == [70.0, 70.0]
    assert looked.lamps.circuit == ["X", "X"]
    for wishes in ({"watts": "B"}, {"power_w": "C"}):
        with pytest.raises(Refused, match="map"):
            preview(file, wishes)
    with pytest.raises(Refused, match="system"):
        preview(file, system="mars")


@pytest.mark.parametrize(
    "body", [b"", b"\n\n", b"id,lon,lat\n", b"\x00\x01\x02", b"a,b\n1,2\n", b"[]", b"{", b'{"a":1}']
)
def test_what_is_no_list_of_lamps_is_refused_in_words(tmp_path: Path, body: bytes) -> None:
    """Empty files, other files and lists without places."""
    file = tmp_path / "list"
    file.write_bytes(body)
    with pytest.raises(Refused):
        preview(file)
    with pytest.raises(Refused):
        preview(tmp_path / "absent.csv")


@given(st.binary(max_size=400))
@settings(max_examples=60)
def test_any_bytes_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, body: bytes) -> None:
    """Nothing but a refusal ever comes of a file."""
    file = tmp_path_factory.getbasetemp() / "any"
    file.write_bytes(b"id,lon,lat,watt\n" + body)
    try:
        shown = preview(file).as_dict()
    except Refused:
        return
    assert shown["taken"] + shown["left_out"] == shown["rows"]
    json.dumps(shown, allow_nan=False)


@given(st.lists(st.lists(st.text(max_size=12), min_size=1, max_size=5), min_size=1, max_size=8))
@settings(max_examples=60)
def test_hostile_cells_fail_no_city(tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]) -> None:
    """Beside two good lamps any other cells may stand: both good ones are taken, and say what they said."""
    text = io.StringIO()
    csv.writer(text).writerows([["id", "lon", "lat", "watt", "hoehe"], ["a", "6.7", "51.4", "70", "6"], *rows])
    csv.writer(text).writerow(["z", "6.701", "51.4", "35", "6"])
    file = tmp_path_factory.getbasetemp() / "hostile.csv"
    file.write_bytes(text.getvalue().encode("utf-8", "replace"))
    looked = preview(file, {"id": "id", "x": "lon", "y": "lat", "power_w": "watt", "height_m": "hoehe"}, "wgs84")
    left = {row for doubt in looked.doubts if doubt.left_out for row in doubt.rows.tolist()}
    assert looked.lamps.id[0] == "a"
    assert looked.lamps.id[-1] == "z"
    assert 0 not in left


def test_a_quote_that_is_never_closed_swallows_nothing(tmp_path: Path) -> None:
    """The lamps after it are read line by line."""
    rows = "".join(f"l{number},6.{700 + number},51.4,Allee\n" for number in range(100))
    looked = preview(write(tmp_path, f'id,lon,lat,street\na,6.6999,51.4,"Am Markt\n{rows}'))
    assert len(looked.lamps) == 101
    assert looked.lamps.street[0] == "Am Markt"
    assert looked.as_dict()["left_out"] == 0


def test_told_circuits_are_kept_in_the_city(tmp_path: Path) -> None:
    """Two circuits of one cabinet and one of another; a lamp without hangs on its neighbour's."""
    looked = german(
        tmp_path,
        "L-4;M;341150;5700000;Weg;K2;S1;6;30;LED;01.03.2019",
        "L-5;M;341500;5700000;Weg;K1;S2;6;30;LED;01.03.2019",
        "L-6;M;341510;5700000;Weg;;;6;30;LED;01.03.2019",
    )
    counts = make_listed_city(looked, tmp_path / "city", About("Testdorf", "us", "none"))
    inventory = read_inventory(open_folder(tmp_path / "city"))
    assert (counts["lamps"], counts["circuits"], counts["cabinets"]) == (6, 3, 2)
    with (tmp_path / "city" / "origin.csv").open() as file:
        place = {int(one["row"]): inventory.row_of[one["lamp"]] for one in csv.DictReader(file)}
    circuit = [int(inventory.circuits.of_lamp[place[row]]) for row in range(1, 7)]
    assert circuit[0] == circuit[1] == circuit[2]
    assert len({circuit[0], circuit[3], circuit[4]}) == 3
    assert circuit[4] == circuit[5]


@pytest.mark.parametrize("name", ["", "1", "äöü"])
def test_a_city_needs_a_name(tmp_path: Path, name: str) -> None:
    """Its ids begin with two letters of it."""
    looked = german(tmp_path)
    if name == "äöü":
        make_listed_city(looked, tmp_path / "city", About(name, "us", "none"))
        return
    with pytest.raises(Refused, match="name"):
        make_listed_city(looked, tmp_path / "city", About(name, "us", "none"))


def test_a_list_of_nothing_but_doubts_makes_no_city(tmp_path: Path) -> None:
    """And leaves no folder behind."""
    looked = preview(write(tmp_path, "id,lon,lat\na,0,0\nb,0,0\n"))
    with pytest.raises(Refused, match="doubts"):
        make_listed_city(looked, tmp_path / "city", About("Nirgends", "us", "none"))
    assert not (tmp_path / "city").exists()


def test_talq_devices_with_and_without_envelopes(tmp_path: Path) -> None:
    """Places and types of luminaires are found in both forms; cabinets are no lamps."""
    kind = {"address": "type-1", "maximumPower": 41.5, "lightSourceType": "LED", "cct": 3000}
    plain = {
        "address": "a1",
        "name": "L1",
        "class": "lamp",
        "functions": [
            {"type": "BasicFunction", "assetId": "L1", "location": {"latitude": 51.4, "longitude": 6.7}},
            {"type": "LuminaireAssetFunction", "luminaireTypeAddress": "type-1"},
        ],
    }
    wrapped = {
        "address": "a2",
        "name": "L2",
        "class": "lamp",
        "functions": [
            {"type": "BasicFunction", "assetId": {"type": "AttributeString", "value": "L2"}},
            {"type": "LampActuatorFunction", "lampTypeId": {"value": "type-1"}},
            {
                "type": "LocationSensorFunction",
                "location": {"type": "AttributeLocation", "value": {"latitude": 51.4, "longitude": 6.701}},
            },
        ],
    }
    cabinet = {"address": "a3", "name": "C", "class": "box", "functions": [{"type": "SegmentMonitorFunction"}]}
    body = {"devices": [plain, wrapped, cabinet, "rubbish"], "luminaireTypes": [kind]}
    looked = preview(write(tmp_path, json.dumps(body), name="devices.json"))
    lamps = looked.lamps
    assert lamps.id[:2] == ["L1", "L2"]
    assert lamps.lon[:2].tolist() == [6.7, 6.701]
    assert lamps.power_w[:2].tolist() == [41.5, 41.5]
    assert lamps.cct_k[:2].tolist() == [3000.0, 3000.0]
    assert lamps.lamp_type[:2].tolist() == [0, 0]
    assert kinds(looked)["no-device"] == [3]


def test_lamps_of_an_osm_extract(tmp_path: Path) -> None:
    """Each street_lamp with its tags."""
    nodes = "".join(
        f'<node id="{number}" lat="51.4" lon="6.{700 + number}" version="1"><tag k="highway" v="street_lamp"/>'
        f'<tag k="height" v="{number + 4} m"/><tag k="light:method" v="LED"/></node>'
        for number in range(1, 4)
    )
    road = '<way id="9" version="1"><nd ref="1"/><nd ref="2"/><tag k="highway" v="residential"/></way>'
    text = f'<osm version="0.6" generator="test">{nodes}{road}</osm>'
    looked = preview(write(tmp_path, text, name="town.osm"))
    assert looked.lamps.height_m.tolist() == [5.0, 6.0, 7.0]
    assert looked.lamps.lamp_type.tolist() == [0, 0, 0]
    assert np.allclose(looked.lamps.lon, [6.701, 6.702, 6.703])
