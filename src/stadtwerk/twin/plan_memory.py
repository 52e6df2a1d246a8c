"""What lamps keep of the plans they were told: a plan counts once all its parts are there."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from stadtwerk.protocols.lampplan import LampPlan, ProgramPart, decode_plan, mark_of
from stadtwerk.protocols.malformed import Malformed
from stadtwerk.twin.city import Ix

OPEN_MAX = 64
"""Most plans of which lamps hold some parts only; the oldest is forgotten, and sent again."""
_KEPT = np.dtype([("key", "<u4"), ("serial", "<u4"), ("mark", "<u2")])
"""A plan's file (CRC-32 of its bytes, 0 = the factory's program), the newest serial obeyed, the plan's mark."""


@dataclass(slots=True)
class _Open:
    """A plan on its way: its parts, and which of them each lamp (n,) has (bits)."""

    parts: dict[int, bytes] = field(default_factory=dict)
    got: dict[int, int] = field(default_factory=dict)


class PlanMemory:
    """Columns of n lamps over a mapped file; the plans' bytes in files beside it, written before a lamp names them."""

    def __init__(self, folder: Path, n: int, *, renew: bool) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, path = folder, folder / "lamps.mem"
        if renew or not path.exists() or path.stat().st_size != n * _KEPT.itemsize:
            path.write_bytes(bytes(n * _KEPT.itemsize))
        self._kept: NDArray[np.void] = np.memmap(path, _KEPT, "r+") if n else np.zeros(0, _KEPT)
        self._open: dict[int, _Open] = {}
        self._tidy()

    @property
    def marks(self) -> NDArray[np.uint16]:
        """Return the mark (n,) of each lamp's plan, 0 where it has the factory's."""
        marks: NDArray[np.uint16] = self._kept["mark"]
        return marks

    def plans(self) -> list[tuple[Ix, LampPlan]]:
        """Return the plans that lamps keep, each with its lamps (k,)."""
        keys = np.unique(self._kept["key"])
        return [
            (np.flatnonzero(self._kept["key"] == key), decode_plan(self._file(key).read_bytes()))
            for key in keys[keys > 0].tolist()
        ]

    def hear(self, ix: Ix, part: ProgramPart) -> tuple[Ix, LampPlan | None]:
        """Take a part to lamps (k,); return those for which the plan is whole now, and the plan.

        What is older than what a lamp obeyed last is left; a whole plan that is none is forgotten.
        """
        ix = ix[self._kept["serial"][ix] <= part.serial]
        known = self._open.setdefault(part.mark, _Open())
        while len(self._open) > OPEN_MAX:
            del self._open[next(iter(self._open))]
        known.parts[part.place] = part.body
        whole, bit = (1 << part.count) - 1, 1 << part.place
        for row in ix.tolist():
            known.got[row] = known.got.get(row, 0) | bit
        ready = np.array([row for row in ix.tolist() if known.got[row] == whole], np.int64)
        if not len(ready):
            return ready, None
        for row in ready.tolist():
            del known.got[row]
        body = b"".join(known.parts[place] for place in range(part.count))
        try:
            plan = decode_plan(body)
        except Malformed:
            plan = None
        if plan is None or mark_of(body) != part.mark:
            del self._open[part.mark]
            return ready[:0], None
        self._keep(ready, body, part)
        return ready, plan

    def _keep(self, ix: Ix, body: bytes, part: ProgramPart) -> None:
        key = crc32(body) or 1
        path = self._file(key)
        if not path.exists():
            fresh = path.with_suffix(".new")
            fresh.write_bytes(body)
            fresh.replace(path)
        self._kept["key"][ix], self._kept["mark"][ix], self._kept["serial"][ix] = key, part.mark, part.serial

    def _file(self, key: int) -> Path:
        return self._folder / f"{key:08x}.plan"

    def _tidy(self) -> None:
        """Remove the files of plans that no lamp keeps; a lamp whose plan's file is gone has the factory's again."""
        kept = {self._file(key) for key in np.unique(self._kept["key"]).tolist()}
        for path in set(self._folder.glob("*.plan")) - kept:
            path.unlink()
        for key in [key for key in np.unique(self._kept["key"]).tolist() if key and not self._file(key).exists()]:
            lost = self._kept["key"] == key
            self._kept["key"][lost] = self._kept["serial"][lost] = self._kept["mark"][lost] = 0
