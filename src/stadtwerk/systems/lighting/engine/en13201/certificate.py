"""Certificates: what a street delivers against its class and what it takes to calculate it again, in a sealed chain."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from stadtwerk.kernel.refusal import Refused
from stadtwerk.systems.lighting.engine.en13201.assess import CARRIAGEWAY, Assessment, assess
from stadtwerk.systems.lighting.engine.en13201.classes import Verdict, judge
from stadtwerk.systems.lighting.engine.en13201.photometry import Photometry
from stadtwerk.systems.lighting.engine.en13201.street import Street, checked_street
from stadtwerk.systems.lighting.engine.en13201.surface import Surface

FORMAT = "stadtwerk-light-1"
EDITION = "EN 13201:2015"
GENESIS = "0" * 64
"""What the first certificate of a chain names as the seal before it."""
DIGITS = 9
"""Significant digits of what is delivered."""


def compact(value: Any) -> bytes:
    """Write JSON in the one form that is sealed: keys sorted, no spaces, UTF-8, numbers as Python writes them."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def photometry_material(photometry: Photometry) -> dict[str, Any]:
    """Return the numbers of a photometry that a certificate stands on, and where they come from."""
    record = photometry.record
    return {
        "c_deg": photometry.c_deg.tolist(),
        "gamma_deg": photometry.gamma_deg.tolist(),
        "cd_per_klm": np.round(photometry.intensity_cd_per_klm, 6).tolist(),
        "flux_lm": photometry.flux_lm,
        "power_w": photometry.power_w,
        "name": photometry.name,
        "source": {"format": record.source_format, "frame": record.frame, "sha256": record.sha256},
        "generated": record.generated,
    }


def mark_of(material: Mapping[str, Any]) -> str:
    """Return the mark of a material: SHA-256 of its compact JSON."""
    return hashlib.sha256(compact(material)).hexdigest()


class Notary:
    """Seals certificates one after the other and keeps the materials they stand on."""

    def __init__(self, before: str = GENESIS, number: int = 0) -> None:
        self.head, self.number = before, number
        self.photometries: dict[str, dict[str, Any]] = {}
        self.surfaces: dict[str, dict[str, Any]] = {}
        self._marks: dict[int, tuple[Photometry, str]] = {}
        self._surface_marks: dict[int, tuple[Surface, str]] = {}

    def begin(self) -> None:
        """Begin a new chain with the same materials at hand."""
        self.head, self.number = GENESIS, 0

    def certify(self, street: Street, classes: Mapping[str, str], about: Mapping[str, Any]) -> dict[str, Any]:
        """Calculate a street against the class of each area (by name) and seal what came out.

        `about` says what the certificate is of (street, time, selection ...) and is sealed with it. Refuses a layout
        the engine is not made for and classes that do not fit.
        """
        checked_street(street)
        names = [*([CARRIAGEWAY] if street.lanes else []), *(strip.name for strip in street.strips)]
        if len(set(names)) != len(names) or not set(classes) <= set(names):
            raise Refused.field("classes", f"{sorted(classes)} do not fit the areas {names}")
        with_luminance = any(light_class.startswith("M") for light_class in classes.values())
        found = assess(street, luminance=with_luminance)
        verdicts = [judge(found, area, classes[area.name]) for area in found.areas if area.name in classes]
        body = {
            "format": FORMAT,
            "edition": EDITION,
            "number": self.number + 1,
            "before": self.head,
            "about": dict(about),
            "layout": self.layout(street),
            "classes": dict(classes),
            "delivered": _delivered(found),
            "verdicts": [_verdict(verdict) for verdict in verdicts],
            "faults_assumed": "none",
        }
        sealed: dict[str, Any] = {**body, "seal": seal_of(body)}
        self.head, self.number = str(sealed["seal"]), self.number + 1
        return sealed

    def materials(self) -> dict[str, Any]:
        """Return all photometries and r-tables the certificates name, by mark."""
        return {"photometries": self.photometries, "surfaces": self.surfaces}

    def layout(self, street: Street) -> dict[str, Any]:
        """Return a street as a certificate holds it; its photometry and r-table become materials, named by mark."""
        rows = [
            {
                "photometry": self._photometry(row.photometry),
                "y_m": row.y_m,
                "height_m": row.height_m,
                "offset_m": row.offset_m,
                "tilt_deg": row.tilt_deg,
                "turn_deg": row.turn_deg,
                "level": row.level,
            }
            for row in street.rows
        ]
        return {
            "spacing_m": street.spacing_m,
            "width_m": street.width_m,
            "lanes": street.lanes,
            "two_way": street.two_way,
            "maintenance": street.maintenance,
            "surface": self._surface(street.surface),
            "rows": rows,
            "strips": [{"name": s.name, "from_m": s.from_m, "width_m": s.width_m} for s in street.strips],
        }

    def _photometry(self, photometry: Photometry) -> str:
        known = self._marks.get(id(photometry))
        if known is None:
            material = photometry_material(photometry)
            known = self._marks[id(photometry)] = photometry, mark_of(material)
            self.photometries[known[1]] = material
        return known[1]

    def _surface(self, surface: Surface) -> str:
        known = self._surface_marks.get(id(surface))
        if known is None:
            rows = [[round(value * 1e4, 5) for value in row] for row in surface.r.tolist()]
            material = {"name": surface.name, "q0": surface.q0, "r": rows}
            known = self._surface_marks[id(surface)] = surface, mark_of(material)
            self.surfaces[known[1]] = material
        return known[1]


def seal_of(body: Mapping[str, Any]) -> str:
    """Return the seal of a certificate: SHA-256 over the seal before it and its compact JSON without its own."""
    content = {name: value for name, value in body.items() if name != "seal"}
    return hashlib.sha256(bytes.fromhex(body["before"]) + compact(content)).hexdigest()


def lines(notary: Notary, certificates: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    """Write a chain as JSON lines: the materials first, then a certificate a line."""
    yield compact({"materials": notary.materials()}).decode()
    for certificate in certificates:
        yield compact(certificate).decode()


def _delivered(found: Assessment) -> dict[str, Any]:
    return {
        "lanes": [
            {
                "mean_cd_m2": _digits(lane.mean_cd_m2),
                "overall": _digits(lane.overall),
                "longitudinal": _digits(lane.longitudinal),
                "glare_percent": _digits(glare),
            }
            for lane, glare in zip(found.lanes, found.glare_percent, strict=True)
        ],
        "edge_ratio": None if found.edge_ratio is None else _digits(found.edge_ratio),
        "areas": {
            area.name: {"mean_lux": _digits(area.mean_lux), "least_lux": _digits(area.least_lux)}
            for area in found.areas
        },
        "power_density_w_lx_m2": found.power_density_w_lx_m2 and _digits(found.power_density_w_lx_m2),
    }


def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {
        "area": verdict.area,
        "required": verdict.required,
        "delivered": verdict.delivered,
        "met": verdict.met,
        "over_lit": verdict.over_lit,
        "lowest_level": None if verdict.lowest_level is None else _digits(verdict.lowest_level),
        "demands": [
            {
                "quantity": demand.quantity,
                "bound": demand.bound,
                "required": demand.required,
                "delivered": _digits(demand.delivered),
                "margin": _digits(demand.margin),
            }
            for demand in verdict.demands
        ],
    }


def _digits(value: float) -> float:
    """Round to the digits a certificate carries; infinite glare of a dark road is written as 1e9."""
    return float(f"{min(value, 1e9):.{DIGITS}g}")
