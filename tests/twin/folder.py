"""A small city folder to test the twin on."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np

from stadtwerk.twin.faults import RATES

TYPES = ("led", "led", "led", "led", "hst", "hme")
NO_FAULTS = dict.fromkeys(RATES, 0.0)
PERFECT_RADIO = {"uplink_loss": 0.0, "downlink_loss": 0.0, "duplicate_rate": 0.0, "delay_max_s": 0.2}


def make_city(
    folder: Path,
    lamps: int = 200,
    *,
    gateways: int = 3,
    faults: dict[str, float] | None = None,
    radio: dict[str, float] | None = None,
    controllers: bool = False,
) -> Path:
    """Write a city of some lamps on ten streets, circuits of 20 lamps, three to a cabinet, four cabinets to a feeder."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(7)
    half = {"on_elevation_deg": -1.5, "full_percent": 100, "dim_from": "23:00", "dim_until": "05:00"}
    city: dict[str, Any] = {
        "format": 1,
        "name": "testburg",
        "prefix": "tb",
        "seed": 1,
        "timezone": "Europe/Berlin",
        "centre": [6.7655, 51.4330],
        "programs": {"all-night": {**half, "dim_percent": 100}, "half-night": {**half, "dim_percent": 50}},
        "radio": radio or {},
        "faults": NO_FAULTS if faults is None else faults,
    }
    (folder / "city.json").write_text(json.dumps(city))
    _write_supply(folder, -(-lamps // 20), gateways, controllers=controllers)
    rows = [_lamp(ix, rng, gateways) for ix in range(lamps)]
    header = "id,pole,lon,lat,street,circuit,district,gateway,dev_eui,height_m,power_w,lamp_type,program"
    _write(folder / "lamps.csv", [*header.split(","), "installed_on", "category"], rows)
    return folder


def _write_supply(folder: Path, circuits: int, gateways: int, *, controllers: bool) -> None:
    towers = [[f"tb-g{g:02d}", f"{0xA0_0000 + g:016x}", 6.76 + g / 100, 51.43] for g in range(gateways)]
    _write(folder / "gateways.csv", ["id", "eui", "lon", "lat"], towers)
    rows: list[list[Any]] = [[f"tb-k{c:04d}", f"tb-c{c // 3:03d}", f"L{c % 3 + 1}"] for c in range(circuits)]
    _write(folder / "circuits.csv", ["id", "cabinet", "phase"], rows)
    if controllers:
        cabinets = range(-(-circuits // 3))
        rows = [[f"tb-c{c:03d}", f"tb-f{c // 4}", f"tb-g{c % gateways:02d}", f"{0xC0_0000 + c:016x}"] for c in cabinets]
        _write(folder / "cabinets.csv", ["id", "feeder", "gateway", "dev_eui"], rows)


def _lamp(ix: int, rng: np.random.Generator, gateways: int) -> list[Any]:
    return [
        f"tb-{ix + 1:07d}",
        f"tb-p{ix + 1:06d}",
        round(6.76 + rng.random() / 50, 7),
        round(51.43 + rng.random() / 50, 7),
        f"s{ix % 10}",
        f"tb-k{ix // 20:04d}",
        f"d{ix % 2}",
        f"tb-g{ix % gateways:02d}",
        f"{0xB0_0000_0000 + ix:016x}",
        8.0,
        60.0,
        TYPES[ix % len(TYPES)],
        ("all-night", "half-night")[ix % 2],
        "2019-05-01",
        "road",
    ]


def _write(path: Path, header: list[str], rows: list[list[Any]]) -> None:
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
