"""Turns the stores' SQL into PostgreSQL's: numbered values, its names of types, bytewise order of texts."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import count

TYPES = {
    "INTEGER": "bigint",
    "REAL": "double precision",
    "BLOB": "bytea",
    "TEXT": 'text COLLATE "C"',
    "WITHOUT ROWID": "",
}
_TYPE = re.compile("|".join(rf"\b{name}\b" for name in TYPES))


@lru_cache(maxsize=512)
def numbered(sql: str) -> str:
    """Write each `?` as `$1`, `$2`, ...; texts with a question mark do not stand in our statements.

    >>> numbered("SELECT ix FROM t WHERE a=? AND b<?")
    'SELECT ix FROM t WHERE a=$1 AND b<$2'
    """
    places = count(1)
    return re.sub(r"\?", lambda _: f"${next(places)}", sql)


def typed(schema: str) -> str:
    """Write the types of a schema as PostgreSQL names them.

    >>> typed("CREATE TABLE t (id INTEGER PRIMARY KEY, body BLOB) WITHOUT ROWID")
    'CREATE TABLE t (id bigint PRIMARY KEY, body bytea) '
    """
    return _TYPE.sub(lambda found: TYPES[found[0]], schema)
