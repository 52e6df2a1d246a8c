"""Boots a whole city as a user would, in a folder of its own, and talks to it from outside."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from itertools import pairwise
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from stadtwerk.doors.client import Client

ROOT = Path(__file__).parents[2]
BOOT_S = 90


def free_port() -> int:
    """Return a port such that it and the three after it are free, below those the system gives to anybody."""
    while True:
        port = random.randrange(10_000, 32_000)
        if all(_free(port + step) for step in range(4)):
            return port


def _free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


class RunningCity:
    """`stadtwerk up` as a child process; a context manager that ends it."""

    def __init__(
        self,
        city: Path,
        data: Path,
        *args: str,
        port: int | None = None,
        vendor: Path = ROOT / ".cache" / "vendor",
        root: Path = ROOT,
    ) -> None:
        self.data, self.port = data, port or free_port()
        places = ["--city", str(city), "--data", str(data), "--port", str(self.port)]
        self._argv = [sys.executable, "-m", "stadtwerk", "up", *places, "--no-browser", *args]
        self._vendor, self._root = vendor, root
        self.link = ""

    @classmethod
    def of_command(cls, args: list[str]) -> RunningCity:
        """Boot with the very arguments of a documented command, from the checkout's root."""
        given = dict(pairwise(args))
        city = cls(Path(), ROOT / given["--data"], port=int(given["--port"]))
        city._argv = [sys.executable, "-m", "stadtwerk", "up", *args]
        return city

    def __enter__(self) -> Self:
        env = {**os.environ, "PYTHONPATH": str(self._root / "src"), "STADTWERK_VENDOR": str(self._vendor)}
        self.process = subprocess.Popen(
            self._argv, cwd=self._root, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        timer = threading.Timer(BOOT_S, self.process.kill)
        timer.start()
        assert self.process.stdout
        said = []
        for line in self.process.stdout:
            said.append(line)
            if line.startswith("ready "):
                self.link = line.split()[1]
                break
        timer.cancel()
        if not self.link:
            raise AssertionError("the city did not become ready:\n" + "".join(said))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.terminate()
        try:
            self.process.wait(20)
        finally:
            self.process.kill()
            assert self.process.stdout
            self.process.stdout.close()

    @property
    def client(self) -> Client:
        """Return a client with the folder's key."""
        return Client(self.data)

    @property
    def key(self) -> str:
        """Return the folder's key."""
        return (self.data / "run" / "key").read_text()

    def pid(self, name: str) -> int:
        """Return the process number of broker, core or twin."""
        return int(json.loads((self.data / "run" / "pids.json").read_text())[name])

    def kill(self, name: str) -> bool:
        """Kill a process of the city as hard as can be; False if it is being started again already."""
        try:
            os.kill(self.pid(name), signal.SIGKILL)
        except ProcessLookupError:
            return False
        return True

    def kill_all(self) -> None:
        """Kill the supervisor, and with it all, and start the city anew on the same data folder."""
        self.process.kill()
        self.process.wait()
        assert self.process.stdout
        self.process.stdout.close()
        self.link = ""
        self.__enter__()


def eventually(check: Any, timeout_s: float = 30, pause_s: float = 0.1) -> Any:
    """Ask until the answer is true, or fail."""
    end = time.monotonic() + timeout_s
    while not (answer := check()):
        assert time.monotonic() < end, f"not true after {timeout_s} s"
        time.sleep(pause_s)
    return answer
