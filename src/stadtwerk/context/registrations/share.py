"""Who does which part of a request: sources by their modes, and this broker (ETSI GS CIM 009 clause 4.3.6)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from stadtwerk.context.registrations.source import EVERY, Names, Source, Wanted


@dataclass(frozen=True, slots=True)
class Part:
    """What one source does: `names` are the attributes it is asked about, EVERY for all of the request's."""

    source: Source
    names: Names = EVERY
    operation: str = ""


@dataclass(slots=True)
class Share:
    """A request divided: what goes to sources, what sources hold but do not do, and what stays here."""

    parts: list[Part] = field(default_factory=list)
    refused: list[Part] = field(default_factory=list)
    """Exclusive and redirect sources that hold something but lack the operation."""
    here: bool = True
    """Whether anything is left for this broker."""
    taken: Names = EVERY
    """Attributes that are not this broker's (when `here`); none when EVERY."""
    may_lack: bool = False
    """Whether this broker need not know the entity, since it is held elsewhere."""


def share_write(sources: Sequence[Source], operation: str, wanted: Wanted) -> Share:
    """Divide a write among sources; `wanted.attrs` are those it names, EVERY for a whole entity."""
    share = Share()
    left = wanted.attrs
    whole = not left
    for mode in ("exclusive", "redirect"):
        taken: set[str] = set()
        for source, names in _reaching(sources, mode, wanted, left, whole=whole):
            part = Part(source, EVERY if whole else names, operation)
            (share.parts if operation in source.operations else share.refused).append(part)
            taken.update(names)
            share.may_lack = True
            share.here = share.here and not (whole and mode == "redirect" and names == EVERY)
        left = frozenset(left - taken)
        if not whole and not left:
            share.here = False
            return share
    for source, names in _reaching(sources, "inclusive", wanted, left, whole=whole) if share.here else ():
        if operation in source.operations:
            share.parts.append(Part(source, EVERY if whole else names, operation))
    share.taken = frozenset(wanted.attrs - left)
    return share


def share_read(sources: Sequence[Source], operations: Sequence[str], wanted: Wanted) -> Share:
    """Divide a question among sources; each is asked by the first of the operations that it does."""
    share = Share()
    for source in sources:
        names = source.reach(wanted)
        if names is None:
            continue
        operation = next((one for one in operations if one in source.operations), "")
        (share.parts if operation else share.refused).append(Part(source, names, operation))
    return share


def _reaching(
    sources: Iterable[Source], mode: str, wanted: Wanted, left: Names, *, whole: bool
) -> Iterable[tuple[Source, Names]]:
    """Give the sources of a mode that hold something of what is left, and what."""
    for source in sources:
        if source.mode == mode and (names := source.reach(wanted)) is not None:
            held = names if whole else names & left
            if whole or held:
                yield source, held
