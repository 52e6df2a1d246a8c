"""The lamps' radio payloads: STATUS up on port 2, COMMAND down on port 10, little-endian, packed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stadtwerk.protocols.malformed import Malformed

VERSION = 1
STATUS_PORT = 2
COMMAND_PORT = 10

OP_SET, OP_CLEAR, OP_REPORT = 1, 2, 3
"""Hold a level until a time; end the override; only report."""

LAMP_FAILURE, DRIVER_FAILURE, OVERRIDE_ACTIVE, CLOCK_NOT_SET = 1, 2, 4, 8
"""Bits of a STATUS' flags."""

LEVEL_FULL = 200
"""Full light in half percents, the unit of `level` on the air."""

RAMP_MAX_S = 3_600

STATUS = np.dtype(
    [
        ("version", "u1"),
        ("flags", "u1"),
        ("level", "u1"),
        ("temperature_c", "i1"),
        ("power_dw", "<u2"),
        ("voltage_dv", "<u2"),
        ("energy_wh", "<u4"),
        ("burning_min", "<u4"),
        ("token", "<u4"),
        ("clock_s", "<u4"),
        ("applied", "<u2"),
        ("program_mark", "<u2"),
    ]
)
"""28 bytes: half percents, degrees Celsius, 0.1 W, 0.1 V, Wh, minutes, last token, unix seconds, count, plan's mark.

A lamp that was never told a plan, or does not know of plans, has the mark 0.
"""

COMMAND = np.dtype(
    [
        ("version", "u1"),
        ("op", "u1"),
        ("level", "u1"),
        ("reserved1", "u1"),
        ("ramp_s", "<u2"),
        ("reserved2", "<u2"),
        ("token", "<u4"),
        ("until_s", "<u4"),
    ]
)
"""16 bytes: operation, half percents, seconds of ramp, rising token, unix second of the override's end."""

StatusRows = NDArray[np.void]
"""Structured array of dtype STATUS, shape (n,)."""

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LampCommand:
    """What a lamp is told: operation, level (percent), ramp (s), token, end of the override (unix s)."""

    op: int
    token: int
    level_percent: float = 0.0
    ramp_s: int = 0
    until_s: int = 0


def encode_command(command: LampCommand) -> bytes:
    """Write a COMMAND, 16 bytes; Malformed if a field is out of its range or not a number."""
    _check_command(command)
    row = np.zeros(1, COMMAND)
    row["version"], row["op"] = VERSION, command.op
    row["level"] = round(command.level_percent * 2)
    row["ramp_s"], row["token"], row["until_s"] = command.ramp_s, command.token, command.until_s
    return row.tobytes()


def decode_command(data: bytes) -> LampCommand:
    """Read a COMMAND; Malformed on wrong length, version, operation or range."""
    if len(data) != COMMAND.itemsize:
        raise Malformed("command-length", f"{len(data)} bytes instead of {COMMAND.itemsize}")
    row = np.frombuffer(data, COMMAND)[0]
    if row["version"] != VERSION:
        raise Malformed("command-version", f"version {row['version']} is not spoken here")
    command = LampCommand(
        op=int(row["op"]),
        token=int(row["token"]),
        level_percent=int(row["level"]) / 2,
        ramp_s=int(row["ramp_s"]),
        until_s=int(row["until_s"]),
    )
    _check_command(command)
    return command


def _check_command(command: LampCommand) -> None:
    """Raise Malformed for a command no lamp may get."""
    if command.op not in (OP_SET, OP_CLEAR, OP_REPORT):
        raise Malformed("command-op", f"operation {command.op} is unknown")
    if not 0 <= command.level_percent <= 100:
        raise Malformed("command-level", f"level {command.level_percent} is not within 0..100 percent")
    if not 0 <= command.ramp_s <= RAMP_MAX_S:
        raise Malformed("command-ramp", f"ramp {command.ramp_s} is not within 0..{RAMP_MAX_S} s")
    if not 0 <= command.token < 1 << 32 or (command.token == 0 and command.op != OP_REPORT):
        raise Malformed("command-token", f"token {command.token} is not within 1..2^32-1")
    if not 0 <= command.until_s < 1 << 32 or (command.until_s == 0 and command.op == OP_SET):
        raise Malformed("command-until", f"until {command.until_s} is no end of an override")


