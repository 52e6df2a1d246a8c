"""What the city's lamps are: the static description, in columns by row number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stadtwerk.kernel.observation import Rows, Values
from stadtwerk.kernel.system import CityFolder
from stadtwerk.systems.lighting.law.rules import Rule, rules_of
from stadtwerk.systems.lighting.law.surroundings import Surroundings, make_surroundings

Indices = NDArray[np.int32]

LORAWAN, TALQ, LWM2M = "lorawan", "talq", "lwm2m"
RADIOS = (LORAWAN, TALQ, LWM2M)
"""By what lamps are reached, as the column `radio` of a city's lamps names it; without one by LoRaWAN."""


@dataclass(frozen=True, slots=True)
class Places:
    """Things that lamps belong to (streets, circuits ...): ids, names, and the lamps of each in row order."""

    ids: list[str]
    names: list[str]
    of_lamp: Indices
    extra: list[dict[str, str]]
    index: dict[str, int] = field(default_factory=dict)
    _order: list[Rows] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.index.update({place_id: place for place, place_id in enumerate(self.ids)})
        order = np.argsort(self.of_lamp, kind="stable").astype(np.int32)
        cuts = np.searchsorted(self.of_lamp[order], np.arange(1, len(self.ids)))
        self._order.extend(np.split(order, cuts))

    def rows(self, place: int) -> Rows:
        """Return the rows of the lamps of a place, ascending."""
        return self._order[place]


@dataclass(frozen=True, slots=True)
class Inventory:
    """All lamps of the city, n rows: positions (n,) degrees, nominal power (n,) W, places, programs, radio names."""

    city: dict[str, Any]
    ids: list[str]
    lon: Values
    lat: Values
    power_w: Values
    height_m: Values
    streets: Places
    circuits: Places
    districts: Places
    program: Indices
    program_ids: list[str]
    cabinets: list[dict[str, str]]
    gateways: list[dict[str, str]]
    text: dict[str, list[str]]
    dev_eui: NDArray[np.uint64]
    radio: Indices
    """By which of RADIOS each lamp (n,) is reached."""
    row_of: dict[str, int]
    surroundings: Surroundings
    rules: tuple[Rule, ...]
    """Rules that bind light, in force or not."""

    def __len__(self) -> int:
        return len(self.ids)


def read_inventory(folder: CityFolder) -> Inventory:
    """Read the lamps of a city from its folder."""
    tables = {name: folder.rows(name) for name in ("streets", "circuits", "districts", "cabinets", "gateways")}
    there = (name for name in ("crossings", "zones") if folder.city["counts"].get(name))
    tables.update({name: folder.rows(name) for name in there})
    return make_inventory(folder.city, folder.columns("lamps"), tables)


def make_inventory(
    city: dict[str, Any], lamps: dict[str, list[str]], places: dict[str, list[dict[str, str]]]
) -> Inventory:
    """Build the inventory from a city's tables: `lamps` as columns of text, `places` as rows of text by table name.

    A city may lack crossings, zones and the columns that tell of colour and waste of light.
    """
    program_ids = sorted(city["programs"])

    def grouped(table: str, column: str) -> Places:
        rows = places[table]
        ids = [row["id"] for row in rows]
        names = [row.get("name") or row["id"] for row in rows]
        return Places(ids, names, _index(lamps[column], ids), rows)

    text = ("pole", "gateway", "lamp_type", "installed_on", "category", "dev_eui")
    return Inventory(
        city=city,
        ids=lamps["id"],
        lon=_numbers(lamps["lon"]),
        lat=_numbers(lamps["lat"]),
        power_w=_numbers(lamps["power_w"]),
        height_m=_numbers(lamps["height_m"]),
        streets=grouped("streets", "street"),
        circuits=grouped("circuits", "circuit"),
        districts=grouped("districts", "district"),
        program=_index(lamps["program"], program_ids),
        program_ids=program_ids,
        cabinets=places["cabinets"],
        gateways=places["gateways"],
        text={column: lamps[column] for column in text},
        dev_eui=np.array([int(eui, 16) for eui in lamps["dev_eui"]], np.uint64),
        radio=_index(lamps.get("radio") or [LORAWAN] * len(lamps["id"]), RADIOS),
        row_of={lamp_id: row for row, lamp_id in enumerate(lamps["id"])},
        surroundings=make_surroundings(lamps, places.get("crossings", []), places.get("zones", [])),
        rules=rules_of(city),
    )


def _numbers(column: Sequence[str]) -> Values:
    return np.array(column, np.float64)


def _index(column: Sequence[str], ids: Sequence[str]) -> Indices:
    place_of = {place_id: place for place, place_id in enumerate(ids)}
    return np.fromiter((place_of[value] for value in column), np.int32, len(column))
