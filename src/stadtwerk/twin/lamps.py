"""The lamps of the city on arrays: what each is told, what it does, what it says of itself."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from stadtwerk.kernel.clock import US
from stadtwerk.protocols import lampradio
from stadtwerk.protocols.lampplan import ProgramPart
from stadtwerk.protocols.lampradio import LampCommand, StatusRows
from stadtwerk.twin import luminaire
from stadtwerk.twin.city import City, Ix
from stadtwerk.twin.luminaire import LED
from stadtwerk.twin.memory import LampMemory
from stadtwerk.twin.plan_memory import PlanMemory
from stadtwerk.twin.program import CityProgram

PROGRAM_RAMP_S = 8
"""How slowly a lamp follows its own program; a commanded change brings its own ramp."""
BACK_OFF_S = 4.0
"""Longest wait before answering what many heard or did at once."""
BOOT_SPREAD_S = 60.0
"""Longest wait before a lamp that came to power says so."""
NEVER = np.iinfo(np.int64).max
EVERY = slice(None)

UNPOWERED, FAILED, DAY_BURNER, RADIO_DEAD, CLOCK_UNSET, CLOCK_SKEWED = 1, 2, 4, 8, 16, 32
STUCK, CYCLING, WEAK, LEAKING = 64, 128, 256, 512
"""Bits of what is wrong with a lamp: no mains, no light, light for ever, no radio, no time, a wrong time; full light
whenever it is on, out and on again, less power than it should take, a current besides the light's."""

CYCLE_S = 1_500
"""A lamp at its end goes out when hot and strikes again when cold: half of such a cycle, seconds; estimate."""
WEAK_SHARE, LEAK_W = 0.7, 4.0
"""Power with part of the LEDs out, and through wet insulation below what trips a breaker; estimates."""

SKEW_MAX_S = 900
"""Furthest a skewed clock is off; estimate."""

Values = NDArray[np.float64]


