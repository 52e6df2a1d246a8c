"""The face of a system: what may be commanded and asked, for every door alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec


@dataclass(frozen=True, slots=True)
class Query:
    """A question people may ask: path below /api, what it takes, and the view that answers it.

    `run(state, archive, params, now_us)` returns plain data, or bytes for a columnar answer.
    """

    path: str
    summary: str
    params: type[msgspec.Struct]
    run: Callable[..., Any]
    binary: bool = False


@dataclass(frozen=True, slots=True)
class System:
    """One of the city's systems as the doors see it."""

    name: str
    commands: Mapping[str, type[msgspec.Struct]]
    queries: tuple[Query, ...]
