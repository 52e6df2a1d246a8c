"""Types of entities that describe persons: they are kept sealed by the systems that need them, never as NGSI-LD."""

from __future__ import annotations

import re
from collections.abc import Iterable

from stadtwerk.context.problems import unsupported

PERSONAL = frozenset(
    ("account", "case", "citizen", "naturalperson", "patient", "person", "pupil", "resident", "signin", "student")
)
"""Last parts of type names, in small letters, whose entities are refused."""


def refuse_personal(types: Iterable[str]) -> None:
    """Refuse types that describe persons (422): context data are published, logged and kept as they are."""
    for iri in types:
        if re.split(r"[/#:]", iri)[-1].lower() in PERSONAL:
            raise unsupported("type", "personal data do not belong into the city's context information")
