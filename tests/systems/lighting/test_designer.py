"""A designed street: the same light as the city's own, pictures that a second calculation agrees with, clear refusals."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

import verify_light
from stadtwerk.doors.commands import decode
from stadtwerk.kernel.limits import PHOTOMETRY_BYTES
from stadtwerk.kernel.refusal import Refused
from stadtwerk.systems.lighting import SYSTEM
from stadtwerk.systems.lighting.design import Design, File, street_of
from stadtwerk.systems.lighting.designer import design_certificate, design_view
from stadtwerk.systems.lighting.engine.en13201.picture import isolux, luminance
from stadtwerk.systems.lighting.engine.en13201.surface import BETA_DEG, TAN_GAMMA, surface
from stadtwerk.systems.lighting.engine.sections import street_types
from stadtwerk.systems.lighting.queries import OfDesign
from systems.lighting.en13201 import made, plain
from systems.lighting.en13201.test_sections import NOW_US, village

PARTS = ("layout", "classes", "verdicts", "delivered")
TYPES = sorted(set(street_types()) - {"luminaires"})


def ask(lighting: Any, path: str, **asked: Any) -> dict[str, Any]:
    """Ask a question as a door would."""
    query = next(query for query in SYSTEM.queries if query.path == path)
    return query.run(lighting, None, msgspec.convert(asked, query.params), NOW_US)


def encoded(data: bytes) -> str:
    """A file as it travels."""
    return base64.b64encode(data).decode()


def with_file(text: str, frame: str = "c90-street", **more: Any) -> Design:
    """A design with a file of its own."""
    content = encoded(text.encode("latin-1"))
    return msgspec.convert({"file": {"name": "own", "content": content, "frame": frame}, **more}, Design)


def rounded(value: Any) -> Any:
    """The same with numbers to seven digits: kerb and centre line give the same place by another sum."""
    if isinstance(value, dict):
        return {name: rounded(one) for name, one in value.items()}
    if isinstance(value, list):
        return [rounded(one) for one in value]
    return float(f"{value:.7g}") if isinstance(value, float) else value


@pytest.mark.parametrize("highway", TYPES)
@pytest.mark.parametrize("twin", [False, True])
def test_a_street_of_the_city_comes_back_as_the_same_light(tmp_path: Path, highway: str, twin: bool) -> None:
    """The design made of a street has the street's certificate: layout, classes and every value."""
    lighting = village(tmp_path / "city", highway, twin=twin)
    design = msgspec.convert(ask(lighting, "/lighting/design/street", street="s1")["design"], Design)
    own = design_certificate(design, "", NOW_US)["certificates"][0]
    whole = ask(lighting, "/lighting/certificate", street="s1", level_percent=100.0)["certificates"][0]
    for one in (own, whole):
        one["layout"]["rows"].sort(key=lambda row: (row["turn_deg"], row["y_m"]))
    assert [rounded(own[part]) for part in PARTS] == [rounded(whole[part]) for part in PARTS]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_pictures_agree_with_a_second_calculation(seed: int) -> None:
    """Illuminance and luminance at drawn points, both ways of driving, tilted, in zigzag, from an uploaded file."""
    rng = np.random.default_rng(seed)
    text = made.ldt(int(rng.integers(0, 5)), rng)
    design = with_file(text, arrangement="alternate", tilt_deg=5.0, level_percent=80.0, spacing_m=26.0, overhang_m=-0.5)
    street, _ = street_of(design)
    light = plain.read(text)
    lamps = [plain.Lamp(light, row.y_m, row.height_m, row.offset_m, 5.0, row.turn_deg, 0.8) for row in street.rows]
    about = [plain.Lamp(light, 7.0 - lamp.y, lamp.h, -lamp.shift % 26.0, 5.0, lamp.turn + 180.0, 0.8) for lamp in lamps]
    table = ((surface("R3").r * 1e4).tolist(), BETA_DEG.tolist(), TAN_GAMMA.tolist())
    lux, seen, back = isolux(street), luminance(street, 0), luminance(street, 1)
    for _ in range(6):
        k, i = int(rng.integers(len(lux.y_m))), int(rng.integers(len(lux.x_m)))
        assert lux.values[k, i] == pytest.approx(plain.e(lamps, 26.0, 0.8, lux.x_m[i], lux.y_m[k]), rel=1e-6)
        k = int(rng.integers(len(seen.y_m)))
        x, y = seen.x_m[i], seen.y_m[k]
        near = plain.luminance(lamps, 26.0, 0.8, table, x, y, (-60.0, 1.75))
        far = plain.luminance(about, 26.0, 0.8, table, 26.0 - x, 7.0 - y, (-60.0, 1.75))
        assert seen.values[k, i] == pytest.approx(near, rel=1e-5)
        assert back.values[k, i] == pytest.approx(far, rel=1e-5)


