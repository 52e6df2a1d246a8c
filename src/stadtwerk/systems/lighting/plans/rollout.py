"""Which lamps keep the plan they are to follow, and whom to tell it when: again and again, but not for ever."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from stadtwerk.kernel.clock import US
from stadtwerk.kernel.observation import Rows, Times

TOLD = "LampProgram"
"""Type under which is observed which plan a lamp says it keeps."""
CONFIRMED, WAITING, SENT, EXPIRED, ELSEWHERE = range(5)
STATES = ("confirmed", "waiting", "sent", "expired", "elsewhere")
"""What became of a lamp's plan, by code; `elsewhere`: another radio than LoRaWAN reaches it."""
ROUND_S = 60
"""Time until a lamp that does not confirm is told again, doubled each time, seconds of city time."""
ROUNDS = 6
"""So often a lamp is told: within an hour; then, or when it falls silent, it counts as expired."""
AGAIN_S = 6 * 3_600
"""An expired lamp that is heard all the same is told again after so long, seconds."""

Mask = NDArray[np.bool_]
Marks = NDArray[np.uint16]


class Rollout:
    """The state (n,) of each lamp's plan; after a start nothing was sent, what lamps said they keep is known."""

    def __init__(self, n: int) -> None:
        self.state = np.zeros(n, np.uint8)
        self.step: object = None
        """Up to which decision lamps were compared with their plans; in the past nobody does."""
        self._wanted: Marks = np.zeros(n, np.uint16)
        self._silent: Mask = np.zeros(n, np.bool_)
        self._rounds = np.zeros(n, np.int64)
        self._next_us: Times = np.zeros(n, np.int64)

    def look(self, wanted: Marks, kept: Mask, reached: Mask, silent: Mask, *, step: object, now_us: int) -> None:
        """Compare after a decision's `step`: each lamp's mark (n,), who keeps it, who can be reached, who is silent.

        A lamp whose plan changes, or that is heard again after silence, is told as if for the first time.
        """
        anew = (wanted != self._wanted) | (self._silent & ~silent) | kept
        over = self._rounds >= ROUNDS
        anew |= over & ~silent & (now_us >= self._next_us + AGAIN_S * US)
        self._rounds[anew] = self._next_us[anew] = 0
        self._wanted, self._silent = wanted, silent
        expired = silent | ((self._rounds >= ROUNDS) & (now_us >= self._next_us))
        told = np.where(self._rounds == 0, WAITING, np.where(expired, EXPIRED, SENT))
        self.state[:] = np.where(kept, CONFIRMED, np.where(reached, told, ELSEWHERE))
        self.step = step

    def due(self, now_us: int) -> Mask:
        """Tell which lamps (n,) are to be told now; whoever is silent would not hear it."""
        open_ = (self.state == WAITING) | ((self.state == SENT) & (self._rounds < ROUNDS))
        return np.asarray(open_ & (now_us >= self._next_us) & ~self._silent)

    def sent(self, rows: Rows, now_us: int) -> None:
        """Note who was told."""
        self._next_us[rows] = now_us + ROUND_S * US * 2 ** self._rounds[rows]
        self._rounds[rows] += 1
        self.state[rows] = SENT

    def counts(self, rows: Rows) -> dict[str, int]:
        """Count lamps (k,) by state."""
        tally = np.bincount(self.state[rows], minlength=len(STATES))
        return dict(zip(STATES, tally.tolist(), strict=True))
