"""A hash over everything in a plan."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import shapely


def digest(thing: Any) -> str:
    found = hashlib.sha256()
    _add(found, thing)
    return found.hexdigest()


def _add(found: Any, thing: Any) -> None:
    if isinstance(thing, np.ndarray):
        found.update(thing.tobytes())
    elif isinstance(thing, shapely.Geometry):
        found.update(shapely.to_wkb(thing))
    elif isinstance(thing, list | tuple):
        found.update(f"[{len(thing)}".encode())
        for part in thing:
            _add(found, part)
    elif isinstance(thing, dict):
        _add(found, sorted(thing.items()))
    elif hasattr(thing, "__slots__") and not isinstance(thing, str):
        for name in thing.__slots__:
            _add(found, getattr(thing, name))
    else:
        found.update(repr(thing).encode())
