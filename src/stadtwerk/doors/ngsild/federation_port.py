"""What the NGSI-LD door needs to ask other context sources (ETSI GS CIM 009 clause 4.3.6)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import msgspec

from stadtwerk.context.registrations.source import Source


class Errand(msgspec.Struct, frozen=True):
    """A request to a source: method, path below its /ngsi-ld/v1/, query, JSON body (None = none), @context."""

    method: str
    path: str
    query: str = ""
    body: Any = None
    context_url: str = ""
    """Named in a Link header."""


class Heard(msgspec.Struct, frozen=True):
    """What a source answered: HTTP status, 504 when nothing came in time, decoded JSON, and how it went."""

    status: int
    content: Any = None
    reason: str = ""
    count: int | None = None
    """How many entities the source has, when it says so."""

    @property
    def good(self) -> bool:
        """Tell whether all was done."""
        return 200 <= self.status < 300 and self.status != 207


class Federation(Protocol):
    """Asks context sources and remembers how that went."""

    def alias(self) -> str:
        """Return how this broker calls itself in Via headers (clause 6.3.18)."""
        ...

    def uptime_s(self) -> int:
        """Return for how many seconds of wall time this broker has been there."""
        ...

    def went(self, tenant: str, registration_id: str) -> dict[str, Any]:
        """Return how asking a source went as its registration shows it, nothing before it was asked (5.2.9)."""
        ...

    async def ask(
        self, source: Source, errand: Errand, *, tenant: str, via: str, header: Callable[[bytes], str]
    ) -> Heard:
        """Send a request to a source of a tenant; `header` gives the headers of the request that led to it."""
        ...
