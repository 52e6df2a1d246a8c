"""How much of a luminaire's first light is left: maintenance factor and constant light output (CIE 154:2003)."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from stadtwerk.kernel.refusal import Refused


@cache
def figures() -> dict[str, Any]:
    """Return the figures that come with the house: dirt, lamp flux by hours, survival."""
    return tomllib.loads((files(__package__) / "data" / "maintenance.toml").read_text("utf-8"))


def maintenance_factor(lamp_type: str, age_years: float, *, pollution: str = "medium") -> float:
    """Return what is left of the first light at an age: LLMF x LSF x LMF x SMF (CIE 154:2003, 2.3).

    Dirt counts as just before cleaning, the least of its period, so the factor is safe whenever cleaning was.
    Refuses an unknown lamp type or pollution, and an age outside 0 to 100 years.
    """
    table = figures()
    if lamp_type not in table or pollution not in table["dirt"] or not 0.0 <= age_years <= 100.0:
        raise Refused.field("maintenance", f"no factor for {lamp_type!r}, {pollution!r} air, {age_years:g} years")
    hours = age_years * table["hours_a_year"]
    lamp = table[lamp_type]
    flux = _led(lamp, hours) if "life_h" in lamp else _relamped(lamp, hours)
    return float(flux * lamp["survival"] * table["dirt"][pollution] * table["surroundings"])


def _led(lamp: dict[str, Any], hours: float) -> float:
    """Return the flux left of LED modules: exponential fall to `left_at_end` at `life_h`, not beyond (replaced)."""
    return float(lamp["left_at_end"] ** (min(hours, lamp["life_h"]) / lamp["life_h"]))


def _relamped(lamp: dict[str, Any], hours: float) -> float:
    """Return the flux left of a lamp that is replaced with its group every `relamped_h` hours."""
    return float(np.interp(hours % lamp["relamped_h"], lamp["hours"], lamp["flux"]))


def end_factor(lamp_type: str, *, pollution: str = "medium") -> float:
    """Return the factor at the end of a lamp's life, which a new street is designed with."""
    lamp = figures()[lamp_type]
    ends = lamp.get("life_h") or lamp["relamped_h"] * (1.0 - 1e-9)
    return maintenance_factor(lamp_type, ends / figures()["hours_a_year"], pollution=pollution)


def constant_output_level(lamp_type: str, age_years: float) -> float:
    """Return the level that keeps light constant over life: factor at the end over the factor now (CLO)."""
    return min(1.0, end_factor(lamp_type) / maintenance_factor(lamp_type, age_years))
