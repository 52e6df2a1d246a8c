"""A fresh clone on a bare machine: seconds until `ready`, the second start, and the core's memory."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from figure import publish

ROOT = Path(__file__).parents[1]
COLD_ALLOWED_S, WARM_ALLOWED_S, CORE_ALLOWED_MB = 60, 8, 600


def bare_path(folder: Path) -> str:
    """Make a PATH that holds python3, git, sh and coreutils, nothing else."""
    folder.mkdir()
    listed = subprocess.run(["dpkg", "-L", "coreutils"], capture_output=True, text=True, check=True).stdout
    tools = [path for path in listed.splitlines() if "/bin/" in path]
    # sys.executable is the environment's; what a user has is the Python it was made from.
    python = os.path.realpath(sys.executable)
    for source in (*tools, shutil.which("git") or "", shutil.which("sh") or ""):
        (folder / Path(source).name).symlink_to(source)
    (folder / "python3").symlink_to(python)
    return str(folder)


def until_ready(clone: Path, env: dict[str, str], port: int) -> tuple[float, float]:
    """Run `./dev up` until it says ready; return the seconds and the core's resident megabytes."""
    argv = ["./dev", "up", "--no-browser", "--port", str(port)]
    began = time.monotonic()
    process = subprocess.Popen(argv, cwd=clone, env=env, stdout=subprocess.PIPE, text=True, start_new_session=True)
    assert process.stdout
    for line in process.stdout:
        if line.startswith("ready "):
            break
    else:
        raise AssertionError("the city did not become ready")
    seconds = time.monotonic() - began
    time.sleep(45)  # let every lamp report, so that the memory is that of a living city
    pid = json.loads((clone / "var/duisburg/run/pids.json").read_text())["core"]
    status = Path(f"/proc/{pid}/status").read_text().splitlines()
    resident_mb = int(next(line.split()[1] for line in status if line.startswith("VmRSS"))) / 1024
    os.killpg(process.pid, signal.SIGTERM)
    process.wait(30)
    return seconds, resident_mb


def main() -> None:
    """Clone, boot cold, boot again."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = min(probe.getsockname()[1], 65_000)
    with tempfile.TemporaryDirectory() as temp:
        home = Path(temp) / "home"
        home.mkdir()
        subprocess.run(["git", "clone", "-q", str(ROOT), f"{temp}/clone"], check=True)
        env = {"PATH": bare_path(Path(temp) / "bin"), "HOME": str(home)}
        env |= {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "UV_", "NPM_", "npm_"))}
        cold_s, cold_mb = until_ready(Path(temp) / "clone", env, port)
        warm_s, warm_mb = until_ready(Path(temp) / "clone", env, port)
    publish("boot cold", cold_s, "s", peer="allowed", peer_value=COLD_ALLOWED_S)
    publish("boot second", warm_s, "s", peer="allowed", peer_value=WARM_ALLOWED_S)
    publish("boot core memory", max(cold_mb, warm_mb), "MB", peer="allowed", peer_value=CORE_ALLOWED_MB)


if __name__ == "__main__":
    main()
