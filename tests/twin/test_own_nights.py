"""Nights without the platform: whatever befalls lamps, each does what its own clock, program and last command say.

The lamps are spoken to and heard through the real codec only. What they should do is worked out here anew: the sun by
NREL's SPA (pvlib), wall time by pandas, one lamp after the other.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pvlib import spa

from stadtwerk.kernel.clock import US, parse_iso
from stadtwerk.protocols import lampradio
from stadtwerk.protocols.lampradio import LampCommand
from stadtwerk.twin import program
from stadtwerk.twin.city import City, read_city
from stadtwerk.twin.lamps import CLOCK_SKEWED, CLOCK_UNSET, RADIO_DEAD, SKEW_MAX_S, UNPOWERED
from stadtwerk.twin.world import SPREAD_S, World
from twin.folder import PERFECT_RADIO, make_city
from twin.living import call, call_one, live

LAMPS = 4
"""All LED, so that any level is the light; the second and fourth dimmed to half from 23:00 to 05:00."""
ALLOWED_S = SPREAD_S + 30
"""How far a lamp may be from the program to the second: its own spread, and what sun times may be off."""
EVENINGS = (
    "2026-03-28T17:30:00Z",
    "2026-10-24T15:00:00Z",
    "2026-12-31T15:00:00Z",
    "2028-02-28T16:30:00Z",
    "2028-02-29T16:30:00Z",
)
"""Before the nights the clock changes, of the year's end, and around 29 February."""

FAULTS = {"power": UNPOWERED, "radio": RADIO_DEAD, "clock lost": CLOCK_UNSET, "clock wrong": CLOCK_SKEWED}


@pytest.fixture(scope="module", autouse=True)
def _sun_worked_out_once_a_day() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(program, "sun_elevations", lru_cache(maxsize=None)(program.sun_elevations))
        yield


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> City:
    return read_city(make_city(tmp_path_factory.mktemp("city"), LAMPS, radio=PERFECT_RADIO))


def by_the_book(city: City, ix: int, at_s: int) -> float:
    """Return the level the program has for a lamp at a second."""
    lon, lat = city.centre
    sun_deg = spa.solar_position(np.array([float(at_s)]), lat, lon, 0, 1013.25, 12, 70.0, 0.0)[3][0]
    if sun_deg > -1.5:
        return 0.0
    if ix % 2 == 0:
        return 100.0
    local = pd.Timestamp(at_s, unit="s", tz="UTC").tz_convert(city.timezone)
    for ahead in (-1, 0):
        evening = local.tz_localize(None).normalize() + pd.Timedelta(days=ahead)
        start, stop = ((evening + pd.Timedelta(hours=h)).tz_localize(city.timezone) for h in (23, 29))
        if start <= local < stop:
            return 50.0
    return 100.0


@dataclass
class Lamp:
    """What a lamp should know and do, told one thing after the other."""

    ix: int
    token: int = 0
    applied: int = 0
    level: float = 0.0
    until_s: int = 0
    wrong: int = 0

    def hear(self, command: LampCommand) -> None:
        if self.wrong & (UNPOWERED | RADIO_DEAD) or command.token <= self.token:
            return
        self.token, self.applied = command.token, self.applied + 1
        self.level, self.until_s = command.level_percent, command.until_s if command.op == lampradio.OP_SET else 0

    def levels(self, city: City, clock_s: int) -> set[float]:
        """Return the levels the lamp may have by its clock: two within the seconds around a change."""
        if self.wrong & CLOCK_UNSET:
            return {100.0}
        if self.until_s > clock_s:
            return {self.level}
        return {by_the_book(city, self.ix, clock_s + late) for late in (-ALLOWED_S, 0, ALLOWED_S)}


