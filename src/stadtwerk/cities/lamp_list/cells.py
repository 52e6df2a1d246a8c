"""Cells of a list as numbers and dates: decimal commas, units behind the number, dates of several countries."""

from __future__ import annotations

import re
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MISSING = frozenset({"", "-", "--", "n/a", "na", "null", "none", "k.a.", "k. a.", "unbekannt", "unknown", "?"})

_NUMBER = re.compile(r"([+-]?[\d.,' \u00a0]*\d(?:[eE][+-]?\d{1,2})?)\s*([^\d\s]{0,4})")
_METRES = {"m": 1.0, "ft": 0.3048, "feet": 0.3048, "'": 0.3048, "cm": 0.01, "mm": 0.001}
_WATTS = {"w": 1.0, "va": 1.0, "kw": 1000.0, "watt": 1.0}
UNITS = {"height_m": _METRES, "power_w": _WATTS}
"""What a unit behind a number, or in the header, makes of it; the international foot is 0.3048 m exactly."""

DATES = ("%Y-%m-%d", "%d.%m.%Y", "%d.%m.%y", "%m/%d/%Y", "%d/%m/%Y", "%Y/%m/%d", "%Y%m%d", "%Y")


def is_missing(cell: str) -> bool:
    """Tell whether a cell says that nothing is known."""
    return cell.strip().lower() in MISSING


def numbers(cells: list[str], units: dict[str, float] | None = None, unit: str = "") -> Floats:
    """Read cells (n,) as finite numbers, NaN where there is none; `unit` is the header's, for cells without one."""
    comma = any("," in cell for cell in cells) and not any(re.search(r",\d{3}[.,]", cell) for cell in cells)
    factor = (units or {}).get(unit.lower(), 1.0)
    return np.array([_number(cell, units or {}, factor, comma=comma) for cell in cells], np.float64)


def _number(cell: str, units: dict[str, float], factor: float, *, comma: bool) -> float:
    found = _NUMBER.fullmatch(cell.strip())
    if found is None:
        return np.nan
    digits, unit = found.group(1).translate({0xA0: None, 0x20: None, 0x27: None}), found.group(2).lower()
    if unit and unit not in units and unit != "°":
        return np.nan
    digits = digits.replace(".", "").replace(",", ".") if comma and "," in digits else digits.replace(",", "")
    try:
        value = float(digits) * units.get(unit, factor)
    except ValueError:
        return np.nan
    return value if np.isfinite(value) else np.nan


def dates(cells: list[str]) -> list[str]:
    """Read cells (n,) as ISO dates, "" where there is none, in the one form that fits most of them."""
    heads = [cell.replace("T", " ").split(" ")[0] for cell in cells]
    tried = [[_date(head, form) for head in heads] for form in DATES]
    return max(tried, key=lambda found: sum(map(bool, found)))


def _date(text: str, form: str) -> str:
    try:
        return datetime.strptime(text, form).date().isoformat()  # noqa: DTZ007 - a date has no zone
    except ValueError:
        return ""
