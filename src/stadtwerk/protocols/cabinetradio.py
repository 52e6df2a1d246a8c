"""What a cabinet's controller says by radio: 16 bytes on port 3, little-endian, packed.

The controller meters the supply and watches the circuits' breakers, as feeder-pillar controllers on the market do; a
capacitor lets it say a last word when the mains are gone.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from stadtwerk.protocols.malformed import Malformed

VERSION = 1
CABINET_PORT = 3

MAINS_LOST, DOOR_OPEN = 1, 2
"""Bits of the flags."""

CIRCUITS_MAX = 8
"""Circuits a controller watches; bit 0 of `dead` is the cabinet's first."""

_WIRE = struct.Struct("<BBBBHIIH")


@dataclass(frozen=True, slots=True)
class CabinetStatus:
    """State of a cabinet: flags, bits of circuits without voltage, mains (V), power (W), energy (Wh)."""

    flags: int
    dead: int
    circuits: int
    voltage_v: float
    power_w: float
    energy_wh: int


def encode_cabinet(status: CabinetStatus) -> bytes:
    """Write a status; measures saturate, the energy counter rolls over."""
    return _WIRE.pack(
        VERSION,
        status.flags,
        status.dead,
        status.circuits,
        min(max(round(status.voltage_v * 10), 0), 0xFFFF),
        min(max(round(status.power_w * 10), 0), 0xFFFF_FFFF),
        status.energy_wh & 0xFFFF_FFFF,
        0,
    )


def decode_cabinet(data: bytes) -> CabinetStatus:
    """Read a status; Malformed on wrong length, version or circuits."""
    if len(data) != _WIRE.size:
        raise Malformed("cabinet-length", f"{len(data)} bytes instead of {_WIRE.size}")
    version, flags, dead, circuits, voltage_dv, power_dw, energy_wh, _ = _WIRE.unpack(data)
    if version != VERSION:
        raise Malformed("cabinet-version", f"version {version} is not spoken here")
    if circuits > CIRCUITS_MAX or dead >> circuits:
        raise Malformed("cabinet-circuits", f"circuits {dead:08b} of {circuits} are dead")
    return CabinetStatus(flags, dead, circuits, voltage_dv / 10, power_dw / 10, energy_wh)
