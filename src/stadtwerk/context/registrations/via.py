"""Keeping requests between brokers from running in circles: the Via header (ETSI GS CIM 009 clause 6.3.18)."""

from __future__ import annotations

HOPS_MAX = 32
"""Most brokers a request may have come through; a longer way is a loop."""


def aliases(via: str) -> tuple[str, ...]:
    """Return the brokers a request came through, the first one first."""
    hops = (part.split() for part in via.split(","))
    return tuple(hop[1] for hop in hops if len(hop) > 1)


def extended(via: str, alias: str) -> str:
    """Return the Via header of a request that this broker sends on."""
    return f"{via}, 1.1 {alias}" if via else f"1.1 {alias}"


def runs_in_circles(via: str, alias: str) -> bool:
    """Tell whether a request has been here before, or has come too far."""
    hops = aliases(via)
    return alias in hops or len(hops) >= HOPS_MAX
