"""What the NGSI-LD door needs of whoever fetches @context documents."""

from __future__ import annotations

from typing import Protocol


class Fetching(Protocol):
    """Fetches @context documents that lie elsewhere, outside of any request that is written in them."""

    async def reload(self, url: str) -> None:
        """Fetch a document anew because somebody asks for just that; refuses if that fails (504), the old one stays."""
        ...

    async def settled(self, url: str) -> None:
        """Wait for a document that is on its way, but not for long."""
        ...
