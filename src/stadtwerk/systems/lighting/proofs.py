"""Certificates at hand: the newest of each street by level, so that the next look at the city costs nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from stadtwerk.kernel.clock import US
from stadtwerk.kernel.limits import CLASSES_KEPT

DAY_US = 86_400 * US
"""A certificate is taken over for so long: within a day no lamp ages by what a certificate could tell."""


class Proof(NamedTuple):
    """What a street's certificate says: its level is in half percents, the worst requirement is the one told.

    `margin` is the least share to spare over all requirements of all areas, negative where one is missed.
    """

    at_us: int
    required: str
    delivered: str
    met: bool
    margin: float
    area: str
    quantity: str
    seal: str


class Proofs:
    """Certificates by street and level in half percents; None stands for a street without light by rule."""

    def __init__(self) -> None:
        self._kept: dict[tuple[int, int], Proof | None] = {}

    def known(self, place: int, half_percent: int, now_us: int) -> bool:
        """Tell whether a street's certificate at a level is at hand, made within a day of now."""
        key = place, half_percent
        kept = self._kept.get(key)
        return key in self._kept and (kept is None or abs(now_us - kept.at_us) <= DAY_US)

    def find(self, place: int, half_percent: int, now_us: int, make: Callable[[], Proof | None]) -> Proof | None:
        """Return a street's certificate at a level; one that is not at hand is made. When full, all are forgotten."""
        # Questions come in threads: nobody may meet a dict that shrinks.
        at_hand = self._kept
        if self.known(place, half_percent, now_us) and (place, half_percent) in at_hand:
            return at_hand[place, half_percent]
        if len(at_hand) >= CLASSES_KEPT:
            at_hand = self._kept = {}
        made = at_hand[place, half_percent] = make()
        return made