def test_a_view_tells_classes_energy_and_the_luminaire() -> None:
    """PDI and AECI by hand; grids lie inside their areas; the first line of a field is its last."""
    design = Design(spacing_m=25.0, full_hours=2000.0, dimmed_hours=1800.0)
    view = design_view(design, 5)
    ground = 25.0 * (7.0 + 2.0 + 2.0)
    assert view["energy"]["annual_kwh_m2"] == pytest.approx(46.0 * (2000 + 900) / 1000 / ground, abs=1e-4)
    lit = sum(area["mean_lux"] * area["width_m"] * 25.0 for area in view["areas"])
    assert view["energy"]["power_density_w_lx_m2"] == pytest.approx(46.0 / lit, rel=1e-3)
    assert view["energy"]["kw_per_km"] == pytest.approx(1.84)
    assert view["lane"] == 1
    assert [area["area"] for area in view["areas"]] == ["carriageway", "footway right", "footway left"]
    for area in view["areas"]:
        assert all(area["from_m"] < y < area["from_m"] + area["width_m"] for y in area["grid"]["y_m"])
        assert np.mean(area["grid"]["lux"]) == pytest.approx(area["mean_lux"], abs=0.01)
    values = np.array(view["isolux"]["values"])
    assert np.allclose(values[:, 0], values[:, -1], rtol=1e-6)
    assert view["luminaire"]["generated"] is True


def test_the_certificate_of_a_design_is_verified_by_others(tmp_path: Path) -> None:
    """An uploaded file's numbers travel with the certificate, and the stand-alone verifier agrees."""
    design = with_file(made.ldt(3, np.random.default_rng(4)), arrangement="opposite", lanes=3, width_m=9.6)
    file = tmp_path / "design.json"
    file.write_text(json.dumps(design_certificate(design, "Vorschlag", NOW_US)))
    assert verify_light.main([str(file)]) == 0
    assert "content" not in json.dumps(json.loads(file.read_text())["certificates"])


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("%%%", "base64"),
        ("", "not an EULUMDAT file"),
        (encoded(b"hello"), "not an EULUMDAT file"),
        (encoded(b"IESNA:LM-63-2002\r\nTILT=NONE\r\n1 2"), "fewer than 13 numbers"),
        (encoded(b" " * (PHOTOMETRY_BYTES + 1)), "too large"),
    ],
)
def test_bad_files_are_refused_in_words(content: str, words: str) -> None:
    with pytest.raises(Refused) as refused:
        design_view(Design(file=File("bad.ldt", content, "c90-street")), 0)
    assert refused.value.refusal.status == 422
    assert words in refused.value.refusal.detail


@pytest.mark.parametrize(
    "change",
    [
        {"spacing_m": 3.0},
        {"height_m": 99.0},
        {"lanes": 7},
        {"road_class": "M9"},
        {"footway_class": "M3"},
        {"surface": "R9"},
        {"arrangement": "chaos"},
        {"unknown": 1},
        {"file": {"name": "a.ies", "content": ""}},
        {"spacing_m": "wide"},
    ],
)
def test_designs_out_of_bounds_are_refused_with_the_field(change: dict[str, Any]) -> None:
    """No frame is a fault like any other: it is asked for, never guessed."""
    with pytest.raises(Refused) as refused:
        decode(json.dumps({"design": change}).encode(), OfDesign)
    assert refused.value.refusal.status == 422


@pytest.mark.parametrize("change", [{"lanes": 0, "road_class": "M5"}, {"lanes": 6, "width_m": 3.0}])
def test_geometry_that_is_no_street_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(Refused) as refused:
        design_view(Design(**change), 0)
    assert refused.value.refusal.status == 422


def test_an_unlit_street_is_no_beginning(tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        ask(village(tmp_path / "city", "motorway"), "/lighting/design/street", street="s1")
    assert refused.value.refusal.status == 404
