"""Robot keywords: a mosquitto of this machine, configured as the suite's two configuration files say."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from pathlib import Path

PASSWORDS = Path("resources/mqttUtils/mosquitto/mosquitto_pwd").absolute()
"""The suite's own file; robot runs in the suite's folder."""
_running: list[subprocess.Popen[bytes]] = []


def start_mosquitto(configuration: str, host: str, port: str, folder: str) -> None:
    """Start it on this address and wait until it listens."""
    stop_mosquitto()
    access = (
        f"allow_anonymous false\npassword_file {PASSWORDS}" if "with_user" in configuration else "allow_anonymous true"
    )
    file = Path(folder) / "mosquitto.conf"
    file.write_text(f"user root\n{access}\nlistener {port} {host}\n", encoding="utf-8")
    program = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
    with (Path(folder) / "mosquitto.log").open("ab") as log:
        _running.append(subprocess.Popen([program, "-c", str(file)], stdout=log, stderr=log))
    end = time.monotonic() + 5
    while not _listens(host, int(port)):
        if time.monotonic() > end or _running[-1].poll() is not None:
            raise AssertionError(f"mosquitto does not listen on {host}:{port}, see {folder}")
        time.sleep(0.05)


def stop_mosquitto() -> None:
    """End the one that runs, if any."""
    while _running:
        process = _running.pop()
        process.terminate()
        process.wait(10)


def _listens(host: str, port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((host, port)) == 0
