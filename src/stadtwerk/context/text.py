"""Values as JSON text, remembered because a city says the same things over and over."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from stadtwerk.context.columns import LOCATION, fetch, is_numeric, take, wide
from stadtwerk.context.moments import write_moment
from stadtwerk.kernel.entity import Coded, Computed, EntitySource, Instants, PlainColumn, Rows
from stadtwerk.kernel.observation import Times

Chosen = NDArray[np.int64]

_encode = msgspec.json.Encoder().encode


@lru_cache(maxsize=65_536)
def json_text(text: str) -> str:
    """Write a text as JSON."""
    return _encode(text).decode()


@lru_cache(maxsize=65_536)
def number_text(value: float) -> str | None:
    """Write a number as JSON, whole ones without a point; None for what is no number."""
    text = repr(value)
    if text.endswith(".0"):
        return text[:-2]
    return text if text not in ("nan", "inf", "-inf") else None


def value_texts(source: EntitySource, name: str, rows: Chosen, *, typed_time: bool) -> list[str | None]:
    """Write an attribute's values of some rows; instants as typed values or plain texts; None = absent."""
    if name == LOCATION:
        return place_texts(source, rows)
    column = fetch(source, name)
    if isinstance(column, Computed):
        return _column_texts(wide(column.of(rows)), slice(None), typed_time=typed_time)
    return _column_texts(column, rows, typed_time=typed_time)


def _column_texts(column: PlainColumn, rows: Rows, *, typed_time: bool) -> list[str | None]:
    if is_numeric(column):
        # NaN is never equal to itself, so remembering it would fill the memory.
        return [None if value != value else number_text(value) for value in column[rows].tolist()]  # noqa: PLR0124
    if isinstance(column, Coded):
        labels = column.labels
        return [None if code < 0 else json_text(labels[code]) for code in column.codes[rows].tolist()]
    if isinstance(column, Instants):
        write = _typed_moment if typed_time else _plain_moment
        return [write(at_us) if at_us else None for at_us in column.at_us[rows].tolist()]
    return [_any_text(value) for value in take(column, rows)]


def place_texts(source: EntitySource, rows: Chosen) -> list[str | None]:
    """Write the places of some rows as GeoJSON points."""
    places = source.locations()
    if places is None:
        return [None] * len(rows)
    pairs = zip(places[0][rows].tolist(), places[1][rows].tolist(), strict=True)
    return [f'{{"type":"Point","coordinates":[{lon!r},{lat!r}]}}' if lon == lon else None for lon, lat in pairs]  # noqa: PLR0124


def _any_text(value: Any) -> str | None:
    if value is None:
        return None
    return json_text(value) if isinstance(value, str) else _encode(value).decode()


class SeenTexts:
    """When the values of some rows were seen, written once for all attributes that share a report."""

    def __init__(self, source: EntitySource, rows: Chosen) -> None:
        self._source, self._rows = source, rows
        self._written: dict[int, tuple[Times, list[str]]] = {}

    def texts(self, name: str) -> list[str]:
        """Write `,"observedAt":...` for an attribute of the rows, empty = never seen."""
        times = self._source.observed_at_us(name)
        if times is None:
            return [""] * len(self._rows)
        known = self._written.get(id(times))
        if known is None:
            texts = [_seen(at_us) if at_us else "" for at_us in times[self._rows].tolist()]
            # The array is kept beside the texts: its id stays taken while the page is written.
            known = self._written[id(times)] = (times, texts)
        return known[1]


@lru_cache(maxsize=65_536)
def _seen(at_us: int) -> str:
    return f',"observedAt":"{write_moment(at_us)}"'


@lru_cache(maxsize=65_536)
def _typed_moment(at_us: int) -> str:
    return f'{{"@type":"DateTime","@value":"{write_moment(at_us)}"}}'


@lru_cache(maxsize=65_536)
def _plain_moment(at_us: int) -> str:
    return f'"{write_moment(at_us)}"'
