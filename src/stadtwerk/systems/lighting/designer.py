"""What a designed street gives: classes with margins, energy, pictures, and the certificate to take along."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np

from stadtwerk.kernel.clock import iso
from stadtwerk.systems.lighting.design import Design, design_of, import_report, street_of
from stadtwerk.systems.lighting.engine.en13201.assess import annual_kwh_m2, assess, maintained_lux
from stadtwerk.systems.lighting.engine.en13201.certificate import Notary
from stadtwerk.systems.lighting.engine.en13201.photometry import Floats
from stadtwerk.systems.lighting.engine.en13201.picture import Picture, isolux, luminance
from stadtwerk.systems.lighting.engine.en13201.street import Street, across_m, along_m, checked_street
from stadtwerk.systems.lighting.proof import section_at
from stadtwerk.systems.lighting.state import Lighting


def design_view(design: Design, lane: int) -> dict[str, Any]:
    """Show a design: the luminaire as read, each area judged, lanes, energy, and pictures of illuminance and luminance.

    `lane` is the driver's whose luminance is shown, from the right; the last one where there are fewer.
    """
    street, classes = street_of(design)
    sealed = Notary().certify(checked_street(street), classes, {"design": True})
    found = assess(street)
    photometry = street.rows[0].photometry
    lane = min(lane, max(street.lanes - 1, 0))
    return {
        "luminaire": import_report(photometry),
        "rows": [
            {"y_m": row.y_m, "offset_m": row.offset_m, "turn_deg": row.turn_deg, "height_m": row.height_m}
            for row in street.rows
        ],
        "areas": _areas(street, sealed["verdicts"]),
        "lanes": [
            {
                "mean_cd_m2": round(seen.mean_cd_m2, 4),
                "overall": round(seen.overall, 4),
                "longitudinal": round(seen.longitudinal, 4),
                "glare_percent": round(min(glare, 1e9), 3),
            }
            for seen, glare in zip(found.lanes, found.glare_percent, strict=True)
        ],
        "edge_ratio": found.edge_ratio,
        "energy": _energy(design, street, found.power_density_w_lx_m2),
        "lane": lane,
        "isolux": _picture(isolux(street)),
        "luminance": _picture(luminance(street, lane)) if street.lanes else None,
    }


def design_certificate(design: Design, name: str, now_us: int) -> dict[str, Any]:
    """Return a design's certificate with all materials, as `tools/verify_light.py` reads it."""
    street, classes = street_of(design)
    about = {"design": True, "name": name, "at": iso(now_us), "inputs": inputs(design)}
    notary = Notary()
    sealed = notary.certify(checked_street(street), classes, about)
    return {"materials": notary.materials(), "certificates": [sealed]}


def street_design(lighting: Lighting, street_id: str, now_us: int) -> dict[str, Any]:
    """Return a street of the city as a design to begin with, as its lamps are today at full light."""
    place, section = section_at(lighting, street_id, 100.0, now_us)
    streets = lighting.inventory.streets
    return {
        "street": {"id": street_id, "name": streets.names[place]},
        "generated": section.generated,
        "design": inputs(design_of(lighting.inventory, place, section)),
    }


def inputs(design: Design) -> dict[str, Any]:
    """Return a design as plain data, without the file's content: its mark stands in the certificate's materials."""
    plain: dict[str, Any] = msgspec.to_builtins(design)
    if design.file is not None:
        plain["file"] = {"name": design.file.name, "frame": design.file.frame}
    return plain


def _areas(street: Street, verdicts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return every area with its verdict, where it has a class, and its values on the grid of the standard."""
    places = [("carriageway", 0.0, street.width_m)] if street.lanes else []
    places += [(strip.name, strip.from_m, strip.width_m) for strip in street.strips]
    lit = maintained_lux(street, [(from_m, width_m) for _, from_m, width_m in places])
    judged = {verdict["area"]: verdict for verdict in verdicts}
    return [
        {
            "area": name,
            "from_m": from_m,
            "width_m": width_m,
            "mean_lux": round(float(lux.mean()), 3),
            "least_lux": round(float(lux.min()), 3),
            "verdict": judged.get(name),
            "grid": {
                "x_m": _rounded(along_m(street.spacing_m), 2),
                "y_m": _rounded(across_m(from_m, width_m), 2),
                "lux": _rounded(lux, 2),
            },
        }
        for (name, from_m, width_m), lux in zip(places, lit, strict=True)
    ]


def _energy(design: Design, street: Street, density: float | None) -> dict[str, Any]:
    """Return PDI and AECI (EN 13201-5:2015, 5 and 6), W and luminaires a km; power goes as the level."""
    power_w = sum(row.photometry.power_w for row in street.rows)
    now_w, dimmed_w = power_w * design.level_percent / 100.0, power_w * design.dimmed_percent / 100.0
    known = power_w > 0
    return {
        "power_density_w_lx_m2": None if density is None else round(density, 5),
        "annual_kwh_m2": round(annual_kwh_m2(street, [(design.full_hours, now_w), (design.dimmed_hours, dimmed_w)]), 4)
        if known
        else None,
        "kw_per_km": round(now_w / street.spacing_m, 4) if known else None,
        "luminaires_per_km": round(1000.0 * len(street.rows) / street.spacing_m, 1),
    }


def _picture(picture: Picture) -> dict[str, Any]:
    return {
        "x_m": _rounded(picture.x_m, 3),
        "y_m": _rounded(picture.y_m, 3),
        "values": _rounded(picture.values, 3),
    }


def _rounded(values: Floats, digits: int) -> Any:
    return np.round(values, digits).tolist()
