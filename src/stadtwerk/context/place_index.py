"""Where the documents of one type are, as far as that is a point: a column that answers questions about places."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from stadtwerk.context.column_masks import Mask
from stadtwerk.context.evaluate import Subject
from stadtwerk.context.geoq import GeoQuery, place_mask

NOWHERE, POINT, ELSEWHERE = 0, 1, 2
"""What a row has: no place, one point, or what must be looked at."""


class Places:
    """Longitude and latitude (n,), degrees WGS84, of one GeoProperty (IRI), filled up to `filled`."""

    def __init__(self, iri: str) -> None:
        self._iri = iri
        self.filled = 0
        self.users = 0
        """Searches under way that look into it."""
        self._kinds: NDArray[np.int8] = np.zeros(1024, np.int8)
        self._lon: NDArray[np.float64] = np.full(1024, np.nan)
        self._lat: NDArray[np.float64] = np.full(1024, np.nan)

    def put(self, row: int, subject: Subject | None) -> None:
        """Note where a row is."""
        if row >= len(self._kinds):
            n = len(self._kinds)
            self._kinds = np.concatenate([self._kinds, np.zeros(n, np.int8)])
            self._lon, self._lat = (np.concatenate([old, np.full(n, np.nan)]) for old in (self._lon, self._lat))
        instances = [] if subject is None else subject.instances(self._iri)
        self._kinds[row], self._lon[row], self._lat[row] = _read(instances)

    def judge(self, query: GeoQuery, block: slice) -> tuple[Mask, Mask]:
        """Tell which rows of a filled block are for sure where they are asked for, and which may be."""
        sure = place_mask(query, self._lon, self._lat)(block)
        return sure, sure | (self._kinds[block] == ELSEWHERE)


def _read(instances: list[dict[str, Any]]) -> tuple[int, float, float]:
    shapes = [one["value"] for one in instances if one["type"] == "GeoProperty"]
    if not shapes:
        return NOWHERE, np.nan, np.nan
    if len(shapes) == 1 and isinstance(shapes[0], dict) and shapes[0].get("type") == "Point":
        match shapes[0].get("coordinates"):
            case [int() | float() as lon, int() | float() as lat, *_]:
                return POINT, float(lon), float(lat)
    return ELSEWHERE, np.nan, np.nan
