"""Programs the tests run besides Python packages: found, or brought from Debian where that is allowed."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

PROGRAMS = {"chromium": "chromium", "mosquitto": "mosquitto", "wrk": "wrk", "initdb": "postgresql"}
"""Program and the Debian package that holds it."""
APT_TIMEOUT_S = 900


def places() -> str:
    """Return where programs are looked for: a server's own programs are not on the PATH."""
    servers = sorted(str(path) for path in Path("/usr/lib/postgresql").glob("*/bin"))
    return os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin", *servers))


def missing() -> list[str]:
    """Return the programs that are not installed."""
    return [program for program in PROGRAMS if not shutil.which(program, path=places())]


def bring() -> int:
    """Install what is missing if this is root on Debian; 0 if then all is there."""
    packages = [PROGRAMS[program] for program in missing()]
    apt = shutil.which("apt-get", path=places())
    if packages and apt and os.getuid() == 0:
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        install = [apt, "install", "-y", "-q", "--no-install-recommends", *packages]
        for command in ([apt, "update", "-q"], install):
            subprocess.run(command, env=environment, check=False, timeout=APT_TIMEOUT_S, stdout=subprocess.DEVNULL)
    absent = missing()
    for program in PROGRAMS:
        print(f"{program}: {'absent: tests that need it are skipped' if program in absent else 'found'}")
    return 1 if absent and os.environ.get("CI") else 0
