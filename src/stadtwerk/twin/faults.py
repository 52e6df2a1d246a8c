"""What goes wrong in the city: a seeded script, written down so that others can score against it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from stadtwerk.kernel.clock import US, iso, parse_iso
from stadtwerk.twin.city import City
from stadtwerk.twin.lamps import CLOCK_UNSET, DAY_BURNER, FAILED, NEVER, RADIO_DEAD, UNPOWERED

DAY_S = 86_400
HORIZON_DAYS = 365
"""How far the script is written ahead; after that nothing new goes wrong."""

Kind = Literal["lamp-dead", "lamp-failed", "day-burner", "radio-failed", "clock-not-set", "cabinet-out", "gateway-lost"]
BITS: dict[str, int] = {
    "lamp-dead": UNPOWERED,
    "lamp-failed": FAILED,
    "day-burner": DAY_BURNER,
    "radio-failed": RADIO_DEAD,
    "clock-not-set": CLOCK_UNSET,
    "cabinet-out": UNPOWERED,
}
RATES = {
    "dead_rate": 0.004,
    "dying_rate": 0.02,
    "day_burner_rate": 0.001,
    "radio_rate": 0.0005,
    "clock_rate": 0.0005,
    "cabinet_out_rate": 0.002,
    "gateway_lost_rate": 0.002,
}
"""Shares of lamps dead, burning by day, without radio or time from the start; of lamps dying in a year; of
cabinets and gateways out on a day. `faults` of city.json overrules them; estimates."""


class Fault(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that is wrong from `at` (until `until`) with a lamp, or all lamps of a circuit or gateway.

    `dark`: gives no light; `silent`: hears and says nothing. A lamp is dead when it is either.
    """

    at: str
    kind: Kind
    lamp: str | None = None
    circuit: str | None = None
    gateway: str | None = None
    until: str | None = None
    dark: bool = False
    silent: bool = False


def write_script(city: City, *, seed: int, start_us: int) -> list[Fault]:
    """Write the script of the coming year, in order of time; same city, seed and start, same script."""
    rng = np.random.default_rng([seed, 0xFA])
    rates = RATES | city.fault_rates
    at = iso(start_us)

    def lamps(rate: float) -> list[str]:
        return [city.lamp_id[ix] for ix in np.flatnonzero(rng.random(len(city)) < rate)]

    def later() -> str:
        return iso(start_us + int(rng.integers(HORIZON_DAYS * DAY_S)) * US)

    def hours() -> str:
        return iso(start_us + int(rng.integers(1, 25)) * 3600 * US)

    def dead(at: str, lamp: str) -> Fault:
        silent = bool(rng.random() < 0.5)
        return Fault(at, "lamp-dead" if silent else "lamp-failed", lamp, dark=True, silent=silent)

    script = [dead(at, lamp) for lamp in lamps(rates["dead_rate"])]
    script += [dead(later(), lamp) for lamp in lamps(rates["dying_rate"])]
    script += [Fault(at, "day-burner", lamp) for lamp in lamps(rates["day_burner_rate"])]
    script += [Fault(at, "radio-failed", lamp, silent=True) for lamp in lamps(rates["radio_rate"])]
    script += [Fault(at, "clock-not-set", lamp, until=hours()) for lamp in lamps(rates["clock_rate"])]
    script += _outages(city, rates, rng=rng, start_us=start_us)
    return sorted(script, key=lambda fault: fault.at)


def _outages(city: City, rates: dict[str, float], *, rng: np.random.Generator, start_us: int) -> list[Fault]:
    """Let cabinets be out for 1 to 8 hours and gateways for one, at random times of the year."""
    outages = []

    def times(rate: float, hours: tuple[int, int]) -> list[tuple[str, str]]:
        begins = start_us + rng.integers(HORIZON_DAYS * DAY_S, size=rng.poisson(rate * HORIZON_DAYS)) * US
        return [(iso(b), iso(b + int(rng.integers(*hours)) * 3600 * US)) for b in sorted(begins.tolist())]

    circuits_of = city.circuits_of or {
        name: (name.removeprefix("circuit-"),) for name in city.groups if name.startswith("circuit-")
    }
    for circuits in circuits_of.values():
        for at, until in times(rates["cabinet_out_rate"], (1, 9)):
            outages += [
                Fault(at, "cabinet-out", circuit=circuit, until=until, dark=True, silent=True) for circuit in circuits
            ]
    for gateway in city.gateway_id:
        for at, until in times(rates["gateway_lost_rate"], (1, 2)):
            outages += [Fault(at, "gateway-lost", gateway=gateway, until=until, silent=True)]
    return outages


def load_or_write(path: Path, city: City, *, seed: int, start_us: int, renew: bool) -> list[Fault]:
    """Read the script the city lives by, or write it on the first start, one JSON object a line."""
    if path.exists() and not renew:
        return [msgspec.json.decode(line, type=Fault) for line in path.read_bytes().splitlines() if line]
    script = write_script(city, seed=seed, start_us=start_us)
    fresh = path.with_name(path.name + ".new")
    fresh.write_bytes(b"".join(msgspec.json.encode(fault) + b"\n" for fault in script))
    fresh.replace(path)
    return script


class FaultScript:
    """The script as it bears on the lamps (n,) and gateways (g,) at a time."""

    def __init__(self, city: City, script: Sequence[Fault]) -> None:
        self._city, self._script = city, script
        self._row = {lamp: ix for ix, lamp in enumerate(city.lamp_id)}
        self._gateway_row = {gateway: row for row, gateway in enumerate(city.gateway_id)}
        self._begin_us = np.array([parse_iso(fault.at) for fault in script], np.int64)
        self._end_us = np.array([parse_iso(f.until) if f.until else NEVER for f in script], np.int64)
        self._edges_us = np.unique(np.concatenate([self._begin_us, self._end_us]))

    def next_edge_us(self, now_us: int) -> int:
        """Tell when something next begins or ends."""
        row = int(np.searchsorted(self._edges_us, now_us, side="right"))
        return int(self._edges_us[row]) if row < len(self._edges_us) else NEVER

    def at(self, now_us: int) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
        """Tell what is wrong now: bits of each lamp (n,), and which gateways are lost (g,)."""
        bits = np.zeros(len(self._city), np.uint8)
        lost = np.zeros(len(self._city.gateway_id), bool)
        for row in np.flatnonzero((self._begin_us <= now_us) & (now_us < self._end_us)).tolist():
            fault = self._script[row]
            if fault.gateway is not None:
                lost[self._gateway_row[fault.gateway]] = True
            elif fault.circuit is not None:
                members = self._city.groups.get(f"circuit-{fault.circuit}")
                if members is not None:
                    bits[members] |= BITS[fault.kind]
            elif fault.lamp in self._row:
                bits[self._row[fault.lamp]] |= BITS[fault.kind]
        return bits, lost
