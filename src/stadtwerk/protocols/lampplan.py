"""The lamps' programs on the air: PROGRAM down on port 11, in parts that fit the smallest LoRaWAN payload.

A plan is one program, or several and a table of nights, each naming one of them. Its mark (CRC-16) comes back in every
STATUS, so that whoever sent it knows which plan a lamp keeps.
"""

from __future__ import annotations

import math
import struct
from binascii import crc_hqx
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stadtwerk.protocols.malformed import Malformed

VERSION = 1
PROGRAM_PORT = 11
PAYLOAD_BYTES = 51
"""Largest payload at the slowest data rate, DR0 of EU868 (LoRaWAN Regional Parameters RP002, M = 59 less header)."""
PARTS_MAX = 16
PROGRAMS_MAX = 8
NIGHTS_MAX = 1_000
MINUTES = 1_440

_HEAD = struct.Struct("<BBHI")
"""Version, part (place in the high, count - 1 in the low four bits), mark, serial."""
PART_BYTES = PAYLOAD_BYTES - _HEAD.size
_PROGRAM = struct.Struct("<hBBHH")
"""Hundredths of a degree of sun elevation, full and dimmed in half percents, dimmed from and until in minutes."""
_NIGHTS = struct.Struct("<HH")
"""Day since 1970-01-01 on whose noon the first night begins, and how many nights the table holds."""

_LORAWAN_BYTES, _PREAMBLE_SYMBOLS, _BANDWIDTH_HZ = 13, 12.25, 125_000
"""MAC header, address, counter, port and check of a frame; preamble with its sync word; bandwidth of DR0 to DR5."""


@dataclass(frozen=True, slots=True)
class LampProgram:
    """On below a sun elevation (degrees), full and dimmed (percent), dimmed hours in minutes of wall time."""

    on_elevation_deg: float
    full_percent: float
    dim_percent: float
    dim_from_min: int
    dim_until_min: int


@dataclass(frozen=True, slots=True)
class LampPlan:
    """Programs, and the place in them of each night from `first_day` (since 1970) on; other nights are the first's."""

    programs: tuple[LampProgram, ...]
    first_day: int = 0
    nights: tuple[int, ...] = ()

    def place(self, day: int) -> int:
        """Return the place of the program of the night that begins at noon of a day since 1970."""
        at = day - self.first_day
        return self.nights[at] if 0 <= at < len(self.nights) else 0


@dataclass(frozen=True, slots=True)
class ProgramPart:
    """One frame of a plan: its place among `count`, the plan's mark, a serial that rises with every decision."""

    place: int
    count: int
    mark: int
    serial: int
    body: bytes


def encode_plan(plan: LampPlan) -> bytes:
    """Write a plan; Malformed if something is out of its range."""
    _check(plan)
    body = bytearray([len(plan.programs)])
    for one in plan.programs:
        elevation = round(one.on_elevation_deg * 100)
        levels = round(one.full_percent * 2), round(one.dim_percent * 2)
        body += _PROGRAM.pack(elevation, *levels, one.dim_from_min, one.dim_until_min)
    if len(plan.programs) > 1:
        body += _NIGHTS.pack(plan.first_day, len(plan.nights)) + _pack(plan.nights, _bits(len(plan.programs)))
    return bytes(body)


def decode_plan(body: bytes) -> LampPlan:
    """Read a plan; Malformed on wrong length or range."""
    count = body[0] if body else 0
    end = 1 + count * _PROGRAM.size
    if not 1 <= count <= PROGRAMS_MAX or len(body) < end + (_NIGHTS.size if count > 1 else 0):
        raise Malformed("plan-length", f"{len(body)} bytes are no {count} programs")
    programs = tuple(
        LampProgram(elevation / 100, full / 2, dim / 2, begin, until)
        for elevation, full, dim, begin, until in _PROGRAM.iter_unpack(body[1:end])
    )
    plan, used = LampPlan(programs), end
    if count > 1:
        first_day, n = _NIGHTS.unpack_from(body, end)
        used = end + _NIGHTS.size + _table_bytes(n, count)
        plan = LampPlan(programs, first_day, _unpack(body[end + _NIGHTS.size :], n, _bits(count)))
    if len(body) != used:
        raise Malformed("plan-length", f"{len(body)} bytes instead of {used}")
    _check(plan)
    return plan


