"""A lit street as the standard sees it: rows of luminaires, lanes, and areas beside the carriageway."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from stadtwerk.kernel.refusal import Fault, Refusal, Refused, problem_type
from stadtwerk.systems.lighting.engine.en13201.photometry import Floats, Photometry
from stadtwerk.systems.lighting.engine.en13201.surface import Surface


@dataclass(frozen=True, slots=True)
class Row:
    """One row of equal luminaires along the street.

    `y_m` is the light's distance from the right kerb, to the left positive; `offset_m` how far the row's lamps stand
    along the road from those of the field's first line; `turn_deg` 0 = its street side to the left, 180 = to the
    right; `tilt_deg` lifts the street side; `level` is the light now as a share of full light.
    """

    photometry: Photometry
    y_m: float
    height_m: float
    offset_m: float = 0.0
    tilt_deg: float = 0.0
    turn_deg: float = 0.0
    level: float = 1.0


@dataclass(frozen=True, slots=True)
class Strip:
    """An area along the street, calculated on its own (footway, cycle track, verge), leftwards from a line."""

    name: str
    from_m: float
    width_m: float


@dataclass(frozen=True, slots=True)
class Street:
    """A straight street of endless equal fields, x along it, y to the left from the right kerb of the carriageway.

    With `lanes` 0 there is no carriageway, only strips. `two_way`: the left half of the lanes drives towards -x.
    """

    spacing_m: float
    width_m: float
    lanes: int
    rows: tuple[Row, ...]
    surface: Surface
    strips: tuple[Strip, ...] = ()
    two_way: bool = False
    maintenance: float = 0.8

    @property
    def lane_width_m(self) -> float:
        """Return the width of a lane, m."""
        return self.width_m / max(self.lanes, 1)

    @property
    def height_m(self) -> float:
        """Return the mounting height the field is laid out for: the highest row's, m."""
        return max(row.height_m for row in self.rows)

    def about_turned(self) -> Street:
        """Return the street as seen the other way: turned by 180 degrees about the middle of the field."""
        rows = tuple(
            replace(
                row,
                y_m=self.width_m - row.y_m,
                offset_m=-row.offset_m % self.spacing_m,
                turn_deg=(row.turn_deg + 180.0) % 360.0,
            )
            for row in self.rows
        )
        strips = tuple(replace(strip, from_m=self.width_m - strip.from_m - strip.width_m) for strip in self.strips)
        return replace(self, rows=rows, strips=strips)


LIMITS: tuple[tuple[str, float, float], ...] = (
    ("spacing_m", 3.0, 200.0),
    ("width_m", 0.0, 60.0),
    ("lanes", 0, 12),
    ("maintenance", 0.05, 1.0),
)
ROW_LIMITS: tuple[tuple[str, float, float], ...] = (
    ("y_m", -60.0, 120.0),
    ("height_m", 2.0, 40.0),
    ("offset_m", -200.0, 200.0),
    ("tilt_deg", -30.0, 90.0),
    ("turn_deg", -360.0, 360.0),
    ("level", 0.0, 1.0),
)
ROWS_MAX = 8


def checked_street(street: Street) -> Street:
    """Return the street; refuses, all faults at once, what is not finite or outside what the engine is made for."""
    faults = [_fault(name, getattr(street, name), low, high) for name, low, high in LIMITS]
    for number, row in enumerate(street.rows):
        faults += [_fault(f"rows.{number}.{name}", getattr(row, name), low, high) for name, low, high in ROW_LIMITS]
    for number, strip in enumerate(street.strips):
        faults += [
            _fault(f"strips.{number}.from_m", strip.from_m, -60.0, 120.0),
            _fault(f"strips.{number}.width_m", strip.width_m, 0.2, 60.0),
        ]
    if not 1 <= len(street.rows) <= ROWS_MAX:
        faults.append(Fault("rows", f"a street has 1 to {ROWS_MAX} rows of luminaires"))
    if not street.lanes and not street.strips:
        faults.append(Fault("lanes", "a street has a lane or a strip"))
    if street.lanes and not street.width_m / street.lanes >= 1.0:
        faults.append(Fault("width_m", "a lane is at least 1 m wide"))
    found = tuple(fault for fault in faults if fault)
    if found:
        raise Refused(Refusal(problem_type("layout"), "The layout cannot be calculated", 422, found[0].detail, found))
    return street


def _fault(name: str, value: float, low: float, high: float) -> Fault | None:
    if math.isfinite(value) and low <= value <= high:
        return None
    return Fault(name, f"{value:g} is not between {low:g} and {high:g}")


def along_m(spacing_m: float) -> Floats:
    """Return the points along a field, (n,) m: 10 up to 30 m, else at most 3 m apart (EN 13201-3:2015, 7.1.2)."""
    n = 10 if spacing_m <= 30.0 else math.ceil(spacing_m / 3.0)
    return np.asarray((np.arange(n) + 0.5) * (spacing_m / n))


def across_m(from_m: float, width_m: float) -> Floats:
    """Return the lines of points across an area for illuminance, (n,) m: 3 at least, 1.5 m apart at most (7.2.2)."""
    n = max(3, math.ceil(width_m / 1.5 - 1e-9))
    return np.asarray(from_m + (np.arange(n) + 0.5) * (width_m / n))


def lane_lines_m(lane: int, lane_width_m: float) -> Floats:
    """Return the 3 lines of luminance points of a lane, counted from the right, (3,) m (EN 13201-3, 7.1.2)."""
    return np.asarray((lane + (np.arange(3) + 0.5) / 3.0) * lane_width_m)
