"""Judging how the city is doing: how full each bounded thing is, and what that means."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

FULL_SOON = 0.8
"""From this share on a bound is close: degraded."""
ORDER = ("ok", "degraded", "failing")
"""From good to bad."""


class Fill(msgspec.Struct, frozen=True):
    """How full one bounded thing is; `rolling` ones drop the oldest by design and may be full."""

    name: str
    value: float
    limit: float
    unit: str = ""
    rolling: bool = False

    @property
    def share(self) -> float:
        """Return value per limit."""
        return self.value / self.limit if self.limit else 0.0


class Reason(msgspec.Struct, frozen=True):
    """Why the city is not well: how bad it is, what it is about, in words."""

    status: str
    about: str
    detail: str


def reasons_of(fills: Iterable[Fill]) -> list[Reason]:
    """Tell which bounds are close or reached."""
    found = []
    for fill in fills:
        if fill.rolling or fill.share < FULL_SOON:
            continue
        detail = f"{fill.value:,.0f} of {fill.limit:,.0f} {fill.unit}".rstrip()
        found.append(Reason("failing" if fill.share >= 1 else "degraded", fill.name, detail))
    return found


def status_of(reasons: Iterable[Reason]) -> str:
    """Return the worst: ok, degraded or failing."""
    return max((reason.status for reason in reasons), key=ORDER.index, default="ok")
