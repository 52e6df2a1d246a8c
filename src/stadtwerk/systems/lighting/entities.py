"""Street lighting as NGSI-LD entities, after Smart Data Models (Streetlighting): columns, never trees of objects."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from stadtwerk.kernel.entity import (
    Attribute,
    Coded,
    ColumnValues,
    Computed,
    EntitySource,
    EntityType,
    Instants,
    Origin,
    PlainColumn,
)
from stadtwerk.kernel.ids import urn
from stadtwerk.kernel.observation import Times, Values
from stadtwerk.kernel.state import ColumnState
from stadtwerk.systems.lighting.inventory import Indices
from stadtwerk.systems.lighting.state import DRIVER_FAILURE, LAMP_FAILURE, Lighting

MODELS = "https://github.com/smart-data-models/dataModel.Streetlighting"

STREETLIGHT = EntityType(
    "Streetlight",
    "A luminaire of the public street lighting",
    (
        Attribute("location", "GeoProperty", None, "Where it stands"),
        Attribute("status", "Property", None, "ok, defectiveLamp or brokenLantern", observed=True),
        Attribute("powerState", "Property", None, "on, low or off", observed=True),
        Attribute("illuminanceLevel", "Property", None, "Light, 0 to 1 of full light", observed=True),
        Attribute("powerConsumption", "Property", "WTT", "Power taken now", observed=True),
        Attribute("lifetimePowerConsumption", "Property", "KWH", "Energy since it was put up", observed=True),
        Attribute("voltage", "Property", "VLT", "Mains voltage at the driver", observed=True),
        Attribute("powerRating", "Property", "WTT", "Nominal power"),
        Attribute("lanternHeight", "Property", "MTR", "Height of the light above ground"),
        Attribute("locationCategory", "Property", None, "What it stands on"),
        Attribute("controllingMethod", "Property", None, "individual: each lamp has a controller"),
        Attribute("circuit", "Property", None, "Circuit that feeds it"),
        Attribute("streetPoleNum", "Property", None, "Number of its pole"),
        Attribute("streetName", "Property", None, "Street it lights"),
        Attribute("dateServiceStarted", "Property", None, "When it was put up"),
        Attribute("refStreetlightGroup", "Relationship", None, "Its circuit as a group"),
        Attribute("refStreetlightControlCabinet", "Relationship", None, "The cabinet that feeds it"),
    ),
    f"{MODELS}/tree/master/Streetlight",
)
GROUP = EntityType(
    "StreetlightGroup",
    "The lamps of one circuit",
    (
        Attribute("location", "GeoProperty", None, "Middle of its lamps"),
        Attribute("circuitId", "Property", None, "Circuit"),
        Attribute("illuminanceLevel", "Property", None, "Mean light, 0 to 1", observed=True),
        Attribute("refStreetlightControlCabinet", "Relationship", None, "The cabinet that feeds it"),
    ),
    f"{MODELS}/tree/master/StreetlightGroup",
)
CABINET = EntityType(
    "StreetlightControlCabinet",
    "A cabinet that feeds circuits of lamps",
    (
        Attribute("location", "GeoProperty", None, "Where it stands"),
        Attribute("workingMode", "Property", None, "automatic: the lamps follow their programs"),
        Attribute("totalActivePower", "Property", "KWT", "Power its lamps take now", observed=True),
        Attribute("refStreetlightGroup", "Relationship", None, "Its circuits"),
    ),
    f"{MODELS}/tree/master/StreetlightControlCabinet",
)


def _status(flags: Values) -> Coded:
    said = np.nan_to_num(flags).astype(np.uint8)
    code = np.where(said & LAMP_FAILURE, 1, np.where(said & DRIVER_FAILURE, 2, 0))
    return Coded(code, ("ok", "defectiveLamp", "brokenLantern"))


def _power_state(level: Values) -> Coded:
    code = np.where(np.isnan(level), -1, np.where(level >= 100, 2, np.where(level > 0, 1, 0)))
    return Coded(code, ("off", "low", "on"))


def _rounded(digits: int, scale: float = 1.0) -> Callable[[Values], PlainColumn]:
    return lambda values: np.round(values * scale, digits)


LAMP_ORIGINS: Mapping[str, Origin] = {
    "status": ("flags", _status),
    "powerState": ("level_percent", _power_state),
    "illuminanceLevel": ("level_percent", _rounded(4, 0.01)),
    "powerConsumption": ("power_w", _rounded(1)),
    "lifetimePowerConsumption": ("energy_kwh", _rounded(3)),
    "voltage": ("voltage_v", _rounded(1)),
}
"""Which column of a lamp's observations each observed attribute comes from, and how."""


class Rows:
    """Entities of one type by row; `columns` makes each attribute's column when asked."""

    def __init__(
        self,
        entity_type: EntityType,
        ids: Sequence[str],
        places: tuple[Values, Values],
        columns: Mapping[str, Callable[[], ColumnValues]],
        observed: Callable[[], Times],
        *,
        origins: Mapping[str, Origin] | None = None,
    ) -> None:
        self._type, self._ids, self._places, self._origins = entity_type, ids, places, origins or {}
        self._columns, self._observed = columns, observed
        self._row_of = {local_id: row for row, local_id in enumerate(ids)}
        self._told = {attribute.name for attribute in entity_type.attributes if attribute.observed}

    @property
    def entity_type(self) -> EntityType:
        """Describe the type."""
        return self._type

    def __len__(self) -> int:
        return len(self._ids)

    def ids(self) -> Sequence[str]:
        """Return the local ids in row order."""
        return self._ids

    def row_of(self, local_id: str) -> int | None:
        """Return the row of a local id."""
        return self._row_of.get(local_id)

    def column(self, name: str) -> ColumnValues:
        """Return the whole column of an attribute."""
        return self._columns[name]()

    def origins(self) -> Mapping[str, Origin]:
        """Return where each attribute that has a past comes from."""
        return self._origins

    def locations(self) -> tuple[Values, Values]:
        """Return longitude and latitude (n,) in degrees."""
        return self._places

    def observed_at_us(self, name: str) -> Times | None:
        """Return when each value of an attribute was observed."""
        return self._observed() if name in self._told else None


