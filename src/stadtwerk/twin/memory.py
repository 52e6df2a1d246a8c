"""The lamps' non-volatile memory: columns in a mapped file that survives whatever ends the process."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

MAGIC = b"STWLAMPS"
VERSION = 1
HEADER = struct.Struct("<8sII32s16x")
COLUMNS = (
    ("override_percent", "<f4"),
    ("override_until_s", "<i8"),
    ("token", "<u4"),
    ("applied", "<u4"),
    ("f_cnt", "<u4"),
    ("energy_ws", "<f8"),
    ("burning_s", "<f8"),
    ("last_report_us", "<i8"),
)
"""What a lamp keeps without power: override and its end, last token, commands applied, frames, counters."""


class LampMemory:
    """Columns of shape (n,) over a mapped file; writes reach the file even if the process is killed."""

    def __init__(self, path: Path, n: int) -> None:
        self._map = np.memmap(path, np.uint8, "r+")
        offset = HEADER.size
        self.columns: dict[str, NDArray[Any]] = {}
        for name, dtype in COLUMNS:
            size = _padded(n * np.dtype(dtype).itemsize)
            self.columns[name] = self._map[offset : offset + n * np.dtype(dtype).itemsize].view(dtype)
            offset += size
        self.override_percent: NDArray[np.float32] = self._column("override_percent")
        self.override_until_s: NDArray[np.int64] = self._column("override_until_s")
        self.token: NDArray[np.uint32] = self._column("token")
        self.applied: NDArray[np.uint32] = self._column("applied")
        self.f_cnt: NDArray[np.uint32] = self._column("f_cnt")
        self.energy_ws: NDArray[np.float64] = self._column("energy_ws")
        self.burning_s: NDArray[np.float64] = self._column("burning_s")
        self.last_report_us: NDArray[np.int64] = self._column("last_report_us")

    def flush(self) -> None:
        """Bring all columns to the disk, for a loss of the machine's own power."""
        self._map.flush()

    def _column(self, name: str) -> NDArray[Any]:
        return self.columns[name]


def open_memory(
    path: Path, n: int, *, fingerprint: bytes, factory: Mapping[str, NDArray[Any]]
) -> tuple[LampMemory, str]:
    """Open the memory of n lamps of the city with this fingerprint; tell `kept`, `new` or `reset`.

    A file of another city, version or size is set aside as `*.old` and a new one begun: `reset`. A new one
    holds zeros and the `factory` columns (n,).
    """
    story = "new"
    if path.exists():
        if _header(path) == (MAGIC, VERSION, n, fingerprint) and path.stat().st_size == _size(n):
            return LampMemory(path, n), "kept"
        path.replace(path.with_name(path.name + ".old"))
        story = "reset"
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(path.name + ".new")
    with fresh.open("wb") as file:
        file.write(HEADER.pack(MAGIC, VERSION, n, fingerprint))
        file.truncate(_size(n))
    memory = LampMemory(fresh, n)
    for name, values in factory.items():
        memory.columns[name][:] = values
    memory.flush()
    fresh.replace(path)
    return LampMemory(path, n), story


def _header(path: Path) -> tuple[bytes, int, int, bytes] | None:
    with path.open("rb") as file:
        head = file.read(HEADER.size)
    return HEADER.unpack(head) if len(head) == HEADER.size else None


def _padded(size: int) -> int:
    return -(-size // 64) * 64


def _size(n: int) -> int:
    return HEADER.size + sum(_padded(n * np.dtype(dtype).itemsize) for _, dtype in COLUMNS)
