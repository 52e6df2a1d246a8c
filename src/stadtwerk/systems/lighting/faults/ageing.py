"""How many luminaires will fail within a year, by model and district: what to keep in store, and how sure that is."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec
import numpy as np

from stadtwerk.kernel.clock import US, iso
from stadtwerk.kernel.system import Query
from stadtwerk.systems.lighting.engine.faults.fleet import Mask, Values
from stadtwerk.systems.lighting.engine.survival import (
    ENOUGH,
    Lives,
    Weibull,
    counted,
    fit,
    foreseen,
    observed_survival,
    weighed,
)
from stadtwerk.systems.lighting.faults.lives import Record, record
from stadtwerk.systems.lighting.ports import Archive
from stadtwerk.systems.lighting.state import Lighting

AHEAD_Y = 1.0
WORTH = 2.0
"""What was assumed before the record began weighs as much as so many failures."""
CURVE_Y = 30
"""How far survival is drawn, years."""
STEPS_SHOWN = 100


class Prior(NamedTuple):
    """What is assumed of a driver type: its shape, and the age at which one in ten has failed, years."""

    shape: float
    tenth_y: float


PRIORS = {"led": Prior(1.5, 12.5), "hst": Prior(1.0, 3.0), "hme": Prior(1.0, 2.0)}
"""Estimates. LED: abrupt failure of one in ten (C10 of IEC 62717) at 50,000 h, 4,000 h a year, wearing out. Discharge:
one in ten at 12,000 and 8,000 h; their lamps are renewed and the inventory dates the luminaire, so that age
tells nothing (shape 1)."""


class OfAgeing(msgspec.Struct, frozen=True):
    """A question without parameters."""


class _Model(NamedTuple):
    """A luminaire model, or a whole driver type (0 W): its lamps (n,), the law they live by, what that law rests on."""

    driver: str
    power_w: float
    lamps: Mask
    lives: Lives
    law: Weibull
    basis: str


def ageing_view(lighting: Lighting, now_us: int) -> dict[str, Any]:
    """Show what is expected within twelve months, by model and district, with intervals that hold nine times in ten."""
    inventory, districts = lighting.inventory, lighting.inventory.districts
    seen = record(lighting, now_us)
    drivers, models = _models(lighting, seen)
    by_district, variance = np.zeros((len(models), len(districts.ids))), np.zeros(len(models))
    shown = []
    for place, model in enumerate(models):
        chance, variance[place] = foreseen(model.law, seen.age_y[model.lamps], AHEAD_Y)
        of = districts.of_lamp[model.lamps]
        by_district[place] = np.bincount(of, chance, len(districts.ids))
        shown.append(_model_view(model, seen, chance, float(variance[place])))
    lamps = np.bincount(districts.of_lamp, minlength=len(districts.ids))
    watched = lighting.learned["watched_since_d"]
    since_d = np.nanmin(watched) if np.isfinite(watched).any() else None
    return {
        "lamps": len(inventory),
        "watched_since": iso(int(since_d) * 86_400 * US) if since_d is not None else None,
        "lamp_years": round(seen.lives.years, 1),
        "failures": seen.lives.failures,
        "enough": ENOUGH,
        "priors": {name: {**prior._asdict(), "worth": WORTH} for name, prior in PRIORS.items()},
        "total": _sum(by_district.sum(axis=1), variance),
        "drivers": [_model_view(one, seen, *foreseen(one.law, seen.age_y[one.lamps], AHEAD_Y)) for one in drivers],
        "models": sorted(shown, key=lambda one: -one["expected"]),
        "districts": [
            {
                "id": name,
                "name": districts.names[place],
                "lamps": int(lamps[place]),
                **_sum(by_district[:, place], variance),
            }
            for place, name in enumerate(districts.ids)
        ],
    }


def _models(lighting: Lighting, seen: Record) -> tuple[list[_Model], list[_Model]]:
    """Return driver types and models, each with the law of its own record.

    Where that is too short it is for a model its type's, moved by its record, and for a type the assumed one.
    """
    inventory = lighting.inventory
    driver_of = np.array(inventory.text["lamp_type"])
    drivers, models = [], []
    for driver in sorted(set(inventory.text["lamp_type"])):
        of_type = driver_of == driver
        all_lives = seen.lives.take(of_type[seen.row])
        together, assumed = fit(_enough(all_lives)), _assumed(PRIORS[driver])
        law, before = together or weighed(all_lives, assumed, WORTH), together or assumed
        drivers.append(_Model(driver, 0.0, of_type, all_lives, law, "record" if together else "assumed"))
        for power in sorted(set(inventory.power_w[of_type].tolist())):
            lamps = of_type & (inventory.power_w == power)
            lives = seen.lives.take(lamps[seen.row])
            own = fit(_enough(lives))
            basis = "record" if own else "type" if together else "assumed"
            models.append(_Model(driver, power, lamps, lives, own or weighed(lives, before, WORTH), basis))
    return drivers, models


def _enough(lives: Lives) -> Lives:
    """Return lives as they are if enough of them ended to tell a shape, else none."""
    return lives if lives.failures >= ENOUGH else lives.take(np.zeros(len(lives.failed), np.bool_))


def _assumed(prior: Prior) -> Weibull:
    scale = prior.tenth_y / (-np.log(0.9)) ** (1 / prior.shape)
    return Weibull(prior.shape, float(scale), np.zeros((2, 2)))


def _model_view(model: _Model, seen: Record, chance: Values, variance: float) -> dict[str, Any]:
    steps = observed_survival(model.lives) if model.basis == "record" else ([], [])
    every = max(1, len(steps[0]) // STEPS_SHOWN)
    return {
        "driver": model.driver,
        "power_w": model.power_w,
        "lamps": int(model.lamps.sum()),
        "waiting": int(seen.waiting[model.lamps].sum()),
        "failures": model.lives.failures,
        "lamp_years": round(model.lives.years, 1),
        "mean_age_y": round(float(seen.age_y[model.lamps].mean()), 1),
        "basis": model.basis,
        "shape": round(model.law.shape, 3),
        "scale_y": round(model.law.scale_y, 2),
        **_sum(np.array([chance.sum()]), np.array([variance])),
        "survival": np.exp(-model.law.hazard(np.arange(CURVE_Y + 1.0))).round(4).tolist(),
        "observed": {
            "age_y": np.round(steps[0][::every], 2).tolist(),
            "share": np.round(steps[1][::every], 4).tolist(),
        },
    }


def _sum(expected: Values, variance: Values) -> dict[str, Any]:
    """Add counts whose means are known up to relative variances, each independently."""
    total = float(expected.sum())
    spread = float((expected**2 * variance).sum()) / total**2 if total > 0 else 0.0
    told = counted(total, spread)
    return {"expected": round(told.expected, 1), "low": told.low, "high": told.high}


def _ageing(lighting: Lighting, archive: Archive, asked: OfAgeing, now_us: int) -> dict[str, Any]:
    return ageing_view(lighting, now_us)


QUERIES = (
    Query(
        "/lighting/ageing", "Luminaires expected to fail within twelve months, by model and district", OfAgeing, _ageing
    ),
)
