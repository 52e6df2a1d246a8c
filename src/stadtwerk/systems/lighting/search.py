"""Finding a lamp, street, circuit, cabinet or district by what people type."""

from __future__ import annotations

from typing import Any

from stadtwerk.kernel import geo
from stadtwerk.kernel.limits import SEARCH_HITS
from stadtwerk.kernel.observation import Rows
from stadtwerk.systems.lighting.inventory import Inventory, Places


def search(inventory: Inventory, text: str) -> list[dict[str, Any]]:
    """Return at most 20 things whose name or id contains the text, exact and starting matches first."""
    wanted = fold(text.strip())
    if not wanted:
        return []
    hits: list[tuple[int, int, str, dict[str, Any]]] = []
    for order, (kind, places) in enumerate(_kinds(inventory)):
        for place, name in enumerate(places.names):
            rank = _rank(wanted, fold(name), fold(places.ids[place]))
            if rank is not None and len(places.rows(place)):
                hits.append((rank, order, name, _hit(inventory, kind, places, place)))
                if len(hits) >= SEARCH_HITS * 10:
                    break
    for lamp_id in _lamp_ids(inventory, wanted):
        row = inventory.row_of[lamp_id]
        hits.append((0 if lamp_id == wanted else 1, 9, lamp_id, _lamp(inventory, row)))
    hits.sort(key=lambda hit: hit[:3])
    return [hit[3] for hit in hits[:SEARCH_HITS]]


def fold(text: str) -> str:
    """Make spellings alike: case, umlauts, ß and 'straße' against 'str.'."""
    table = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
    return text.casefold().translate(table).replace("strasse", "str").replace("str.", "str")


def _kinds(inventory: Inventory) -> tuple[tuple[str, Places], ...]:
    return (("district", inventory.districts), ("street", inventory.streets), ("circuit", inventory.circuits))


def _rank(wanted: str, name: str, place_id: str) -> int | None:
    if wanted in (name, place_id):
        return 0
    if name.startswith(wanted):
        return 1
    return 2 if wanted in name else None


def _hit(inventory: Inventory, kind: str, places: Places, place: int) -> dict[str, Any]:
    rows = places.rows(place)
    district = inventory.districts.names[inventory.districts.of_lamp[rows[0]]]
    subtitle = district if kind != "district" else ""
    return _entry(inventory, kind, (places.ids[place], places.names[place], subtitle), rows)


def _lamp(inventory: Inventory, row: int) -> dict[str, Any]:
    street = inventory.streets.names[inventory.streets.of_lamp[row]]
    rows = inventory.streets.rows(int(inventory.streets.of_lamp[row]))[:0]
    entry = _entry(inventory, "lamp", (inventory.ids[row], inventory.ids[row], street), rows)
    lon, lat = float(inventory.lon[row]), float(inventory.lat[row])
    return {**entry, "lamps": 1, "bbox": (lon, lat, lon, lat)}


def _entry(inventory: Inventory, kind: str, names: tuple[str, str, str], rows: Rows) -> dict[str, Any]:
    bbox = geo.box(inventory.lon[rows], inventory.lat[rows]) if len(rows) else None
    return {
        "kind": kind,
        "id": names[0],
        "title": names[1],
        "subtitle": names[2],
        "lamps": len(rows),
        "bbox": bbox,
    }


def _lamp_ids(inventory: Inventory, wanted: str) -> list[str]:
    prefix = inventory.city["prefix"]
    digits = wanted.removeprefix(prefix).lstrip("-")
    if not digits.isdigit():
        return []
    exact = f"{prefix}-{int(digits):07d}"
    starting = (lamp_id for lamp_id in (f"{prefix}-{digits}{tail:01d}".ljust(0) for tail in range(10)))
    return [lamp_id for lamp_id in dict.fromkeys((exact, *starting)) if lamp_id in inventory.row_of]
