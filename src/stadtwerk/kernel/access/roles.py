"""Who may do what: access is on by default, a role is a list of what it opens, with its reason."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase

import msgspec

from stadtwerk.kernel.refusal import Refused


class Principal(msgspec.Struct, frozen=True, omit_defaults=True):
    """A person or program that asks for something; scopes, if any, narrow what the roles open."""

    actor: str
    roles: tuple[str, ...]
    scopes: tuple[str, ...] = ()
    via: str = ""
    """How it signed in: link, passkey, oidc, key, folder."""


class Role(msgspec.Struct, frozen=True):
    """Permission patterns, the last that matches counts, `!` closes; and why they are the role's."""

    opens: tuple[str, ...]
    why: str


PUBLIC = Principal("public", ("public",))

SECOND = ("access.approve", "access.reject")
"""What the second pair of eyes may; for which commands is decided by the right to them."""

ROLES: dict[str, Role] = {
    "public": Role(
        ("ngsild.read", "health.read", "head.read"),
        "What the city publishes, whether it is well, and the head of its journal are everybody's.",
    ),
    "operator": Role(
        (
            "*",
            "!access.*",
            "!people.*",
            "!audit.*",
            "!schedule.*",
            "!react.*",
            "schedule.read",
            "schedule.run-now",
            "schedule.enable",
            "schedule.disable",
            "react.read",
            "react.switch",
            "!links.*",
            "!lighting.set-aside-rule",
            "!lists.*",
            *("!alarm.suppress", "!alarm.release", "!alarm.take-out-of-service", "!alarm.return-to-service"),
            "access.approve",
            "access.reject",
        ),
        "Runs the city's systems, a new one from its first day; accounts, rules, audit, setting law aside are others'.",
    ),
    "engineer": Role(
        ("*", *(f"!{one}.*" for one in ("access", "people", "audit", "links")), *SECOND),
        "Sets up what operators run: also schedules and reactions; not who may do what.",
    ),
    "crew": Role(
        (
            *("city.read", "session.read", "health.read", "head.read", "crew.read", "me.*"),
            *("lighting.start-job", "lighting.finish-job", "lighting.add-photo", "lighting.undo-job"),
        ),
        "Works in the street: sees its tours, says what is done; plans nothing and switches no light.",
    ),
    "caseworker": Role(
        ("city.read", "session.read", "ngsild.read", "health.read", "head.read", "services.*", "me.*"),
        "Works on citizens' cases and nothing else: lamps and grids are no part of a case.",
    ),
    "admin": Role(
        ("*.read", "access.*", "people.*", "audit.*", "links.*", "me.*"),
        "Decides who may do what; commands no device, so that no one person gives itself power over the city.",
    ),
    "auditor": Role(
        ("*.read", "audit.*", "people.see", "me.*"),
        "Sees who did what and why, changes nothing; a name is opened with a reason, and that is logged.",
    ),
    "partner": Role(
        ("city.read", "session.read", "ngsild.read", "health.read", "head.read", "me.*"),
        "Builds on what the city publishes, with keys and quotas of its own.",
    ),
}


def opens(patterns: Iterable[str], permission: str) -> bool:
    """Tell whether patterns open a permission: the last that matches counts, one that begins with `!` closes."""
    answer = False
    for pattern in patterns:
        if fnmatchcase(permission, pattern.removeprefix("!")):
            answer = not pattern.startswith("!")
    return answer


def may(principal: Principal, permission: str) -> bool:
    """Tell whether a role of the principal opens the permission, and its scopes, if any, do so too."""
    by_role = any(opens(ROLES[role].opens, permission) for role in principal.roles if role in ROLES)
    return by_role and (not principal.scopes or opens(principal.scopes, permission))


def require(principal: Principal, permission: str) -> None:
    """Let the principal pass or refuse: 401 for nobody known, 403 for the wrong role."""
    if may(principal, permission):
        return
    if principal == PUBLIC:
        raise Refused.of("sign-in", "Sign in first", 401, "Open a sign-in link: `stadtwerk link` prints one.")
    raise Refused.of(
        "forbidden", "Your role does not allow this", 403, f"{permission} is not open to {principal.actor}"
    )
