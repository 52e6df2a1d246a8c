"""What class of light each street needs and gets, with the certificate that lets anybody calculate it again."""

from __future__ import annotations

from typing import Any

from stadtwerk.kernel.clock import iso
from stadtwerk.kernel.refusal import Refused
from stadtwerk.systems.lighting.engine.en13201.certificate import Notary
from stadtwerk.systems.lighting.engine.sections import Section, section_of
from stadtwerk.systems.lighting.select import unknown
from stadtwerk.systems.lighting.state import FAULT, Lighting


def class_view(lighting: Lighting, street_id: str, level_percent: float, now_us: int) -> dict[str, Any]:
    """Show a street's classes: required, delivered with all lamps at a level, and whether that is proven now.

    Proven is what its certificate says as long as no lamp of the street is known to be faulty.
    """
    place, section = section_at(lighting, street_id, level_percent, now_us)
    _, sealed = _certified(lighting, place, section, now_us)
    rows = lighting.inventory.streets.rows(place)
    faulty = int((lighting.screen_flags(now_us)[rows] & FAULT != 0).sum())
    return {
        "street": {"id": street_id, "name": lighting.inventory.streets.names[place]},
        "generated": section.generated,
        "lamps": len(rows),
        "faulty": faulty,
        "level_percent": level_percent,
        "maintenance": section.street.maintenance,
        "areas": [
            {
                "area": verdict["area"],
                "required": verdict["required"],
                "delivered": verdict["delivered"] or None,
                "met": verdict["met"],
                "proven": verdict["met"] and not faulty,
                "over_lit": verdict["over_lit"],
                "least_level_percent": _least(verdict, level_percent),
                "demands": verdict["demands"],
            }
            for verdict in sealed["verdicts"]
        ],
        "power_density_w_lx_m2": sealed["delivered"]["power_density_w_lx_m2"],
        "certificate": sealed,
    }


def certificate_view(lighting: Lighting, street_id: str, level_percent: float, now_us: int) -> dict[str, Any]:
    """Return a street's certificate with all materials, as `tools/verify_light.py` reads it."""
    place, section = section_at(lighting, street_id, level_percent, now_us)
    notary, sealed = _certified(lighting, place, section, now_us)
    return {"materials": notary.materials(), "certificates": [sealed]}


def about(lighting: Lighting, place: int, section: Section, now_us: int) -> dict[str, Any]:
    """Return what a certificate says of itself: which street, when, how classes were chosen, how old its lamps are."""
    streets = lighting.inventory.streets
    return {
        "city": lighting.inventory.city["name"],
        "street": {"id": streets.ids[place], "name": streets.names[place]},
        "at": iso(now_us),
        "selection": section.selection,
        "lamp_type": section.lamp_type,
        "age_years": round(section.age_years, 1),
        "layout_estimated": section.generated,
    }


def section_at(lighting: Lighting, street_id: str, level_percent: float, now_us: int) -> tuple[int, Section]:
    """Return a street's place and its section; refuses (404) what is no street, or not lit by rule."""
    place = lighting.inventory.streets.index.get(street_id)
    if place is None:
        raise unknown("street", f"no street {street_id!r} in this city")
    section = section_of(lighting.inventory, place, now_us, level_percent / 100.0)
    if section is None:
        words = f"{street_id} has no lamps, or is of a kind that is not lit by rule"
        raise Refused.of("unlit-street", "The street has no light to judge", 404, words)
    return place, section


def _certified(lighting: Lighting, place: int, section: Section, now_us: int) -> tuple[Notary, dict[str, Any]]:
    notary = Notary()
    return notary, notary.certify(section.street, section.classes, about(lighting, place, section, now_us))


def _least(verdict: dict[str, Any], level_percent: float) -> float | None:
    """Return the least level at which the class still holds, percent of full light."""
    share = verdict["lowest_level"]
    return None if share is None else round(share * level_percent, 1)
