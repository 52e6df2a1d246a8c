"""What is kept of energy: how little light is enough in each street, the account of each night, who signed a month."""

from __future__ import annotations

from typing import Literal

import msgspec

Standing = Literal["kept", "missed", "unclassed"]
STANDINGS: tuple[Standing, ...] = ("kept", "missed", "unclassed")
"""How a street stands: full light keeps its class, misses it (then the class it gets counts), or no class is asked."""


class Limits(msgspec.Struct, frozen=True, array_like=True):
    """A street's light in shares of full light: the least common level for its class and for the lowest allowed one.

    `lines` are (a, b): at a share p of the time in the full class, no levels take less than the greatest a + b p of the
    power at full light. `presence` is p by local hour. `power_density` is PDI at full light, W/(lx m2).
    """

    standing: Standing
    full_level: float
    low_level: float
    lines: tuple[tuple[float, float], ...]
    presence: tuple[float, ...]
    area_m2: float
    """Ground that is lit, a lamp."""
    power_density: float
    required: str
    kept: str


UNCLASSED = Limits("unclassed", 1.0, 1.0, (), (), 0.0, 0.0, "", "")


class Survey(msgspec.Struct, frozen=True):
    """All streets' limits in the inventory's order, when they were calculated, and a mark of them."""

    at_us: int
    lamps: str
    streets: tuple[Limits, ...]
    counted: tuple[str, ...]
    """Highway classes whose traffic the city counted; all others' is assumed."""
    mark: str


class Figures(msgspec.Struct, frozen=True):
    """Energy of some lamps in a night, kWh: what was measured, estimated for what was not, and the baselines.

    What was not measured lies between `unknown_low_kwh` (dark) and `unknown_high_kwh` (full light whenever dark).
    """

    district: str
    standing: Standing
    lamps: int
    covered: float
    """Share of lamps' time that measurements cover."""
    measured_kwh: float
    estimated_kwh: float
    unknown_low_kwh: float
    unknown_high_kwh: float
    program_kwh: float
    always_kwh: float
    half_night_kwh: float
    bound_kwh: float


class Curve(msgspec.Struct, frozen=True):
    """Mean power by quarter hour from a night's begin on, kW; NaN-free: None where the city was not observed."""

    measured: tuple[float | None, ...]
    program: tuple[float, ...]
    always: tuple[float, ...]
    half_night: tuple[float, ...]
    bound: tuple[float, ...]


class Account(msgspec.Struct, frozen=True):
    """A night's account from noon to noon; the id is the local day on which it begins."""

    id: str
    since_us: int
    until_us: int
    made_at_us: int
    survey: str
    """Mark of the survey whose limits it stands on."""
    figures: tuple[Figures, ...]
    curve: Curve


class Signed(msgspec.Struct, frozen=True):
    """Somebody has signed a month's report: the id is the month, the seal that of what was signed."""

    id: str
    seal: str
    by: str
    at_us: int
    remark: str = ""
