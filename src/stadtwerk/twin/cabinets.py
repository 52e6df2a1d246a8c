"""The controllers in the cabinets: they meter the supply, watch the breakers, and have a last word."""

from __future__ import annotations

import heapq
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stadtwerk.kernel.clock import US
from stadtwerk.protocols.cabinetradio import MAINS_LOST, CabinetStatus, encode_cabinet
from stadtwerk.twin.city import City
from stadtwerk.twin.luminaire import MAINS_V

PERIOD_S = 300
"""A controller reports so often when nothing happens, seconds."""
REPEATS, REPEAT_S = 3, 3
"""What changed is said so many times, so many seconds apart: a capacitor lasts that long without mains."""
START_S = 5.0
"""Longest a controller takes to start when the mains are back."""
SIGNAL_DBM = -95
NEVER = np.iinfo(np.int64).max

_MEMORY = np.dtype([("f_cnt", "<u4"), ("energy_ws", "<f8")])


class CabinetFrame(NamedTuple):
    """One uplink of a controller that a gateway heard."""

    at_us: int
    row: int
    f_cnt: int
    data: bytes


class Cabinets:
    """m controllers and their way through the air; faults in, frames out."""

    def __init__(self, city: City, state: Path, *, rng: np.random.Generator, now_us: int) -> None:
        m = len(city.cabinets.id)
        self._city, self._rng = city, rng
        self._memory = _open_memory(state / "cabinets.mem", m)
        self._off = np.zeros(m, np.bool_)
        self._dead = np.zeros(m, np.uint8)
        self._said = np.full(m, REPEATS)
        self._send_at_us = now_us + (rng.random(m) * START_S * US).astype(np.int64)
        self._phase_us = (rng.random(m) * PERIOD_S * US).astype(np.int64)
        self._metered_us = np.full(m, now_us)
        self._air: list[CabinetFrame] = []

    def set_faults(self, off: NDArray[np.bool_], dead: NDArray[np.uint8], now_us: int) -> None:
        """Change which cabinets (m,) have no mains, and which of their circuits are dead (bits)."""
        changed = np.flatnonzero((off != self._off) | (dead != self._dead))
        back = changed[self._off[changed] & ~off[changed]]
        self._off[:], self._dead[:] = off, dead
        self._said[changed] = 0
        self._send_at_us[changed] = now_us
        self._send_at_us[back] += (self._rng.random(len(back)) * START_S * US).astype(np.int64)

    def step(self, now_us: int, *, power_w: NDArray[np.float64], gateway_lost: NDArray[np.bool_]) -> list[CabinetFrame]:
        """Let those speak whose time has come, and return the frames that have arrived at a gateway by now."""
        for row in np.flatnonzero(self._send_at_us <= now_us).tolist():
            frame = self._speak(row, now_us, power_w)
            self._plan(row, now_us)
            lost = self._rng.random() < self._city.radio.uplink_loss
            if not lost and not gateway_lost[self._city.cabinets.gateway[row]]:
                heapq.heappush(self._air, frame)
        arrived = []
        while self._air and self._air[0].at_us <= now_us:
            arrived.append(heapq.heappop(self._air))
        return arrived

    def _plan(self, row: int, now_us: int) -> None:
        self._said[row] += 1
        if self._said[row] < REPEATS:
            self._send_at_us[row] = now_us + REPEAT_S * US
        elif self._off[row]:
            self._send_at_us[row] = NEVER
        else:
            period_us = PERIOD_S * US
            self._send_at_us[row] = now_us + period_us - (now_us - int(self._phase_us[row])) % period_us

    def _speak(self, row: int, now_us: int, power_w: NDArray[np.float64]) -> CabinetFrame:
        memory, off = self._memory, bool(self._off[row])
        drawn_w = 0.0 if off else float(power_w[self._city.cabinets.lamps[row]].sum())
        memory["energy_ws"][row] += drawn_w * max(now_us - int(self._metered_us[row]), 0) / US
        self._metered_us[row] = now_us
        memory["f_cnt"][row] += 1
        status = CabinetStatus(
            flags=MAINS_LOST if off else 0,
            dead=int(self._dead[row]),
            circuits=len(self._city.cabinets.circuits[row]),
            voltage_v=0.0 if off else MAINS_V + float(self._rng.normal(0, 1.5)),
            power_w=drawn_w,
            energy_wh=int(memory["energy_ws"][row] / 3600),
        )
        radio = self._city.radio
        delay_us = round(self._rng.uniform(radio.delay_min_s, radio.delay_max_s) * US)
        return CabinetFrame(now_us + delay_us, row, int(memory["f_cnt"][row]), encode_cabinet(status))


def _open_memory(path: Path, m: int) -> NDArray[np.void]:
    """Map the controllers' frame counters and meters, which survive whatever ends the process; new ones are zero."""
    if not path.exists() or path.stat().st_size != m * _MEMORY.itemsize:
        path.write_bytes(bytes(m * _MEMORY.itemsize))
    if not m:
        return np.zeros(0, _MEMORY)
    return np.memmap(path, _MEMORY, "r+")
