"""What goes wrong in the city: a seeded script, written down so that others can score against it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from stadtwerk.kernel.clock import US, iso, parse_iso
from stadtwerk.twin.city import City
from stadtwerk.twin.lamps import (
    CLOCK_SKEWED,
    CLOCK_UNSET,
    CYCLING,
    DAY_BURNER,
    FAILED,
    LEAKING,
    NEVER,
    RADIO_DEAD,
    STUCK,
    UNPOWERED,
    WEAK,
)

DAY_S = 86_400
HORIZON_DAYS = 365
"""How far the script is written ahead; after that nothing new goes wrong."""

Kind = Literal[
    "lamp-dead",
    "lamp-failed",
    "day-burner",
    "radio-failed",
    "clock-not-set",
    "clock-skewed",
    "stuck-dim",
    "cycling",
    "power-low",
    "leakage",
    "cable-break",
    "circuit-out",
    "cabinet-out",
    "feeder-out",
    "gateway-lost",
]
BITS: dict[str, int] = {
    "lamp-dead": UNPOWERED,
    "lamp-failed": FAILED,
    "day-burner": DAY_BURNER,
    "radio-failed": RADIO_DEAD,
    "clock-not-set": CLOCK_UNSET,
    "clock-skewed": CLOCK_SKEWED,
    "stuck-dim": STUCK,
    "cycling": CYCLING,
    "power-low": WEAK,
    "leakage": LEAKING,
    "cable-break": UNPOWERED,
    "circuit-out": UNPOWERED,
    "cabinet-out": UNPOWERED,
    "feeder-out": UNPOWERED,
}
RATES = {
    "dead_rate": 0.004,
    "dying_rate": 0.02,
    "day_burner_rate": 0.001,
    "radio_rate": 0.0005,
    "clock_rate": 0.0005,
    "skew_rate": 0.0,
    "cabinet_out_rate": 0.002,
    "gateway_lost_rate": 0.002,
    "circuit_out_rate": 0.0,
    "feeder_out_rate": 0.0,
    "stuck_dim_rate": 0.002,
    "cycling_rate": 0.002,
    "power_low_rate": 0.002,
    "leakage_rate": 0.001,
    "cable_break_rate": 0.01,
}
"""Shares of lamps dead, burning by day, without radio, without time or with a wrong one from the start; of lamps dying
in a year; of cabinets, gateways, circuits and feeders out on a day. `faults` of city.json overrules them; estimates."""
DRILL = "drill.jsonl"
"""Faults that a trainer or a test adds to the script, in the same form; read when the twin starts."""
FAULTS_MAX = 1_000_000


class Fault(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that is wrong from `at` (until `until`) with a lamp, or a circuit, cabinet, feeder or gateway.

    `dark`: gives no light; `silent`: hears and says nothing. A lamp is dead when it is either.
    """

    at: str
    kind: Kind
    lamp: str | None = None
    circuit: str | None = None
    cabinet: str | None = None
    feeder: str | None = None
    gateway: str | None = None
    until: str | None = None
    dark: bool = False
    silent: bool = False
    lit: int = 0
    """Of a broken cable: how many of the circuit's lamps still have power, in their order."""


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
    for kind in ("stuck-dim", "cycling", "power-low", "leakage"):
        script += [Fault(later(), kind, lamp) for lamp in lamps(rates[f"{kind.replace('-', '_')}_rate"])]
    for circuit in [circuit for circuits in city.circuits_of.values() for circuit in circuits]:
        members = city.groups.get(f"circuit-{circuit}")
        if members is not None and len(members) > 3 and rng.random() < rates["cable_break_rate"]:
            lit = int(rng.integers(1, len(members) - 2))
            script.append(Fault(later(), "cable-break", circuit=circuit, dark=True, silent=True, lit=lit))
    script += [Fault(at, "clock-skewed", lamp, until=hours()) for lamp in lamps(rates["skew_rate"])]
    return sorted(script, key=lambda fault: fault.at)


def _outages(city: City, rates: dict[str, float], *, rng: np.random.Generator, start_us: int) -> list[Fault]:
    """Let cabinets and circuits be out for 1 to 8 hours, feeders for 1 to 3, gateways for one, at random times."""
    outages = []

    def times(rate: float, hours: tuple[int, int]) -> list[tuple[str, str]]:
        begins = start_us + rng.integers(HORIZON_DAYS * DAY_S, size=rng.poisson(rate * HORIZON_DAYS)) * US
        return [(iso(b), iso(b + int(rng.integers(*hours)) * 3600 * US)) for b in sorted(begins.tolist())]

    for cabinet in city.circuits_of:
        for at, until in times(rates["cabinet_out_rate"], (1, 9)):
            outages += [Fault(at, "cabinet-out", cabinet=cabinet, until=until, dark=True, silent=True)]
    for gateway in city.gateway_id:
        for at, until in times(rates["gateway_lost_rate"], (1, 2)):
            outages += [Fault(at, "gateway-lost", gateway=gateway, until=until, silent=True)]
    for circuit in (circuit for circuits in city.circuits_of.values() for circuit in circuits):
        for at, until in times(rates["circuit_out_rate"], (1, 9)):
            outages += [Fault(at, "circuit-out", circuit=circuit, until=until, dark=True, silent=True)]
    for feeder in sorted(set(city.cabinets.feeder)):
        for at, until in times(rates["feeder_out_rate"], (1, 4)):
            outages += [Fault(at, "feeder-out", feeder=feeder, until=until, dark=True, silent=True)]
    return outages


