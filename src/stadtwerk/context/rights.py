"""Who may read and write which entities: by tenant, type and scope (BSI TR-03187; ETSI GS CIM 009 clause 4.14)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from fnmatch import fnmatchcase
from typing import Annotated, Literal

import msgspec

from stadtwerk.context.problems import denied
from stadtwerk.kernel.access import PUBLIC, Principal
from stadtwerk.kernel.access.roles import opens

Right = Literal["read", "write"]
CITY = "@city"
"""Stands for the types that the city's own systems publish."""

_Patterns = Annotated[
    tuple[Annotated[str, msgspec.Meta(min_length=1, max_length=200)], ...], msgspec.Meta(min_length=1)
]


class Grant(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One rule: roles or accounts that may read or write entities of some types and scopes of some tenants.

    Patterns have `*` for anything; the tenant of the city itself is `default`. Types are IRIs or names of the city's
    own @context, `@city` all that its systems publish. An entity without scope is reached by `*` only.
    """

    who: _Patterns
    may: Annotated[tuple[Right, ...], msgspec.Meta(min_length=1)] = ("read",)
    tenants: _Patterns = ("default",)
    types: _Patterns = ("*",)
    scopes: _Patterns = ("*",)

    def concerns(self, principal: Principal, tenant: str) -> bool:
        """Tell whether the rule is about a caller and a tenant."""
        names = {principal.actor, *principal.roles, *PUBLIC.roles}
        return bool(names.intersection(self.who)) and _fits(tenant or "default", self.tenants)

    @property
    def whole(self) -> bool:
        """Tell whether the rule opens every type and scope."""
        return "*" in self.types and "*" in self.scopes


DEFAULT: tuple[Grant, ...] = (
    Grant(who=("public",), types=(CITY,)),
    Grant(who=("caseworker", "partner", "auditor", "admin")),
    Grant(who=("operator", "engineer"), may=("read", "write"), tenants=("*",)),
)
"""Without rules of its own a city shows everybody what it publishes, and its partners all of its own tenant."""


class Rights:
    """What one caller may do in one tenant; `all_read` and `all_write` spare looking at each entity."""

    __slots__ = ("_read", "_write", "all_read", "all_write")

    def __init__(self, grants: Iterable[Grant]) -> None:
        some = tuple(grants)
        self._read = tuple(grant for grant in some if "read" in grant.may)
        self._write = tuple(grant for grant in some if "write" in grant.may)
        self.all_read = any(grant.whole for grant in self._read)
        self.all_write = any(grant.whole for grant in self._write)

    def any(self, right: Right) -> bool:
        """Tell whether the caller may read or write anything at all."""
        return bool(self._read if right == "read" else self._write)

    def reads(self, types: Collection[str], scopes: Sequence[str] = ()) -> bool:
        """Tell whether entities of these types (IRIs) and scopes may be read."""
        return self.all_read or _opened(self._read, types, scopes)

    def writes(self, types: Collection[str], scopes: Sequence[str] = ()) -> bool:
        """Tell whether entities of these types (IRIs) and scopes may be written."""
        return self.all_write or _opened(self._write, types, scopes)

    def check_write(self, types: Collection[str], scopes: Sequence[str] = ()) -> None:
        """Let the caller write or refuse (403)."""
        if not (self.all_write or self.writes(types, scopes)):
            raise denied(f"entities of type {', '.join(types)[:200]} are not yours to write")


EVERYTHING = Rights((Grant(who=("*",), may=("read", "write")),))


def rights_of(grants: Iterable[Grant], principal: Principal, tenant: str) -> Rights:
    """Return what a caller may do in a tenant; an API key's scopes (`ngsild.read`, `ngsild.write`) narrow it."""
    mine = [grant for grant in grants if grant.concerns(principal, tenant)]
    if principal.scopes:
        mine = [_narrowed(grant, principal.scopes) for grant in mine]
    return Rights(mine)


def named_types(grants: Iterable[Grant], expand: Callable[[str], str], city: Sequence[str]) -> tuple[Grant, ...]:
    """Put IRIs in the place of the names of types: those of the city's own @context, and those it publishes."""
    made = []
    for grant in grants:
        names = [iri for name in grant.types for iri in _iris(name, expand, city)]
        made.append(msgspec.structs.replace(grant, types=tuple(names) or (CITY,)))
    return tuple(made)


def _iris(name: str, expand: Callable[[str], str], city: Sequence[str]) -> Sequence[str]:
    if name == CITY:
        return city
    return (name if "*" in name else expand(name),)


def _narrowed(grant: Grant, scopes: Sequence[str]) -> Grant:
    return msgspec.structs.replace(grant, may=tuple(right for right in grant.may if opens(scopes, f"ngsild.{right}")))


def _opened(grants: Iterable[Grant], types: Collection[str], scopes: Sequence[str]) -> bool:
    return any(
        all(_fits(name, grant.types) for name in types)
        and ("*" in grant.scopes or any(_fits(scope, grant.scopes) for scope in scopes))
        for grant in grants
    )


def _fits(name: str, patterns: Iterable[str]) -> bool:
    return any(pattern == "*" or fnmatchcase(name, pattern) for pattern in patterns)
