"""A village that lived a night of faults: its twin has a script of them, the platform found them in the morning."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from path.running import ROOT, RunningCity, eventually
from path.small_city import write_small_city

LAMPS = 40
BEGIN, BROKEN, MORNING = "2026-10-05T15:00:00+00:00", "2026-10-05T15:30:00Z", "2026-10-06T07:01"
"""Early in the evening, when faults begin, and just after the night is searched at nine in the city."""
EARLIER = "2026-10-06T06:30:00Z"
SCRIPT: tuple[dict[str, Any], ...] = (
    {"kind": "stuck-dim", "lamp": "do-0000004"},
    {"kind": "power-low", "lamp": "do-0000008"},
    {"kind": "leakage", "lamp": "do-0000012"},
    {"kind": "cycling", "lamp": "do-0000016"},
    {"kind": "lamp-failed", "lamp": "do-0000020", "dark": True},
    {"kind": "cable-break", "circuit": "c1", "dark": True, "silent": True, "lit": 14},
)
FOUND = {
    ("cable-break", "c1"),
    ("leakage", "do-0000012"),
    ("cycling", "do-0000016"),
    ("lamp-out", "do-0000020"),
    ("stuck-dim", "do-0000004"),
    ("wrong-watts", "do-0000008"),
}
"""A lamp that is weak from its first night on looks like one with other watts than the inventory says."""


def live_a_night(folder: Path, vendor: Path = ROOT / ".cache" / "vendor") -> tuple[Path, Path]:
    """Let forty lamps live from afternoon to morning in simulated time; return city and data folder.

    Six faults are found then, five have a job; the sixth is mended at a desk.
    """
    city, data = write_small_city(folder / "city", LAMPS), folder / "data"
    told = json.loads((city / "city.json").read_text())
    told["programs"]["all-night"] |= {"dim_from": "23:00", "dim_until": "05:00", "dim_percent": 50}
    (city / "city.json").write_text(json.dumps(told))
    (data / "twin").mkdir(parents=True)
    script = "\n".join(json.dumps({"at": BROKEN, **fault}) for fault in SCRIPT)
    (data / "twin" / "drill.jsonl").write_text(script)
    with RunningCity(city, data, "--speed", "3600", "--start", BEGIN, vendor=vendor) as running:
        ask = running.client.get
        eventually(lambda: ask("/api/city")["clock"]["now"] > MORNING, timeout_s=400, pause_s=0.5)
        eventually(lambda: ask("/api/lighting/faults")["total"] == len(FOUND))
        eventually(lambda: ask("/api/lighting/jobs")["total"] == len(FOUND) - 1)
    return city, data
