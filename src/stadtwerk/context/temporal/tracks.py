"""An entity's history in columns: where each instance stands, when it was, and what number it is, for quick choosing."""  # noqa: E501

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec
import numpy as np
import numpy.typing as npt

from stadtwerk.context.moments import read_moment
from stadtwerk.context.temporal.told import SCOPE, Place

TimeProperty = Literal["observedAt", "createdAt", "modifiedAt", "deletedAt"]

NEVER = int(np.iinfo(np.int64).min)
"""Stands for a time that an instance does not have."""
NUMBER, BOOLEAN, LIST, TEXT, OTHER, GONE, BLANK = range(7)
"""Sorts of values; GONE is the end of an instance, BLANK what is left of one taken out."""

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bytes = npt.NDArray[np.int8]
Shorts = npt.NDArray[np.int32]
_TIMES: tuple[TimeProperty, ...] = ("observedAt", "createdAt", "modifiedAt", "deletedAt")
_ROW_BYTES = 150
"""About what one instance takes, with its sorted views."""
_CHUNK = 2_000
"""Instances packed at a time, so that a long history never holds others up."""
_SEQ, _ATTR, _PLACE, _DATASET, _SORT, _PAST, _FIRST_TIME = range(7)

Row = tuple[int, int, bytes]
"""A row of history: number, instant of the write, what it told."""


class _Seen(msgspec.Struct):
    """What the columns need of an instance."""

    type: str = ""
    value: Any = None
    valueList: Any = None  # noqa: N815 - the standard's name; a text where the attribute was deleted
    datasetId: str = ""  # noqa: N815
    observedAt: str = ""  # noqa: N815
    createdAt: int = NEVER  # noqa: N815
    modifiedAt: int = NEVER  # noqa: N815
    deletedAt: int = NEVER  # noqa: N815


class _Row(msgspec.Struct):
    attrs: dict[str, list[_Seen]] = {}
    scope: list[str] | None = None
    past: bool = False


_decode = msgspec.json.Decoder(_Row).decode


@dataclass(slots=True)
class Sorted:
    """Instances in the order of one of their times: when (n,) us UTC, which row, what number, sort, dataset (n,).

    The number is that of a number itself, of a boolean 1 or 0, of a list its length, else NaN; `uniform` is the sort of
    all, if known.
    """

    at_us: Ints
    rows: Ints
    values: Floats
    sorts: Bytes
    datasets: Shorts
    uniform: int | None = None

    def __len__(self) -> int:
        return len(self.at_us)

    def part(self, which: slice | Ints | npt.NDArray[np.bool_]) -> Sorted:
        """Return some of the instances."""
        return Sorted(
            self.at_us[which],
            self.rows[which],
            self.values[which],
            self.sorts[which],
            self.datasets[which],
            self.uniform,
        )

    def only_sort(self) -> int | None:
        """Return the sort of all, None if there are several."""
        if self.uniform is not None:
            return self.uniform
        first = int(self.sorts[0])
        return first if (self.sorts == first).all() else None


