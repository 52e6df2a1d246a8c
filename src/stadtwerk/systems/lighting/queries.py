"""The questions street lighting answers at every door."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
import numpy as np

from stadtwerk.kernel.clock import US
from stadtwerk.kernel.limits import HISTORY_HOURS
from stadtwerk.kernel.refusal import Refused
from stadtwerk.kernel.system import Query
from stadtwerk.systems.lighting import designer, proof, views
from stadtwerk.systems.lighting.class_map import classes_view
from stadtwerk.systems.lighting.design import Design
from stadtwerk.systems.lighting.frame import snapshot
from stadtwerk.systems.lighting.inventory import Places
from stadtwerk.systems.lighting.night import night_view
from stadtwerk.systems.lighting.ports import Archive, NightArchive
from stadtwerk.systems.lighting.search import search
from stadtwerk.systems.lighting.state import Lighting
from stadtwerk.vocab.lighting import Id

Hours = Annotated[float, msgspec.Meta(gt=0, le=HISTORY_HOURS)]


class Nothing(msgspec.Struct, frozen=True):
    """A question without parameters."""


class OfLamp(msgspec.Struct, frozen=True):
    """A question about one lamp."""

    id: Id


class OfLampSince(msgspec.Struct, frozen=True):
    """A question about one lamp's last hours."""

    id: Id
    hours: Hours = 24.0


class OfStreet(msgspec.Struct, frozen=True):
    """A question about one street's light, with all its lamps at a share of full light."""

    street: Id
    level_percent: Annotated[float, msgspec.Meta(ge=1, le=100)] = 100.0


