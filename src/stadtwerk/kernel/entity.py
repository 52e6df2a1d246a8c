"""Entities of the city as others see them: types, attributes, and where their values stand in columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, runtime_checkable

import msgspec
import numpy as np
from numpy.typing import NDArray

from stadtwerk.kernel.observation import Times, Values

Kind = Literal["Property", "Relationship", "GeoProperty", "LanguageProperty"]


class Attribute(msgspec.Struct, frozen=True):
    """One attribute of a type (ETSI GS CIM 009 clause 4.5): its kind, UN/CEFACT unit code, whether it is observed."""

    name: str
    kind: Kind = "Property"
    unit_code: str | None = None
    description: str = ""
    observed: bool = False


class EntityType(msgspec.Struct, frozen=True):
    """A published type of entity; `source` is the URL of the data model it follows."""

    name: str
    description: str
    attributes: tuple[Attribute, ...]
    source: str = ""


@dataclass(frozen=True, slots=True)
class Coded:
    """A column of few different texts: codes (n,) signed integers into `labels`, -1 = absent."""

    codes: NDArray[np.signedinteger[Any]]
    labels: Sequence[str]


@dataclass(frozen=True, slots=True)
class Instants:
    """A column of instants: at_us (n,) microseconds UTC, 0 = absent."""

    at_us: Times


PlainColumn = Values | Coded | Instants | NDArray[np.object_] | Sequence[object]
"""Values of n entities: float64 (NaN = absent), few texts, instants, or anything JSON holds (None = absent)."""

Rows = slice | NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Computed:
    """A column worked out only for the rows asked for: `of` takes a slice or indices (m,) and gives m values."""

    of: Callable[[Rows], PlainColumn]


ColumnValues = PlainColumn | Computed


class EntitySource(Protocol):
    """All entities of one type, in rows; a Relationship's values are URNs (or lists of them)."""

    @property
    def entity_type(self) -> EntityType:
        """Describe the type."""
        ...

    def __len__(self) -> int: ...

    def ids(self) -> Sequence[str]:
        """Return the local ids in row order; the URN is urn:ngsi-ld:{type}:{local id}."""
        ...

    def row_of(self, local_id: str) -> int | None:
        """Return the row of a local id, None when there is no such entity."""
        ...

    def column(self, name: str) -> ColumnValues:
        """Return the column of an attribute of the type (not of `location`); must be cheap.

        The column of an attribute that is not observed is never changed in place: what is written of it is kept as
        long as its arrays are the same objects.
        """
        ...

    def locations(self) -> tuple[Values, Values] | None:
        """Return longitude and latitude (n,), degrees WGS84, NaN = nowhere; None when the type has no place."""
        ...

    def observed_at_us(self, name: str) -> Times | None:
        """Return when each value of an attribute was observed (n,), microseconds UTC, 0 = never."""
        ...


Origin = tuple[str, Callable[[Values], PlainColumn]]
"""The observed column an attribute comes from, and how it is worked out of values that were told (m,), not NaN."""


@runtime_checkable
class Remembered(Protocol):
    """A source whose observed attributes can also be worked out of what was observed earlier."""

    def origins(self) -> Mapping[str, Origin]:
        """Return where each attribute that has a past comes from, by its name."""
        ...