def read_drill(state: Path) -> list[Fault]:
    """Read the faults that were added by hand; none without a file."""
    path = state / DRILL
    lines = path.read_bytes().splitlines()[:FAULTS_MAX] if path.exists() else []
    return [msgspec.json.decode(line, type=Fault) for line in lines if line]


def load_or_write(path: Path, city: City, *, seed: int, start_us: int, renew: bool) -> list[Fault]:
    """Read the script the city lives by, or write it on the first start, one JSON object a line."""
    if path.exists() and not renew:
        return [msgspec.json.decode(line, type=Fault) for line in path.read_bytes().splitlines() if line]
    script = write_script(city, seed=seed, start_us=start_us)
    fresh = path.with_name(path.name + ".new")
    fresh.write_bytes(b"".join(msgspec.json.encode(fault) + b"\n" for fault in script))
    fresh.replace(path)
    return script


class Wrong(NamedTuple):
    """What is wrong at a time: bits of lamps (n,), lost gateways (g,), cabinets without mains (m,), dead circuits."""

    lamps: NDArray[np.uint16]
    gateway_lost: NDArray[np.bool_]
    cabinet_off: NDArray[np.bool_]
    circuit_dead: NDArray[np.uint8]


class FaultScript:
    """The script as it bears on lamps, gateways and cabinets at a time."""

    def __init__(self, city: City, script: Sequence[Fault]) -> None:
        self._city, self._script = city, script
        self._row = {lamp: ix for ix, lamp in enumerate(city.lamp_id)}
        self._gateway_row = {gateway: row for row, gateway in enumerate(city.gateway_id)}
        cabinets = city.cabinets
        self._cabinet_row = {cabinet: row for row, cabinet in enumerate(cabinets.id)}
        self._breaker = {
            circuit: (row, 1 << number)
            for row, circuits in enumerate(cabinets.circuits)
            for number, circuit in enumerate(circuits)
        }
        self._begin_us = np.array([parse_iso(fault.at) for fault in script], np.int64)
        self._end_us = np.array([parse_iso(f.until) if f.until else NEVER for f in script], np.int64)
        self._edges_us = np.unique(np.concatenate([self._begin_us, self._end_us]))

    def next_edge_us(self, now_us: int) -> int:
        """Tell when something next begins or ends."""
        row = int(np.searchsorted(self._edges_us, now_us, side="right"))
        return int(self._edges_us[row]) if row < len(self._edges_us) else NEVER

    def at(self, now_us: int) -> Wrong:
        """Tell what is wrong now."""
        city = self._city
        m = len(city.cabinets.id)
        wrong = Wrong(
            np.zeros(len(city), np.uint16),
            np.zeros(len(city.gateway_id), np.bool_),
            np.zeros(m, np.bool_),
            np.zeros(m, np.uint8),
        )
        for row in np.flatnonzero((self._begin_us <= now_us) & (now_us < self._end_us)).tolist():
            self._add(self._script[row], wrong)
        return wrong

    def _add(self, fault: Fault, wrong: Wrong) -> None:
        if fault.gateway is not None:
            wrong.gateway_lost[self._gateway_row[fault.gateway]] = True
        elif fault.kind == "cable-break":
            self._cut(str(fault.circuit), fault.kind, wrong, lit=fault.lit)
        elif fault.lamp is not None:
            if fault.lamp in self._row:
                wrong.lamps[self._row[fault.lamp]] |= BITS[fault.kind]
        elif fault.circuit is not None:
            self._cut(fault.circuit, fault.kind, wrong)
            if fault.circuit in self._breaker:
                row, bit = self._breaker[fault.circuit]
                wrong.circuit_dead[row] |= bit
        else:
            for cabinet in self._cabinets_of(fault):
                for circuit in self._city.circuits_of.get(cabinet, ()):
                    self._cut(circuit, fault.kind, wrong)
                if cabinet in self._cabinet_row:
                    wrong.cabinet_off[self._cabinet_row[cabinet]] = True

    def _cabinets_of(self, fault: Fault) -> list[str]:
        if fault.cabinet is not None:
            return [fault.cabinet]
        cabinets = self._city.cabinets
        return [cabinet for cabinet, feeder in zip(cabinets.id, cabinets.feeder, strict=True) if feeder == fault.feeder]

    def _cut(self, circuit: str, kind: Kind, wrong: Wrong, *, lit: int = 0) -> None:
        members = self._city.groups.get(f"circuit-{circuit}")
        if members is not None:
            wrong.lamps[members[lit:]] |= BITS[kind]