def entity_sources(lighting: Lighting) -> dict[str, EntitySource]:
    """Return what street lighting publishes, by type."""
    sources = (_streetlights(lighting), _groups(lighting), _cabinets(lighting))
    return {source.entity_type.name: source for source in sources}


def _streetlights(lighting: Lighting) -> Rows:
    inventory, seen = lighting.inventory, lighting.seen
    circuits = inventory.circuits
    cabinet_of_circuit = [urn(CABINET.name, row["cabinet"]) for row in circuits.extra]
    groups = [urn(GROUP.name, circuit) for circuit in circuits.ids]
    one = np.zeros(len(inventory), np.int8)
    installed = Instants(np.array(inventory.text["installed_on"], "datetime64[us]").astype(np.int64))

    columns: dict[str, Callable[[], ColumnValues]] = {
        **{name: _now(seen, *origin) for name, origin in LAMP_ORIGINS.items()},
        "powerRating": lambda: inventory.power_w,
        "lanternHeight": lambda: inventory.height_m,
        "locationCategory": _coded(inventory.text["category"]),
        "controllingMethod": lambda: Coded(one, ("individual",)),
        "circuit": lambda: Coded(circuits.of_lamp, circuits.ids),
        "streetPoleNum": lambda: inventory.text["pole"],
        "streetName": lambda: Coded(inventory.streets.of_lamp, inventory.streets.names),
        "dateServiceStarted": lambda: installed,
        "refStreetlightGroup": lambda: Coded(circuits.of_lamp, groups),
        "refStreetlightControlCabinet": lambda: Coded(circuits.of_lamp, cabinet_of_circuit),
    }
    places = (inventory.lon, inventory.lat)
    return Rows(STREETLIGHT, inventory.ids, places, columns, lambda: seen.observed_at_us, origins=LAMP_ORIGINS)


def _now(seen: ColumnState, column: str, work_out: Callable[[Values], PlainColumn]) -> Callable[[], ColumnValues]:
    return lambda: Computed(lambda rows: work_out(seen[column][rows]))


def _groups(lighting: Lighting) -> Rows:
    inventory, circuits = lighting.inventory, lighting.inventory.circuits
    n = len(circuits.ids)
    columns: dict[str, Callable[[], ColumnValues]] = {
        "circuitId": lambda: circuits.ids,
        "illuminanceLevel": lambda: np.round(_mean(lighting.seen["level_percent"] / 100, circuits.of_lamp, n), 4),
        "refStreetlightControlCabinet": lambda: [urn(CABINET.name, row["cabinet"]) for row in circuits.extra],
    }
    places = (_mean(inventory.lon, circuits.of_lamp, n), _mean(inventory.lat, circuits.of_lamp, n))
    return Rows(GROUP, circuits.ids, places, columns, lambda: _latest(lighting, circuits.of_lamp, n))


def _cabinets(lighting: Lighting) -> Rows:
    inventory = lighting.inventory
    cabinet_ids = [row["id"] for row in inventory.cabinets]
    place_of = {cabinet_id: place for place, cabinet_id in enumerate(cabinet_ids)}
    of_circuit = np.array([place_of[row["cabinet"]] for row in inventory.circuits.extra], np.int32)
    of_lamp = of_circuit[inventory.circuits.of_lamp]
    n = len(cabinet_ids)
    groups: list[list[str]] = [[] for _ in cabinet_ids]
    for circuit, place in zip(inventory.circuits.ids, of_circuit, strict=True):
        groups[place].append(urn(GROUP.name, circuit))
    columns: dict[str, Callable[[], ColumnValues]] = {
        "workingMode": lambda: Coded(np.zeros(n, np.int8), ("automatic",)),
        "totalActivePower": lambda: np.round(np.bincount(of_lamp, lighting.power_now_w(), n) / 1000, 3),
        "refStreetlightGroup": lambda: groups,
    }
    lon = np.array([float(row["lon"]) for row in inventory.cabinets])
    lat = np.array([float(row["lat"]) for row in inventory.cabinets])
    return Rows(CABINET, cabinet_ids, (lon, lat), columns, lambda: _latest(lighting, of_lamp, n))


def _coded(values: Sequence[str]) -> Callable[[], ColumnValues]:
    labels, codes = np.unique(np.array(values), return_inverse=True)
    column = Coded(codes.astype(np.int32), [str(label) for label in labels])
    return lambda: column


def _mean(values: Values, place: Indices, n: int) -> Values:
    told = ~np.isnan(values)
    count = np.bincount(place[told], minlength=n)
    total = np.bincount(place[told], values[told], n)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _latest(lighting: Lighting, place: Indices, n: int) -> Times:
    latest = np.zeros(n, np.int64)
    np.maximum.at(latest, place, lighting.seen.observed_at_us)
    return latest
