"""What the twin knows of the city: its lamps, gateways and figures, read from the city folder."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stadtwerk.protocols.columns import eui_number
from stadtwerk.protocols.malformed import Malformed
from stadtwerk.twin.luminaire import LAMP_TYPES
from stadtwerk.twin.program import Program

LAMPS_MAX = 1_000_000
"""Most lamps of a city."""

Ix = NDArray[np.int64]
"""Rows of lamps, shape (k,)."""

_GROUPED_BY = ("district", "circuit", "street")
_USED = (
    "id",
    "lon",
    "lat",
    "gateway",
    "dev_eui",
    "power_w",
    "lamp_type",
    "program",
    "installed_on",
    *_GROUPED_BY,
)


LORAWAN, TALQ, LWM2M = "lorawan", "talq", "lwm2m"
RADIOS = (LORAWAN, TALQ, LWM2M)
"""By what lamps speak, as the column `radio` of lamps.csv names it; without one by LoRaWAN."""
_CONTROLLED = ("id", "feeder", "gateway", "dev_eui")


class CityError(ValueError):
    """The city folder cannot be used; says which file and why."""


@dataclass(frozen=True, slots=True)
class RadioFigures:
    """How the lamps' radio works: losses and duplicates as shares, delays and report period in seconds."""

    uplink_loss: float = 0.05
    downlink_loss: float = 0.03
    delay_min_s: float = 0.2
    delay_max_s: float = 5.0
    duplicate_rate: float = 0.01
    report_period_s: int = 900


@dataclass(frozen=True, slots=True, eq=False)
class CabinetTable:
    """m cabinets with a controller: its EUI, the gateway (m,) it calls, the grid's feeder, circuits, lamps' rows."""

    id: tuple[str, ...]
    feeder: tuple[str, ...]
    dev_eui: tuple[str, ...]
    gateway: NDArray[np.int64]
    circuits: tuple[tuple[str, ...], ...]
    lamps: tuple[Ix, ...]


@dataclass(frozen=True, slots=True, eq=False)
class City:
    """n lamps in columns (n,), `spoken` by row of RADIOS; the gateways that hear them, the groups they listen to."""

    name: str
    timezone: str
    centre: tuple[float, float]
    radio: RadioFigures
    fault_rates: dict[str, float]
    programs: tuple[Program, ...]
    lamp_id: tuple[str, ...]
    dev_eui: tuple[str, ...]
    dev_eui_number: NDArray[np.uint64]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    power_w: NDArray[np.float64]
    lamp_type: NDArray[np.uint8]
    program: NDArray[np.uint8]
    installed_day: NDArray[np.int64]
    gateway: NDArray[np.int64]
    spoken: NDArray[np.int64]
    gateway_id: tuple[str, ...]
    gateway_eui: tuple[str, ...]
    gateway_lon_lat: NDArray[np.float64]
    groups: dict[str, Ix]
    highways: dict[str, str]
    """What kind of road each street is, by its id."""
    detectors: dict[str, float]
    """How good the detectors of its streets are, where the city says so."""
    circuits_of: dict[str, tuple[str, ...]]
    cabinets: CabinetTable
    fingerprint: bytes

    def __len__(self) -> int:
        return len(self.lamp_id)


def read_city(folder: Path, limit_lamps: int | None = None) -> City:
    """Read city.json, gateways.csv, lamps.csv, circuits.csv and cabinets.csv (may lack); CityError if unusable."""
    try:
        figures = json.loads((folder / "city.json").read_bytes())
        gateways = _columns(folder / "gateways.csv", ("id", "eui", "lon", "lat"))
        lamps = _columns(folder / "lamps.csv", _USED, limit_lamps, {"radio": LORAWAN})
        circuits = folder / "circuits.csv"
        fed: dict[str, tuple[str, ...]] = {"id": (), "cabinet": ()}
        if circuits.exists():
            fed = _columns(circuits, ("id", "cabinet"))
        streets = folder / "streets.csv"
        kinds = _columns(streets, ("id", "highway"), None, {"highway": ""}) if streets.exists() else {}
        figures["highways"] = dict(zip(*kinds.values(), strict=True)) if kinds else {}
        return _city(figures, gateways, lamps, fed, _controllers(folder / "cabinets.csv"))
    except (OSError, KeyError, TypeError, ValueError) as error:
        if isinstance(error, CityError):
            raise
        raise CityError(f"{folder}: {type(error).__name__} {error}") from error


def _columns(
    path: Path, names: tuple[str, ...], limit: int | None = None, lacking: Mapping[str, str] = MappingProxyType({})
) -> dict[str, tuple[str, ...]]:
    """Read the named columns of a CSV file with a header row; `lacking` ones may be missing, then all rows say that."""
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.reader(file)
        header = next(reader, [])
        missing = [name for name in names if name not in header]
        if missing:
            raise CityError(f"{path}: no column {', '.join(missing)}")
        bound = LAMPS_MAX if limit is None else min(limit, LAMPS_MAX)
        rows = [row for row, _ in zip(reader, range(bound), strict=False)]
    for number, row in enumerate(rows, 2):
        if len(row) != len(header):
            raise CityError(f"{path}: row {number} has {len(row)} fields instead of {len(header)}")
    columns = list(zip(*rows, strict=True)) or [()] * len(header)
    found = {name: columns[header.index(name)] for name in (*names, *lacking) if name in header}
    return {name: (value,) * len(rows) for name, value in lacking.items()} | found


def _controllers(path: Path) -> dict[str, tuple[str, ...]]:
    """Read the cabinets that have a controller; none where the city's folder does not tell of any."""
    if path.exists():
        with path.open(newline="", encoding="utf-8") as file:
            header = next(csv.reader(file), [])
        if set(_CONTROLLED) <= set(header):
            return _columns(path, _CONTROLLED)
    return dict.fromkeys(_CONTROLLED, ())


