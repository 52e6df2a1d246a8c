"""People and programs: who they are, what they may do, and how what is personal of them is kept sealed."""

from __future__ import annotations

from stadtwerk.kernel.access.roles import PUBLIC, ROLES, Principal, Role, may, require

__all__ = ["PUBLIC", "ROLES", "Principal", "Role", "may", "require"]
