"""What a lamp remembers outlives the process, whatever ends it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from stadtwerk.kernel.clock import US
from stadtwerk.twin.city import read_city
from stadtwerk.twin.memory import COLUMNS, open_memory
from stadtwerk.twin.world import World
from twin.folder import make_city

SRC = str(Path(__file__).parents[2] / "src")
FINGERPRINT = bytes(range(32))


def test_a_new_memory_holds_zeros_and_what_the_factory_set(tmp_path: Path) -> None:
    factory = {"burning_s": np.arange(5.0)}
    memory, story = open_memory(tmp_path / "a" / "lamps.mem", 5, fingerprint=FINGERPRINT, factory=factory)
    assert story == "new"
    assert memory.burning_s.tolist() == [0, 1, 2, 3, 4]
    assert all((memory.columns[name] == 0).all() for name, _ in COLUMNS if name != "burning_s")


def test_a_memory_is_found_again(tmp_path: Path) -> None:
    path = tmp_path / "lamps.mem"
    first, _ = open_memory(path, 5, fingerprint=FINGERPRINT, factory={})
    first.token[3] = 77
    first.override_percent[4] = 12.5
    second, story = open_memory(path, 5, fingerprint=FINGERPRINT, factory={"token": np.ones(5)})
    assert story == "kept"
    assert second.token.tolist() == [0, 0, 0, 77, 0]
    assert second.override_percent[4] == 12.5


@pytest.mark.parametrize("change", ["city", "size", "magic", "cut", "empty"])
def test_a_stale_memory_is_set_aside(tmp_path: Path, change: str) -> None:
    path = tmp_path / "lamps.mem"
    open_memory(path, 5, fingerprint=FINGERPRINT, factory={})[0].token[:] = 9
    content = path.read_bytes()
    broken = {"magic": b"X" + content[1:], "cut": content[:-1], "empty": b""}
    path.write_bytes(broken.get(change, content))
    fingerprint = bytes(32) if change == "city" else FINGERPRINT
    memory, story = open_memory(path, 6 if change == "size" else 5, fingerprint=fingerprint, factory={})
    assert story == "reset"
    assert (memory.token == 0).all()
    assert path.with_name("lamps.mem.old").exists()


LIVES = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[3])
from twin.living import call
from stadtwerk.kernel.clock import US
from stadtwerk.protocols.lampradio import LampCommand
from stadtwerk.twin.city import read_city
from stadtwerk.twin.world import World
start = 1_795_521_600 * US
world = World(read_city(Path(sys.argv[1])), Path(sys.argv[2]), seed=1, now_us=start)
token = 0
while True:
    token += 1
    call(world, "city", LampCommand(1, token, 50.0, 0, start // US + 100_000))
    for _ in range(8):
        world.step(world.now_us + US)
    print(token, int(world.memory.f_cnt.sum()), world.memory.energy_ws.sum(), world.now_us, flush=True)
"""


def test_kill_9_forgets_nothing_that_was_done(tmp_path: Path) -> None:
    folder = make_city(tmp_path / "city", radio={"downlink_loss": 0.0})
    tests = str(Path(__file__).parents[1])
    arguments = [sys.executable, "-c", LIVES, str(folder), str(tmp_path / "state"), tests]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": SRC}) as child:
        assert child.stdout is not None
        lines = [child.stdout.readline() for _ in range(5)]
        child.send_signal(signal.SIGKILL)
    token, frames, energy_ws, now_us = (float(word) for word in lines[-1].split())
    world = World(read_city(folder), tmp_path / "state", seed=1, now_us=int(now_us) + 10 * US)
    assert world.memory_story == "kept"
    assert (world.memory.token >= token).all()
    assert (world.memory.applied >= token).all()
    assert world.memory.f_cnt.sum() >= frames
    assert world.memory.energy_ws.sum() >= energy_ws
    assert set(world.lamps.asked) == {50.0}, "an override still valid is taken up again"


def test_after_a_restart_the_program_rules_not_the_last_state(tmp_path: Path) -> None:
    city = read_city(make_city(tmp_path / "city"))
    night_us = 1_795_521_600 * US + 9 * 3600 * US
    first = World(city, tmp_path / "state", seed=1, now_us=night_us)
    assert (first.lamps.emitted > 0).all()
    second = World(city, tmp_path / "state", seed=1, now_us=night_us + 12 * 3600 * US)
    assert (second.lamps.emitted == 0).all()
