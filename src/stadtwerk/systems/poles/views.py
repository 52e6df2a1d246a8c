"""What people see of shared poles: one with its slots, free ones near a place, the ledger; entities for everybody."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import islice
from typing import Annotated, Any

import msgspec
import numpy as np

from stadtwerk.kernel.clock import US, iso
from stadtwerk.kernel.entity import EntitySource
from stadtwerk.kernel.ids import urn
from stadtwerk.kernel.limits import PAGE_ROWS
from stadtwerk.kernel.system import Query
from stadtwerk.kernel.things import Published
from stadtwerk.systems.poles.decide import Poles, row_of, use_of
from stadtwerk.systems.poles.stock import figures
from stadtwerk.vocab.poles import POLE, Attachment, Holder, Id, Kind, Lat, Lon, SharedPole

YEAR_US = 365.25 * 86_400 * US
HOUR_US = 3_600 * US
METRES_PER_DEGREE = 111_195.0
"""Length of a degree of latitude on a sphere of 6,371 km radius."""

Limit = Annotated[int, msgspec.Meta(ge=1, le=PAGE_ROWS)]


class OfAll(msgspec.Struct, frozen=True):
    """A question about all shared poles: at most so many, the latest shared first."""

    limit: Limit = PAGE_ROWS


class OfOne(msgspec.Struct, frozen=True):
    """A question about one pole."""

    id: Id


class OfHolder(msgspec.Struct, frozen=True):
    """A question about who has what and pays; of one holder, or of all."""

    holder: Holder | None = None


class OfPlace(msgspec.Struct, frozen=True):
    """A question about poles near a place (degrees WGS84) with room for a kind of thing."""

    lon: Lon
    lat: Lat
    kind: Kind = "cell"
    power_w: Annotated[float, msgspec.Meta(ge=0, le=25_000)] = 0.0
    limit: Limit = 10


def pole_view(poles: Poles, pole_id: str, now_us: int) -> dict[str, Any]:
    """Show a pole: where it stands, its slots and what is on them, its budgets and what is left, what was on it."""
    stock, row = poles.stock, row_of(poles.stock, pole_id)
    taken = poles.on(pole_id, now_us)
    use = use_of(stock, row, list(taken.values()))
    shared = poles.shared.get(pole_id)
    gone = [one for one in shared.attachments if not one.holds(now_us)] if shared else []
    return {
        "id": pole_id,
        "lon": float(stock.lon[row]),
        "lat": float(stock.lat[row]),
        "height_m": float(stock.height_m[row]),
        "year": int(stock.year[row]),
        "lamps": stock.lamps[row],
        "lamps_w": float(stock.lamps_w[row]),
        "generated": True,
        "basis": figures()["basis"],
        "slots": [
            {"slot": name, "kinds": place.kinds, "height_m": place.height_m, "taken": _attachment(taken.get(name))}
            for name, place in stock.slots(row).items()
        ],
        "budgets": [
            {"of": name, "unit": unit, "budget": round(float(budget[row]), 2), "used": round(used, 2)}
            for name, unit, budget, used in (
                ("power", "W", stock.power_w, use.power_w),
                ("mass", "kg", stock.mass_kg, use.mass_kg),
                ("moment", "kNm", stock.moment_knm, use.moment_knm),
            )
        ],
        "gone": [_attachment(one) for one in reversed(gone)],
    }


def _attachment(one: Attachment | None) -> dict[str, Any] | None:
    if one is None:
        return None
    kept = ("slot", "kind", "holder", "power_w", "mass_kg", "wind_area_m2", "rent_eur_year", "energy_paid_by")
    return {
        **{name: getattr(one, name) for name in kept},
        "state": "ended" if one.ended_at_us else "in-use" if one.in_use_at_us else "reserved",
        "reserved_at": iso(one.reserved_at_us),
        "until": iso(one.until_us),
        "in_use_at": iso(one.in_use_at_us) if one.in_use_at_us else None,
        "ended_at": iso(one.ended_at_us) if one.ended_at_us else None,
    }


def ledger(poles: Poles, holder: str | None, now_us: int) -> dict[str, Any]:
    """Return what each holder has and owes: rent by time in use, energy at the watts promised (the most it can be)."""
    sums: dict[str, dict[str, Any]] = {}
    for pole in poles.shared:
        for one in pole.attachments:
            if holder is not None and one.holder != holder:
                continue
            line = sums.setdefault(one.holder, _line(one.holder))
            state = "in_use" if one.in_use_at_us else "reserved"
            line[state] += int(one.holds(now_us))
            used_us = ((one.ended_at_us or now_us) - one.in_use_at_us) if one.in_use_at_us else 0
            line["power_w"] += one.power_w if one.holds(now_us) else 0.0
            line["rent_eur_year"] += one.rent_eur_year if one.holds(now_us) and one.in_use_at_us else 0.0
            line["rent_eur"] += one.rent_eur_year * used_us / YEAR_US
            line[f"energy_kwh_{one.energy_paid_by}"] += one.power_w / 1000 * used_us / HOUR_US
    rows = [{key: _round(value) for key, value in sums[name].items()} for name in sorted(sums)]
    return {"now": iso(now_us), "holders": rows[:PAGE_ROWS], "n": len(rows)}


def _line(holder: str) -> dict[str, Any]:
    figures_of = ("power_w", "rent_eur_year", "rent_eur", "energy_kwh_holder", "energy_kwh_city")
    return {"holder": holder, "in_use": 0, "reserved": 0, **dict.fromkeys(figures_of, 0.0)}


def _round(value: Any) -> Any:
    return round(value, 2) if isinstance(value, float) else value


def near(poles: Poles, asked: OfPlace, now_us: int) -> list[dict[str, Any]]:
    """Return the nearest poles with a free slot for a kind of thing and so much power left."""
    stock = poles.stock
    east = (stock.lon - asked.lon) * METRES_PER_DEGREE * np.cos(np.radians(asked.lat))
    away_m = np.hypot(east, (stock.lat - asked.lat) * METRES_PER_DEGREE)
    able = stock.takes(asked.kind) & (stock.power_w >= asked.power_w)
    found: list[dict[str, Any]] = []
    for row in np.argsort(np.where(able, away_m, np.inf), kind="stable")[: asked.limit + len(poles.shared)].tolist():
        if len(found) >= asked.limit or not able[row]:
            break
        taken = poles.on(stock.ids[row], now_us)
        left_w = float(stock.power_w[row]) - sum(one.power_w for one in taken.values())
        slots = [name for name, place in stock.slots(row).items() if asked.kind in place.kinds and name not in taken]
        if slots and left_w >= asked.power_w:
            found.append({
                "id": stock.ids[row], "away_m": round(float(away_m[row]), 1), "slots": slots,
                "power_left_w": round(left_w, 1), "lon": float(stock.lon[row]), "lat": float(stock.lat[row]),
            })  # fmt: skip
    return found


def _all(poles: Poles, archive: object, asked: OfAll, now_us: int) -> dict[str, Any]:
    latest = islice(reversed(tuple(poles.shared)), asked.limit)
    shown = [{"id": one.id, "taken": [_attachment(it) for it in poles.on(one.id, now_us).values()]} for one in latest]
    return {"n": len(poles.shared), "poles": shown}


QUERIES = (
    Query("/poles/poles", "Poles that carry or carried more than light, the latest first", OfAll, _all),
    Query(
        "/poles/poles/{id}",
        "One pole: slots, what is on them, budgets",
        OfOne,
        lambda poles, archive, asked, now_us: pole_view(poles, asked.id, now_us),
    ),
    Query(
        "/poles/ledger",
        "Who has which slots, and what is owed for them",
        OfHolder,
        lambda poles, archive, asked, now_us: ledger(poles, asked.holder, now_us),
    ),
    Query(
        "/poles/free",
        "Poles near a place with room for a kind of thing, the nearest first",
        OfPlace,
        lambda poles, archive, asked, now_us: {"poles": near(poles, asked, now_us)},
    ),
)


def entities(poles: Poles) -> Mapping[str, EntitySource]:
    """Return what shared poles publish, by type; a lapsed reservation is told until the slot is taken anew."""
    stock = poles.stock

    def held(one: SharedPole) -> list[Attachment]:
        return [it for it in one.attachments if not it.ended_at_us]

    def of(column: np.ndarray[Any, Any]) -> Callable[[SharedPole], object]:
        return lambda one: round(float(column[stock.row_of[one.id]]), 2)

    def wind(one: SharedPole) -> float:
        row = stock.row_of[one.id]
        return round(use_of(stock, row, held(one)).moment_knm / float(stock.moment_knm[row]), 4)

    values: dict[str, Callable[[SharedPole], object]] = {
        "streetPoleNum": lambda one: one.id,
        "height": of(stock.height_m),
        "slotsFree": lambda one: [
            name for name in stock.slots(stock.row_of[one.id]) if name not in {it.slot for it in held(one)}
        ],
        "slotsTaken": lambda one: [f"{it.slot}: {it.kind}" for it in held(one)],
        "powerBudget": of(stock.power_w),
        "powerReserved": lambda one: sum(it.power_w for it in held(one)),
        "massReserved": lambda one: sum(it.mass_kg for it in held(one)),
        "windLoadUse": wind,
        "refStreetlight": lambda one: [urn("Streetlight", lamp) for lamp in stock.lamps[stock.row_of[one.id]]],
    }

    def place(one: SharedPole) -> tuple[float, float]:
        row = stock.row_of[one.id]
        return float(stock.lon[row]), float(stock.lat[row])

    return {POLE.name: Published(POLE, poles.shared, values, place)}
