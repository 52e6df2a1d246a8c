"""Where a tenant's database is: a PostgreSQL URL with the tenant's name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from stadtwerk.kernel.refusal import Refused

DEFAULT_TENANT = "stadtwerk"
SCHEMES = ("postgresql", "postgres")
_TENANT = re.compile(r"[a-z][a-z0-9_]{0,39}")


@dataclass(frozen=True, slots=True)
class Address:
    """A database as the driver wants it, and the tenant: the schema that holds one city's tables."""

    dsn: str
    tenant: str

    @property
    def full(self) -> str:
        """Return the address as it may be handed to a process of ours."""
        parts = urlsplit(self.dsn)
        return _url(parts.netloc, parts.path, parse_qsl(parts.query), self.tenant)

    @property
    def public(self) -> str:
        """Return the address without its password."""
        parts = urlsplit(self.dsn)
        user, at, host = parts.netloc.rpartition("@")
        tenant = "" if self.tenant == DEFAULT_TENANT else self.tenant
        return _url(f"{user.partition(':')[0]}{at}{host}", parts.path, parse_qsl(parts.query), tenant)


def parse_address(text: str) -> Address:
    """Read `postgresql://user@host:port/database?tenant=NAME`; refuses what is none."""
    parts = urlsplit(text)
    if parts.scheme not in SCHEMES:
        raise Refused.field("store", "write postgresql://user@host/database, with ?tenant=NAME if there are several")
    given = dict(parse_qsl(parts.query, keep_blank_values=True))
    tenant = given.get("tenant", DEFAULT_TENANT)
    if not _TENANT.fullmatch(tenant) or tenant.startswith("pg_"):
        raise Refused.field("tenant", "small letters, digits and _, a letter first, at most 40, not pg_...")
    pairs = [(name, value) for name, value in given.items() if name != "tenant"]
    if "password" in given:
        raise Refused.field("store", "a password stands in ~/.pgpass, or behind the user's name, not in the query")
    return Address(_url(parts.netloc, parts.path, pairs), tenant)


def _url(netloc: str, path: str, pairs: list[tuple[str, str]], tenant: str = "") -> str:
    query = urlencode([*pairs, *([("tenant", tenant)] if tenant else [])], quote_via=quote, safe="/")
    return f"postgresql://{netloc}{path}" + (f"?{query}" if query else "")
