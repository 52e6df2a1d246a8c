"""Checks of the machine: Python, disk, memory, clock."""

from __future__ import annotations

import platform
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from stadtwerk.app.doctor.case import Case
from stadtwerk.app.doctor.finding import Finding, error, ok, warning

PYTHON_MIN = (3, 11)
GB, MB = 1_000_000_000, 1_000_000
DISK_LOW_BYTES, DISK_OUT_BYTES = 2 * GB, GB // 4
GROWTH_MIN_DAYS = 2.0
"""A data folder younger than this still fills its history tail: its growth says nothing."""
DAYS_LOW, DAYS_OUT = 30, 3
MEMORY_LOW_BYTES, MEMORY_OUT_BYTES = 500 * MB, 150 * MB
AHEAD_S = 60
"""Files may be so much younger than now, seconds."""
DAY_S = 86_400


def python(case: Case, *, version: tuple[int, int] = sys.version_info[:2], system: str = sys.platform) -> Finding:
    """Look at Python and the platform."""
    name = ".".join(map(str, version))
    if version < PYTHON_MIN:
        return error("python.old", version=name)
    if system != "linux":
        return warning("python.platform", system=system)
    return ok("python.ok", version=name, machine=platform.machine())


def disk(case: Case, *, free_bytes: int | None = None) -> Finding:
    """Look at the room left on the disk, and how long it lasts at the growth so far."""
    place = case.data if case.data.exists() else Path()
    free = shutil.disk_usage(place).free if free_bytes is None else free_bytes
    size = sum(path.stat().st_size for path in case.data.rglob("*") if path.is_file()) if case.started else 0
    grown = growth_bytes_a_day(case, size)
    days = free / grown if grown else float("inf")
    facts = {"free": _gb(free), "size": _gb(size), "growth": _gb(grown), "days": round(min(days, 9999))}
    if free < DISK_OUT_BYTES or days < DAYS_OUT:
        return error("disk.out", **facts)
    if free < DISK_LOW_BYTES or days < DAYS_LOW:
        return warning("disk.low", **facts)
    return ok("disk.ok" if grown else "disk.young", **facts)


def growth_bytes_a_day(case: Case, size: int) -> float:
    """Return how fast the folder grew since its first start; 0 when it is too young to tell."""
    first = case.run / "mqtt.json"
    if not first.exists():
        return 0.0
    age_days = (case.now_s - first.stat().st_mtime) / DAY_S
    return size / age_days if age_days >= GROWTH_MIN_DAYS else 0.0


def memory(case: Case, *, meminfo: Path = Path("/proc/meminfo")) -> Iterator[Finding]:
    """Look at the memory that programs can still take."""
    if not meminfo.exists():
        return
    lines = dict(line.split(":", 1) for line in meminfo.read_text(encoding="utf-8").splitlines() if ":" in line)
    available = int(lines["MemAvailable"].split()[0]) * 1024
    facts = {"available": f"{available / MB:,.0f} MB"}
    if available < MEMORY_OUT_BYTES:
        yield error("memory.out", **facts)
    elif available < MEMORY_LOW_BYTES:
        yield warning("memory.low", **facts)
    else:
        yield ok("memory.ok", **facts)


def clock(case: Case) -> Finding:
    """Hold the machine's clock against the times of the folder's own files: it must not lie behind them."""
    times = [
        (path.stat().st_mtime, path.name) for path in (*case.data.glob("*.db"), *case.run.glob("*")) if path.is_file()
    ]
    newest, name = max(times, default=(0.0, ""))
    ahead_s = newest - case.now_s
    return error("clock.behind", seconds=round(ahead_s), file=name) if ahead_s > AHEAD_S else ok("clock.ok")


def _gb(n: float) -> str:
    return f"{n / GB:,.1f} GB" if n >= GB / 10 else f"{n / MB:,.1f} MB"
