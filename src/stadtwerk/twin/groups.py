"""Local groups: a street's lamps move light together by a table, on what their detectors see, without the platform."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from stadtwerk.kernel.clock import US
from stadtwerk.protocols import lampgroup
from stadtwerk.protocols.lampgroup import KINDS, LEVEL_FULL, REPORT_S, Part, Report, Table
from stadtwerk.protocols.malformed import Malformed
from stadtwerk.twin.city import City, Ix
from stadtwerk.twin.lamps import RADIO_DEAD, UNPOWERED, Lamps
from stadtwerk.twin.memory import LampMemory
from stadtwerk.twin.presence import DetectorFigures, Detectors, Presence
from stadtwerk.twin.traffic import Traffic

EPSILON = 1.0
"""Counts leave a group only with noise: differential privacy of so much for one road user a quarter of an hour."""
FILE = "groups.json"

Levels = NDArray[np.float64]


class GroupPart(NamedTuple):
    """A downlink for a street's group by its name."""

    group: str
    part: Part


class GroupFrame(NamedTuple):
    """A report on its way: the lamp that speaks for its group, its frame counter, arrival, payload."""

    at_us: int
    ix: int
    f_cnt: int
    data: bytes


class _Kept(msgspec.Struct):
    """What a group remembers without power: the newest number it obeyed, its table, empty = none."""

    number: int
    table: bytes


def turned(pattern: bytes, by: int) -> bytes:
    """Return a pattern whose fields have moved on around the ring."""
    by %= len(pattern)
    return pattern[-by:] + pattern[:-by] if by else pattern


def known_above(table: Table, pattern: bytes) -> tuple[bytes, int, bool]:
    """Return a known pattern, by how many fields it is turned, and whether it is the very one asked for.

    One that is not known is answered by one that needs the full class in more fields: the shortest gaps between fields
    that need it are closed, one after the other; an anchored table knows the empty street and the full one.
    """
    asked = pattern
    while True:
        for by in range(1 if table.anchored else len(pattern)):
            if turned(pattern, -by) in table.levels:
                return turned(pattern, -by), by, pattern == asked
        gaps = _gaps(pattern)
        closed = bytearray(pattern)
        for place in range(len(pattern)) if table.anchored else min(gaps, key=len):
            closed[place] = 1
        pattern = bytes(closed)


def _gaps(pattern: bytes) -> list[list[int]]:
    """Return the runs of fields on the ring that do not need the full class, from the first that does onwards."""
    n, start = len(pattern), pattern.find(1)
    gaps: list[list[int]] = [[]]
    for place in range(start, start + n):
        if pattern[place % n]:
            gaps.append([])
        else:
            gaps[-1].append(place % n)
    return [gap for gap in gaps if gap]


def levels_of(table: Table, pattern: bytes) -> tuple[Levels, bool]:
    """Return the levels (lamps,) percent of a street's lamps in their order, and whether the table knew the pattern."""
    known, by, exact = known_above(table, pattern)
    rows = np.array(table.levels[known], np.float64).reshape(table.rows, table.fields)
    return np.roll(rows, by, axis=1).T.ravel() * (100.0 / LEVEL_FULL), exact


@dataclass(slots=True)
class Group:
    """One street's lamps (rows `ix`, in order), what they know, and what they have counted since the last report."""

    ix: Ix
    number: int = 0
    table: Table | None = None
    parts: dict[int, bytes] = field(default_factory=dict)
    heard: int = 0
    """Number of the policy whose parts are being gathered."""
    detectors: Detectors | None = None
    presence: Presence | None = None
    traffic: Traffic | None = None
    pattern: bytes = b""
    exact: bool = True
    """Whether the table knows the pattern."""
    levels: Levels = field(default_factory=lambda: np.zeros(0))
    counts: list[int] = field(default_factory=lambda: [0] * KINDS)
    lit_s: float = 0.0
    unknown_s: float = 0.0
    told_us: int = 0
    due: bool = False
    """Whether something happened that the platform should hear of."""
    following: int = -1


