"""What an outdoor lamp is told and tells in objects 3416 (lamp controller) and 3418 (electrical monitor).

Levels are linear per cent of light on both sides: rounded to whole per cent here, and converted nowhere else.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from stadtwerk.protocols import lampradio
from stadtwerk.protocols.lampradio import DRIVER_FAILURE, LAMP_FAILURE, OVERRIDE_ACTIVE, LampCommand
from stadtwerk.protocols.lwm2m.model import LAMP, METER, Path, Value, Values
from stadtwerk.protocols.malformed import Malformed

COMMAND, IN_ACTION, LEVEL, LAMP_FAILED, GEAR_FAILED, RELAY_FAILED = 1, 2, 3, 5, 7, 9
DAY_BURNER, CYCLING, GEAR_SILENT, HOURS, HOURS_RESET, TEMPERATURE = 10, 11, 12, 15, 16, 21
POWER, ENERGY, START, END, FADE, DURATION, ACTIVE = 46, 47, 50, 51, 52, 53, 54
"""Resources of 3416."""
SUPPLY_V, SUPPLY_W, SUPPLY_WH = 1, 4, 6
"""Resources of 3418: volts, watts and watt-hours before the control gear (3416/47 counts kilowatt-hours behind it)."""

_COLUMNS = {
    (LAMP, LEVEL): ("level_percent", 1.0),
    (LAMP, HOURS): ("burning_h", 1.0),
    (LAMP, TEMPERATURE): ("temperature_c", 1.0),
    (LAMP, POWER): ("power_w", 1.0),
    (LAMP, ENERGY): ("energy_kwh", 1.0),
    (METER, SUPPLY_V): ("voltage_v", 1.0),
    (METER, SUPPLY_W): ("power_w", 1.0),
    (METER, SUPPLY_WH): ("energy_kwh", 1e-3),
}
"""What a resource tells of the lamp as a whole, and its factor; the meter's word counts more, it comes later."""
_FLAGS = {
    LAMP_FAILED: LAMP_FAILURE,
    GEAR_FAILED: DRIVER_FAILURE,
    RELAY_FAILED: DRIVER_FAILURE,
    GEAR_SILENT: DRIVER_FAILURE,
    ACTIVE: OVERRIDE_ACTIVE,
}


def whole_percent(level_percent: float) -> int:
    """Round a level to whole per cent, halves up."""
    return math.floor(level_percent + 0.5)


def writes(command: LampCommand, instance: int) -> dict[Path, Value]:
    """Say a command in resources, to be written in one request: the window 50 to 51 opens at once, 0 ends it."""
    if command.op == lampradio.OP_CLEAR:
        return {Path(LAMP, instance, END): 0}
    if command.op != lampradio.OP_SET:
        raise Malformed("lwm2m-command", f"operation {command.op} is not written")
    told = {COMMAND: whole_percent(command.level_percent), START: 0, END: command.until_s, FADE: float(command.ramp_s)}
    return {Path(LAMP, instance, number): value for number, value in told.items()}


def follows(command: LampCommand, values: Values, instance: int) -> bool:
    """Tell whether a lamp that says this of itself has taken the command over."""
    until = values.get(Path(LAMP, instance, END))
    if command.op == lampradio.OP_CLEAR:
        return until == 0
    level = values.get(Path(LAMP, instance, COMMAND))
    return level == whole_percent(command.level_percent) and until == command.until_s


def columns(values: Values) -> dict[str, float]:
    """Turn what a lamp says into values named with their units, as the lamp's other radios give them.

    `flags` is told only with a failure or the override among the resources, NaN never.
    """
    told: dict[str, float] = {}
    flags: int | None = None
    for path, value in sorted(values.items()):
        if (path.object, path.resource) in _COLUMNS and isinstance(value, int | float) and math.isfinite(value):
            name, factor = _COLUMNS[path.object, path.resource]
            told[name] = float(value) * factor
        if path.object == LAMP and path.resource in _FLAGS:
            flags = (flags or 0) | (_FLAGS[path.resource] if value is True else 0)
    return told if flags is None else {**told, "flags": float(flags)}


def report(told: Mapping[str, float], instance: int = 0) -> dict[Path, Value]:
    """Say what a lamp knows of itself (names and units as in `lampradio.physical`) in the resources of both objects."""
    flags = int(told["flags"])
    lamp: dict[int, Value] = {
        LEVEL: whole_percent(told["level_percent"]),
        LAMP_FAILED: bool(flags & LAMP_FAILURE),
        GEAR_FAILED: bool(flags & DRIVER_FAILURE),
        HOURS: round(told["burning_h"], 2),
        TEMPERATURE: told["temperature_c"],
        ACTIVE: bool(flags & OVERRIDE_ACTIVE),
    }
    meter: dict[int, Value] = {
        SUPPLY_V: round(told["voltage_v"], 1),
        SUPPLY_W: round(told["power_w"], 1),
        SUPPLY_WH: round(told["energy_kwh"] * 1000, 0),
    }
    said = {Path(LAMP, instance, number): value for number, value in lamp.items()}
    return said | {Path(METER, instance, number): value for number, value in meter.items()}
