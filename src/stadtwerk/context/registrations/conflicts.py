"""What cannot be registered: an exclusive or redirect source of something that is held elsewhere (clause 5.9.2.4)."""

from __future__ import annotations

from collections.abc import Iterable

from stadtwerk.context.entities.holdings import Holdings, Record
from stadtwerk.context.problems import problem
from stadtwerk.context.registrations.source import EVERY, Information, Source, Those, Wanted


def check_conflicts(source: Source, others: Iterable[Source], holdings: Holdings) -> None:
    """Refuse a source that claims for itself what another one or this broker has (409)."""
    if source.mode not in ("exclusive", "redirect"):
        return
    for other in others:
        alone = "exclusive" in (source.mode, other.mode) and other.mode in ("exclusive", "redirect")
        if alone and _overlap(source, other):
            raise problem("AlreadyExists", f"{other.id[:200]} has some of it already ({other.mode})")
    for entry in source.information:
        held = next((record for record in claimed(entry, holdings) if _has(record, entry)), None)
        if held is not None:
            raise problem("AlreadyExists", f"{held.id[:200]} is here already with some of it")


def _overlap(source: Source, other: Source) -> bool:
    return any(
        other.reach(_as_wanted(those, entry)) is not None
        for entry in source.information
        for those in (entry.entities or (Those("", None, frozenset()),))
    )


def _as_wanted(those: Those, entry: Information) -> Wanted:
    return Wanted((those.id,) if those.id else (), those.pattern, those.types, entry.names)


def claimed(entry: Information, holdings: Holdings) -> Iterable[Record]:
    """Give the entities here that an entry is about."""
    for those in entry.entities or (Those("", None, frozenset()),):
        if those.id:
            found = [holdings.by_id[those.id]] if those.id in holdings.by_id else []
        else:
            found = list(holdings.of_types(tuple(those.types) or None))
        for record in found:
            fits = not those.types or bool(those.types & set(record.types))
            if fits and (those.pattern is None or those.pattern.search(record.id)):
                yield record


def _has(record: Record, entry: Information) -> bool:
    return entry.names == EVERY or not entry.names.isdisjoint(record.entity.attrs)
