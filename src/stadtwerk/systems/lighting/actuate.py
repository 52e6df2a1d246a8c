"""What writing an attribute of a lamp over NGSI-LD means: a command like any other, decided like any other."""

from __future__ import annotations

import msgspec

from stadtwerk.kernel.clock import US, iso
from stadtwerk.kernel.refusal import Refused
from stadtwerk.kernel.system import Told
from stadtwerk.systems.lighting.entities import STREETLIGHT
from stadtwerk.vocab.lighting import SetLevel, Target

HOLD_S = 3_600
"""How long a level written without an end is held: then the lamp returns to its program."""
POWER_STATES = {"on": 100.0, "off": 0.0}
"""Level of each power state that can be asked for, percent."""


def actuate(told: Told, now_us: int) -> tuple[str, msgspec.Struct] | None:
    """Turn a written `illuminanceLevel` (0 to 1) or `powerState` of a lamp into a level to hold; None for others."""
    if told.entity_type != STREETLIGHT.name or told.attribute not in ("illuminanceLevel", "powerState"):
        return None
    level_percent = _level_percent(told)
    target = Target(lamp=told.local_id)
    until = told.until or iso(now_us + HOLD_S * US)
    return "lighting.set-level", SetLevel(target, level_percent, until, reason=f"NGSI-LD: {told.attribute}")


def _level_percent(told: Told) -> float:
    value = told.value
    if told.attribute == "powerState":
        if value not in POWER_STATES:
            raise Refused.field("powerState", f"one of {', '.join(POWER_STATES)}")
        return POWER_STATES[value]
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise Refused.field("illuminanceLevel", "a number from 0 to 1")
    return round(float(value) * 100, 3)
