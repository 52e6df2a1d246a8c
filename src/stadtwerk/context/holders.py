"""Whose holdings are whose: a tenant's own, or those of a snapshot made in it (clauses 4.3.7, 5.5.15)."""

from __future__ import annotations

_SIGN = "@"
"""Stands in no name of a tenant, so nobody can ask for the holdings of a snapshot as if it were one."""


def frozen_name(tenant: str, snapshot_id: str, created_us: int) -> str:
    """Return under what name a snapshot's holdings are kept: one that no later snapshot of the same id will have."""
    return f"{tenant}{_SIGN}{created_us}{_SIGN}{snapshot_id}"


def tenant_and_snapshot(name: str) -> tuple[str, str]:
    """Return the tenant and the snapshot that holdings belong to, "" for those of a tenant itself."""
    tenant, _, rest = name.partition(_SIGN)
    return tenant, rest.partition(_SIGN)[2]


def whence(name: str) -> dict[str, str]:
    """Return the headers that tell whence something comes: tenant and snapshot (clauses 6.3.14, 6.3.22)."""
    tenant, snapshot_id = tenant_and_snapshot(name)
    told = (("NGSILD-Tenant", tenant), ("NGSILD-Snapshot", snapshot_id))
    return {header: value for header, value in told if value}
