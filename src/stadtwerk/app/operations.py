"""Watching one city at work: what the doors tell of its health, its limits and its figures."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import msgspec

from stadtwerk import __version__
from stadtwerk.app import health
from stadtwerk.app.city import City
from stadtwerk.app.doctor import examine
from stadtwerk.app.metrics import expose
from stadtwerk.app.security import security_txt
from stadtwerk.app.tally import CommandTally
from stadtwerk.app.watchdog import Watchdog
from stadtwerk.doors.meter import HttpTally
from stadtwerk.kernel.health import Fill, Reason, status_of
from stadtwerk.supervise.processes import Usage, noted, usages

FINDINGS_S = 20.0
"""The findings are looked for anew after so long: they read the disk."""

MEASURE_S = 60.0
"""A process's share of a core is told over one to two such periods."""


class Operations:
    """Knows the core's counters; `connections` tells how many there are, `viewers` who watches the stream."""

    def __init__(self, city: City, connections: Callable[[], int]) -> None:
        self.city, self._connections = city, connections
        self.viewers: set[object] = set()
        self.http, self.watchdog = HttpTally(), Watchdog()
        self.commands = CommandTally(city.lane.find)
        city.lane.on_events.append(self.commands.note)
        self._found: dict[str, tuple[float, dict[str, Any]]] = {}
        self._used: deque[dict[str, Usage]] = deque(maxlen=2)

    def tasks(self) -> list[Coroutine[Any, Any, None]]:
        """Return what must run to watch."""
        return [self.watchdog.run(), self._measure()]

    def fills(self) -> list[Fill]:
        """Return how full each bound is now."""
        return health.fills(self.city, len(self.viewers), self._connections())

    def silent(self) -> int:
        """Return how many lamps are silent."""
        return health.silent_lamps(self.city)

    def status(self) -> str:
        """Return ok, degraded or failing."""
        return status_of(self._reasons(self.fills()))

    def health(self, *, detailed: bool) -> dict[str, Any]:
        """Tell how the city is doing; limits, reasons and processes are for those who may see operations."""
        filled = self.fills()
        reasons = self._reasons(filled)
        told = {**self.city.health(), "status": status_of(reasons)}
        if not detailed:
            return told
        restarts = noted(self.city.settings.run / "restarts.json")
        return {
            **told,
            "version": __version__,
            "silent": self.silent(),
            "loop_lag_s": round(self.watchdog.worst_s, 4),
            "reasons": [msgspec.to_builtins(reason) for reason in reasons],
            "limits": [{**msgspec.to_builtins(fill), "share": round(fill.share, 6)} for fill in filled],
            "processes": [self._process(name, used, restarts) for name, used in usages(self._run).items()],
        }

    def findings(self, lang: str) -> dict[str, Any]:
        """Tell what is wrong and what to do; called from threads, remembered for a while."""
        at, told = self._found.get(lang, (0.0, {}))
        if not told or time.monotonic() - at > FINDINGS_S:
            told = examine(self.city.settings.data).as_dict(lang)
            self._found[lang] = time.monotonic(), told
        return told

    def metrics(self, accept: str) -> tuple[bytes, str]:
        """Return the figures as text, and its media type."""
        return expose(self, accept)

    def security_txt(self) -> str:
        """Return whom to tell of a weakness; security runs on wall time."""
        return security_txt(self.city.folder.city, time.time_ns() // 1000)

    @property
    def _run(self) -> Path:
        return self.city.settings.run

    def _reasons(self, filled: list[Fill]) -> list[Reason]:
        return health.reasons(self.city, filled, self.watchdog.worst_s)

    async def _measure(self) -> None:
        """Note again and again what the processes used, so that their present share of a core can be told."""
        while True:
            self._used.append(usages(self._run))
            await asyncio.sleep(MEASURE_S)

    def _process(self, name: str, used: Usage, restarts: dict[str, int]) -> dict[str, Any]:
        before = self._used[0].get(name) if len(self._used) == 2 else None
        spent_s, over_s = used.cpu_s, used.age_s
        if before and before.pid == used.pid:
            spent_s, over_s = spent_s - before.cpu_s, over_s - before.age_s
        return {
            "name": name,
            "pid": used.pid,
            "program": used.program,
            "age_s": round(used.age_s, 1),
            "cpu_share": round(spent_s / max(over_s, 0.1), 4),
            "rss_bytes": used.rss_bytes,
            "restarts": restarts.get(name, 0),
        }
