"""A town of five streets for tests of energy: LED, sodium and mercury, two rows, a path, and one lit by no rule."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

from path.small_city import PROGRAM, write_small_city
from stadtwerk.app.folder import open_folder
from stadtwerk.systems.lighting.inventory import read_inventory
from stadtwerk.systems.lighting.state import Lighting, make_lighting

PER_STREET = 20
STREETS = (
    ("s1", "residential", "led", "all-night", 30.0),
    ("s2", "residential", "hst", "half-night", 70.0),
    ("s3", "living_street", "hme", "all-night", 80.0),
    ("s4", "tertiary", "led", "half-night", 60.0),
    ("s5", "footway", "led", "half-night", 18.0),
    ("s6", "", "led", "all-night", 25.0),
)
"""Id, highway class, lamp type, program and W of each."""
HALF_NIGHT = {**PROGRAM, "dim_percent": 40, "dim_from": "22:30", "dim_until": "05:00"}


def write_town(folder: Path) -> Path:
    """Write the town: 20 lamps a street, 25 m apart, in two districts."""
    write_small_city(folder, PER_STREET * len(STREETS))
    lamps = _rows(folder / "lamps.csv")
    for number, lamp in enumerate(lamps):
        street, _, kind, program, watts = STREETS[number // PER_STREET]
        lamp |= {"street": street, "lamp_type": kind, "program": program, "power_w": str(watts)}
        lamp |= {
            "lon": f"{6.755 + (number % PER_STREET) * 0.00036:.7f}",
            "lat": f"{51.43 + int(street[1]) * 0.002:.7f}",
        }
        lamp["district"] = "d1" if number < 60 else "d2"
    _write(folder / "lamps.csv", lamps)
    first = _rows(folder / "streets.csv")[0]
    _write(folder / "streets.csv", [{**first, "id": s, "highway": h, "length_m": "500"} for s, h, *_ in STREETS])
    district = _rows(folder / "districts.csv")[0]
    _write(folder / "districts.csv", [{**district, "id": one} for one in ("d1", "d2")])
    city = json.loads((folder / "city.json").read_text())
    city["programs"] = {"all-night": PROGRAM, "half-night": HALF_NIGHT}
    (folder / "city.json").write_text(json.dumps(city))
    return folder


def lighting_of(folder: Path) -> Lighting:
    """Set up street lighting for a folder."""
    return make_lighting(read_inventory(open_folder(folder)))


def _rows(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _write(path: Path, rows: list[dict[str, Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