def status_rows(data: bytes | StatusRows) -> StatusRows:
    """View bytes as STATUS rows (n,), or pass rows through; Malformed if the length is no multiple of 28."""
    if isinstance(data, np.ndarray):
        if data.dtype != STATUS:
            raise Malformed("status-dtype", f"{data.dtype} is not STATUS")
        return data
    if not data or len(data) % STATUS.itemsize:
        raise Malformed("status-length", f"{len(data)} bytes are no multiple of {STATUS.itemsize}")
    return np.frombuffer(data, STATUS)


def sound(rows: StatusRows) -> NDArray[np.bool_]:
    """Tell which rows (n,) a receiver may believe: known version, level within 0..200."""
    believable: NDArray[np.bool_] = (rows["version"] == VERSION) & (rows["level"] <= LEVEL_FULL)
    return believable


def decode_status(data: bytes | StatusRows) -> StatusRows:
    """Read STATUS rows (n,), all refused as Malformed if one is unsound; `sound` tells which to keep."""
    rows = status_rows(data)
    wrong = np.flatnonzero(~sound(rows))
    if len(wrong):
        first = rows[wrong[0]]
        if first["version"] != VERSION:
            raise Malformed("status-version", f"version {first['version']} is not spoken here")
        raise Malformed("status-level", f"level {first['level']} is above {LEVEL_FULL} half percents")
    return rows


def physical(rows: StatusRows) -> dict[str, Values]:
    """Turn STATUS rows into float64 columns (n,) named with their units; clock_us are microseconds UTC."""
    scales = {
        "level_percent": ("level", 0.5),
        "power_w": ("power_dw", 0.1),
        "energy_kwh": ("energy_wh", 1e-3),
        "burning_h": ("burning_min", 1 / 60),
        "temperature_c": ("temperature_c", 1.0),
        "voltage_v": ("voltage_dv", 0.1),
        "flags": ("flags", 1.0),
        "token": ("token", 1.0),
        "applied": ("applied", 1.0),
        "program_mark": ("program_mark", 1.0),
        "clock_us": ("clock_s", 1e6),
    }
    return {name: rows[field] * np.float64(scale) for name, (field, scale) in scales.items()}


def encode_status(columns: Mapping[str, NDArray[Any]]) -> StatusRows:
    """Pack n lamps' columns into STATUS rows (n,), as `.tobytes()` goes on air.

    Names and units as in `physical`, except energy_wh, burning_min and clock_s, which count as on the air:
    counters roll over, measures saturate, `program_mark` may be missing. Malformed when a value is not a number.
    """
    rows = np.zeros(len(columns["level_percent"]), STATUS)
    rows["version"] = VERSION
    for field, name, scale, low, high in (
        ("level", "level_percent", 2, 0, LEVEL_FULL),
        ("temperature_c", "temperature_c", 1, -128, 127),
        ("power_dw", "power_w", 10, 0, 65_535),
        ("voltage_dv", "voltage_v", 10, 0, 65_535),
    ):
        values = np.asarray(columns[name], np.float64)
        if not np.isfinite(values).all():
            raise Malformed("status-value", f"{name} holds a value that is not a number")
        rows[field] = np.clip(np.rint(values * scale), low, high)
    for field, bits in (
        ("energy_wh", 32),
        ("burning_min", 32),
        ("clock_s", 32),
        ("token", 32),
        ("applied", 16),
    ):
        rows[field] = np.asarray(columns[field]).astype(np.int64) & ((1 << bits) - 1)
    rows["flags"] = columns["flags"]
    rows["program_mark"] = columns.get("program_mark", 0)
    return rows
