"""Nights of a made city with a seeded fault script: the judge of the detector, which shares no code with it.

Physics of its own: dimming curves, ageing, standby, temperature, dips of the mains and losses are drawn here, lamp by lamp,
with tolerances the detector is not told. Only the measurements leave `measure`; the script stays with the judge.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

LED, HST, HME = 0, 1, 2
HOURS = np.array([13.5, 15.5, 18.0, 19.5, 21.0, 22.5, 0.0, 1.5, 3.0, 4.5, 6.0, 9.0, 11.0])
"""Local hours of the reports of one night, noon to noon."""
LIT = (HOURS > 17) | (HOURS < 7)
NOISE, MISSING, FIELD_LOST = 0.02, 0.05, 0.005
WRONG_WATTS_SHARE = 0.01
SAGS_A_NIGHT = 0.02
"""Dips of the mains of a cabinet, each night."""
RATES = {
    "lamp-out": 4e-4,
    "day-burner": 1e-4,
    "cycling": 1e-4,
    "stuck-dim": 1e-4,
    "driver-silent": 1e-4,
    "leakage": 1e-4,
    "power-low": 1e-4,
    "power-high": 4e-5,
    "lamp-silent": 1e-4,
    "ageing": 1e-4,
}
"""Faults that begin, a lamp and night: far more than in life, so that each kind is seen often enough to be scored."""
SUPPLY_RATES = {"cabinet-out": 2e-3, "circuit-out": 1e-3, "phase-out": 1e-3, "cable-break": 2e-3, "gateway-lost": 4e-3}
"""The same for each cabinet, circuit, cabinet's phase, circuit, gateway."""
DRIFT = 0.004
"""Ageing: change of power a night, share."""
DUE = 0.05
"""A drift is due when power has changed so much."""


@dataclass
class Event:
    """One scripted fault: kind, place, from which night and report on, until which night, and when it must be found."""

    kind: str
    place: int
    night: int
    moment: int = 0
    until: int = 10**9
    due: int = 0
    phase: int = -1
    lamps: np.ndarray = field(default_factory=lambda: np.zeros(0, int))
    size: float = 0.0
    after: int = -1