def mark_of(body: bytes) -> int:
    """Return a plan's mark: CRC-16 (CCITT), which no change within 16 bits keeps; 0 is left for lamps never told."""
    return crc_hqx(body, 0xFFFF) or 1


def parts_of(body: bytes, serial: int) -> list[bytes]:
    """Cut a plan into PROGRAM frames of at most 51 bytes; Malformed when there would be more than 16."""
    pieces = [body[at : at + PART_BYTES] for at in range(0, len(body), PART_BYTES)]
    if len(pieces) > PARTS_MAX:
        raise Malformed("plan-length", f"{len(body)} bytes are more than {PARTS_MAX} parts")
    mark, last = mark_of(body), len(pieces) - 1
    return [_HEAD.pack(VERSION, place << 4 | last, mark, serial) + piece for place, piece in enumerate(pieces)]


def decode_part(data: bytes) -> ProgramPart:
    """Read a PROGRAM frame; Malformed on wrong length, version or place."""
    if not _HEAD.size < len(data) <= PAYLOAD_BYTES:
        raise Malformed("part-length", f"{len(data)} bytes are no part of a program")
    version, part, mark, serial = _HEAD.unpack_from(data)
    place, count = part >> 4, (part & 15) + 1
    if version != VERSION:
        raise Malformed("part-version", f"version {version} is not spoken here")
    if place >= count:
        raise Malformed("part-place", f"part {place + 1} of {count}")
    return ProgramPart(place, count, mark, serial, data[_HEAD.size :])


def airtime_s(payload_bytes: int, spreading_factor: int) -> float:
    """Compute how long a LoRaWAN frame is on the air at 125 kHz, coding rate 4/5 (Semtech AN1200.13)."""
    symbol_s = float(1 << spreading_factor) / _BANDWIDTH_HZ
    slow = 2 if spreading_factor >= 11 else 0
    bits = 8 * (payload_bytes + _LORAWAN_BYTES) - 4 * spreading_factor + 44
    symbols = 8 + max(math.ceil(bits / (4 * (spreading_factor - slow))) * 5, 0)
    return (_PREAMBLE_SYMBOLS + symbols) * symbol_s


def _check(plan: LampPlan) -> None:
    if not 1 <= len(plan.programs) <= PROGRAMS_MAX:
        raise Malformed("plan-programs", f"{len(plan.programs)} programs are not 1..{PROGRAMS_MAX}")
    for one in plan.programs:
        levels = 0 <= one.full_percent <= 100 and 0 <= one.dim_percent <= 100
        minutes = 0 <= one.dim_from_min < MINUTES and 0 <= one.dim_until_min < MINUTES
        if not (levels and minutes and -90 <= one.on_elevation_deg <= 90):
            raise Malformed("plan-range", f"{one} is out of range")
    if len(plan.nights) > NIGHTS_MAX or not 0 <= plan.first_day < 1 << 16:
        raise Malformed("plan-nights", f"{len(plan.nights)} nights from day {plan.first_day}")
    if any(not 0 <= place < len(plan.programs) for place in plan.nights):
        raise Malformed("plan-nights", "a night names a program that is not there")


def _bits(programs: int) -> int:
    return (programs - 1).bit_length()


def _table_bytes(nights: int, programs: int) -> int:
    return -(-nights * _bits(programs) // 8)


def _pack(places: Sequence[int], bits: int) -> bytes:
    """Write places, the highest bit of each first."""
    table = np.array(places, np.uint8).reshape(-1, 1) >> np.arange(bits - 1, -1, -1, dtype=np.uint8) & 1
    return np.packbits(table.ravel()).tobytes()


def _unpack(data: bytes, n: int, bits: int) -> tuple[int, ...]:
    table = np.unpackbits(np.frombuffer(data, np.uint8))
    if len(table) < n * bits:
        raise Malformed("plan-length", f"{len(data)} bytes hold no {n} nights")
    weights = 1 << np.arange(bits - 1, -1, -1)
    return tuple((table[: n * bits].reshape(n, bits) @ weights).tolist())
