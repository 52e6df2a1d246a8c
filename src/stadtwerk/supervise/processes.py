"""What the supervisor's processes use, read from Linux: CPU, memory, since when, which program."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

PROC = Path("/proc")
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


class Usage(NamedTuple):
    """One process: its number, CPU seconds used, resident bytes, seconds since its start, and its program."""

    pid: int
    cpu_s: float
    rss_bytes: int
    age_s: float
    program: str


def noted(path: Path) -> dict[str, int]:
    """Read a file of numbers that the supervisor writes; empty when it is not there or not whole."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return {str(name): int(number) for name, number in found.items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}


def usages(run: Path, proc: Path = PROC) -> dict[str, Usage]:
    """Return what each living process of a data folder uses, by name."""
    found = ((name, usage(pid, proc)) for name, pid in noted(run / "pids.json").items())
    return {name: used for name, used in found if used is not None}


def usage(pid: int, proc: Path = PROC) -> Usage | None:
    """Return what a process uses; None when it is not there (or no longer: a zombie)."""
    try:
        stat = (proc / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
        up_s = float((proc / "uptime").read_text(encoding="utf-8").split()[0])
    except (OSError, ValueError, IndexError):
        return None
    # The name stands in brackets and may hold anything; what follows are numbers (proc(5)).
    name, _, rest = stat.partition("(")[2].rpartition(")")
    values = rest.split()
    if values[0] in "ZX":
        return None
    cpu_s = (int(values[11]) + int(values[12])) / _TICKS_PER_S
    return Usage(pid, cpu_s, int(values[21]) * _PAGE_BYTES, up_s - int(values[19]) / _TICKS_PER_S, name)


def listener(port: int, proc: Path = PROC) -> Usage | None:
    """Return who listens on a TCP port of this machine, as far as we may see it."""
    wanted = f":{port:04X}"
    sockets = set()
    for table in ("net/tcp", "net/tcp6"):
        try:
            rows = [line.split() for line in (proc / table).read_text(encoding="utf-8").splitlines()[1:]]
        except OSError:
            continue
        # Columns of proc(5): local address, state (0A: listening), inode.
        sockets |= {f"socket:[{row[9]}]" for row in rows if row[1].endswith(wanted) and row[3] == "0A"}
    for folder in proc.glob("[0-9]*") if sockets else ():
        if _open_files(folder) & sockets:
            return usage(int(folder.name), proc)
    return None


def _open_files(folder: Path) -> set[str]:
    """Return what a process has open, as far as we may see it and it stays open while we look."""
    held = set()
    with suppress(OSError):
        for link in (folder / "fd").iterdir():
            with suppress(OSError):
                held.add(str(link.readlink()))
    return held
