"""How a command reaches its lamps: whole groups by multicast, the rest one by one, again until all have answered."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stadtwerk.kernel.clock import US
from stadtwerk.kernel.command import Command
from stadtwerk.kernel.observation import Rows, Values
from stadtwerk.systems.lighting.inventory import LORAWAN, RADIOS, Inventory, Places

Mask = NDArray[np.bool_]

ROUND_S = 14
"""Time between two rounds: longest radio delay down (5 s) and up (5 s) plus the lamps' back-off (4 s)."""
GROUP_SHARE = 0.25
"""A group is called again as a whole while at least this share of it has not answered."""


@dataclass(frozen=True, slots=True)
class Calls:
    """The downlinks of one round: multicast groups, and rows called one by one."""

    groups: list[str]
    rows: Rows


def due_round(command: Command, now_us: int) -> int:
    """Return the number of the round that is due, 0 first, counted from the request."""
    return (now_us - command.requested_at_us) // (ROUND_S * US)


def plan_calls(inventory: Inventory, command: Command, radio: str = LORAWAN) -> Calls:
    """Cover the pending targets that a radio reaches with few calls: no group with a lamp which was not meant.

    Only LoRaWAN has groups: they hold the lamps of a place that it reaches.
    """
    meant = np.zeros(len(inventory), np.bool_)
    meant[command.rows] = True
    left = np.zeros(len(inventory), np.bool_)
    left[command.pending_rows()] = True
    return cover(inventory, meant, left, radio)


def cover(inventory: Inventory, meant: Mask, left: Mask, radio: str = LORAWAN, share: float = GROUP_SHARE) -> Calls:
    """Cover the lamps (n,) that are left to call with few calls; `left` is used up, `meant` may hear it too.

    A group is called as a whole if two of it are left, and this share at least.
    """
    mine = inventory.radio == RADIOS.index(radio)
    left &= mine
    groups: list[str] = []
    if radio != LORAWAN:
        return Calls(groups, np.flatnonzero(left).astype(np.int32))
    levels = (
        ("district", inventory.districts),
        ("circuit", inventory.circuits),
        ("street", inventory.streets),
    )
    for kind, places in levels:
        groups.extend(_cover(kind, places, meant & mine, left, size=_lamps(places, mine), share=share))
    return Calls(groups, np.flatnonzero(left).astype(np.int32))


def group_rows(inventory: Inventory, name: str) -> Rows:
    """Return the rows of the lamps of a place whose group has this name."""
    kind, _, place_id = name.partition("-")
    places: Places = getattr(inventory, f"{kind}s")
    return places.rows(places.index[place_id])


def _lamps(places: Places, mask: Mask) -> Values:
    """Count the lamps of a mask (n,) by place."""
    counts: Values = np.bincount(places.of_lamp[mask], minlength=len(places.ids)).astype(np.float64)
    return counts


def _cover(kind: str, places: Places, meant: Mask, left: Mask, *, size: Values, share: float) -> list[str]:
    """Take the groups of one kind that are meant whole and mostly unanswered; their lamps are no longer left."""
    waiting = _lamps(places, left)
    chosen = np.flatnonzero((_lamps(places, meant) == size) & (waiting > 1) & (waiting >= share * size))
    for place in chosen:
        left[places.rows(int(place))] = False
    return [f"{kind}-{places.ids[place]}" for place in chosen]
