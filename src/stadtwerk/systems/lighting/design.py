"""A street somebody designs: what it is made of, within bounds, and the street of the standard it means."""

from __future__ import annotations

import base64
import binascii
from functools import lru_cache
from typing import Annotated, Any, Literal

import msgspec
import numpy as np
from msgspec import Meta

from stadtwerk.kernel.limits import PHOTOMETRY_BYTES
from stadtwerk.kernel.refusal import Refused
from stadtwerk.systems.lighting.engine.en13201.assess import CARRIAGEWAY
from stadtwerk.systems.lighting.engine.en13201.eulumdat import read_eulumdat
from stadtwerk.systems.lighting.engine.en13201.generated import generated_luminaire
from stadtwerk.systems.lighting.engine.en13201.ies import read_ies
from stadtwerk.systems.lighting.engine.en13201.photometry import Photometry
from stadtwerk.systems.lighting.engine.en13201.street import Row, Street, Strip
from stadtwerk.systems.lighting.engine.en13201.surface import surface
from stadtwerk.systems.lighting.engine.sections import ARM_M, Section, street_types
from stadtwerk.systems.lighting.inventory import Inventory

Arrangement = Literal["one", "opposite", "alternate", "median"]
Frame = Literal["c90-street", "c0-street", "h0-street-clockwise", "h0-street-counterclockwise"]
ROAD_CLASS = Annotated[str, Meta(pattern="^([MP][1-6]|C[0-5])?$")]
PATH_CLASS = Annotated[str, Meta(pattern="^(P[1-6]|C[0-5])?$")]
Side = Annotated[float, Meta(ge=0.0, le=15.0)]
Hours = Annotated[float, Meta(ge=0.0, le=8784.0)]


