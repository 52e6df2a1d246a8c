"""Which instances an answer holds: those of the time asked about, the last n, and no more than a page (clause 6.3.10)."""  # noqa: E501

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np

from stadtwerk.context.temporal.asking import Span
from stadtwerk.context.temporal.tracks import Ints, Past, Sorted, Track
from stadtwerk.kernel.clock import US


@dataclass(slots=True)
class Chosen:
    """The instances of one attribute in an answer, by time."""

    iri: str
    track: Track
    seen: Sorted


@dataclass(slots=True)
class Picked:
    """An entity in an answer: its history, and what was chosen of each attribute."""

    past: Past
    attributes: list[Chosen] = field(default_factory=list)


def choose(past: Past, span: Span, names: Collection[str] | None, datasets: Collection[str], *, strict: bool) -> Picked:
    """Choose an entity's instances: of these attributes (None: all) and datasets (none: all; `@none`: default)."""
    picked = Picked(past)
    time = span.strict_time if strict else span.time
    for iri, track in past.tracks.items():
        if names is not None and iri not in names:
            continue
        view = track.by(time)
        seen = view
        if span.relation:
            start, stop = np.searchsorted(view.at_us, (span.since_us, span.until_us)).tolist()
            seen = view.part(slice(start, stop)) if stop - start < len(view) else view
        if datasets:
            wanted = [number for number, name in enumerate(past.datasets) if (name or "@none") in datasets]
            seen = seen.part(np.isin(seen.datasets, wanted))
        if span.last and len(seen) > span.last:
            seen = seen.part(slice(-span.last, None))
        if len(seen):
            picked.attributes.append(Chosen(iri, track, seen))
    return picked


def cut(picked: Iterable[Picked], span: Span, most: int) -> str | None:
    """Cut an answer down to a page, all attributes at one instant; return the Content-Range if something was cut.

    The oldest instances stay, with `lastN` the newest: an attribute may be left empty. What lies within the range is
    complete; only if one instant alone has more than a page, all of that instant stays.
    """
    chosen = [one for entity in picked for one in entity.attributes]
    if sum(len(one.seen) for one in chosen) <= most:
        return None
    times = np.sort(np.concatenate([one.seen.at_us for one in chosen]))
    if span.last:
        bound = int(times[-most - 1])
        newest = int(times[-1])
        first = bound + 1 if bound < newest else bound
        kept = [slice(int(np.searchsorted(one.seen.at_us, first)), None) for one in chosen]
    else:
        bound, oldest = int(times[most]), int(times[0])
        end = bound if bound > oldest else bound + 1
        kept = [slice(0, int(np.searchsorted(one.seen.at_us, end))) for one in chosen]
    for one, part in zip(chosen, kept, strict=True):
        one.seen = one.seen.part(part)
    return _content_range(np.concatenate([one.seen.at_us for one in chosen]), span)


def _content_range(left: Ints, span: Span) -> str:
    oldest, newest = int(left.min()), int(left.max())
    if span.last:
        start = newest if span.relation in ("", "after") else span.until_us
        return f"date-time {write_plain(start)}-{write_plain(oldest)}/{span.last}"
    asked = {"after": span.since_us - 1, "between": span.since_us}
    return f"date-time {write_plain(asked.get(span.relation, oldest))}-{write_plain(newest)}/*"


def write_plain(at_us: int) -> str:
    """Write microseconds UTC as RFC 3339 with as many digits of a fraction as it has, none if it is whole."""
    moment = datetime.fromtimestamp(at_us // US, UTC)
    fraction = f".{at_us % US:06d}".rstrip("0").rstrip(".")
    return f"{moment:%Y-%m-%dT%H:%M:%S}{fraction}Z"
