"""The city's poles: where they stand, which lamps they carry, and what more each can take."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stadtwerk.kernel.observation import Values
from stadtwerk.kernel.system import CityFolder

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Place:
    """A slot of a pole: what fits there, and how high above ground, m."""

    kinds: tuple[str, ...]
    height_m: float


@dataclass(frozen=True, slots=True)
class Stock:
    """All poles, n rows: WGS84 degrees, height of the light m, lamps and their watts, year, budgets beside light."""

    ids: list[str]
    row_of: dict[str, int]
    lon: Values
    lat: Values
    height_m: Values
    lamps: list[list[str]]
    lamps_w: Values
    year: Ints
    category: list[str]
    power_w: Values
    mass_kg: Values
    moment_knm: Values
    gust_kn_m2: Values

    def __len__(self) -> int:
        return len(self.ids)

    def slots(self, row: int) -> dict[str, Place]:
        """Return the slots of a pole by name, from top to foot."""
        height_m, category = float(self.height_m[row]), self.category[row]
        fits = {name: kind for name, kind in figures()["slots"].items() if _has(kind, height_m, category)}
        return {name: _place(kind, height_m) for name, kind in fits.items()}

    def moment_of(self, row: int, height_m: float, wind_area_m2: float) -> float:
        """Return the moment at the foot of a thing in a gust, kNm: pressure times coefficient, area and height."""
        coefficient: float = figures()["force_coefficient"]
        return float(self.gust_kn_m2[row]) * coefficient * wind_area_m2 * height_m

    def takes(self, kind: str) -> NDArray[np.bool_]:
        """Tell which poles have a slot for a kind of thing, (n,)."""
        fits = [place for place in figures()["slots"].values() if kind in place["kinds"]]
        category = np.array(self.category)
        found = np.zeros(len(self), bool)
        for place in fits:
            rightly = np.isin(category, place["categories"]) if "categories" in place else np.ones(len(self), bool)
            found |= rightly & (self.height_m >= place["from_m"])
        return found


def read_stock(folder: CityFolder) -> Stock:
    """Read the poles from the lamps that hang on them; a pole is as high as its highest light."""
    table = folder.columns("lamps")
    ids, first, of_lamp = np.unique(np.array(table["pole"]), return_index=True, return_inverse=True)
    height_m = np.zeros(len(ids))
    np.maximum.at(height_m, of_lamp, np.array(table["height_m"], np.float64))
    lamps: list[list[str]] = [[] for _ in ids]
    for lamp, row in zip(table["id"], of_lamp.tolist(), strict=True):
        lamps[row].append(lamp)
    watts = np.bincount(of_lamp, np.array(table["power_w"], np.float64), len(ids)).astype(np.float64)
    return make_stock(ids.tolist(), table, first, (height_m, watts), lamps)


def make_stock(
    ids: list[str], table: dict[str, list[str]], first: Ints, light: tuple[Values, Values], lamps: list[list[str]]
) -> Stock:
    """Give poles (n,) their budgets: `first` is a lamp of each in the table, `light` their heights m and watts."""
    height_m, lamps_w = light

    def told(column: str) -> list[str]:
        return [table[column][row] for row in first.tolist()]

    year = np.array([int(day[:4]) for day in told("installed_on")], np.int64)
    rules = figures()
    aged = year < year.max(initial=0) - rules["aged_years"]
    share = np.where(aged, rules["aged_share"], 1.0)
    step = np.searchsorted([one["from_m"] for one in rules["budget"]], height_m, side="right") - 1
    gust = np.searchsorted([one["up_to_m"] for one in rules["gust"]], height_m)
    return Stock(
        ids=ids,
        row_of={pole: row for row, pole in enumerate(ids)},
        lon=np.array(told("lon"), np.float64),
        lat=np.array(told("lat"), np.float64),
        height_m=height_m,
        lamps=lamps,
        lamps_w=lamps_w,
        year=year,
        category=told("category"),
        power_w=np.maximum(_column(rules["budget"], "power_w")[step] - lamps_w, 0.0),
        mass_kg=_column(rules["budget"], "mass_kg")[step] * share,
        moment_knm=_column(rules["budget"], "moment_knm")[step] * share,
        gust_kn_m2=_column(rules["gust"], "kn_m2")[np.minimum(gust, len(rules["gust"]) - 1)],
    )


@cache
def figures() -> dict[str, Any]:
    """Return what poles carry by their height."""
    return tomllib.loads((files(__package__) / "structure.toml").read_text("utf-8"))


def _column(steps: Sequence[dict[str, float]], name: str) -> Values:
    return np.array([one[name] for one in steps], np.float64)


def _has(kind: dict[str, Any], height_m: float, category: str) -> bool:
    return height_m >= kind["from_m"] and category in kind.get("categories", (category,))


def _place(kind: dict[str, Any], height_m: float) -> Place:
    return Place(tuple(kind["kinds"]), round(kind.get("at_m", kind.get("share", 0.0) * height_m), 2))