class OfDesign(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A question about a designed street; the driver's lane counts from the right, the name is for a certificate."""

    design: Design
    lane: Annotated[int, msgspec.Meta(ge=0, le=5)] = 0
    name: Annotated[str, msgspec.Meta(max_length=100)] = ""


class OfStreetOnly(msgspec.Struct, frozen=True):
    """A question about one street."""

    street: Id


class OfNight(msgspec.Struct, frozen=True):
    """A question about the night that begins on a local day, "" = the last that began."""

    day: Annotated[str, msgspec.Meta(max_length=10)] = ""


class OfClasses(msgspec.Struct, frozen=True):
    """A question about all streets' classes from a place on: at their lamps' levels, or all at one share of light."""

    start: Annotated[int, msgspec.Meta(ge=0, le=10_000_000)] = 0
    level_percent: Annotated[float, msgspec.Meta(ge=1, le=100)] | None = None


class Since(msgspec.Struct, frozen=True):
    """A question about the last hours."""

    hours: Hours = 24.0


class Typed(msgspec.Struct, frozen=True):
    """What somebody typed into the search box."""

    q: Annotated[str, msgspec.Meta(max_length=100)] = ""


def _lamp(lighting: Lighting, archive: Archive, asked: OfLamp, now_us: int) -> dict[str, Any]:
    return views.lamp_view(lighting, archive, row_of(lighting, asked.id), now_us)


def _history(lighting: Lighting, archive: Archive, asked: OfLampSince, now_us: int) -> dict[str, Any]:
    since_us = now_us - round(asked.hours * 3600 * US)
    return views.lamp_history(lighting, archive, row_of(lighting, asked.id), since_us, now_us + 1)


def _energy(lighting: Lighting, archive: Archive, asked: Since, now_us: int) -> dict[str, Any]:
    return views.energy(lighting, archive, now_us - round(asked.hours * 3600 * US), now_us)


def _class(lighting: Lighting, archive: Archive, asked: OfStreet, now_us: int) -> dict[str, Any]:
    return proof.class_view(lighting, asked.street, asked.level_percent, now_us)


def _classes(lighting: Lighting, archive: Archive, asked: OfClasses, now_us: int) -> dict[str, Any]:
    return classes_view(lighting, asked.start, asked.level_percent, now_us)


def _design(lighting: Lighting, archive: Archive, asked: OfDesign, now_us: int) -> dict[str, Any]:
    return designer.design_view(asked.design, asked.lane)


def _design_certificate(lighting: Lighting, archive: Archive, asked: OfDesign, now_us: int) -> dict[str, Any]:
    return designer.design_certificate(asked.design, asked.name, now_us)


def _night(lighting: Lighting, archive: NightArchive, asked: OfNight, now_us: int) -> dict[str, Any]:
    return night_view(lighting, archive, asked.day, now_us)


def _street_design(lighting: Lighting, archive: Archive, asked: OfStreetOnly, now_us: int) -> dict[str, Any]:
    return designer.street_design(lighting, asked.street, now_us)


def _certificate(lighting: Lighting, archive: Archive, asked: OfStreet, now_us: int) -> dict[str, Any]:
    return proof.certificate_view(lighting, asked.street, asked.level_percent, now_us)


def _search(lighting: Lighting, archive: Archive, asked: Typed, now_us: int) -> dict[str, Any]:
    return {"results": search(lighting.inventory, asked.q)}


def _levels(lighting: Lighting, archive: Archive, asked: Nothing, now_us: int) -> dict[str, Any]:
    return snapshot(lighting, now_us)


def _totals(lighting: Lighting, archive: Archive, asked: Nothing, now_us: int) -> dict[str, Any]:
    return views.totals(lighting, now_us)


def _columns(lighting: Lighting, archive: Archive, asked: Nothing, now_us: int) -> bytes:
    """Write all lamps as columns: u32 header length, JSON header, padding to 8, little-endian arrays."""
    inventory, supply = lighting.inventory, lighting.supply
    feeder_of = {row["id"]: row.get("feeder", "") for row in inventory.cabinets}
    numbers = np.array([int(lamp_id.rpartition("-")[2]) for lamp_id in inventory.ids], "<u4")
    arrays = {
        "lon": inventory.lon.astype("<f8"),
        "lat": inventory.lat.astype("<f8"),
        "number": numbers,
        "street": inventory.streets.of_lamp.astype("<u4"),
        "circuit": inventory.circuits.of_lamp.astype("<u4"),
        "district": inventory.districts.of_lamp.astype("<u4"),
        "power_w": inventory.power_w.astype("<f4"),
        "gateway": supply.gateway_of_lamp.astype("<u4"),
    }
    head: dict[str, Any] = {
        "n": len(inventory),
        "prefix": inventory.city["prefix"],
        "streets": _named(inventory.streets),
        "circuits": [
            {"id": row["id"], "cabinet": row["cabinet"], "feeder": feeder_of[row["cabinet"]]}
            for row in inventory.circuits.extra
        ],
        "gateways": [{"id": gateway} for gateway in supply.gateway_ids],
        "districts": _named(inventory.districts),
    }
    return pack_columns(head, arrays)


def pack_columns(head: dict[str, Any], arrays: dict[str, np.ndarray]) -> bytes:
    """Put a JSON header and arrays into one body; offsets count from the start of the body."""
    sizes = [array.nbytes + -array.nbytes % 8 for array in arrays.values()]
    entries = [{"name": n, "dtype": a.dtype.str, "offset": 10_000_000_000, "length": len(a)} for n, a in arrays.items()]
    start = 4 + len(msgspec.json.encode({**head, "columns": entries}))
    start += -start % 8
    for entry, offset in zip(entries, np.cumsum([start, *sizes[:-1]]).tolist(), strict=True):
        entry["offset"] = offset
    header = msgspec.json.encode({**head, "columns": entries}).ljust(start - 4)
    body = b"".join(array.tobytes().ljust(size, b"\0") for array, size in zip(arrays.values(), sizes, strict=True))
    return len(header).to_bytes(4, "little") + header + body


def row_of(lighting: Lighting, lamp_id: str) -> int:
    """Return a lamp's row; refuses an unknown one (404)."""
    row = lighting.inventory.row_of.get(lamp_id)
    if row is None:
        raise Refused.of("unknown-lamp", "There is no such lamp", 404, f"no lamp {lamp_id!r} in this city")
    return row


def _named(places: Places) -> list[dict[str, str]]:
    return [{"id": place_id, "name": name} for place_id, name in zip(places.ids, places.names, strict=True)]


QUERIES = (
    Query("/lighting/lamps/columns", "All lamps as columns, for maps", Nothing, _columns, binary=True),
    Query("/lighting/lamps/levels", "Level and flags of all lamps, as the stream's first frame", Nothing, _levels),
    Query("/lighting/totals", "The city's light summed up", Nothing, _totals),
    Query("/lighting/lamps/{id}", "One lamp whole", OfLamp, _lamp),
    Query("/lighting/lamps/{id}/history", "A lamp's level and power over the last hours", OfLampSince, _history),
    Query("/lighting/energy", "The city's power over the last hours beside its programs'", Since, _energy),
    Query("/lighting/class", "A street's lighting classes: required, delivered, proven", OfStreet, _class),
    Query("/lighting/classes", "All streets' lighting classes at their lamps' levels, by pages", OfClasses, _classes),
    Query("/lighting/certificate", "A street's light certificate with all it stands on", OfStreet, _certificate),
    Query("/lighting/design/street", "A street of the city as a design to begin with", OfStreetOnly, _street_design),
    Query(
        "/lighting/design/light",
        "What a designed street's light is: classes, energy, pictures",
        OfDesign,
        _design,
        posted=True,
    ),
    Query(
        "/lighting/design/certificate",
        "A designed street's certificate with all it stands on",
        OfDesign,
        _design_certificate,
        posted=True,
    ),
    Query("/lighting/night", "A night: light, power, programs and sun, alarms and commands", OfNight, _night),
    Query("/search", "Find lamps, streets, circuits and districts", Typed, _search),
)
