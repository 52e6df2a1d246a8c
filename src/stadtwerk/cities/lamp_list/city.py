"""A city folder of a list of lamps: streets drawn through their lamps, circuits as told or by rule."""

from __future__ import annotations

import csv
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray

from stadtwerk.cities.folder import whole_or_not, write_city
from stadtwerk.cities.lamp_list.hang import hang
from stadtwerk.cities.lamp_list.listed import UNKNOWN, Listed
from stadtwerk.cities.lamp_list.preview import Preview
from stadtwerk.cities.lamp_list.quality import HEIGHT_M, POWER_W, kept, possible
from stadtwerk.cities.lamp_list.streets import Drawn, draw
from stadtwerk.cities.lamps import LampPlan
from stadtwerk.cities.metres import LocalMetres
from stadtwerk.cities.osm.districts import slug
from stadtwerk.cities.plan import CityPlan, District, Street
from stadtwerk.cities.tiles import make_tiles
from stadtwerk.kernel.refusal import Refused

Ints = NDArray[np.int64]

MARGIN_DEG = 0.002
"""A district reaches so far beyond its outermost lamp: about 200 m."""
USUAL_HIGHWAY = "residential"
"""Class of a street whose class is not told."""


@dataclass(frozen=True, slots=True)
class About:
    """What a list does not tell of its city."""

    name: str
    source: str
    licence: str
    timezone: str = "Europe/Berlin"


def make_listed_city(looked: Preview, folder: Path, about: About) -> dict[str, int]:
    """Make a city folder of the lamps that are kept, and return its counts; it is there whole or not at all.

    `origin.csv` beside lamps.csv says which row of the list each lamp was, what it was called there, and which of its
    values were not told. Refuses a list of which no lamp is left, and a name without letters.
    """
    name = slug(about.name)
    if len(re.sub(r"[^a-z]", "", name)) < 2:
        raise Refused.field("name", "give the city a name with letters in it")
    rows = kept(looked.lamps, looked.doubts)
    if not len(rows):
        raise Refused.of("no-lamps", "The city has no lamps", 422, "every lamp of the list is left out: see its doubts")
    plan, lamps, origin = _plan(looked.lamps, rows, about, name)
    with whole_or_not(folder) as work:
        counts = write_city(plan, lamps, work)
        _write_origin(looked.lamps, plan.prefix, origin, work / "origin.csv")
        make_tiles(work)
    return counts


def _plan(lamps: Listed, rows: Ints, about: About, name: str) -> tuple[CityPlan, LampPlan, Ints]:
    """Return the plan of the city, its luminaires, and the row of the list of each."""
    prefix = re.sub(r"[^a-z]", "", name)[:2]
    lonlat = np.column_stack([lamps.lon, lamps.lat])[rows]
    middle: list[float] = np.median(lonlat, axis=0).tolist()
    metres = LocalMetres((middle[0], middle[1]))
    drawn = draw([lamps.street[row] for row in rows.tolist()], metres.to_metres(lonlat))
    names, part = np.unique(np.array([lamps.district[row] for row in rows.tolist()]), return_inverse=True)
    districts = [
        District(f"{prefix}-d{number + 1:02d}", title or about.name, 0, _outline(lonlat[part == number]))
        for number, title in enumerate(names.tolist())
    ]
    plan = CityPlan(
        name=name,
        prefix=prefix,
        title={"de": about.name, "en": about.name},
        seed=1,
        generated=False,
        timezone=about.timezone,
        centre=(middle[0], middle[1]),
        attribution=about.source,
        licence=about.licence,
        districts=districts,
        streets=_streets(lamps, rows, drawn, [districts[number].id for number in part.tolist()], metres),
    )
    made, origin = hang(lamps, rows, drawn, part, plan)
    return plan, made, origin


def _streets(lamps: Listed, rows: Ints, drawn: Drawn, district: list[str], metres: LocalMetres) -> list[Street]:
    """Name and class each street as most of its lamps do."""
    streets = []
    for number, (title, line) in enumerate(zip(drawn.names, drawn.lines, strict=True)):
        here = np.flatnonzero(drawn.street == number).tolist()
        told = Counter(lamps.highway[rows[place]] for place in here if lamps.highway[rows[place]])
        highway = told.most_common(1)[0][0] if told else USUAL_HIGHWAY
        owner = Counter(district[place] for place in here).most_common(1)[0][0]
        street_id = f"{owner.partition('-')[0]}-s{number + 1:05d}"
        streets.append(Street(street_id, title, highway, metres.to_degrees(line), owner))
    return streets


def _outline(lonlat: NDArray[np.float64]) -> shapely.Polygon:
    outline = shapely.MultiPoint(lonlat).convex_hull.buffer(MARGIN_DEG, quad_segs=4)
    if not isinstance(outline, shapely.Polygon):
        raise TypeError(outline)
    return outline


def _write_origin(lamps: Listed, prefix: str, row: Ints, path: Path) -> None:
    """Write for each lamp of the city what the list said of it: the trace from one to the other."""
    power, height = possible(lamps.power_w, POWER_W), possible(lamps.height_m, HEIGHT_M)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("lamp", "row", "id", "pole", "circuit", "cabinet", "cct_k", "not_told"))
        for number, one in enumerate(row.tolist(), 1):
            taken = {
                "power_w": np.isnan(power[one]),
                "height_m": np.isnan(height[one]),
                "lamp_type": lamps.lamp_type[one] == UNKNOWN,
                "installed_on": not lamps.installed_on[one],
                "circuit": not lamps.circuit[one],
            }
            cct = "" if np.isnan(lamps.cct_k[one]) else f"{lamps.cct_k[one]:g}"
            told = (lamps.id[one], lamps.pole[one], lamps.circuit[one], lamps.cabinet[one], cct)
            missing = ";".join(field for field, yes in taken.items() if yes)
            writer.writerow((f"{prefix}-{number:07d}", one + 1, *told, missing))