class Generated(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A luminaire by formula: kind of optic, its flux in lm and power in W."""

    optic: Literal["road", "path", "old"] = "road"
    flux_lm: Annotated[float, Meta(ge=100.0, le=200_000.0)] = 6000.0
    power_w: Annotated[float, Meta(ge=1.0, le=2_000.0)] = 46.0


class File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A photometric file as its maker gives it (EULUMDAT or IES, base64) and where its street side is."""

    name: Annotated[str, Meta(max_length=200)]
    content: Annotated[str, Meta(max_length=4 * PHOTOMETRY_BYTES // 3 + 4)]
    frame: Frame


class Design(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A straight street and its light; lengths in m, `overhang_m` from the kerb to the light, positive over the road.

    With `lanes` 0 it is a path of `width_m` without carriageway. `arms` luminaires stand on a pole, 3 m apart. On an
    island (`median`) two luminaires stand back to back at the left kerb. `file` counts before `generated`. "" as a
    class means that the area is shown but not judged. AECI counts `full_hours` at `level_percent` and `dimmed_hours`
    at `dimmed_percent`, a year.
    """

    generated: Generated = Generated()
    file: File | None = None
    arrangement: Arrangement = "one"
    arms: Annotated[int, Meta(ge=1, le=2)] = 1
    spacing_m: Annotated[float, Meta(ge=8.0, le=180.0)] = 30.0
    height_m: Annotated[float, Meta(ge=3.0, le=20.0)] = 8.0
    overhang_m: Annotated[float, Meta(ge=-15.0, le=15.0)] = 0.0
    tilt_deg: Annotated[float, Meta(ge=-15.0, le=45.0)] = 0.0
    level_percent: Annotated[float, Meta(ge=1.0, le=100.0)] = 100.0
    lanes: Annotated[int, Meta(ge=0, le=6)] = 2
    width_m: Annotated[float, Meta(ge=1.0, le=30.0)] = 7.0
    two_way: bool = True
    footway_right_m: Side = 2.0
    footway_left_m: Side = 2.0
    verge_right_m: Side = 0.0
    verge_left_m: Side = 0.0
    surface: Literal["R1", "R2", "R3", "R4", "C1", "C2", "C2W3", "C2W4"] = "R3"
    q0: Annotated[float, Meta(ge=0.01, le=0.5)] | None = None
    maintenance: Annotated[float, Meta(ge=0.3, le=1.0)] = 0.8
    road_class: ROAD_CLASS = "M5"
    footway_class: PATH_CLASS = "P5"
    full_hours: Hours = 4000.0
    dimmed_hours: Hours = 0.0
    dimmed_percent: Annotated[float, Meta(ge=0.0, le=100.0)] = 50.0


def street_of(design: Design) -> tuple[Street, dict[str, str]]:
    """Return the street a design means and the class of each area; refuses files and geometry that mean none."""
    road = CARRIAGEWAY if design.lanes else "path"
    strips = strips_of(design)
    table = surface(design.surface)
    street = Street(
        spacing_m=design.spacing_m,
        width_m=design.width_m if design.lanes else 0.0,
        lanes=design.lanes,
        rows=rows_of(design, photometry_of(design)),
        surface=table.scaled_to(design.q0) if design.q0 else table,
        strips=strips,
        two_way=design.two_way and design.lanes > 1,
        maintenance=design.maintenance,
    )
    if not design.lanes and design.road_class.startswith("M"):
        raise Refused.field("road_class", "a path without lanes has a P or C class")
    names = [strip.name for strip in strips if strip.name.startswith("footway")]
    wanted = {road: design.road_class, **dict.fromkeys(names, design.footway_class)}
    return street, {name: light_class for name, light_class in wanted.items() if light_class}


def photometry_of(design: Design) -> Photometry:
    """Return the luminaire of a design: read from its file, else generated."""
    if design.file is None:
        return generated_luminaire(design.generated.optic, design.generated.flux_lm, design.generated.power_w)
    return _read(design.file)


@lru_cache(maxsize=32)
def _read(file: File) -> Photometry:
    """Read a photometric file by what it holds, not by how it is called; its frame is named, never guessed."""
    try:
        data = base64.b64decode(file.content, validate=True)
    except (binascii.Error, ValueError):
        raise Refused.field("file.content", "this is not base64") from None
    if len(data) > PHOTOMETRY_BYTES:
        raise Refused.field("file.content", "the file is too large")
    is_ies = data.lstrip()[:5].upper() == b"IESNA" or b"TILT=" in data[:20_000].upper().replace(b" ", b"")
    return read_ies(data, frame=file.frame) if is_ies else read_eulumdat(data, frame=file.frame)


def rows_of(design: Design, light: Photometry) -> tuple[Row, ...]:
    """Return the rows of luminaires of an arrangement, from the right; the left row is turned, not mirrored."""
    width, level = design.width_m, design.level_percent / 100.0

    def row(y_m: float, turn_deg: float, offset_m: float = 0.0) -> Row:
        return Row(light, y_m, design.height_m, offset_m, design.tilt_deg, turn_deg, level)

    right, left = design.overhang_m, width - design.overhang_m
    if design.arrangement == "median":
        return row(left, 180.0), row(left + 2.0 * ARM_M, 0.0)
    arms = (-ARM_M, ARM_M) if design.arms == 2 else (0.0,)
    rows = [row(right + arm, 0.0) for arm in arms]
    if design.arrangement != "one":
        offset_m = design.spacing_m / 2.0 if design.arrangement == "alternate" else 0.0
        rows += [row(left + arm, 180.0, offset_m) for arm in arms]
    return tuple(rows)


def strips_of(design: Design) -> tuple[Strip, ...]:
    """Return the areas beside the road: footways first, verges between them and the kerb; a path is one itself."""
    strips = [] if design.lanes else [Strip("path", 0.0, design.width_m)]
    if design.footway_right_m >= 0.2:
        strips.append(Strip("footway right", -design.verge_right_m - design.footway_right_m, design.footway_right_m))
    if design.footway_left_m >= 0.2:
        strips.append(Strip("footway left", design.width_m + design.verge_left_m, design.footway_left_m))
    if design.verge_right_m >= 0.2:
        strips.append(Strip("verge right", -design.verge_right_m, design.verge_right_m))
    if design.verge_left_m >= 0.2:
        strips.append(Strip("verge left", design.width_m, design.verge_left_m))
    return tuple(strips)


def design_of(inventory: Inventory, place: int, section: Section) -> Design:
    """Return a street of the city as a design; `street_of` gives the same street back, lamp for lamp."""
    kind = street_types()[inventory.streets.extra[place]["highway"]]
    street, rows = section.street, section.street.rows
    luminaires = street_types()["luminaires"]
    figures = luminaires.get(section.lamp_type, luminaires["led"])
    widths = {strip.name: strip.width_m for strip in street.strips}
    turns = {row.turn_deg for row in rows}
    arrangement: Arrangement = (
        "one" if len(turns) == 1 else "alternate" if any(row.offset_m for row in rows) else "median"
    )
    per_turn = len(rows) // len(turns)
    width_m = street.width_m if street.lanes else widths["path"]
    rightmost = rows[0].y_m if arrangement != "median" else width_m - rows[0].y_m
    footway = next((c for name, c in section.classes.items() if name.startswith("footway")), "")
    return Design(
        generated=Generated(
            optic=kind.get(f"{section.lamp_type}_optic") or figures["optic"],
            flux_lm=rows[0].photometry.flux_lm,
            power_w=rows[0].photometry.power_w,
        ),
        arrangement=arrangement,
        arms=per_turn,
        spacing_m=street.spacing_m,
        height_m=rows[0].height_m,
        overhang_m=round(rightmost + (ARM_M if per_turn == 2 else 0.0), 3),
        lanes=street.lanes,
        width_m=width_m,
        two_way=street.two_way,
        footway_right_m=widths.get("footway right", 0.0),
        footway_left_m=widths.get("footway left", 0.0),
        verge_right_m=widths.get("verge right", 0.0),
        verge_left_m=widths.get("verge left", 0.0),
        maintenance=street.maintenance,
        road_class=section.classes.get(CARRIAGEWAY if street.lanes else "path", ""),
        footway_class=footway,
    )


def import_report(photometry: Photometry) -> dict[str, Any]:
    """Tell what was read of a luminaire: format, frame, symmetry, mark, flux, light output, watts, warnings."""
    record = photometry.record
    steepest = np.unravel_index(int(photometry.intensity_cd_per_klm.argmax()), photometry.intensity_cd_per_klm.shape)
    return {
        "name": photometry.name,
        "format": record.source_format,
        "frame": record.frame,
        "symmetry": record.symmetry,
        "sha256": record.sha256,
        "generated": record.generated,
        "warnings": list(record.warnings),
        "planes": len(photometry.c_deg) - 1,
        "flux_lm": photometry.flux_lm,
        "output_ratio": round(photometry.output_ratio(), 4),
        "power_w": photometry.power_w,
        "peak": {
            "c_deg": float(photometry.c_deg[steepest[0]]),
            "gamma_deg": float(photometry.gamma_deg[steepest[1]]),
            "cd_per_klm": round(float(photometry.intensity_cd_per_klm.max()), 1),
        },
    }