def _city(
    figures: dict[str, Any],
    gateways: dict[str, tuple[str, ...]],
    lamps: dict[str, tuple[str, ...]],
    fed: dict[str, tuple[str, ...]],
    cabinets: dict[str, tuple[str, ...]],
) -> City:
    lon, lat = (_numbers(lamps, name) for name in ("lon", "lat"))
    programs = tuple(Program.of(name, entry) for name, entry in figures["programs"].items())
    circuits_of: dict[str, list[str]] = {}
    for circuit, cabinet in zip(fed["id"], fed["cabinet"], strict=True):
        circuits_of.setdefault(cabinet, []).append(circuit)
    groups = _groups(lamps)
    radio = {name: figures.get("radio", {}).get(name) for name in RadioFigures.__dataclass_fields__}
    centre_lon, centre_lat = figures["centre"]
    gateway = _rows_in(lamps["gateway"], gateways["id"], "gateway")
    spoken = _rows_in(lamps["radio"], RADIOS, "radio")
    talq = spoken == RADIOS.index(TALQ)
    if np.isin(gateway[talq], gateway[~talq]).any():
        raise CityError("lamps.csv: a gateway has lamps of talq and of another radio")
    return City(
        name=str(figures["name"]),
        timezone=str(figures["timezone"]),
        centre=(float(centre_lon), float(centre_lat)),
        radio=RadioFigures(**{name: value for name, value in radio.items() if value is not None}),
        fault_rates={name: float(rate) for name, rate in figures.get("faults", {}).items()},
        programs=programs,
        lamp_id=lamps["id"],
        dev_eui=lamps["dev_eui"],
        dev_eui_number=_eui_numbers(lamps["dev_eui"]),
        lon=lon,
        lat=lat,
        power_w=_numbers(lamps, "power_w"),
        lamp_type=_rows_in(lamps["lamp_type"], LAMP_TYPES, "lamp_type").astype(np.uint8),
        program=_rows_in(lamps["program"], [p.id for p in programs], "program").astype(np.uint8),
        installed_day=np.array([_day(text) for text in lamps["installed_on"]], np.int64),
        gateway=gateway,
        spoken=spoken,
        gateway_id=gateways["id"],
        gateway_eui=gateways["eui"],
        gateway_lon_lat=np.column_stack([_numbers(gateways, "lon"), _numbers(gateways, "lat")]),
        groups=groups,
        highways=figures.get("highways", {}),
        detectors={name: float(value) for name, value in figures.get("detectors", {}).items()},
        circuits_of={cabinet: tuple(circuits) for cabinet, circuits in circuits_of.items()},
        cabinets=_cabinets(cabinets, gateways["id"], circuits_of, groups),
        fingerprint=hashlib.sha256("\n".join(lamps["id"] + lamps["dev_eui"]).encode()).digest(),
    )


def _cabinets(
    cabinets: dict[str, tuple[str, ...]],
    gateways: tuple[str, ...],
    circuits_of: dict[str, list[str]],
    groups: dict[str, Ix],
) -> CabinetTable:
    circuits = tuple(tuple(circuits_of.get(cabinet, ())) for cabinet in cabinets["id"])
    none = np.zeros(0, np.int64)
    lamps = (np.concatenate([none, *(groups.get(f"circuit-{one}", none) for one in fed)]) for fed in circuits)
    return CabinetTable(
        id=cabinets["id"],
        feeder=cabinets["feeder"],
        dev_eui=cabinets["dev_eui"],
        gateway=_rows_in(cabinets["gateway"], gateways, "gateway"),
        circuits=circuits,
        lamps=tuple(lamps),
    )


def _numbers(columns: dict[str, tuple[str, ...]], name: str) -> NDArray[np.float64]:
    values = np.array(columns[name], np.float64) if columns[name] else np.zeros(0)
    if not np.isfinite(values).all():
        raise CityError(f"{name} holds a value that is not a number")
    return values


def _eui_numbers(euis: tuple[str, ...]) -> NDArray[np.uint64]:
    try:
        numbers = np.array([eui_number(eui) for eui in euis], np.uint64)
    except Malformed as error:
        raise CityError(f"lamps.csv: dev_eui {error.detail}") from error
    if len(np.unique(numbers)) != len(numbers):
        raise CityError("lamps.csv: a dev_eui stands on two lamps")
    return numbers


def _rows_in(values: tuple[str, ...], known: tuple[str, ...] | list[str], name: str) -> NDArray[np.int64]:
    """Look each value up among the known ones, giving its row."""
    row_of = {value: row for row, value in enumerate(known)}
    unknown = set(values) - row_of.keys()
    if unknown:
        raise CityError(f"lamps.csv: unknown {name} {min(unknown)!r}")
    return np.array([row_of[value] for value in values], np.int64)


def _day(text: str) -> int:
    """Read a date as days since 1970-01-01; an unknown one counts as 2020-01-01."""
    return (date.fromisoformat(text or "2020-01-01") - date(1970, 1, 1)).days


def _groups(lamps: dict[str, tuple[str, ...]]) -> dict[str, Ix]:
    """Make the multicast groups: the city, and each district, circuit and street."""
    members: dict[str, list[int]] = {}
    for name in _GROUPED_BY:
        for ix, value in enumerate(lamps[name]):
            if value:
                members.setdefault(f"{name}-{value}", []).append(ix)
    groups = {group: np.array(rows, np.int64) for group, rows in members.items()}
    groups["city"] = np.arange(len(lamps["id"]))
    return groups
