"""What the detector is given: the lamps as the inventory knows them, and what they said within one night."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.floating[Any]]
Mask = NDArray[np.bool_]
Rows = NDArray[np.integer[Any]]

LampFault = Literal[
    "lamp-out",
    "day-burner",
    "cycling",
    "stuck-dim",
    "driver-silent",
    "leakage",
    "wrong-watts",
    "power-low",
    "power-high",
    "ageing",
    "clo-end",
    "lamp-silent",
]
SupplyFault = Literal["gateway-lost", "cabinet-out", "phase-out", "circuit-out", "cable-break", "switching-error"]
FaultKind = LampFault | SupplyFault


@dataclass(frozen=True, slots=True)
class Fleet:
    """n lamps by row: inventory watts, driver model (row of `expected.DRIVERS`), and who feeds and hears them.

    `circuit`, `cabinet`, `gateway` are rows of their tables, `phase` is 0 to 2, `order` the place along the cable
    from the cabinet on, 0 first. A lamp without a known cabinet or gateway has -1 there.
    """

    nominal_w: Values
    driver: Rows
    circuit: Rows
    cabinet: Rows
    phase: Rows
    order: Rows
    gateway: Rows

    def __len__(self) -> int:
        return len(self.nominal_w)


@dataclass(frozen=True, slots=True)
class Night:
    """What n lamps said at s moments from noon to noon, in order of time; NaN = not heard, or not told.

    `asked_percent` (n, s) is the light that was asked for, 0 = off, NaN = unsure; `power_w` and `voltage_v` (n, s)
    were measured by the lamp, `ambient_c` (s,) is the air's temperature, `burning_h` (n,) the driver's hours.
    """

    asked_percent: Values
    power_w: Values
    voltage_v: Values
    ambient_c: Values
    burning_h: Values


@dataclass(frozen=True, slots=True)
class Finding:
    """A cause found: its kind, the row of what is at fault (lamp, circuit, cabinet, gateway) and the lamps it takes.

    `phase` is set where one phase is at fault, else -1; a cable is broken between lamps `after` (-1: the cabinet) and
    `before`. `confirmed` is false while one more night is wanted. `value` is the measurement that tells it, in the
    unit of `measure`.
    """

    kind: FaultKind
    place: int
    lamps: tuple[int, ...]
    confirmed: bool
    value: float
    measure: str
    phase: int = -1
    after: int = -1
    before: int = -1

    @property
    def key(self) -> tuple[str, int, int]:
        """Return what makes two findings the same: kind, place and phase."""
        return self.kind, self.place, self.phase
