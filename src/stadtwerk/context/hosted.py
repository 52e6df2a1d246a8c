"""@context documents that are kept here: given by clients, made for subscriptions, fetched from elsewhere (clause 5.13)."""  # noqa: E501

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from stadtwerk.context.entities.holdings import Holdings
from stadtwerk.context.library import HOME, Library, Use
from stadtwerk.context.moments import write_moment
from stadtwerk.context.terms import Document

KIND = "context"
"""Under which kind such documents are kept in a tenant's holdings, by local id."""

Kind = Literal["Hosted", "Cached", "ImplicitlyCreated"]

_encode = msgspec.json.Encoder().encode


class Stored(msgspec.Struct):
    """A document at rest."""

    kind: Kind
    url: str
    created_us: int
    document: dict[str, Any]


class _Label(msgspec.Struct):
    kind: Kind


@dataclass(frozen=True, slots=True)
class Entry:
    """A document as it is listed."""

    url: str
    local_id: str
    kind: Kind
    use: Use

    def details(self) -> dict[str, Any]:
        """Return what clients are told about it (clause 5.13.3.5)."""
        told: dict[str, Any] = {
            "URL": self.url,
            "localId": self.local_id,
            "kind": self.kind,
            "createdAt": write_moment(self.use.since_us),
            "numberOfHits": self.use.hits,
        }
        if self.use.last_us:
            told["lastUsage"] = write_moment(self.use.last_us)
        return told


read_stored = msgspec.json.Decoder(Stored).decode
_label = msgspec.json.Decoder(_Label).decode


def write_stored(kind: Kind, url: str, created_us: int, document: Document) -> bytes:
    """Put a document at rest."""
    return _encode(Stored(kind, url, created_us, dict(document)))


def recall_contexts(tenants: Mapping[str, Holdings], library: Library) -> None:
    """Give the library what was kept before."""
    for holdings in tenants.values():
        for body in holdings.kept.get(KIND, {}).values():
            stored = read_stored(body)
            library.give(stored.url, stored.document, stored.created_us)


def entry_of(library: Library, holdings: Holdings | None, url: str) -> Entry | None:
    """Return a document as a tenant sees it: its own ones and those of elsewhere, not what other tenants host."""
    use = library.uses.get(url)
    if use is None:
        return None
    local_id = library.local_id(url)
    if url == library.home.url:
        return Entry(url, HOME, "Hosted", use)
    if url != library.url_of(local_id):
        return Entry(url, local_id, "Cached", use)
    kept = None if holdings is None else holdings.kept.get(KIND, {}).get(local_id)
    return None if kept is None else Entry(url, local_id, _label(kept).kind, use)
