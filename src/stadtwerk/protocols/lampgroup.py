"""Light on demand by radio: the table of a street down in parts on port 20, its group's report up on port 21.

LoRaWAN cannot carry moving light (duty cycle, downlinks of class A): what moves, moves within a street's local group of
lamps, which hear each other's detectors. The platform sends the rule, the group tells counts and energy each quarter of
an hour. All little-endian, packed.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from stadtwerk.protocols.malformed import Malformed

VERSION = 1
POLICY_PORT, GROUP_PORT = 20, 21
OP_PART, OP_END = 1, 2
"""A part of a table; light on demand ends, the lamps follow their programs."""
PART_BYTES = 200
"""Table in one downlink: with its head below the 222 bytes that LoRaWAN carries at DR4 and above (EU868)."""
LEVEL_FULL = 65_535
"""Full light, the unit of a table's levels."""
KINDS = 3
"""Kinds of road users: cars, cyclists, walkers."""
FIELDS_MAX, ROWS_MAX, PATTERNS_MAX = 60, 8, 500
REPORT_S = 900
"""A group reports so often, at the quarters of the hour."""

_PART = struct.Struct("<BBIBB")
_HEAD = struct.Struct("<BBHBHB3B")
_REPORT = struct.Struct("<BBIHHI3hIHH")
_ANCHORED = 1


@dataclass(frozen=True, slots=True)
class Table:
    """A street's table: fields, rows of lamps abreast, metres between fields, seconds a change of light takes.

    `ahead` are the fields before a road user of each kind that need the full class, one is behind. `levels` by pattern:
    a pattern is a byte a field, 1 = needs the full class; its levels go row by row, field by field. Unless `anchored`,
    a pattern stands for all its turns around the fields.
    """

    fields: int
    rows: int
    spacing_m: float
    fade_s: int
    anchored: bool
    ahead: tuple[int, ...]
    levels: Mapping[bytes, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Part:
    """One downlink: number of the policy, which part of how many; the end of a policy has none."""

    op: int
    number: int
    part: int = 0
    parts: int = 0
    data: bytes = b""


@dataclass(frozen=True, slots=True)
class Report:
    """What a group tells: the newest policy it heard, lamps and those that follow it, counts (noised), Wh, seconds."""

    number: int
    members: int
    following: int
    clock_s: int
    counts: tuple[int, int, int]
    energy_wh: int
    lit_s: int
    unknown_s: int


def encode_table(table: Table) -> bytes:
    """Write a table; Malformed when something is out of its range."""
    _check(table)
    flags = _ANCHORED if table.anchored else 0
    spacing_dm = round(table.spacing_m * 10)
    head = (table.fields, table.rows, spacing_dm, table.fade_s, len(table.levels), flags, *table.ahead)
    parts = [_HEAD.pack(*head)]
    for pattern, levels in table.levels.items():
        bits = sum(bit << place for place, bit in enumerate(pattern))
        parts.append(bits.to_bytes(-(-table.fields // 8), "little") + struct.pack(f"<{len(levels)}H", *levels))
    return b"".join(parts)


def decode_table(data: bytes) -> Table:
    """Read a table; Malformed on a wrong length or a range."""
    if len(data) < _HEAD.size:
        raise Malformed("table-length", f"{len(data)} bytes are no table")
    fields, rows, spacing_dm, fade_s, count, flags, *ahead = _HEAD.unpack_from(data)
    wide, lamps = -(-fields // 8), fields * rows
    size = wide + 2 * lamps
    if len(data) != _HEAD.size + count * size:
        raise Malformed("table-length", f"{len(data)} bytes instead of {_HEAD.size + count * size}")
    levels = {}
    for at in range(_HEAD.size, len(data), size or 1):
        bits = int.from_bytes(data[at : at + wide], "little")
        pattern = bytes(bits >> place & 1 for place in range(fields))
        levels[pattern] = struct.unpack_from(f"<{lamps}H", data, at + wide)
    table = Table(fields, rows, spacing_dm / 10, fade_s, bool(flags & _ANCHORED), tuple(ahead), levels)
    _check(table)
    return table


def _check(table: Table) -> None:
    """Raise Malformed for a table no group can follow: it must know the street with nobody in it, and in full."""
    if not (2 <= table.fields <= FIELDS_MAX and 1 <= table.rows <= ROWS_MAX):
        raise Malformed("table-size", f"{table.fields} fields of {table.rows} rows")
    if not (1 <= table.spacing_m <= 200 and 1 <= table.fade_s <= 60 and len(table.ahead) == KINDS):
        raise Malformed("table-range", f"{table.spacing_m} m, {table.fade_s} s, {len(table.ahead)} kinds")
    if len(table.levels) > PATTERNS_MAX or any(len(one) != table.fields * table.rows for one in table.levels.values()):
        raise Malformed("table-levels", f"{len(table.levels)} patterns, or levels for other lamps")
    if not {bytes(table.fields), b"\1" * table.fields} <= table.levels.keys():
        raise Malformed("table-levels", "the empty or the full pattern is missing")


def parts_of(number: int, table: bytes) -> Iterator[Part]:
    """Cut a table into downlinks."""
    cuts = range(0, len(table), PART_BYTES)
    for part, at in enumerate(cuts):
        yield Part(OP_PART, number, part, len(cuts), table[at : at + PART_BYTES])


def encode_part(part: Part) -> bytes:
    """Write a downlink."""
    return _PART.pack(VERSION, part.op, part.number, part.part, part.parts) + part.data


def decode_part(data: bytes) -> Part:
    """Read a downlink; Malformed on wrong length, version or operation."""
    if not _PART.size <= len(data) <= _PART.size + PART_BYTES:
        raise Malformed("policy-length", f"{len(data)} bytes are no part of a policy")
    version, op, number, part, parts = _PART.unpack_from(data)
    if version != VERSION or op not in (OP_PART, OP_END):
        raise Malformed("policy-version", f"version {version}, operation {op} are not spoken here")
    if (op == OP_PART) != (part < parts):
        raise Malformed("policy-part", f"part {part} of {parts}")
    return Part(op, number, part, parts, data[_PART.size :])


def encode_report(report: Report) -> bytes:
    """Write a report, 28 bytes; counts saturate, the energy counter rolls over."""
    counts = (min(max(count, -32_768), 32_767) for count in report.counts)
    seconds = (min(report.lit_s, 65_535), min(report.unknown_s, 65_535))
    lamps = (report.members, report.following)
    energy = report.energy_wh & 0xFFFF_FFFF
    return _REPORT.pack(VERSION, 0, report.number, *lamps, report.clock_s, *counts, energy, *seconds)


def decode_report(data: bytes) -> Report:
    """Read a report; Malformed on wrong length or version, and when more lamps follow than there are."""
    if len(data) != _REPORT.size:
        raise Malformed("group-length", f"{len(data)} bytes instead of {_REPORT.size}")
    version, _, number, members, following, clock_s, *rest = _REPORT.unpack(data)
    if version != VERSION or following > members:
        raise Malformed("group-version", f"version {version}, {following} of {members} lamps")
    cars, cyclists, walkers, energy_wh, lit_s, unknown_s = rest
    return Report(number, members, following, clock_s, (cars, cyclists, walkers), energy_wh, lit_s, unknown_s)
