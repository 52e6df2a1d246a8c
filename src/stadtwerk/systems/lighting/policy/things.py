"""What is kept of light on demand: each street's policy with its table, certificates, and the materials they name."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

PolicyState = Literal["asked", "planned", "failed", "ended"]
LIVE: frozenset[str] = frozenset(("asked", "planned"))
"""States in which a street is lit on demand, or will be as soon as its table is calculated."""
STATES = ("empty", "full")
"""What is certified of a policy: the street with nobody in it, and with its full class everywhere."""
LEVEL_FULL = 65_535
"""Full light as a whole number, the unit of a table's levels."""
KINDS = ("cars", "cyclists", "walkers")
"""Kinds of road users, in the order of `engine.adaptive.report.USERS`."""


class Plan(msgspec.Struct, frozen=True):
    """A street's table: levels by pattern of fields that need the full class, and what the least power would be.

    Lamp j of the street, in the inventory's order, stands in field j // rows, row j % rows. `levels` are base64 of
    little-endian 65,535ths of full light, pattern by pattern, row by row, field by field. Unless `anchored`, a pattern
    stands for all its turns.
    """

    full: dict[str, str]
    low: dict[str, str]
    missed: tuple[str, ...]
    """Areas whose required class the lamps miss even at full light: planned for the class they reach."""
    fields: int
    rows: int
    spacing_m: float
    patterns: tuple[str, ...]
    """Each as fields, 1 = needs the full class."""
    levels: str
    anchored: bool
    bounds: tuple[float, float]
    """Least mean level with nobody there, and with the full class everywhere; proven by the certificates."""
    rates: tuple[float, ...]
    """Road users an hour at which `curves` are known."""
    curves: tuple[tuple[float, ...], ...]
    """Mean level, at least, by rate of each kind alone."""
    delivered: tuple[dict[str, str], dict[str, str]]
    """The lowest class of each area that is kept with nobody there, and in full; differs only where lamps failed."""

    @property
    def misses(self) -> bool:
        """Tell whether lamps that failed keep the street below the classes it is planned for."""
        return self.delivered != (self.low, self.full)


class Worked(msgspec.Struct, frozen=True):
    """What was calculated: the plan, and the bounds of empty and full street as documents that are not yet chained."""

    plan: Plan
    certificates: tuple[dict[str, Any], ...]


class Policy(msgspec.Struct, frozen=True, omit_defaults=True):
    """How a street is lit on demand. `number` rises with every change and is what its lamps answer with."""

    id: str
    number: int
    state: PolicyState
    by: str
    since_us: int
    steps: int = 2
    fade_s: int = 1
    traffic: tuple[float, float, float] = (20.0, 5.0, 10.0)
    plan: Plan | None = None
    dark: tuple[str, ...] = ()
    """Lamps of the street that give no light: the plan does without them."""
    below: tuple[tuple[int, int], ...] = ()
    """From when until when (0 = still) lamps that failed kept the street below its classes."""
    why: str = ""
    before: Policy | None = None


class Certificate(msgspec.Struct, frozen=True):
    """A sealed bound of a street (`engine.adaptive.certificate`) without its materials; `number` counts the chain."""

    id: str
    number: int
    seal: str
    body: dict[str, Any]


class Material(msgspec.Struct, frozen=True):
    """A photometry or r-table that certificates name by its mark."""

    id: str
    kind: Literal["photometries", "surfaces"]
    body: dict[str, Any]


def certificate_id(street: str, state: str) -> str:
    """Name the certificate of a street's state."""
    return f"{street}:{state}"
