"""A city as a folder of plain open files, the same bytes for the same plan."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import shapely

from stadtwerk.cities import layers
from stadtwerk.cities.centrelines import CentreLines
from stadtwerk.cities.equipment import LAMP_TYPES
from stadtwerk.cities.figures import USUAL_FAULTS, USUAL_PROGRAMS, USUAL_RADIO
from stadtwerk.cities.lamps import LampPlan
from stadtwerk.cities.metres import LocalMetres, Positions
from stadtwerk.cities.plan import CityPlan
from stadtwerk.cities.zones import Zone, zones
from stadtwerk.kernel.refusal import Refused

FORMAT = 1
DIGITS = 7
"""Decimals of a degree: 1 cm."""

PHASES = ("L1", "L2", "L3")
PREFIX = re.compile(r"[a-z][a-z0-9]{0,15}")


@contextmanager
def whole_or_not(folder: Path) -> Iterator[Path]:
    """Give a directory beside the folder to write a city in; it takes its place only when all went well.

    Raises Refused where the folder holds something that is not a city: nothing of it is touched.
    """
    if folder.exists() and not (folder / "city.json").is_file() and (folder.is_file() or any(folder.iterdir())):
        raise Refused.of("not-a-city", "The folder is in use", 409, f"{folder} holds no city: name an empty folder")
    work, old = (folder.with_name(f".{folder.name}.{state}") for state in ("unfinished", "old"))
    for left_over in (work, old):
        shutil.rmtree(left_over, ignore_errors=True)
    work.mkdir(parents=True)
    try:
        yield work
        if folder.exists():
            folder.rename(old)
        work.rename(folder)
    finally:
        shutil.rmtree(work, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def write_city(plan: CityPlan, lamps: LampPlan, folder: Path) -> dict[str, int]:
    """Write all files of a city but its map tiles, and return the counts that stand in city.json.

    Raises Refused where the plan's prefix cannot be part of an id.
    """
    if not PREFIX.fullmatch(plan.prefix):
        raise Refused.field("prefix", f"{plan.prefix!r} is not a small letter and up to 15 small letters or digits")
    folder.mkdir(parents=True, exist_ok=True)
    metres = LocalMetres(plan.centre)
    cabinets = [f"{plan.prefix}-c{number:04d}" for number in range(1, len(lamps.cabinet_position) + 1)]
    circuits = [
        f"{cabinets[owner]}-{number}"
        for owner, number in zip(lamps.circuit_cabinet.tolist(), lamps.circuit_number.tolist(), strict=True)
    ]
    _write_districts(plan, folder)
    _write_streets(plan, metres, folder)
    _write_feeding(plan, lamps, cabinets, circuits, folder)
    _write_lamps(plan, lamps, circuits, folder)
    _write_points(plan, folder)
    found = zones(plan)
    _write_zones(plan, found, folder)
    layers.write_layers(plan, folder / "layers")
    counts = _counts(plan, lamps, found)
    (folder / "city.json").write_bytes(msgspec.json.format(msgspec.json.encode(_city(plan, counts)), indent=1) + b"\n")
    return counts


def _counts(plan: CityPlan, lamps: LampPlan, found: list[Zone]) -> dict[str, int]:
    return {
        "poles": lamps.poles,
        "lamps": len(lamps),
        "cabinets": len(lamps.cabinet_position),
        "circuits": len(lamps.circuit_cabinet),
        "streets": len(plan.streets),
        "districts": len(plan.districts),
        "feeders": len(set(lamps.cabinet_feeder.tolist())),
        "gateways": len(lamps.gateway_position),
        "buildings": len(plan.buildings),
        "signals": len(plan.signals),
        "stops": len(plan.stops),
        "crossings": len(plan.crossings),
        "zones": len(found),
    }


def _city(plan: CityPlan, counts: dict[str, int]) -> dict[str, Any]:
    """Return what city.json says: who the city is, where, whose data, how many, and how its lamps behave."""
    corners = np.array([district.outline.bounds for district in plan.districts])
    return {
        "format": FORMAT,
        "name": plan.name,
        "title": plan.title,
        "prefix": plan.prefix,
        "generated": plan.generated,
        "seed": plan.seed,
        "timezone": plan.timezone,
        "centre": np.round(plan.centre, DIGITS).tolist(),
        "bbox": np.round([*corners[:, :2].min(axis=0), *corners[:, 2:].max(axis=0)], DIGITS).tolist(),
        "attribution": plan.attribution,
        "licence": plan.licence,
        "counts": counts,
        "programs": plan.figures.get("programs") or USUAL_PROGRAMS,
        "radio": {**USUAL_RADIO, **plan.figures.get("radio", {})},
        "faults": {**USUAL_FAULTS, **plan.figures.get("faults", {})},
    }


def _write_districts(plan: CityPlan, folder: Path) -> None:
    middles = (district.outline.representative_point() for district in plan.districts)
    rows = (
        (district.id, district.name, district.population, *_place(middle.x, middle.y))
        for district, middle in zip(plan.districts, middles, strict=True)
    )
    _write_csv(folder / "districts.csv", "id,name,population,lon,lat", rows)


def _write_streets(plan: CityPlan, metres: LocalMetres, folder: Path) -> None:
    lines = CentreLines.of(plan.streets, metres)
    length_m = lines.length_m
    middle = metres.to_degrees(lines.at(np.arange(len(length_m)), length_m / 2)[0])
    rows = (
        (street.id, street.name, street.highway, street.district, f"{metre:.1f}", *_place(*place))
        for street, metre, place in zip(plan.streets, length_m.tolist(), middle.tolist(), strict=True)
    )
    _write_csv(folder / "streets.csv", "id,name,highway,district,length_m,lon,lat", rows)


def _write_feeding(plan: CityPlan, lamps: LampPlan, cabinets: list[str], circuits: list[str], folder: Path) -> None:
    owners = [plan.districts[number].id for number in lamps.cabinet_district.tolist()]
    places = _places(lamps.cabinet_position)
    feeders = (f"{plan.prefix}-f{number + 1:03d}" for number in lamps.cabinet_feeder.tolist())
    callers = (gateway_id(plan, ix) for ix in lamps.cabinet_gateway.tolist())
    named = zip(cabinets, places, owners, feeders, callers, lamps.cabinet_eui.tolist(), strict=True)
    rows = ((name, *place, owner, feeder, caller, f"{eui:016x}") for name, place, owner, feeder, caller, eui in named)
    _write_csv(folder / "cabinets.csv", "id,lon,lat,district,feeder,gateway,dev_eui", rows)
    phases = [PHASES[(number - 1) % 3] for number in lamps.circuit_number.tolist()]
    fed = (cabinets[owner] for owner in lamps.circuit_cabinet.tolist())
    _write_csv(folder / "circuits.csv", "id,cabinet,phase", zip(circuits, fed, phases, strict=True))
    places = _places(lamps.gateway_position)
    towers = zip(places, lamps.gateway_eui.tolist(), strict=True)
    rows_of_gateways = ((gateway_id(plan, ix), f"{eui:016x}", *place) for ix, (place, eui) in enumerate(towers))
    _write_csv(folder / "gateways.csv", "id,eui,lon,lat", rows_of_gateways)


def gateway_id(plan: CityPlan, index: int) -> str:
    """Return the id of the radio gateway at an index."""
    return f"{plan.prefix}-g{index + 1:03d}"


def _write_lamps(plan: CityPlan, lamps: LampPlan, circuits: list[str], folder: Path) -> None:
    fittings, prefix = lamps.fittings, plan.prefix
    columns = (
        [f"{prefix}-{number:07d}" for number in range(1, len(lamps) + 1)],
        [f"{prefix}-p{pole + 1:06d}" for pole in lamps.pole.tolist()],
        [f"{degrees:.{DIGITS}f}" for degrees in lamps.position[:, 0].tolist()],
        [f"{degrees:.{DIGITS}f}" for degrees in lamps.position[:, 1].tolist()],
        [plan.streets[index].id for index in lamps.street.tolist()],
        [circuits[index] for index in lamps.circuit.tolist()],
        [plan.districts[index].id for index in lamps.district.tolist()],
        [gateway_id(plan, index) for index in lamps.gateway.tolist()],
        [f"{eui:016x}" for eui in lamps.dev_eui.tolist()],
        [f"{height_m:g}" for height_m in fittings.height_m.tolist()],
        [f"{power_w:g}" for power_w in fittings.power_w.tolist()],
        [LAMP_TYPES[index] for index in fittings.lamp_type.tolist()],
        fittings.program.tolist(),
        fittings.installed_on.astype(str).tolist(),
        fittings.category.tolist(),
        ["" if np.isnan(kelvin) else f"{kelvin:g}" for kelvin in fittings.cct_k.tolist()],
        ["" if np.isnan(share) else f"{share:g}" for share in fittings.upward_percent.tolist()],
    )
    header = (
        "id,pole,lon,lat,street,circuit,district,gateway,dev_eui,"
        "height_m,power_w,lamp_type,program,installed_on,category,"
        "cct_k,upward_percent"
    )
    _write_csv(folder / "lamps.csv", header, zip(*columns, strict=True))


def _write_points(plan: CityPlan, folder: Path) -> None:
    signals = ((point.id, *_place(point.lon, point.lat)) for point in plan.signals)
    _write_csv(folder / "signals.csv", "id,lon,lat", signals)
    stops = ((point.id, point.name, *_place(point.lon, point.lat), point.tags.get("modes", "")) for point in plan.stops)
    _write_csv(folder / "stops.csv", "id,name,lon,lat,modes", stops)


def _write_zones(plan: CityPlan, found: list[Zone], folder: Path) -> None:
    crossings = ((point.id, *_place(point.lon, point.lat)) for point in plan.crossings)
    _write_csv(folder / "crossings.csv", "id,lon,lat", crossings)
    outlines = (
        (f"{plan.prefix}-z{number:04d}", kind, shapely.to_wkt(outline, rounding_precision=DIGITS, trim=True))
        for number, (kind, outline) in enumerate(found, start=1)
    )
    _write_csv(folder / "zones.csv", "id,kind,wkt", outlines)


def _place(lon: float, lat: float) -> tuple[str, str]:
    return f"{lon:.{DIGITS}f}", f"{lat:.{DIGITS}f}"


def _places(positions: Positions) -> list[tuple[str, str]]:
    return [_place(lon, lat) for lon, lat in positions.tolist()]


def _write_csv(path: Path, header: str, rows: Iterable[tuple[Any, ...]]) -> None:
    """Write a header and rows as CSV after RFC 4180, but with line feeds alone."""
    lines = [header, *(",".join(map(_cell, row)) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


def _cell(value: object) -> str:
    text = str(value)
    if any(character in text for character in ',"\n\r'):
        return '"' + text.replace('"', '""') + '"'
    return text