class Lamps:
    """n lamps: commands and program in, light, energy and STATUS out. Arrays are (n,), levels percent."""

    def __init__(
        self,
        city: City,
        memory: LampMemory,
        plans: PlanMemory,
        program: CityProgram,
        *,
        rng: np.random.Generator,
        now_us: int,
    ) -> None:
        n = len(city)
        self._city, self._memory, self._program, self._rng = city, memory, program, rng
        self._plans = plans
        for ix, plan in plans.plans():
            program.follow(ix, plan)
        self._now_us = now_us
        self._period_us = city.radio.report_period_s * US
        self._phase_us = rng.integers(0, self._period_us, n)
        self._voltage_v = luminaire.MAINS_V + rng.normal(0, 2.0, n)
        self._skew_us = rng.spawn(1)[0].integers(-SKEW_MAX_S, SKEW_MAX_S + 1, n) * US
        self.fault = np.zeros(n, np.uint16)
        self._cold = False
        self.asked = np.zeros(n)
        self.level = np.zeros(n)
        self.emitted = np.zeros(n)
        self.power_w = np.zeros(n)
        self._wanted = np.zeros(n)
        self._rate = np.zeros(n)
        self._by_group = np.full(n, np.nan)
        """What each lamp's street group has it give, percent; NaN where it follows its own program."""
        self._lit = np.zeros(n)
        self._send_at_us = np.full(n, NEVER)
        self._urgent = np.zeros(n, bool)
        self._boot(np.arange(n))

    def __len__(self) -> int:
        return len(self.fault)

    def set_faults(self, fault: NDArray[np.unsignedinteger[Any]]) -> None:
        """Change what is wrong (n,); a lamp that regains power boots into its program."""
        changed = np.flatnonzero(fault != self.fault)
        back = changed[(self.fault[changed] & UNPOWERED > 0) & (fault[changed] & UNPOWERED == 0)]
        self.fault[:] = fault
        self._boot(back)
        self._settle(changed)
        self._speak(changed, BACK_OFF_S)

    def advance(self, now_us: int) -> None:
        """Live on until now: burn, follow program and overrides, fade."""
        passed_s = max(now_us - self._now_us, 0) / US
        self._now_us = max(now_us, self._now_us)
        self._memory.energy_ws += self.power_w * passed_s
        self._memory.burning_s += self._lit * passed_s
        self._cycle()
        asked = self._asked_now()
        changed = np.flatnonzero(asked != self.asked)
        if len(changed):
            self._ask(changed, asked[changed], PROGRAM_RAMP_S)
        moving = np.flatnonzero(self.level != self._wanted)
        if len(moving):
            self._fade(moving, passed_s)

    def _cycle(self) -> None:
        """Let lamps at their end go out or strike again."""
        cold = self._now_us // (CYCLE_S * US) % 2 == 1
        if cold != self._cold:
            self._cold = cold
            ix = np.flatnonzero(self.fault & CYCLING)
            self._settle(ix)
            self._speak(ix, BACK_OFF_S)

    def obey(self, ix: Ix, command: LampCommand, *, alone: bool) -> None:
        """Hear a command: carry it out if its token is newer than the last, and answer in any case."""
        ix = ix[self.able()[ix]]
        if command.op != lampradio.OP_REPORT:
            self._carry_out(ix[self._memory.token[ix] < command.token], command)
        self._speak(ix, 0.0 if alone else BACK_OFF_S)

    def learn(self, ix: Ix, part: ProgramPart, *, alone: bool) -> None:
        """Hear a part of a plan: follow the plan once it is whole, and say so.

        Who keeps it already says so again if called alone; of a group's call its next report tells.
        """
        ix = ix[self.fault[ix] & (UNPOWERED | RADIO_DEAD) == 0]
        kept = self._plans.marks == part.mark
        ready, plan = self._plans.hear(ix, part)
        if plan is not None:
            self._program.follow(ready, plan)
            self._ask(ready, self._asked_now()[ready], PROGRAM_RAMP_S)
        self._speak(ready if alone else ready[~kept[ready]], 0.0 if alone else BACK_OFF_S)

    def reports(self) -> tuple[Ix, NDArray[np.bool_], NDArray[np.uint32], StatusRows]:
        """Let lamps speak whose time has come: rows (k,), whether something happened, f_cnt, STATUS."""
        due = np.flatnonzero(self._send_at_us <= self._now_us)
        urgent = self._urgent[due]
        self._urgent[due] = False
        self._send_at_us[due] = self._now_us + self._period_us - (self._now_us - self._phase_us[due]) % self._period_us
        able = self.able()[due]
        due, urgent = due[able], urgent[able]
        self._memory.f_cnt[due] += 1
        self._memory.last_report_us[due] = self._now_us
        return due, urgent, self._memory.f_cnt[due], self.status(due)

    def wants_light(self, ix: Ix) -> NDArray[np.bool_]:
        """Tell which lamps' programs ask for light now (k,)."""
        return np.asarray(self._program.levels(self._now_us)[ix] > 0)

    def follow(self, ix: Ix, percent: Values, fade_s: int) -> None:
        """Have lamps give what their street's group says (k,) while their programs ask for light; overrides go first.

        They do not tell each change. Lamps without power or radio hear nothing and follow their own programs.
        """
        self._by_group[ix] = np.where(self.fault[ix] & (UNPOWERED | RADIO_DEAD), np.nan, percent)
        asked = self._asked_now(ix)
        moved = np.flatnonzero(asked != self.asked[ix])
        if len(moved):
            self._ask(ix[moved], asked[moved], fade_s)

    def release(self, ix: Ix) -> None:
        """Let lamps follow their own programs again."""
        self._by_group[ix] = np.nan

    def _asked_now(self, ix: Ix | slice = EVERY) -> Values:
        """Tell what lamps are to do now by their own clock: override, else group, else program.

        Without a clock it gives full light: it cannot know when an override ends, nor whether it is day.
        """
        asked, fault = self._program.levels(self._now_us)[ix], self.fault[ix]
        wrong = np.flatnonzero(fault & CLOCK_SKEWED)
        if len(wrong):
            rows = np.arange(len(self))[ix][wrong]
            asked = asked.copy()
            asked[wrong] = self._program.levels_of(rows, self._clock_us(rows))
        by_group = self._by_group[ix]
        asked = np.where(np.isnan(by_group) | (asked <= 0), asked, by_group)
        asked = np.where(fault & CLOCK_UNSET, 100.0, asked)
        return np.where(self._held(ix), self._memory.override_percent[ix], asked)

    def _held(self, ix: Ix | slice = EVERY) -> NDArray[np.bool_]:
        """Tell which lamps (k,) know that an override of theirs still lasts."""
        lasts = self._memory.override_until_s[ix] * US > self._clock_us(ix)
        return np.asarray(lasts & (self.fault[ix] & CLOCK_UNSET == 0))

    def _clock_us(self, ix: Ix | slice = EVERY) -> NDArray[np.int64]:
        """Tell the time (k,) that lamps with a clock have; the network gives it back when a fault of theirs ends."""
        return self._now_us + np.where(self.fault[ix] & CLOCK_SKEWED, self._skew_us[ix], 0)

    def _carry_out(self, ix: Ix, command: LampCommand) -> None:
        """Remember and begin a command; the token last, so that a lamp killed in between obeys again."""
        memory = self._memory
        holds = command.op == lampradio.OP_SET
        memory.override_percent[ix] = command.level_percent
        memory.override_until_s[ix] = command.until_s if holds else 0
        memory.applied[ix] += 1
        memory.token[ix] = command.token
        self._ask(ix, self._asked_now(ix), command.ramp_s)

    def _ask(self, ix: Ix, asked: Values, ramp_s: int) -> None:
        """Head for levels (k,) within a ramp; only a LED can fade."""
        lamp_type = self._city.lamp_type[ix]
        self.asked[ix] = asked
        self._wanted[ix] = luminaire.achievable_percent(asked, lamp_type)
        way = np.abs(self._wanted[ix] - self.level[ix])
        self._rate[ix] = np.where((lamp_type == LED) & (ramp_s > 0), way / max(ramp_s, 1), np.inf)
        self._fade(ix[way > 0], 0.0)

    def _fade(self, ix: Ix, passed_s: float) -> None:
        """Move towards the wanted level; a lamp that gets there says so."""
        way = self._wanted[ix] - self.level[ix]
        instant = np.isinf(self._rate[ix])
        reach = np.where(instant, np.inf, np.where(instant, 0, self._rate[ix]) * passed_s)
        there = np.abs(way) <= reach + 1e-9
        self.level[ix] = np.where(there, self._wanted[ix], self.level[ix] + np.sign(way) * np.where(there, 0, reach))
        self._settle(ix)
        told = there & (np.isnan(self._by_group[ix]) | self._held(ix))
        self._speak(ix[told], BACK_OFF_S)

    def _settle(self, ix: Ix) -> None:
        """Work out light and power of some lamps from their level and what is wrong with them."""
        fault = self.fault[ix]
        emitted = np.where(fault & DAY_BURNER, 100.0, self.level[ix])
        emitted = np.where((fault & STUCK != 0) & (emitted > 0), 100.0, emitted)
        emitted = np.where((fault & CYCLING != 0) & self._cold, 0.0, emitted)
        emitted = np.where(fault & (UNPOWERED | FAILED), 0.0, emitted)
        lamp_type, burning_h = self._city.lamp_type[ix], self._memory.burning_s[ix] / 3600
        full_w = luminaire.full_power_w(
            self._city.power_w[ix], lamp_type, burning_h=burning_h, voltage_v=self._voltage_v[ix]
        )
        drawn = luminaire.power_w(emitted, lamp_type, full_w)
        drawn = np.where((fault & WEAK != 0) & (emitted > 0), WEAK_SHARE * drawn, drawn)
        drawn = np.where(fault & LEAKING, drawn + LEAK_W, drawn)
        self.emitted[ix] = emitted
        self.power_w[ix] = np.where(fault & UNPOWERED, 0.0, drawn)
        self._lit[ix] = emitted > 0

    def _boot(self, ix: Ix) -> None:
        """Come to power: the level follows from program and override, never from what was before."""
        asked = self._asked_now(ix)
        self.asked[ix] = asked
        self._wanted[ix] = luminaire.achievable_percent(asked, self._city.lamp_type[ix])
        self.level[ix] = self._wanted[ix]
        self._settle(ix)
        self._speak(ix, BOOT_SPREAD_S)

    def _speak(self, ix: Ix, within_s: float) -> None:
        """Have lamps report soon, each after its own back-off."""
        if not len(ix):
            return
        wait_us = (self._rng.random(len(ix)) * within_s * US).astype(np.int64)
        self._send_at_us[ix] = np.minimum(self._send_at_us[ix], self._now_us + wait_us)
        self._urgent[ix] = True

    def able(self) -> NDArray[np.bool_]:
        """Tell which lamps (n,) have power and a radio that works."""
        return np.asarray(self.fault & (UNPOWERED | RADIO_DEAD) == 0)

    def status(self, ix: Ix) -> StatusRows:
        """Write what lamps (k,) say of themselves now."""
        memory, fault, now_s = self._memory, self.fault[ix], self._clock_us(ix) // US
        noise = self._rng.normal(0, 1, (2, len(ix)))
        ambient = luminaire.ambient_c(self._now_us, self._city.centre[0])
        flags = np.where(fault & FAILED, lampradio.LAMP_FAILURE, 0)
        flags |= np.where(self._held(ix), lampradio.OVERRIDE_ACTIVE, 0)
        flags |= np.where(fault & CLOCK_UNSET, lampradio.CLOCK_NOT_SET, 0)
        return lampradio.encode_status(
            {
                "level_percent": self.emitted[ix],
                "temperature_c": luminaire.temperature_c(ambient, self.power_w[ix]) + noise[0],
                "power_w": self.power_w[ix],
                "voltage_v": self._voltage_v[ix] + 0.5 * noise[1],
                "energy_wh": memory.energy_ws[ix] / 3600,
                "burning_min": memory.burning_s[ix] / 60,
                "clock_s": np.where(fault & CLOCK_UNSET, now_s % 86_400, now_s),
                "token": memory.token[ix],
                "applied": memory.applied[ix],
                "program_mark": self._plans.marks[ix],
                "flags": flags,
            }
        )
