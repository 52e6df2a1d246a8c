"""Makes a city folder of a few lamps by hand, so that the path is tested without a generator."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

PROGRAM = {"title": {"de": "Ganznacht", "en": "All night"}, "on_elevation_deg": -1.5, "full_percent": 100}
NO_FAULTS = (
    "dead_rate",
    "dying_rate",
    "day_burner_rate",
    "radio_rate",
    "clock_rate",
    "cabinet_out_rate",
    "gateway_lost_rate",
    "stuck_dim_rate",
    "cycling_rate",
    "power_low_rate",
    "leakage_rate",
    "cable_break_rate",
)
RADIO = {
    "uplink_loss": 0.0,
    "downlink_loss": 0.0,
    "delay_min_s": 0.0,
    "delay_max_s": 0.0,
    "duplicate_rate": 0.0,
    "report_period_s": 900,
}


def write_small_city(
    folder: Path, lamps: int = 1, gateways: int = 0, spoken: Callable[[int], str] | None = None, **radio: float
) -> Path:
    """Write a city of so many lamps in rows: a street per 200, a circuit per 100 (two at least).

    `spoken` names the radio of the lamp of a number, 1 first; without it the city does not tell of radios.
    """
    folder.mkdir(parents=True, exist_ok=True)
    city = {
        "format": 1,
        "name": "dorf",
        "title": {"de": "Dorf", "en": "Village"},
        "prefix": "do",
        "generated": True,
        "seed": 1,
        "timezone": "Europe/Berlin",
        "centre": [6.76, 51.43],
        "bbox": [6.75, 51.42, 6.77, 51.44],
        "attribution": "",
        "licence": "CC0-1.0",
        "counts": {"lamps": lamps},
        "programs": {"all-night": PROGRAM},
        "radio": {**RADIO, **radio},
        "faults": dict.fromkeys(NO_FAULTS, 0.0),
    }
    (folder / "city.json").write_text(json.dumps(city))
    here = {"lon": 6.76, "lat": 51.43}
    districts, streets = _ids("d", lamps // 1500), _ids("s", lamps // 200)
    circuits, masts = _ids("c", max(2, lamps // 100)), _ids("g", gateways or lamps // 1250)
    _write(folder / "districts.csv", [{"id": d, "name": "Mitte", "population": 10, **here} for d in districts])
    street = {"name": "Dorfstraße", "highway": "residential", "district": "d1", "length_m": 300}
    _write(folder / "streets.csv", [{"id": s, **street, **here} for s in streets])
    _write(folder / "cabinets.csv", [{"id": "k1", **here, "district": "d1"}])
    _write(folder / "circuits.csv", [{"id": c, "cabinet": "k1", "phase": "L1"} for c in circuits])
    _write(folder / "gateways.csv", [{"id": g, "eui": f"{n:016x}", **here} for n, g in enumerate(masts)])
    rows = []
    for number in range(1, lamps + 1):
        block = {name: ids[(number - 1) * len(ids) // lamps] for name, ids in _blocks(streets, districts, masts)}
        rows.append({**_lamp(number, lamps), **block, "circuit": circuits[(number - 1) % len(circuits)]})
        if spoken is not None:
            rows[-1]["radio"] = spoken(number)
    _write(folder / "lamps.csv", rows)
    return folder


def _ids(prefix: str, n: int) -> list[str]:
    return [f"{prefix}{number}" for number in range(1, max(1, n) + 1)]


def _blocks(streets: list[str], districts: list[str], gateways: list[str]) -> tuple[tuple[str, list[str]], ...]:
    return (("street", streets), ("district", districts), ("gateway", gateways))


def _lamp(number: int, lamps: int) -> dict[str, object]:
    return {
        "id": f"do-{number:07d}",
        "pole": f"do-p{number:06d}",
        "lon": round(6.755 + 0.01 * number / (lamps + 1), 7),
        "lat": 51.43,
        "street": "",
        "circuit": "",
        "district": "",
        "gateway": "",
        "dev_eui": f"{0xA000 + number:016x}",
        "height_m": 6.0,
        "power_w": 30.0,
        "lamp_type": "led",
        "program": "all-night",
        "installed_on": "2020-05-01",
        "category": "road",
    }


def _write(path: Path, rows: list[dict[str, object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
