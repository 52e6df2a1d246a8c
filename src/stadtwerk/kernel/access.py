"""Who may do what: access is on by default, a role is a list of what it opens."""

from __future__ import annotations

from fnmatch import fnmatchcase

import msgspec

from stadtwerk.kernel.refusal import Refused


class Principal(msgspec.Struct, frozen=True):
    """A person or program that asks for something."""

    actor: str
    roles: tuple[str, ...]


PUBLIC = Principal("public", ("public",))

ROLES: dict[str, tuple[str, ...]] = {
    "public": ("ngsild.read", "health.read"),
    "operator": ("*.read", "lighting.set-level", "lighting.clear"),
    "auditor": ("*.read",),
}
"""Permission patterns of each role."""


def may(principal: Principal, permission: str) -> bool:
    """Tell whether any role of the principal opens the permission."""
    patterns = (pattern for role in principal.roles for pattern in ROLES.get(role, ()))
    return any(fnmatchcase(permission, pattern) for pattern in patterns)


def require(principal: Principal, permission: str) -> None:
    """Let the principal pass or refuse: 401 for nobody known, 403 for the wrong role."""
    if may(principal, permission):
        return
    if principal == PUBLIC:
        raise Refused.of("sign-in", "Sign in first", 401, "Open a sign-in link: `stadtwerk link` prints one.")
    raise Refused.of(
        "forbidden", "Your role does not allow this", 403, f"{permission} is not open to {principal.actor}"
    )