@dataclass
class Street:
    """Some lamps in a world beside what they should be; `said` are all commands ever sent."""

    city: City
    state: Path
    now_us: int
    lamps: list[Lamp] = field(default_factory=lambda: [Lamp(ix) for ix in range(LAMPS)])
    said: list[LampCommand] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.start()

    def start(self) -> None:
        """Start the lamps' world, as after a machine's restart: their memory stays, nothing else."""
        self.world = World(self.city, self.state, seed=1, now_us=self.now_us)
        self.world.step(self.now_us)
        self._break()
        live(self.world, 10)
        self.now_us = self.world.now_us

    def wait(self, seconds: int) -> None:
        """Let time pass without a word from the platform, then a change that fell upon its end fade."""
        self.world.step(self.world.now_us + seconds * US)
        live(self.world, 10)
        self.now_us = self.world.now_us

    def say(self, commands: list[LampCommand], ix: int | None) -> None:
        """Send commands to one lamp or all, and let them be carried out one by one."""
        for command in commands:
            if ix is None:
                call(self.world, "city", command)
            else:
                call_one(self.world, ix, command)
            for lamp in self.lamps if ix is None else [self.lamps[ix]]:
                lamp.hear(command)
            live(self.world, 2)
        live(self.world, 10)
        self.now_us = self.world.now_us

    def befall(self, ix: int, what: int) -> None:
        """Begin or end a fault of a lamp; a lamp that comes to power shows at once what it should."""
        self.lamps[ix].wrong ^= what
        back = what == UNPOWERED and not self.lamps[ix].wrong & UNPOWERED
        self._break()
        if back and not self.lamps[ix].wrong & CLOCK_SKEWED:
            assert self.world.lamps.emitted[ix] in self.lamps[ix].levels(self.city, self.now_us // US)
        live(self.world, 10)
        self.now_us = self.world.now_us

    def check(self) -> None:
        """Ask all lamps and hold what they say of themselves against what they should."""
        call(self.world, "city", LampCommand(lampradio.OP_REPORT, 0))
        heard = {h.eui: h.status for h in live(self.world, 6)}
        self.now_us = self.world.now_us
        for lamp in self.lamps:
            status = heard.get(int(self.city.dev_eui_number[lamp.ix]))
            assert (status is None) == bool(lamp.wrong & (UNPOWERED | RADIO_DEAD))
            if status is not None:
                self._compare(lamp, status)

    def _compare(self, lamp: Lamp, status: np.void) -> None:
        clock_s, now_s = int(status["clock_s"]), self.now_us // US
        assert (int(status["token"]), int(status["applied"])) == (lamp.token, lamp.applied)
        if lamp.wrong & CLOCK_UNSET:
            assert clock_s < 86_400
        else:
            allowed_s = SKEW_MAX_S if lamp.wrong & CLOCK_SKEWED else 0
            assert abs(clock_s - now_s) <= allowed_s + 6
        held = not lamp.wrong & CLOCK_UNSET and lamp.until_s > clock_s
        expected = held * lampradio.OVERRIDE_ACTIVE + bool(lamp.wrong & CLOCK_UNSET) * lampradio.CLOCK_NOT_SET
        around = lamp.levels(self.city, clock_s) | lamp.levels(self.city, clock_s - 10)
        assert min(around) <= status["level"] / 2 <= max(around)
        assert status["flags"] == expected

    def _break(self) -> None:
        self.world.lamps.set_faults(np.array([lamp.wrong for lamp in self.lamps], np.uint8))


LAMP = st.integers(0, LAMPS - 1)
TARGET = st.none() | LAMP
HAPPENING = st.one_of(
    st.tuples(st.just("wait"), st.integers(1, 3 * 86_400)),
    st.tuples(st.just("set"), TARGET, st.integers(0, 200), st.integers(-600, 2 * 86_400)),
    st.tuples(st.just("clear"), TARGET),
    st.tuples(st.just("again"), TARGET, st.randoms(use_true_random=False)),
    st.tuples(st.just("fault"), LAMP, st.sampled_from(sorted(FAULTS))),
    st.tuples(st.just("restart")),
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(EVENINGS), st.integers(0, 14 * 3600), st.lists(HAPPENING, min_size=2, max_size=9))
def test_whatever_befalls_lamps_they_do_what_their_clock_and_program_say(
    city: City, evening: str, later_s: int, happenings: list[tuple[object, ...]]
) -> None:
    """Power and radio lost and back, clocks lost and wrong, commands late, twice and out of order, nights alone."""
    with tempfile.TemporaryDirectory() as folder:
        street = Street(city, Path(folder), parse_iso(evening) + later_s * US)
        street.check()
        for happening in happenings:
            happen(street, *happening)
            street.check()


def happen(street: Street, what: object, *how: object) -> None:
    """Let one thing happen in the street."""
    match what, how:
        case "wait", (int(seconds),):
            street.wait(seconds)
        case "set", (None | int() as ix, int(half_percents), int(for_s)):
            until_s = street.now_us // US + for_s
            street.said.append(LampCommand(lampradio.OP_SET, len(street.said) + 1, half_percents / 2, until_s=until_s))
            street.say(street.said[-1:], ix)
        case "clear", (None | int() as ix,):
            street.said.append(LampCommand(lampradio.OP_CLEAR, len(street.said) + 1))
            street.say(street.said[-1:], ix)
        case "again", (None | int() as ix, shuffler):
            again = list(street.said)
            shuffler.shuffle(again)  # type: ignore[attr-defined]
            street.say(again, ix)
        case "fault", (int(ix), str(name)):
            street.befall(ix, FAULTS[name])
        case _:
            street.start()


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(EVENINGS), st.integers(0, 30 * 3600), st.integers(1, 30 * 3600))
def test_power_lost_and_back_at_any_second(city: City, evening: str, lost_s: int, dark_s: int) -> None:
    """The light follows from the program at the moment of the return, never from what was before."""
    with tempfile.TemporaryDirectory() as folder:
        street = Street(city, Path(folder), parse_iso(evening))
        street.wait(lost_s)
        for lamp in street.lamps:
            lamp.wrong = UNPOWERED
        street._break()
        street.world.step(street.world.now_us + dark_s * US)
        assert street.world.lamps.emitted.sum() == 0
        for lamp in street.lamps:
            lamp.wrong = 0
        street._break()
        for lamp in street.lamps:
            assert street.world.lamps.emitted[lamp.ix] in lamp.levels(city, street.world.now_us // US)


def test_an_override_ends_on_time_while_the_platform_is_away(city: City, tmp_path: Path) -> None:
    """No end is lost over power losses, and what was said before the absence and comes again changes nothing."""
    street = Street(city, tmp_path, parse_iso(EVENINGS[1]))
    until_s = street.now_us // US + 9 * 3600
    street.said = [LampCommand(lampradio.OP_SET, 1, 30.0, until_s=until_s)]
    street.say(street.said, None)
    street.befall(0, UNPOWERED)
    street.wait(3600)
    street.befall(0, UNPOWERED)
    street.check()
    street.wait(until_s - street.now_us // US - 12)
    assert set(street.world.lamps.emitted) == {30.0}
    street.wait(3)
    assert set(street.world.lamps.emitted) == {50.0, 100.0}
    street.wait(2 * 86_400)
    street.say(street.said, None)
    street.check()
    assert set(street.world.memory.applied.tolist()) == {1}
