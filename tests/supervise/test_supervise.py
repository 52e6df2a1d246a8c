"""The supervisor from outside: what dies is started anew, and nothing outlives it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from stadtwerk.kernel.refusal import Refused
from stadtwerk.supervise import Child, Crew, lock_folder
from stadtwerk.supervise.logs import LOG_BYTES, rotate, tail

SCRIPT = Path(__file__).with_name("crew_of_two.py")


class Supervisor:
    """A supervisor in a process of its own."""

    def __init__(self, run: Path, *kinds: str) -> None:
        self.run = run
        argv = [sys.executable, str(SCRIPT), str(run), *kinds]
        env = {**os.environ, "PYTHONPATH": str(SCRIPT.parents[2] / "src")}
        self.process = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=env)
        assert self.process.stdout
        self.first_line = self.process.stdout.readline().strip()

    def pids(self) -> dict[str, int]:
        """Return the process numbers as an outsider reads them."""
        return dict(json.loads((self.run / "pids.json").read_text()))

    def said(self, seconds: float = 10) -> str:
        """Wait for the end and return what else was said."""
        return self.process.communicate(timeout=seconds)[0]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Supervisor]]:
    started = []

    def one(*kinds: str) -> Supervisor:
        started.append(Supervisor(tmp_path / "run", *kinds))
        return started[-1]

    yield one
    for supervisor in started:
        supervisor.process.kill()
        supervisor.process.communicate()


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def soon(check: Callable[[], object], seconds: float = 5) -> None:
    end = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_killed_process_is_started_anew(start: Callable[..., Supervisor]) -> None:
    supervisor = start("live", "live")
    assert supervisor.first_line == "ready"
    before = supervisor.pids()
    soon(lambda: "alive" in tail(supervisor.run / "live0.log"))
    os.kill(before["live0"], signal.SIGKILL)
    soon(lambda: supervisor.pids()["live0"] != before["live0"])
    assert supervisor.pids()["live1"] == before["live1"]
    assert alive(supervisor.pids()["live0"])
    supervisor.process.terminate()
    said = supervisor.said()
    assert "live0 ended with -9, restart 1 in 0.2 s; alive" in said


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_all_end_with_it(start: Callable[..., Supervisor], sign: signal.Signals) -> None:
    supervisor = start("live", "live")
    began = time.monotonic()
    supervisor.process.send_signal(sign)
    supervisor.said()
    assert time.monotonic() - began < 5
    assert supervisor.process.returncode == 0
    assert not any(alive(pid) for pid in supervisor.pids().values())


def test_who_does_not_end_by_itself_is_killed_within_five_seconds(start: Callable[..., Supervisor]) -> None:
    supervisor = start("stubborn", "stubborn")
    soon(lambda: all("alive" in tail(supervisor.run / f"stubborn{n}.log") for n in (0, 1)))
    began = time.monotonic()
    supervisor.process.send_signal(signal.SIGINT)
    supervisor.said()
    assert time.monotonic() - began < 5.5
    assert not any(alive(pid) for pid in supervisor.pids().values())


def test_none_survives_its_violent_death(start: Callable[..., Supervisor]) -> None:
    supervisor = start("live", "stubborn")
    supervisor.process.kill()
    soon(lambda: not any(alive(pid) for pid in supervisor.pids().values()))
    again = start("live")
    assert again.first_line == "ready"


def test_grandchildren_end_too(start: Callable[..., Supervisor]) -> None:
    supervisor = start("parent")
    soon(lambda: "alive" in tail(supervisor.run / "parent0.log"))
    grandchild = int(tail(supervisor.run / "parent0.log").split()[1])
    assert alive(grandchild)
    supervisor.process.terminate()
    supervisor.said()
    soon(lambda: not alive(grandchild))


def test_one_folder_one_city(start: Callable[..., Supervisor]) -> None:
    first, second = start("live"), start("live")
    assert second.first_line.startswith(
        f"refused: The city already runs on this data folder: process {first.process.pid} "
    )
    assert alive(first.pids()["live0"])


def test_a_refusal_is_passed_on_and_not_retried(start: Callable[..., Supervisor]) -> None:
    supervisor = start("live", "refuses")
    said = supervisor.first_line + supervisor.said()
    assert "refused: The refuses1 does not start: this folder saw simulated time" in said
    assert supervisor.process.returncode == 1
    assert not alive(supervisor.pids()["live0"])


def test_leftovers_of_a_dead_supervisor_are_ended(tmp_path: Path) -> None:
    """A process that escaped its supervisor's death is known by the lock it holds, a stranger is left alone."""
    run = tmp_path / "run"
    run.mkdir()
    with (run / "crew.lock").open("a") as lock:
        leftover = subprocess.Popen(["sleep", "600"], pass_fds=(lock.fileno(),))
        subprocess.run(["flock", "--shared", str(lock.fileno())], pass_fds=(lock.fileno(),), check=True)
    stranger = subprocess.Popen(["sleep", "600"])
    (run / "pids.json").write_text(json.dumps({"core": leftover.pid, "twin": stranger.pid}))
    try:
        with lock_folder(run):
            assert leftover.wait(5) == -signal.SIGKILL
            assert stranger.poll() is None
    finally:
        leftover.kill()
        stranger.kill()
        stranger.wait()


def test_a_taken_port_is_refused(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        crew = Crew([Child("core", ["true"], port=other.getsockname()[1])], tmp_path)
        with pytest.raises(Refused, match="of core"):
            asyncio.run(crew.work(lambda: None))


def test_a_missing_program_is_told(tmp_path: Path) -> None:
    crew = Crew([Child("core", ["/no/such/program"])], tmp_path)
    with pytest.raises(FileNotFoundError):
        asyncio.run(crew.work(lambda: None))


def test_a_long_log_is_put_aside_while_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "core.log"
    with path.open("a") as log:
        log.write("x" * (LOG_BYTES + 1))
        log.flush()
        rotate(path)
        log.write("after\n")
    assert path.read_text() == "after\n"
    assert path.with_suffix(".old.log").stat().st_size == LOG_BYTES + 1
    rotate(path)
    assert tail(path) == "after"
