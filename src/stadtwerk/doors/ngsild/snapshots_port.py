"""What the NGSI-LD door needs of whoever keeps snapshots."""

from __future__ import annotations

from typing import Protocol

from stadtwerk.context.entities.holdings import Holdings
from stadtwerk.context.snapshots import Snapshot


class Keeper(Protocol):
    """Keeps snapshots and tells of them who wants to know."""

    def get(self, tenant: str, snapshot_id: str) -> Snapshot | None:
        """Return a snapshot, None when there is no such, or no longer."""
        ...

    def of(self, tenant: str) -> list[Snapshot]:
        """Return a tenant's snapshots, oldest first."""
        ...

    def frozen(self) -> int:
        """Return how many entities all snapshots hold together."""
        ...

    def put(self, holdings: Holdings, snapshot: Snapshot, *, tell: bool) -> None:
        """Keep a snapshot as it now is, and tell of it; refuses one too many (403)."""
        ...

    def forget(self, holdings: Holdings, snapshot: Snapshot) -> None:
        """Let a snapshot go with all it holds."""
        ...
