"""A made-up street of lamps, cabinets and groups, as a system would offer them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from stadtwerk.kernel.entity import Attribute, Coded, ColumnValues, EntitySource, EntityType, Instants
from stadtwerk.kernel.observation import Times, Values

NOON_US = 1_795_521_600_000_000
"""2026-11-24T12:00:00Z."""

MODEL = "https://smart-data-models.github.io/dataModel.Streetlighting/"

STREETLIGHT = EntityType(
    "Streetlight",
    "A lamp",
    (
        Attribute("location", "GeoProperty"),
        Attribute("status", observed=True),
        Attribute("powerState", observed=True),
        Attribute("illuminanceLevel", observed=True, unit_code="C62"),
        Attribute("powerConsumption", observed=True, unit_code="WTT"),
        Attribute("lifetimePowerConsumption", observed=True, unit_code="KWH"),
        Attribute("powerRating", unit_code="WTT"),
        Attribute("voltage", observed=True, unit_code="VLT"),
        Attribute("lanternHeight", unit_code="MTR"),
        Attribute("circuit"),
        Attribute("streetPoleNum"),
        Attribute("locationCategory"),
        Attribute("controllingMethod"),
        Attribute("dateServiceStarted"),
        Attribute("observationDateTime", observed=True),
        Attribute("refStreetlightControlCabinet", "Relationship"),
        Attribute("refStreetlightGroup", "Relationship"),
        Attribute("address"),
    ),
    MODEL + "Streetlight/schema.json",
)
CABINET = EntityType(
    "StreetlightControlCabinet",
    "A switching cabinet",
    (
        Attribute("location", "GeoProperty"),
        Attribute("refStreetlightGroup", "Relationship"),
        Attribute("workingMode"),
        Attribute("serialNumber"),
    ),
    MODEL + "StreetlightControlCabinet/schema.json",
)
GROUP = EntityType(
    "StreetlightGroup",
    "The lamps of a circuit",
    (
        Attribute("location", "GeoProperty"),
        Attribute("powerState"),
        Attribute("illuminanceLevel"),
        Attribute("refStreetlightControlCabinet", "Relationship"),
        Attribute("name", "LanguageProperty"),
    ),
    MODEL + "StreetlightGroup/schema.json",
)


@dataclass
class Table:
    """Entities of one type, all in columns."""

    entity_type: EntityType
    local_ids: list[str]
    columns: dict[str, ColumnValues]
    lon: Values
    lat: Values
    observed: Times
    rows: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.rows = {local_id: row for row, local_id in enumerate(self.local_ids)}

    def __len__(self) -> int:
        return len(self.local_ids)

    def ids(self) -> Sequence[str]:
        return self.local_ids

    def row_of(self, local_id: str) -> int | None:
        return self.rows.get(local_id)

    def column(self, name: str) -> ColumnValues:
        return self.columns[name]

    def locations(self) -> tuple[Values, Values] | None:
        return self.lon, self.lat

    def observed_at_us(self, name: str) -> Times | None:
        return self.observed


def lamps(n: int = 1_000, seed: int = 1) -> Table:
    """Make n lamps around Duisburg's town hall; each tenth has never been heard of."""
    rng = np.random.default_rng(seed)
    heard = np.arange(n) % 10 != 9
    level = np.where(heard, np.round(rng.integers(0, 201, n) / 200, 3), np.nan)
    rating = rng.choice([35.0, 70.0, 82.5], n)
    cabinet = np.arange(n) // 100
    columns: dict[str, ColumnValues] = {
        "status": Coded(np.where(heard, rng.choice([0, 0, 0, 1], n), 0).astype(np.int8), ("ok", "defectiveLamp")),
        "powerState": Coded(np.where(heard, np.where(level > 0, 0, 1), -1).astype(np.int8), ("on", "off")),
        "illuminanceLevel": level,
        "powerConsumption": np.round(level * rating, 1),
        "lifetimePowerConsumption": np.where(heard, np.round(rng.uniform(0, 5_000, n), 3), np.nan),
        "powerRating": rating,
        "voltage": np.where(heard, np.round(rng.normal(230, 3, n), 1), np.nan),
        "lanternHeight": rng.choice([4.5, 8.0, 10.0], n),
        "circuit": Coded(cabinet.astype(np.int16), [f"du-k{k:04d}" for k in range(cabinet[-1] + 1)]),
        "streetPoleNum": [f"du-p{row:06d}" for row in range(n)],
        "locationCategory": Coded(rng.integers(0, 3, n).astype(np.int8), ("road", "sidewalk", "park")),
        "controllingMethod": Coded(np.zeros(n, np.int8), ("individual",)),
        "dateServiceStarted": Instants(NOON_US - rng.integers(1, 5_000, n) * 86_400_000_000),
        "observationDateTime": Instants(np.where(heard, NOON_US - np.arange(n) * 1_000_000, 0)),
        "refStreetlightControlCabinet": Coded(cabinet.astype(np.int16), _urns(CABINET, cabinet[-1] + 1)),
        "refStreetlightGroup": Coded(cabinet.astype(np.int16), _urns(GROUP, cabinet[-1] + 1)),
        "address": [{"addressLocality": "Duisburg", "streetAddress": f"{row % 7}. Straße"} for row in range(n)],
    }
    lon, lat = np.round(rng.uniform(6.70, 6.82, n), 7), np.round(rng.uniform(51.40, 51.48, n), 7)
    observed = np.where(heard, NOON_US - np.arange(n) * 1_000_000, 0)
    return Table(STREETLIGHT, [f"du-{row:07d}" for row in range(n)], columns, lon, lat, observed)


def cabinets(n: int = 10) -> Table:
    """Make the cabinets the lamps name; the last one stands nowhere."""
    lon = np.linspace(6.70, 6.82, n)
    lon[-1] = np.nan
    columns: dict[str, ColumnValues] = {
        "refStreetlightGroup": [[urn] for urn in _urns(GROUP, n)],
        "workingMode": ["automatic"] * n,
        "serialNumber": [None if row == 0 else f"S-{row}" for row in range(n)],
    }
    ids = [f"du-c{row:04d}" for row in range(n)]
    return Table(CABINET, ids, columns, lon, np.where(np.isnan(lon), np.nan, 51.43), np.zeros(n, np.int64))


def groups(n: int = 10) -> Table:
    """Make the groups of lamps."""
    columns: dict[str, ColumnValues] = {
        "powerState": Coded(np.zeros(n, np.int8), ("on",)),
        "illuminanceLevel": np.full(n, 0.5),
        "refStreetlightControlCabinet": _urns(CABINET, n),
        "name": [{"de": f"Stromkreis {row}", "en": f"Circuit {row}"} for row in range(n)],
    }
    ids = [f"du-k{row:04d}" for row in range(n)]
    return Table(GROUP, ids, columns, np.linspace(6.7, 6.8, n), np.full(n, 51.4), np.zeros(n, np.int64))


def street(n: int = 1_000) -> Mapping[str, EntitySource]:
    """Make all sources of the street."""
    return {"Streetlight": lamps(n), "StreetlightControlCabinet": cabinets(), "StreetlightGroup": groups()}


def _urns(entity_type: EntityType, n: int) -> list[str]:
    letter = "c" if entity_type is CABINET else "k"
    return [f"urn:ngsi-ld:{entity_type.name}:du-{letter}{row:04d}" for row in range(n)]
