"""Street lighting's published language: targets, commands, views."""

from __future__ import annotations

from typing import Annotated

import msgspec

from stadtwerk.kernel.limits import POLYGON_POINTS, RAMP_S, REASON_CHARS

Corner = tuple[
    Annotated[float, msgspec.Meta(ge=-180, le=180)],
    Annotated[float, msgspec.Meta(ge=-90, le=90)],
]
Id = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Reason = Annotated[str, msgspec.Meta(max_length=REASON_CHARS)]


class Target(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Which lamps: exactly one of lamp, lamps, street, circuit, district, or a drawn polygon."""

    lamp: Id | None = None
    lamps: Annotated[tuple[Id, ...], msgspec.Meta(min_length=1, max_length=1000)] | None = None
    street: Id | None = None
    circuit: Id | None = None
    district: Id | None = None
    polygon: Annotated[tuple[Corner, ...], msgspec.Meta(min_length=3, max_length=POLYGON_POINTS)] | None = None


class SetLevel(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Hold lamps at a level (percent of full light) until a time; then they return to their program."""

    target: Target
    level_percent: Annotated[float, msgspec.Meta(ge=0, le=100)]
    until: Annotated[str, msgspec.Meta(max_length=40, extra_json_schema={"format": "date-time"})]
    ramp_s: Annotated[int, msgspec.Meta(ge=0, le=RAMP_S)] = 0
    reason: Reason = ""
    spare: bool = False
    """Leave lamps out that a rule protects, instead of being refused."""
    despite: Annotated[str, msgspec.Meta(max_length=64)] = ""
    """Id of the rule set aside, with a reason; takes the permission `lighting.set-aside-rule`."""


class Clear(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """End the override of lamps now: they return to their program."""

    target: Target
    reason: Reason = ""


COMMANDS: dict[str, type[SetLevel | Clear]] = {"lighting.set-level": SetLevel, "lighting.clear": Clear}

LAMP_COLUMNS = (
    "level_percent",
    "power_w",
    "energy_kwh",
    "burning_h",
    "temperature_c",
    "voltage_v",
    "flags",
    "token",
    "applied",
    "f_cnt",
    "rssi_dbm",
)
"""Observed attributes of a lamp, in the order they are stored."""

WHOLE_COLUMNS = (
    "flags",
    "token",
    "applied",
    "f_cnt",
    "rssi_dbm",
    "lit",
    "faulty",
    "overridden",
    "silent",
    "mains_lost",
    "door_open",
    "dead_circuits",
    "rx_packets",
    "tx_packets",
    "nights",
    "blinked",
    "signs",
    "watched_since_d",
    "policy",
    "members",
    "following",
    "lit_s",
    "unknown_s",
    "mark",
)
"""Observed attributes that are whole numbers; history stores them as such."""

CABINET_COLUMNS = ("mains_lost", "door_open", "dead_circuits", "voltage_v", "power_w", "energy_kwh", "f_cnt")
"""Observed attributes of a cabinet, told by its controller; `dead_circuits` are bits, the first circuit's lowest."""

GATEWAY_COLUMNS = ("rx_packets", "tx_packets")
"""Observed attributes of a radio gateway: frames heard and sent since its last sign of life."""

LEARNED_COLUMNS = ("own_log", "nights", "risen", "fallen", "blinked", "signs", "watched_since_d")
"""What the nights taught of a lamp: its own power against expectation (log), of how many nights, how far it rose and
fell since (sums of the drift), last night's times out and on, signs (bits), and the day of its first night."""

GROUP_COLUMNS = (
    "policy",
    "members",
    "following",
    "cars",
    "cyclists",
    "walkers",
    "energy_kwh",
    "lit_s",
    "unknown_s",
)
"""Observed attributes of a street's lamps as a group that moves light together, each quarter of an hour while it does:
number of the policy, lamps and those that follow it, road users counted (noised by the group), energy of all lamps so
far, seconds in which light was asked for, and of these seconds with a pattern that the table lacks."""
PROGRAM_COLUMNS = ("mark",)
"""What a lamp says of the plan it keeps, noted when it changes: its mark, 0 = it was never told one."""

CITY_COLUMNS = ("power_kw", "program_kw", "energy_kwh", "lit", "faulty", "overridden", "silent")
"""Observed attributes of the city's lighting as a whole, once a minute."""
