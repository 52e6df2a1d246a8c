"""Which lamps a target means, at the moment it is asked."""

from __future__ import annotations

import numpy as np

from stadtwerk.kernel import geo
from stadtwerk.kernel.observation import Rows
from stadtwerk.kernel.refusal import Fault, Refusal, Refused, problem_type
from stadtwerk.systems.lighting.inventory import Inventory, Places
from stadtwerk.vocab.lighting import Target


def select(inventory: Inventory, target: Target) -> tuple[Rows, str]:
    """Return the rows of the lamps meant, ascending, and a title for people; refuses an unknown or empty target."""
    chosen = [name for name in target.__struct_fields__ if getattr(target, name) is not None]
    if len(chosen) != 1:
        raise Refused.field("target", "name exactly one of lamp, lamps, street, circuit, district, polygon")
    if target.polygon is not None:
        area = geo.polygon(target.polygon, "target.polygon")
        rows = np.flatnonzero(geo.inside(area, inventory.lon, inventory.lat)).astype(np.int32)
        title = f"{len(rows)} × ⬠"
    elif target.lamps is not None:
        rows, title = _lamps(inventory, target.lamps), f"{len(target.lamps)} ×"
    elif target.lamp is not None:
        rows, title = _lamps(inventory, (target.lamp,)), target.lamp
    else:
        place_id = getattr(target, chosen[0])
        places: Places = getattr(inventory, f"{chosen[0]}s")
        place = places.index.get(place_id)
        if place is None:
            raise unknown(f"target.{chosen[0]}", f"no {chosen[0]} {place_id!r} in this city")
        rows, title = places.rows(place), places.names[place]
    if not len(rows):
        raise unknown("target", "there is no lamp in it")
    return rows, title


def _lamps(inventory: Inventory, ids: tuple[str, ...]) -> Rows:
    strange = [lamp_id for lamp_id in ids if lamp_id not in inventory.row_of]
    if strange:
        raise unknown("target.lamp", f"no lamp {', '.join(strange[:3])} in this city")
    return np.unique(np.array([inventory.row_of[lamp_id] for lamp_id in ids], np.int32))


def unknown(field: str, detail: str) -> Refused:
    """Refuse a target that the city does not have (404)."""
    fault = Fault(field, detail)
    return Refused(Refusal(problem_type("unknown-target"), "The city has no such target", 404, detail, (fault,)))
