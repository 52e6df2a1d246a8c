"""A lamp of the twin that speaks LwM2M: its objects, the window of a manual override, and what it keeps."""

from __future__ import annotations

from pathlib import Path as Folder

import numpy as np
import pytest

from adapters.lwm2m.lamp import START_S, US, Body
from stadtwerk.kernel.clock import SteppedClock
from stadtwerk.protocols.lampradio import OP_CLEAR, OP_SET
from stadtwerk.protocols.lwm2m import lamp
from stadtwerk.protocols.lwm2m.model import LAMP, METER, OBJECTS, Path, Value, check, kind_of
from stadtwerk.protocols.malformed import Malformed
from stadtwerk.twin.city import read_city
from stadtwerk.twin.lwm2m.controller import DEFAULT_S, Controller, NotAllowed
from stadtwerk.twin.lwm2m.fleet import LampBody
from stadtwerk.twin.world import World
from twin.folder import PERFECT_RADIO, make_city


class Bench:
    """A controller in a lamp on a bench, with a clock that is moved by hand."""

    def __init__(self) -> None:
        self.clock = SteppedClock(START_S * US)
        self.body = Body(self.clock)
        self.controller = Controller("lamp", 30.0, self.body)

    def write(self, told: dict[int, Value]) -> None:
        self.controller.write({Path(LAMP, 0, number): value for number, value in told.items()})

    def read(self, number: int) -> Value:
        (value,) = self.controller.read(Path(LAMP, 0, number)).values()
        return value


def test_all_that_is_told_is_of_the_registrys_type_and_readable() -> None:
    bench = Bench()
    for path, value in ((path, value) for number in OBJECTS for path, value in _read(bench, Path(number)).items()):
        known = kind_of(path)
        assert known is not None
        assert "R" in known.operations
        check(path, value)


def _read(bench: Bench, path: Path) -> dict[Path, Value]:
    try:
        return bench.controller.read(path)
    except KeyError:
        return {}


def test_a_window_holds_its_level_and_ends() -> None:
    bench = Bench()
    bench.write({lamp.COMMAND: 40, lamp.START: 0, lamp.END: START_S + 600, lamp.FADE: 4.0})
    command = bench.body.commands[-1]
    assert (command.op, command.level_percent, command.ramp_s, command.until_s) == (OP_SET, 40, 4, START_S + 600)
    assert (bench.read(lamp.LEVEL), bench.read(lamp.ACTIVE), bench.read(lamp.COMMAND)) == (40, True, 40)
    bench.clock.advance(601)
    assert (bench.read(lamp.LEVEL), bench.read(lamp.ACTIVE)) == (100, False)


def test_a_command_without_an_end_lasts_the_default_duration() -> None:
    bench = Bench()
    bench.write({lamp.COMMAND: 20})
    assert bench.read(lamp.END) == START_S + DEFAULT_S
    bench.write({lamp.DURATION: 60})
    bench.write({lamp.COMMAND: 30})
    assert bench.body.commands[-1].until_s == START_S + 60


def test_an_end_of_zero_clears() -> None:
    bench = Bench()
    bench.write({lamp.COMMAND: 40, lamp.END: START_S + 600})
    bench.write({lamp.END: 0})
    assert bench.body.commands[-1].op == OP_CLEAR
    assert (bench.read(lamp.END), bench.read(lamp.ACTIVE)) == (0, False)


def test_a_window_yet_to_begin_waits_for_its_time() -> None:
    bench = Bench()
    bench.write({lamp.COMMAND: 40, lamp.START: START_S + 60, lamp.END: START_S + 600})
    bench.controller.tick()
    assert not bench.body.commands
    assert (bench.read(lamp.COMMAND), bench.read(lamp.START), bench.read(lamp.ACTIVE)) == (40, START_S + 60, False)
    bench.clock.advance(60)
    bench.controller.tick()
    assert bench.body.commands[-1].until_s == START_S + 600


@pytest.mark.parametrize("fade", [float("nan"), -1.0])
def test_a_fade_that_is_none_is_ignored(fade: float) -> None:
    bench = Bench()
    bench.write({lamp.COMMAND: 40, lamp.FADE: fade})
    assert bench.body.commands[-1].ramp_s == 0


@pytest.mark.parametrize(
    ("path", "value", "error"),
    [
        (Path(LAMP, 0, lamp.LEVEL), 5, NotAllowed),
        (Path(LAMP, 0, lamp.HOURS_RESET), 1, KeyError),
        (Path(LAMP, 0, 4711), 1, KeyError),
        (Path(LAMP, 1, lamp.COMMAND), 1, KeyError),
        (Path(METER, 0, 1), 1.0, NotAllowed),
        (Path(LAMP, 0, lamp.COMMAND), 101, Malformed),
        (Path(LAMP, 0, lamp.COMMAND), True, Malformed),
    ],
)
def test_what_may_not_be_written_changes_nothing(path: Path, value: Value, error: type[Exception]) -> None:
    bench = Bench()
    with pytest.raises(error):
        bench.controller.write({Path(LAMP, 0, lamp.END): START_S + 600, path: value})
    assert not bench.body.commands
    assert bench.read(lamp.END) == 0


def test_what_can_be_done() -> None:
    bench = Bench()
    assert bench.controller.execute(Path(1, 0, 8))
    assert not bench.controller.execute(Path(LAMP, 0, lamp.HOURS_RESET))
    assert bench.body.hours == 0
    with pytest.raises(NotAllowed):
        bench.controller.execute(Path(LAMP, 0, lamp.LEVEL))
    with pytest.raises(KeyError):
        bench.controller.execute(Path(4711, 0, 1))
    with pytest.raises(NotAllowed):
        bench.controller.read(Path(LAMP, 0, lamp.HOURS_RESET))


def test_a_lamp_of_the_world_obeys_and_keeps_it_over_a_restart(tmp_path: Folder) -> None:
    """What was written is in the lamp's own memory, and only LwM2M lamps are spoken for here, not by the gateways."""
    folder = make_city(tmp_path / "city", 20, radio=PERFECT_RADIO)
    first, *lines = (folder / "lamps.csv").read_text().splitlines()
    told = [f"{line},{'lwm2m' if row == 3 else 'lorawan'}" for row, line in enumerate(lines)]
    (folder / "lamps.csv").write_text("\n".join([f"{first},radio", *told]))
    now_us = START_S * US
    world = World(read_city(folder), tmp_path / "state", seed=1, now_us=now_us)
    controller = Controller("lamp", 30.0, LampBody(world, 3))
    controller.write({Path(LAMP, 0, lamp.COMMAND): 30, Path(LAMP, 0, lamp.END): START_S + 3_600})
    spoke: set[int] = set()
    for second in range(1, 70):
        world.step(now_us + second * US)
        spoke |= set(world.spoke.tolist())
    assert spoke == {3}
    again = World(read_city(folder), tmp_path / "state", seed=1, now_us=now_us + 80 * US)
    body = LampBody(again, 3)
    assert body.held() == (30.0, START_S + 3_600)
    assert int(body.told()["flags"]) & 4
    assert np.isclose(body.told()["asked_percent"], 30.0)