class MadeCity:
    """n lamps on cables of 12 to 40, three circuits or three phases along each cable a cabinet, gateways over several."""

    def __init__(self, n: int, nights: int, seed: int) -> None:
        self.rng = np.random.default_rng([seed, 0x5EED])
        rng, self.nights = self.rng, nights
        lengths: list[int] = []
        while sum(lengths) < n:
            lengths.append(int(min(rng.integers(12, 41), max(n - sum(lengths), 1))))
        self.circuit = np.repeat(np.arange(len(lengths)), lengths)
        self.order = np.concatenate([np.arange(length) for length in lengths])
        per_cabinet = 4
        self.cabinet = self.circuit // per_cabinet
        alternating = rng.random(self.cabinet.max() + 1) < 0.5
        self.phase = np.where(alternating[self.cabinet], self.order % 3, self.circuit % per_cabinet % 3)
        self.gateway = self.cabinet // 12
        self.driver = rng.choice(3, n, p=[0.7, 0.25, 0.05])
        self.inventory_w = rng.choice([20.0, 27.0, 36.0, 50.0, 70.0, 100.0], n)
        wrong = rng.random(n) < WRONG_WATTS_SHARE
        factor = np.where(rng.random(n) < 0.5, rng.uniform(0.5, 0.82, n), rng.uniform(1.22, 2.0, n))
        self.true_w = self.inventory_w * np.where(wrong, factor, 1.0) * np.exp(rng.normal(0, 0.02, n))
        self.burnt_h = rng.uniform(0, 60_000, n)
        ending = (self.driver == LED) & (rng.random(n) < 0.003)
        self.burnt_h[ending] = 100_000 - rng.uniform(0, 11.0 * nights, ending.sum())
        self.dim_to = rng.choice([100.0, 70.0, 50.0, 30.0], n, p=[0.15, 0.25, 0.45, 0.15])
        self.bend = rng.normal(0, 0.01, n)
        self.script = [Event("wrong-watts", int(lamp), 0) for lamp in np.flatnonzero(wrong)]
        self.script += [self._clo(int(lamp)) for lamp in np.flatnonzero(ending)]
        self._write(set(np.flatnonzero(wrong | ending).tolist()))

    def _clo(self, lamp: int) -> Event:
        night = int(np.ceil((100_000 - self.burnt_h[lamp]) / 11.0))
        return Event("clo-end", lamp, night, due=night)

    def _write(self, taken: set[int]) -> None:
        """Write the script: each lamp has one fault at most, supply faults come and go."""
        rng, n = self.rng, len(self.circuit)
        for kind, rate in RATES.items():
            for lamp in np.flatnonzero(rng.random(n) < rate * self.nights).tolist():
                if lamp in taken or not self._can(kind, lamp):
                    continue
                taken.add(lamp)
                first = int(
                    rng.integers(4, max(self.nights - 14, 5)) if kind == "ageing" else rng.integers(1, self.nights - 2)
                )
                event = Event(kind, lamp, first, int(rng.integers(len(HOURS))), due=first, size=self._size(kind))
                if kind == "ageing":
                    event.due = first + int(np.ceil(DUE / DRIFT))
                elif rng.random() < 0.3:
                    event.until = first + int(rng.integers(4, 9))
                self.script.append(event)
        groups = {
            "cabinet-out": self.cabinet,
            "circuit-out": self.circuit,
            "phase-out": self.cabinet,
            "cable-break": self.circuit,
            "gateway-lost": self.gateway,
        }
        busy = np.full(self.gateway.max() + 1, -1)
        for kind, group in groups.items():
            for place in range(group.max() + 1):
                region = int(self.gateway[np.flatnonzero(group == place)[0]])
                # One supply fault at a time behind a gateway: two at once can look like a third.
                for first in np.flatnonzero(rng.random(self.nights - 2) < SUPPLY_RATES[kind]).tolist():
                    if first > busy[region] and (
                        event := self._supply(kind, place, first, np.flatnonzero(group == place))
                    ):
                        busy[region] = event.until + 1
                        self.script.append(event)

    def _can(self, kind: str, lamp: int) -> bool:
        """Tell whether such a fault would show: a lamp that is never dimmed cannot be seen to be stuck."""
        return kind != "stuck-dim" or bool(self.driver[lamp] != HME and self.dim_to[lamp] <= 50)

    def _size(self, kind: str) -> float:
        rng = self.rng
        draws: dict[str, Callable[[], float]] = {
            "power-low": lambda: rng.uniform(0.5, 0.85),
            "power-high": lambda: rng.uniform(1.18, 1.5),
            "leakage": lambda: rng.uniform(2.5, 6.9),
            "ageing": lambda: rng.choice([-DRIFT, DRIFT]),
            "stuck-dim": lambda: rng.choice([0.0, 1.0]),
        }
        return float(draws[kind]()) if kind in draws else 0.0

    def _supply(self, kind: str, place: int, first: int, lamps: np.ndarray) -> Event | None:
        rng = self.rng
        moment = int(rng.integers(len(HOURS) - 4))
        event = Event(kind, place, first, moment, until=first + int(rng.integers(1, 4)), due=first, lamps=lamps)
        if kind == "phase-out":
            event.phase = int(rng.integers(3))
            event.lamps = lamps[self.phase[lamps] == event.phase]
            if len(np.unique(self.circuit[event.lamps])) < 2:
                return None
        if kind == "cable-break":
            last = len(lamps)
            if last < 8:
                return None
            cut = int(rng.integers(2, last - 3))
            event.after, event.lamps = int(lamps[cut]), lamps[cut + 1 :]
        return event if len(event.lamps) >= 3 and len(lamps) >= 8 else None

    def measure(self, night: int) -> dict[str, np.ndarray]:
        """Return what the lamps say of a night: (n, s) asked, power, voltage; (s,) air; (n,) hours."""
        rng = np.random.default_rng([int(self.rng.bit_generator.seed_seq.entropy[0]), 7, night])
        n, s = len(self.circuit), len(HOURS)
        deep = (HOURS < 6) & LIT | (HOURS > 22)
        asked = np.where(LIT, np.where(deep, self.dim_to[:, None], 100.0), 0.0)
        given = np.where(
            self.driver[:, None] == LED, asked, np.where(asked >= 75, 100.0, np.where(asked > 0, 50.0, 0.0))
        )
        given = np.where((self.driver[:, None] == HME) & (asked > 0), 100.0, given)
        air = 9.0 + 4.0 * np.cos((HOURS - 15) / 24 * 2 * np.pi) + 0.2 * night
        base = 230 + rng.normal(0, 1.5, (n, 1)) + rng.normal(0, 2.0, (self.cabinet.max() + 1, s))[self.cabinet]
        volts, hit = self._sag(base, rng)
        now = [event for event in self.script if event.night <= night < event.until]
        given = self._light(now, night, given, hit, rng)
        power = self._power(given, volts, air, night)
        power = self._spoil(now, night, power, rng)
        power *= 1 + rng.normal(0, NOISE, (n, s))
        said = volts + rng.normal(0, 0.5, (n, s))
        lost = rng.random((n, s)) < MISSING
        for event in now:
            if len(event.lamps) or event.kind == "lamp-silent":
                lost[np.ix_(event.lamps if len(event.lamps) else [event.place], self._during(event, night))] = True
        untold = rng.random((n, s)) < FIELD_LOST
        for event in now:
            if event.kind == "driver-silent":
                untold[event.place, self._during(event, night)] = True
        power[lost | untold] = np.nan
        said[lost] = np.nan
        return {"asked": asked, "power": power, "volts": said, "air": air, "hours": self.burnt_h + 11.0 * night}

    @staticmethod
    def _during(event: Event, night: int) -> np.ndarray:
        """Return the moments of a night in which an event is on."""
        return np.arange(event.moment if night == event.night else 0, len(HOURS))

    def _sag(self, volts: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Let the mains of some cabinets dip by 12 to 40 %; deep dips put arcs out until the next report."""
        hit = np.zeros(volts.shape, bool)
        for cabinet in np.flatnonzero(rng.random(self.cabinet.max() + 1) < SAGS_A_NIGHT).tolist():
            moment, depth = int(rng.integers(volts.shape[1])), rng.uniform(0.12, 0.4)
            mine = self.cabinet == cabinet
            volts[mine, moment] *= 1 - depth
            if depth > 0.25:
                hit[mine, moment : moment + 2] = True
        return volts, hit & (self.driver != LED)[:, None]

    def _light(
        self, now: list[Event], night: int, given: np.ndarray, hit: np.ndarray, rng: np.random.Generator
    ) -> np.ndarray:
        """Return the light the lamps really give, percent (n, s)."""
        given = np.where(hit, 0.0, given)
        for event in now:
            when, lamp = self._during(event, night), event.place
            if event.kind == "lamp-out":
                given[lamp, when] = 0
            elif event.kind == "day-burner":
                given[lamp, when] = 100
            elif event.kind == "stuck-dim":
                given[lamp, when] = np.where(LIT, 100.0 if event.size else self.dim_to[lamp], 0.0)[when]
            elif event.kind == "cycling":
                gone = np.where(np.arange(len(HOURS)) % 2 == night % 2, rng.random(len(HOURS)) < 0.8, False)
                given[lamp, when] = np.where(gone, 0.0, given[lamp])[when]
        return given

    def _power(self, given: np.ndarray, volts: np.ndarray, air: np.ndarray, night: int) -> np.ndarray:
        """Return the power the lamps take, W (n, s): LEDs a bent line with a base, arcs by the mains."""
        light = given / 100
        led = 0.055 + light * (0.89 + self.bend[:, None]) + (0.055 - self.bend[:, None]) * light**2
        sodium = np.where(given >= 75, 1.0, 0.63)
        share = np.where((self.driver == LED)[:, None], led, np.where((self.driver == HST)[:, None], sodium, 1.0))
        hours = self.burnt_h + 11.0 * night
        rise = 0.92 + 0.08 * np.minimum(hours / 100_000, 1)
        grown = np.where(self.driver == LED, rise, 1 + 0.05 * np.minimum(hours / 20_000, 1))
        power = self.true_w[:, None] * share * grown[:, None]
        power *= np.where((self.driver == LED)[:, None], 1 - 0.0007 * (air - 15), (volts / 230) ** 1.9)
        return np.where(given > 0, power, 0.4)

    def _spoil(self, now: list[Event], night: int, power: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Let broken lamps take another power."""
        for event in now:
            when, lamp = self._during(event, night), event.place
            if event.kind in ("power-low", "power-high"):
                power[lamp, when] = np.where(LIT[when], power[lamp, when] * event.size, power[lamp, when])
            elif event.kind == "leakage":
                power[lamp, when] += event.size
            elif event.kind == "ageing":
                power[lamp] *= 1 + event.size * (night - event.night)
        return power
