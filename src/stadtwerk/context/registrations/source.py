"""A context source ready to be asked: what it has, what it may be asked to do, how (clauses 4.3.6, 5.2.9, 5.12)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from stadtwerk.context.moments import read_moment
from stadtwerk.context.pattern import compile_pattern
from stadtwerk.context.registrations.operations import GROUPS, read_operations

Names = frozenset[str]
"""IRIs of attributes; EVERY stands for all there are."""
EVERY: Names = frozenset()

TIMEOUT_S = 2.0
"""How long a source may take when its registration does not say (management.timeout)."""
TIMEOUT_MAX_S = 10.0
"""How long a source may take whatever its registration says: clients wait meanwhile."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entities and attributes a request concerns; what is empty is not restricted."""

    ids: tuple[str, ...] = ()
    pattern: re.Pattern[str] | None = None
    types: frozenset[str] = frozenset()
    attrs: Names = EVERY

    def fits_id(self, entity_id: str) -> bool:
        """Tell whether an entity's id is one of those wanted."""
        if self.ids:
            return entity_id in self.ids
        return self.pattern is None or self.pattern.search(entity_id) is not None


@dataclass(frozen=True, slots=True)
class Those:
    """Entities that a source has: one by id, some by pattern, or all of the types."""

    id: str
    pattern: re.Pattern[str] | None
    types: frozenset[str]

    def meet(self, wanted: Wanted) -> bool:
        """Tell whether some of the entities may be among those wanted (clause 5.12)."""
        if self.types and wanted.types and not self.types & wanted.types:
            return False
        if self.id:
            return wanted.fits_id(self.id)
        if self.pattern is not None and wanted.ids:
            return any(self.pattern.search(one) for one in wanted.ids)
        return True


@dataclass(frozen=True, slots=True)
class Information:
    """One entry of a registration: entities (none = any) and attributes."""

    entities: tuple[Those, ...]
    names: Names

    def meets(self, wanted: Wanted) -> bool:
        """Tell whether the entry may hold something of what is wanted."""
        if self.names and wanted.attrs and not self.names & wanted.attrs:
            return False
        return not self.entities or any(those.meet(wanted) for those in self.entities)


@dataclass(frozen=True, slots=True)
class Source:
    """A registered context source."""

    id: str
    endpoint: str
    mode: str
    operations: frozenset[str]
    information: tuple[Information, ...]
    tenant: str
    alias: str
    """How the source calls itself in Via headers, "" when it does not say."""
    told: tuple[tuple[str, str], ...]
    """Headers that the source wants with each request (contextSourceInfo)."""
    expires_at_us: int
    local_only: bool
    timeout_s: float
    cooldown_s: float

    def reach(self, wanted: Wanted) -> Names | None:
        """Return which of the wanted attributes the source may have, EVERY for all, None when it has nothing of it."""
        met = [entry for entry in self.information if entry.meets(wanted)]
        if not met:
            return None
        if any(not entry.names for entry in met):
            return wanted.attrs
        names = frozenset().union(*(entry.names for entry in met))
        return names & wanted.attrs if wanted.attrs else names

    def narrowed(self, wanted: Wanted) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the ids and the types (IRIs) under which the source has what is wanted; none = unrestricted."""
        those = [one for entry in self.information if entry.meets(wanted) for one in entry.entities if one.meet(wanted)]
        ids = wanted.ids
        if those and all(one.id for one in those):
            ids = tuple(dict.fromkeys(one.id for one in those))
        types = frozenset().union(*(one.types for one in those)) if all(one.types for one in those) else frozenset()
        chosen = types & wanted.types if types and wanted.types else types or wanted.types
        return ids, tuple(sorted(chosen))


def compile_source(document: Mapping[str, Any]) -> Source:
    """Make a source of a registration as it is kept."""
    management = document.get("management", {})
    given = management.get("timeout")
    return Source(
        document["id"],
        document["endpoint"].rstrip("/"),
        document.get("mode", "inclusive"),
        read_operations(document["operations"]) if "operations" in document else frozenset(GROUPS["federationOps"]),
        tuple(_information(entry) for entry in document["information"]),
        document.get("tenant", ""),
        document.get("contextSourceAlias", ""),
        tuple((pair["key"], pair["value"]) for pair in document.get("contextSourceInfo", ())),
        read_moment(document.get("expiresAt", "")) or 0,
        management.get("localOnly", False),
        min(given / 1000, TIMEOUT_MAX_S) if given else TIMEOUT_S,
        management.get("cooldown", 0) / 1000,
    )


def names_of(entry: Mapping[str, Any]) -> Names:
    """Return the attributes an entry of `information` names."""
    return frozenset((*entry.get("propertyNames", ()), *entry.get("relationshipNames", ())))


def _information(entry: Mapping[str, Any]) -> Information:
    return Information(tuple(_those(entry.get("entities", ()))), names_of(entry))


def _those(entities: Iterable[Mapping[str, Any]]) -> Iterable[Those]:
    for entity in entities:
        types = entity.get("type", [])
        pattern = entity.get("idPattern")
        yield Those(
            entity.get("id", ""),
            compile_pattern(pattern, "idPattern") if pattern else None,
            frozenset([types] if isinstance(types, str) else types),
        )
