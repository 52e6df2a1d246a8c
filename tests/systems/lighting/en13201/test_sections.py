"""Streets of the inventory as streets of the standard, and the questions answered about them."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

import verify_light
from path.small_city import write_small_city
from stadtwerk.app.folder import open_folder
from stadtwerk.kernel.clock import parse_iso
from stadtwerk.kernel.refusal import Refused
from stadtwerk.systems.lighting import SYSTEM
from stadtwerk.systems.lighting.engine.en13201.street import checked_street
from stadtwerk.systems.lighting.engine.sections import section_of, street_types
from stadtwerk.systems.lighting.inventory import read_inventory
from stadtwerk.systems.lighting.queries import OfStreet
from stadtwerk.systems.lighting.state import Lighting, make_lighting

NOW_US = parse_iso("2026-11-24T22:00:00Z")


def village(folder: Path, highway: str = "residential", *, twin: bool = False) -> Lighting:
    """A street of ten lamps, of a class; two lamps a pole where twin."""
    write_small_city(folder, 10)
    streets = (folder / "streets.csv").read_text().replace("residential", highway)
    (folder / "streets.csv").write_text(streets)
    if twin:
        with (folder / "lamps.csv").open() as file:
            rows = list(csv.DictReader(file))
        for number, row in enumerate(rows):
            row["pole"], row["lon"] = f"p{number // 2}", str(6.755 + 0.0005 * (number // 2))
        with (folder / "lamps.csv").open("w", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    return make_lighting(read_inventory(open_folder(folder)))


def ask(lighting: Lighting, path: str, **asked: object) -> dict:
    """Ask a question as a door would."""
    query = next(query for query in SYSTEM.queries if query.path == path)
    return query.run(lighting, None, OfStreet(**asked), NOW_US)


def test_a_street_is_shown_with_its_classes_and_certificate(tmp_path: Path) -> None:
    """Required, delivered, proven for each area; less light is another answer; a faulty lamp ends the proof."""
    lighting = village(tmp_path / "city")
    full = ask(lighting, "/lighting/class", street="s1")
    assert [area["area"] for area in full["areas"]] == ["carriageway", "footway right", "footway left"]
    assert full["generated"] is True
    low = ask(lighting, "/lighting/class", street="s1", level_percent=5.0)
    assert low["areas"][0]["demands"][0]["delivered"] == pytest.approx(
        0.05 * full["areas"][0]["demands"][0]["delivered"]
    )
    least = [area["least_level_percent"] for area in full["areas"] if area["met"]]
    assert all(0 < value <= 100 for value in least)
    lighting.seen["flags"][3] = 1
    broken = ask(lighting, "/lighting/class", street="s1")
    assert broken["faulty"] == 1
    assert not any(area["proven"] for area in broken["areas"])


def test_the_certificate_is_verified_by_others(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What the question answers is what the stand-alone verifier reads."""
    whole = ask(village(tmp_path / "city", "secondary", twin=True), "/lighting/certificate", street="s1")
    file = tmp_path / "street.json"
    file.write_text(json.dumps(whole, indent=2))
    assert verify_light.main([str(file)]) == 0
    assert whole["certificates"][0]["seal"] in capsys.readouterr().out
    assert next(iter(whole["materials"]["photometries"].values()))["generated"] is True


def test_unknown_and_unlit_streets_are_refused(tmp_path: Path) -> None:
    """No such street, and a class of street that nobody lights: 404 in words."""
    with pytest.raises(Refused) as refused:
        ask(village(tmp_path / "one"), "/lighting/class", street="s9")
    assert refused.value.refusal.status == 404
    with pytest.raises(Refused) as refused:
        ask(village(tmp_path / "two", "motorway"), "/lighting/class", street="s1")
    assert refused.value.refusal.status == 404


@pytest.mark.parametrize("highway", sorted(set(street_types()) - {"luminaires"}))
@pytest.mark.parametrize("twin", [False, True])
def test_every_class_of_street_has_a_layout(tmp_path: Path, highway: str, twin: bool) -> None:
    """Rows, strips and classes fit one another; every class has a street the engine takes."""
    lighting = village(tmp_path / "city", highway, twin=twin)
    section = section_of(lighting.inventory, 0, NOW_US)
    assert section is not None
    street = checked_street(section.street)
    kind = street_types()[highway]
    sides = 2 if kind["arrangement"] == "alternate" else 1
    assert len(street.rows) == sides * (2 if twin else 1)
    assert set(section.classes) <= {"carriageway", *(strip.name for strip in street.strips)}
    assert ask(lighting, "/lighting/class", street="s1")["areas"]


def test_spacing_comes_from_the_poles(tmp_path: Path) -> None:
    """Ten lamps on 0.01 degrees of longitude stand 63.0 m apart at 51.43 degrees north."""
    section = section_of(village(tmp_path / "city").inventory, 0, NOW_US)
    assert section is not None
    assert section.street.spacing_m == pytest.approx(63.0, abs=0.1)
