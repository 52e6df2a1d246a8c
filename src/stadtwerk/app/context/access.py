"""What callers of the NGSI-LD door may do: the data folder's rules, or the house's own."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import lru_cache

from stadtwerk.context.library import Library
from stadtwerk.context.rights import DEFAULT, Grant, Rights, named_types, rights_of
from stadtwerk.kernel.access import Principal

KNOWN_CALLERS = 2_000
"""Callers and tenants whose rights are kept worked out."""


class NgsildAccess:
    """Works out once per caller and tenant what rules open; `city` are the types that the systems publish."""

    def __init__(self, rules: Sequence[Grant], library: Library, city: Collection[str]) -> None:
        expand = library.home.terms.expand
        self._rules = named_types(rules or DEFAULT, expand, [expand(name) for name in city])
        self.rights_of = lru_cache(maxsize=KNOWN_CALLERS)(self._work_out)

    def _work_out(self, principal: Principal, tenant: str) -> Rights:
        return rights_of(self._rules, principal, tenant)