class Track:
    """The evolution of one attribute: a column for each thing worth knowing, in the order of telling."""

    def __init__(self) -> None:
        self.kind = "Property"
        self._facts: Ints = np.empty((0, _FIRST_TIME + len(_TIMES)), np.int64)
        self._values: Floats = np.empty(0)
        self._chunks: list[tuple[Ints, Floats]] = []
        self._fresh: list[tuple[int, ...]] = []
        self._fresh_values: list[float] = []
        self._views: dict[str, Sorted] = {}

    def __len__(self) -> int:
        return len(self._facts) + sum(len(values) for _, values in self._chunks) + len(self._fresh)

    def add(self, facts: tuple[int, ...], value: float) -> None:
        """Take in an instance."""
        self._fresh.append(facts)
        self._fresh_values.append(value)
        if len(self._fresh) >= _CHUNK:
            self._pack()

    def _pack(self) -> None:
        self._chunks.append((np.array(self._fresh, np.int64), np.array(self._fresh_values, np.float64)))
        self._fresh, self._fresh_values = [], []

    def settle(self) -> None:
        """Turn what was taken in into columns."""
        if self._fresh:
            self._pack()
        if self._chunks:
            self._facts = np.concatenate([self._facts, *(facts for facts, _ in self._chunks)])
            self._values = np.concatenate([self._values, *(values for _, values in self._chunks)])
            self._chunks, self._views = [], {}

    def places(self, rows: Ints) -> list[Place]:
        """Return where several instances stand in the store."""
        return [(seq, attr, place) for seq, attr, place in self._facts[rows][:, :3].tolist()]

    def by(self, time: str) -> Sorted:
        """Return the instances by one of their times; `any`: by when it was, else by when it was told, ends included."""  # noqa: E501
        view = self._views.get(time)
        if view is None:
            view = self._views[time] = self._sort(time)
        return view

    def _sort(self, time: str) -> Sorted:
        alive = self._alive()
        if time == "any":
            at_us = self._facts[:, _FIRST_TIME]
            for further in (2, 3):
                at_us = np.where(at_us == NEVER, self._facts[:, _FIRST_TIME + further], at_us)
        else:
            at_us = self._facts[:, _FIRST_TIME + _TIMES.index(time)]
            if time != "deletedAt":
                alive &= self._facts[:, _SORT] != GONE
        rows = np.flatnonzero(alive & (at_us != NEVER))
        rows = rows[np.argsort(at_us[rows], kind="stable")]
        sorts = self._facts[rows, _SORT].astype(np.int8)
        uniform = int(sorts[0]) if len(sorts) and (sorts == sorts[0]).all() else None
        datasets = self._facts[rows, _DATASET].astype(np.int32)
        return Sorted(at_us[rows], rows, self._values[rows], sorts, datasets, uniform)

    def _alive(self) -> npt.NDArray[np.bool_]:
        """Tell which instances count: not those taken out, nor those that a later telling about the past replaced."""
        facts = self._facts
        alive: npt.NDArray[np.bool_] = facts[:, _SORT] != BLANK
        if not facts[:, _PAST].any():
            return alive
        observed, datasets = facts[:, _FIRST_TIME], facts[:, _DATASET]
        n, place = len(facts), np.arange(len(facts))
        order = np.lexsort((place, observed, datasets))
        begins = np.ones(n, np.bool_)
        begins[1:] = (np.diff(observed[order]) != 0) | (np.diff(datasets[order]) != 0)
        run = np.cumsum(begins) - 1
        run_end = np.append(np.flatnonzero(begins)[1:], n)[run] - 1
        told = np.where(facts[order, _PAST] != 0, place, n)
        next_told = np.append(np.minimum.accumulate(told[::-1])[::-1], n)[1:]
        alive[order[(next_told <= run_end) & (observed[order] != NEVER)]] = False
        return alive


@dataclass(slots=True)
class Past:
    """All that is known of an entity's history: its attributes' tracks, and rows that came since and wait."""

    tracks: dict[str, Track] = field(default_factory=dict)
    datasets: list[str] = field(default_factory=lambda: [""])
    waiting: list[Row] = field(default_factory=list)
    last_seq: int = 0

    def take(self, rows: Iterable[Row]) -> None:
        """Take in rows, in their order; those taken in before are passed over."""
        for seq, at_us, body in rows:
            if seq > self.last_seq:
                self._take(seq, at_us, body)
                self.last_seq = seq

    def settle(self) -> None:
        """Take in what waits and turn it into columns."""
        self.take(self.waiting)
        self.waiting.clear()
        for track in self.tracks.values():
            track.settle()

    @property
    def size(self) -> int:
        """Return about how many bytes this takes."""
        return 2_000 + _ROW_BYTES * sum(map(len, self.tracks.values())) + sum(len(body) for *_, body in self.waiting)

    def _take(self, seq: int, at_us: int, body: bytes) -> None:
        row = _decode(body)
        for number, (iri, instances) in enumerate(row.attrs.items()):
            track = self.tracks.get(iri)
            if track is None:
                track = self.tracks[iri] = Track()
            for place, one in enumerate(instances):
                sort, value = _sort_of(one)
                if one.type and one.deletedAt == NEVER:
                    track.kind = one.type
                observed = read_moment(one.observedAt) if one.observedAt else NEVER
                times = (NEVER if observed is None else observed, one.createdAt, one.modifiedAt, one.deletedAt)
                track.add((seq, number, place, self._dataset(one.datasetId), sort, row.past, *times), value)
        if row.scope is not None:
            sort = LIST if row.scope else GONE
            times = (NEVER, at_us, at_us, NEVER if row.scope else at_us)
            self.tracks.setdefault(SCOPE, Track()).add((seq, len(row.attrs), 0, 0, sort, 0, *times), len(row.scope))

    def _dataset(self, name: str) -> int:
        if name not in self.datasets:
            self.datasets.append(name)
        return self.datasets.index(name)


def _sort_of(one: _Seen) -> tuple[int, float]:
    """Return the sort of an instance's value and the number it counts as."""
    if not one.type:
        return BLANK, np.nan
    if one.deletedAt != NEVER:
        return GONE, np.nan
    value = one.value
    if one.type == "ListProperty":
        value = one.valueList
    elif one.type != "Property":
        return OTHER, np.nan
    return sort_of(value)


def sort_of(value: Any) -> tuple[int, float]:
    """Return the sort of a value and the number it counts as (clause 4.5.19.1)."""
    if isinstance(value, bool):
        return BOOLEAN, float(value)
    if isinstance(value, int | float):
        return NUMBER, _as_float(value)
    if isinstance(value, list):
        return LIST, float(len(value))
    return (TEXT if isinstance(value, str) else OTHER), np.nan


def _as_float(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        return np.inf if value > 0 else -np.inf
