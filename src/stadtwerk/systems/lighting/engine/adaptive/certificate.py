"""A bound as a document: layout, classes, levels, and the multipliers that prove that no levels take less power."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from stadtwerk.systems.lighting.engine.adaptive.bound import Solution
from stadtwerk.systems.lighting.engine.adaptive.demands import Classes
from stadtwerk.systems.lighting.engine.adaptive.influence import Influence
from stadtwerk.systems.lighting.engine.en13201.certificate import GENESIS, Notary, seal_of

FORMAT = "stadtwerk-bound-1"


def certify_bound(
    influence: Influence,
    fields: Sequence[Classes],
    solution: Solution,
    about: Mapping[str, Any],
    before: str = GENESIS,
    failed: Sequence[int] = (),
) -> dict[str, Any]:
    """Return a document, with the materials it stands on, that `tools/verify_bound.py` can check, sealed after another.

    Lamps that `failed` give no light; the bound holds for the others. A glare cut names the initial mean luminance,
    cd/m2, at which it touches; all other rows follow from what they name.
    """
    notary = Notary()
    body = {
        "format": FORMAT,
        "before": before,
        "about": dict(about),
        "layout": notary.layout(influence.street),
        "fields": [dict(classes) for classes in fields],
        "levels": solution.levels.tolist(),
        "failed": sorted(failed),
        "power_w": influence.power_w.tolist(),
        "planned_w": solution.power_w,
        "bound_w": solution.bound_w,
        "rows": [
            {"kind": row.kind, "at": list(row.at), "area": row.area, "least": float(row.least), "y": float(y)}
            for row, y in zip(solution.rows, solution.multipliers, strict=True)
        ],
        "materials": notary.materials(),
    }
    return {**body, "seal": seal_of(body)}
