"""Which sources know something about what is asked (ETSI GS CIM 009 clauses 5.10.2, 5.12)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from stadtwerk.context.entities.expand import check_id
from stadtwerk.context.evaluate import Condition, compile_q
from stadtwerk.context.geoq import GeoQuery, read_geoq
from stadtwerk.context.params import Params
from stadtwerk.context.pattern import compile_pattern
from stadtwerk.context.problems import one_fault
from stadtwerk.context.q_parser import parse_q
from stadtwerk.context.registrations.conditions import as_subject, lies
from stadtwerk.context.registrations.document import Json
from stadtwerk.context.registrations.source import EVERY, Information, Wanted, compile_source
from stadtwerk.context.registrations.span import TimeQuery, is_latest, read_time_query
from stadtwerk.context.selection import ANY, Selection, parse_types
from stadtwerk.context.terms import Terms

_PLACE = ("georel", "geometry", "coordinates")
_TIME = ("timerel", "timeAt", "endTimeAt", "timeproperty")
FILTERS = ("type", "id", "idPattern", "attrs", "q", "csf", *_PLACE, "geoproperty", *_TIME)
"""Parameters that say which registrations are asked for."""
SPACES = ("location", "observationSpace", "operationSpace")
"""Members of a registration that are places."""


@dataclass(frozen=True, slots=True)
class Discovery:
    """What is asked of registrations."""

    wanted: tuple[Wanted, ...]
    """One of these is to be met; none = any registration will do."""
    conditions: tuple[Condition, ...] = ()
    geo: GeoQuery | None = None
    space: str = "location"
    time: TimeQuery | None = None

    def finds(self, document: Json) -> bool:
        """Tell whether a registration is meant."""
        if not (self.time.meets(document) if self.time else is_latest(document)):
            return False
        if self.geo is not None and not (self.space in document and lies(self.geo, document[self.space])):
            return False
        if self.wanted:
            source = compile_source(document)
            if not any(source.reach(one) is not None for one in self.wanted):
                return False
        if not self.conditions:
            return True
        subject = as_subject(document)
        return all(condition(subject) for condition in self.conditions)

    def narrowed(self, document: Json) -> Json:
        """Return a registration with only those entries of `information` that are about what is asked."""
        if not self.wanted:
            return document
        entries = zip(document["information"], compile_source(document).information, strict=True)
        return {**document, "information": [entry for entry, read in entries if self._meets(read)]}

    def _meets(self, entry: Information) -> bool:
        return any(entry.meets(one) for one in self.wanted)


def read_discovery(params: Params, terms: Terms) -> Discovery:
    """Read the parameters of a discovery; at least one of them says what is looked for (400)."""
    types = params.read(parse_types, "type")
    pattern = params.text("idPattern")
    wanted = Wanted(
        params.read(read_ids, "id") or (),
        params.read(lambda text: compile_pattern(text, "idPattern"), "idPattern") if pattern else None,
        type_names(types, terms) if types is not None else frozenset(),
        params.read(lambda text: frozenset(terms.expand(name) for name in text.split(",") if name), "attrs") or EVERY,
    )
    nodes = (params.read(parse_q, "q"), params.read(parse_q, "csf"))
    conditions = tuple(compile_q(node, terms) for node in nodes if node is not None)
    place = [name for name in _PLACE if params.text(name) is not None]
    for name in set(_PLACE).difference(place) if place else ():
        params.fault(name, f"is missing beside {', '.join(place)}")
    space = params.text("geoproperty") or "location"
    times = {name: params.text(name) for name in _TIME}
    given = [name for name in _TIME if times[name] is not None]
    time = params.read(lambda *_: read_time_query(times), *given) if given else None
    geo = params.read(read_geoq, *_PLACE)
    if not any(map(params.text, FILTERS)):
        params.fault("type", f"give one of {', '.join(FILTERS)}")
    asks = (wanted,) if wanted != Wanted() else ()
    return Discovery(asks, conditions, geo, space, time)


def read_ids(text: str) -> tuple[str, ...]:
    """Read a list of URIs (400 if one is none)."""
    return tuple(dict.fromkeys(check_id(part) for part in text.split(",")))


def type_names(selection: Selection, terms: Terms) -> frozenset[str]:
    """Return the types (IRIs) that a selection names, none for any type."""
    names = frozenset(_names(selection))
    return frozenset() if ANY in names else frozenset(map(terms.expand, names))


def _names(selection: Selection) -> Iterable[str]:
    if isinstance(selection, str):
        yield selection
        return
    for part in selection.parts:
        yield from _names(part)


def wanted_of(selectors: Iterable[Mapping[str, Any]], terms: Terms, attrs: frozenset[str] = EVERY) -> list[Wanted]:
    """Read entity selectors as a query or a subscription carries them (clause 5.2.33); terms become IRIs."""
    found = []
    for selector in selectors:
        ids, types = selector.get("id", ()), selector.get("type", ANY)
        if not isinstance(types, str):
            raise one_fault("entities.type", "the name of a type, or a selection of them")
        found.append(
            Wanted(
                tuple(check_id(one) for one in ([ids] if isinstance(ids, str) else ids)),
                compile_pattern(selector["idPattern"], "idPattern") if "idPattern" in selector else None,
                type_names(parse_types(types), terms),
                attrs,
            )
        )
    return found
