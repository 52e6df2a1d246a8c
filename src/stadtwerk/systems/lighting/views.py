"""What people see of street lighting: lamps, commands, totals."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from stadtwerk.kernel.clock import US, iso, parse_iso
from stadtwerk.kernel.command import CONFIRMED, Command
from stadtwerk.kernel.command_view import command_view
from stadtwerk.kernel.ids import urn
from stadtwerk.systems.lighting.energy.hours import energy_kwh
from stadtwerk.systems.lighting.plans.views import lamp_program
from stadtwerk.systems.lighting.ports import Archive
from stadtwerk.systems.lighting.state import (
    DRIVER_FAILURE,
    FAULT,
    LAMP_FAILURE,
    OVERRIDDEN,
    SILENT,
    WAITING,
    Lighting,
)

STANDBY_W = 0.5
"""What a dark luminaire's driver and controller take, W (typical D4i driver in standby; an estimate)."""


def totals(lighting: Lighting, now_us: int) -> dict[str, Any]:
    """Sum up the city's light now."""
    bits = lighting.screen_flags(now_us)
    level = np.nan_to_num(lighting.seen["level_percent"])
    expected = lighting.plans.expected_percent(now_us)
    return {
        "now": iso(now_us),
        "lamps": len(lighting.inventory),
        "power_kw": round(float(lighting.power_now_w().sum()) / 1000, 2),
        "program_kw": round(float((expected / 100 * lighting.inventory.power_w).sum()) / 1000, 2),
        "energy_kwh": round(float(np.nansum(lighting.seen["energy_kwh"])), 2),
        "lit": int((level > 0).sum()),
        "faulty": int((bits & FAULT != 0).sum()),
        "overridden": int((bits & OVERRIDDEN != 0).sum()),
        "silent": int((bits & SILENT != 0).sum()),
        "pending": int((bits & WAITING != 0).sum()),
    }


def lamp_status(flags: int) -> str:
    """Name a lamp's condition as Smart Data Models does (Streetlight.status)."""
    if flags & LAMP_FAILURE:
        return "defectiveLamp"
    return "brokenLantern" if flags & DRIVER_FAILURE else "ok"


def lamp_view(lighting: Lighting, archive: Archive, row: int, now_us: int) -> dict[str, Any]:
    """Show one lamp whole: what it is, what it does, what it should do, who asked for what."""
    inventory, seen = lighting.inventory, lighting.seen
    lamp_id = inventory.ids[row]
    street, district = int(inventory.streets.of_lamp[row]), int(inventory.districts.of_lamp[row])
    circuit = int(inventory.circuits.of_lamp[row])
    commands = [command for command in archive.latest(200) if row in command.rows][:10]
    told = {name: _number(seen[name][row]) for name in ("energy_kwh", "burning_h", "temperature_c", "voltage_v")}
    return {
        "ix": row,
        "id": lamp_id,
        "urn": urn("Streetlight", lamp_id),
        "pole": inventory.text["pole"][row],
        "street": {"id": inventory.streets.ids[street], "name": inventory.streets.names[street]},
        "circuit": inventory.circuits.ids[circuit],
        "cabinet": inventory.circuits.extra[circuit]["cabinet"],
        "district": {"id": inventory.districts.ids[district], "name": inventory.districts.names[district]},
        "lon": float(inventory.lon[row]),
        "lat": float(inventory.lat[row]),
        "height_m": float(inventory.height_m[row]),
        "power_w": float(inventory.power_w[row]),
        "lamp_type": inventory.text["lamp_type"][row],
        "program": lamp_program(lighting, row, now_us),
        "installed_on": inventory.text["installed_on"][row],
        "observed_at": iso(int(seen.observed_at_us[row])) if seen.observed_at_us[row] else None,
        "level_percent": _number(seen["level_percent"][row]),
        "power_now_w": _number(seen["power_w"][row]),
        **told,
        "flags": int(lighting.screen_flags(now_us)[row]),
        "status": lamp_status(int(lighting.flags()[row])),
        "override": _override(commands, row, now_us),
        "pending": next((command.id for command in commands if command.open and row in command.pending_rows()), None),
        "commands": [command_view(command) for command in commands],
        "curve": curve(inventory.text["lamp_type"][row], float(inventory.power_w[row])),
    }


def curve(lamp_type: str, power_w: float) -> list[dict[str, float]]:
    """Return the nominal driver curve as points of level (percent of full light) and power (W)."""
    points = {"led": ((0, 0.0), (10, 0.14), (25, 0.27), (50, 0.5), (75, 0.74), (100, 1.0))}
    stepped = ((0, 0.0), (50, 0.6), (100, 1.0))
    return [
        {"level_percent": float(level), "power_w": round(STANDBY_W + share * (power_w - STANDBY_W), 1)}
        for level, share in points.get(lamp_type, stepped)
    ]


def lamp_history(lighting: Lighting, archive: Archive, row: int, since_us: int, until_us: int) -> dict[str, Any]:
    """Return a lamp's level and power over a stretch of time."""
    found = archive.history("Streetlight", row, since_us, until_us)
    return {
        "at": [iso(int(at_us)) for at_us in found["at_us"]],
        "level_percent": [_number(value) for value in found["level_percent"]],
        "power_w": [_number(value) for value in found["power_w"]],
    }


def energy(lighting: Lighting, archive: Archive, since_us: int, now_us: int) -> dict[str, Any]:
    """Return the city's power over a stretch of time beside what the programs alone would take.

    Energy of today weighs each value by the time to the next one, however seldom the city is summed up.
    """
    found = archive.history("CityLighting", 0, since_us, now_us + 1)
    now = totals(lighting, now_us)
    today = found["at_us"] >= _midnight_us(lighting.inventory.city["timezone"], now_us)
    used_kwh = energy_kwh(np.asarray(found["at_us"][today], np.int64), found["power_kw"][today])
    return {
        "now": {"power_kw": now["power_kw"], "lit": now["lit"], "energy_today_kwh": round(used_kwh, 1)},
        "at": [iso(int(at_us)) for at_us in found["at_us"]],
        "power_kw": [_number(value) for value in found["power_kw"]],
        "program_kw": [_number(value) for value in found["program_kw"]],
    }


def _midnight_us(timezone: str, now_us: int) -> int:
    """Return when the city's day began."""
    local = datetime.fromtimestamp(now_us / US, ZoneInfo(timezone))
    return round(local.replace(hour=0, minute=0, second=0, microsecond=0).timestamp() * US)


def _override(commands: list[Command], row: int, now_us: int) -> dict[str, Any] | None:
    """Return the command that holds a lamp now: the newest it confirmed, if that set a level still valid."""
    for command in commands:
        answer = command.outcome[command.rows == row]
        if len(answer) and answer[0] == CONFIRMED:
            body = command.body
            if "until" not in body or parse_iso(body["until"]) <= now_us:
                return None
            keys = ("level_percent", "until", "reason")
            return {**{key: body[key] for key in keys}, "command": command.id, "actor": command.actor}
    return None


def _number(value: float) -> float | None:
    return None if np.isnan(value) else round(float(value), 3)