class Groups:
    """All streets' groups; only those with a table cost anything."""

    def __init__(self, city: City, state: Path, memory: LampMemory, seed: int) -> None:
        self._city, self._path, self._memory, self._seed = city, state / FILE, memory, seed
        self._rng = np.random.default_rng([seed, 5])
        self._figures = DetectorFigures(**city.detectors)
        self._groups: dict[str, Group] = {}
        self._frames: list[GroupFrame] = []
        self._now_us = 0
        kept = msgspec.json.decode(self._path.read_bytes(), type=dict[str, _Kept]) if self._path.exists() else {}
        for name, one in kept.items():
            if name in city.groups:
                group = self._groups[name] = Group(city.groups[name], heard=one.number)
                self._obey(name, group, one.table)

    def hear(self, name: str, part: Part, heard_by: Ix) -> None:
        """Take a downlink that some lamps of a group heard; they pass it on to the others."""
        if not len(heard_by):
            return
        group = self._groups.setdefault(name, Group(self._city.groups[name]))
        if part.number <= group.number:
            group.due |= part.number == group.number and part.part + 1 >= part.parts
            return
        if part.number > group.heard:
            group.heard, group.parts = part.number, {}
        if part.number < group.heard:
            return
        if part.op == lampgroup.OP_END:
            self._obey(name, group, b"")
            return
        group.parts[part.part] = part.data
        if len(group.parts) == part.parts:
            self._obey(name, group, b"".join(group.parts[number] for number in sorted(group.parts)))

    def _obey(self, name: str, group: Group, table: bytes) -> None:
        """Follow a new table, or none; one that cannot be read changes nothing."""
        group.parts = {}
        try:
            self._adopt(name, group, table)
        except Malformed:
            group.heard = group.number
            return
        group.number, group.due = group.heard, True
        kept = {one: _Kept(it.number, lampgroup.encode_table(it.table) if it.table else b"") for one, it in self._all()}
        fresh = self._path.with_suffix(".new")
        fresh.write_bytes(msgspec.json.encode(kept))
        fresh.replace(self._path)

    def _all(self) -> list[tuple[str, Group]]:
        return [(name, group) for name, group in self._groups.items() if group.number]

    def _adopt(self, name: str, group: Group, body: bytes) -> None:
        table = lampgroup.decode_table(body) if body else None
        if table and not (table.fields - 1) * table.rows < len(group.ix) <= table.fields * table.rows:
            raise Malformed("table-size", f"{name} has {len(group.ix)} lamps")
        group.table, group.pattern = table, b""
        if table is None:
            group.detectors = group.presence = None
            return
        place = sorted(self._city.groups).index(name)
        length_m = table.fields * table.spacing_m
        highway = self._city.highways.get(name.removeprefix("street-"), "")
        rng = np.random.default_rng([self._seed, 6, place, group.number])
        group.traffic = Traffic((self._seed, 7, place), highway, length_m, self._city.timezone)
        group.detectors = Detectors(table.fields, table.spacing_m, self._figures, rng)
        group.presence = Presence(table.fields, table.spacing_m)

    def step(self, lamps: Lamps, lost: NDArray[np.bool_], now_us: int) -> None:
        """Live on to a new second: look, decide, move light, report."""
        if now_us // US == self._now_us // US:
            return
        passed_s = min((now_us - self._now_us) / US, 60.0) if self._now_us else 0.0
        for group in self._groups.values():
            able = group.ix[lamps.fault[group.ix] & (UNPOWERED | RADIO_DEAD) == 0]
            if group.table is not None:
                self._move(group, group.table, lamps, passed_s, now_us)
            elif group.following != 0:
                lamps.release(group.ix)
            following = len(able) if group.table is not None else 0
            group.due |= following != group.following
            group.following = following
            if len(able) and group.number and (group.due or now_us - group.told_us >= _until_quarter(group.told_us)):
                self._report(group, able, lost, now_us)
        self._now_us = now_us

    def _move(self, group: Group, table: Table, lamps: Lamps, passed_s: float, now_us: int) -> None:
        """Look at who is there and have the lamps give what the table says."""
        if group.detectors is None or group.presence is None or group.traffic is None:
            return
        lit = bool(lamps.wants_light(group.ix).any())
        seen = group.detectors.look(group.traffic.trips(now_us), now_us)
        counted = group.presence.hear(seen, now_us)
        if not lit:
            group.pattern = b""
            lamps.release(group.ix)
            return
        for kind in counted:
            group.counts[kind] += 1
        pattern = group.presence.full(table.ahead, now_us)
        group.lit_s += passed_s
        if pattern != group.pattern:
            group.levels, group.exact = levels_of(table, pattern)
            group.pattern = pattern
        group.unknown_s += 0.0 if group.exact else passed_s
        lamps.follow(group.ix, group.levels[: len(group.ix)], table.fade_s)

    def _report(self, group: Group, able: Ix, lost: NDArray[np.bool_], now_us: int) -> None:
        """Let the first lamp that can speak for its group, twice (NbTrans=2)."""
        speaker, figures = int(able[0]), self._city.radio
        noise = self._rng.geometric(1.0 - math.exp(-EPSILON), (2, KINDS))
        counts = [int(count) for count in np.array(group.counts) + noise[0] - noise[1]]
        report = Report(
            number=group.number,
            members=len(group.ix),
            following=max(group.following, 0),
            clock_s=now_us // US,
            counts=(counts[0], counts[1], counts[2]),
            energy_wh=int(self._memory.energy_ws[group.ix].sum() / 3600),
            lit_s=round(group.lit_s),
            unknown_s=round(group.unknown_s),
        )
        group.counts, group.lit_s, group.unknown_s = [0] * KINDS, 0.0, 0.0
        group.told_us, group.due = now_us, False
        self._memory.f_cnt[speaker] += 1
        if lost[self._city.gateway[speaker]] or self._rng.random() < figures.uplink_loss**2:
            return
        delay_us = round(self._rng.uniform(figures.delay_min_s, figures.delay_max_s) * US)
        frame = GroupFrame(
            now_us + delay_us, speaker, int(self._memory.f_cnt[speaker]), lampgroup.encode_report(report)
        )
        self._frames.append(frame)

    def take(self, now_us: int) -> Sequence[GroupFrame]:
        """Take the reports that have arrived by now."""
        here = [frame for frame in self._frames if frame.at_us <= now_us]
        self._frames = [frame for frame in self._frames if frame.at_us > now_us]
        return here


def _until_quarter(told_us: int) -> int:
    """Return how long after a report the next one is due: at the next quarter of the hour."""
    return REPORT_S * US - told_us % (REPORT_S * US)
