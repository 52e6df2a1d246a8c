"""Dusk: every lamp of the city changes within minutes while 100 screens watch; how old is what they show?"""

from __future__ import annotations

import asyncio
import json
import sqlite3
import sys
import tempfile
import time
from base64 import b64decode
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from astral import Observer
from astral.sun import elevation

sys.path.insert(0, str(Path(__file__).parent))
from city import RunningCity, copy_city, duisburg, heard
from figure import publish

VIEWERS = 100
LEAD_S, WATCH_S = 150, 270
AGE_ALLOWED_S = 2.0

Arrivals = list[tuple[float, int]]


async def watch(port: int, key: str, until: float, levels: list[tuple[float, dict]] | None) -> Arrivals:
    """Watch the stream; return when each frame came and its number; keep the frames of one screen."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 23)
    writer.write(f"GET /api/stream HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n\r\n".encode())
    seen: Arrivals = []
    number = 0
    while time.time() < until:
        line = await asyncio.wait_for(reader.readline(), 30)
        if not line:
            raise ConnectionError("a screen was dropped")
        if line.startswith(b'data: {"at"'):
            number += 1
            seen.append((time.time(), number))
            if levels is not None:
                levels.append((time.time(), json.loads(line[6:])))
    writer.close()
    return seen


async def watch_all(port: int, key: str, until: float) -> tuple[list[Arrivals], list[tuple[float, dict]]]:
    """Watch with all screens at once."""
    levels: list[tuple[float, dict]] = []
    screens = [watch(port, key, until, levels if screen == 0 else None) for screen in range(VIEWERS)]
    return await asyncio.gather(*screens), levels


def ages(data: Path, levels: list[tuple[float, dict]], changed_after: float) -> np.ndarray:
    """Return for every change of a lamp how long after the network heard it the first screen showed it, seconds."""
    db = sqlite3.connect(f"file:{data}/telemetry.db?mode=ro", uri=True)
    rows = db.execute("SELECT ix, at_us FROM history_Streetlight WHERE at_us > ?", (changed_after * 1e6,)).fetchall()
    heard_at: dict[int, list[float]] = {}
    for row, at_us in rows:
        heard_at.setdefault(row, []).append(at_us / 1e6)
    found = []
    for came, frame in levels:
        if frame["snapshot"] or came < changed_after:
            continue
        for row in np.frombuffer(b64decode(frame["ix"]), "<u4").tolist():
            before = [at for at in heard_at.get(row, ()) if at <= came]
            if before:
                found.append(came - max(before))
    return np.array(found)


def main() -> None:
    """Move dusk to a moment soon from now, watch it, publish."""
    centre = json.loads((duisburg() / "city.json").read_text())["centre"]
    dusk = time.time() + LEAD_S
    height = elevation(Observer(centre[1], centre[0]), datetime.fromtimestamp(dusk, UTC), with_refraction=False)
    with tempfile.TemporaryDirectory() as temp:
        programs = json.loads((duisburg() / "city.json").read_text())["programs"]
        for program in programs.values():
            program["on_elevation_deg"] = height
        folder = copy_city(Path(temp) / "city", programs=programs)
        with RunningCity(folder, Path(temp) / "data") as city:
            heard(city)
            before = city.client.get("/api/lighting/energy?hours=1")["now"]["lit"]
            start = time.time()
            screens, levels = asyncio.run(watch_all(city.port, city.key, dusk + WATCH_S - LEAD_S))
            after = city.client.get("/api/lighting/energy?hours=1")["now"]["lit"]
        age = ages(Path(temp) / "data", levels, start + 5)
    lag = [came - first for screen in screens for (came, _), (first, _) in zip(screen, screens[0], strict=False)]
    print(
        f"  lit {before} -> {after}; {len(age)} changes on screen; {len(screens)} of {VIEWERS} stayed", file=sys.stderr
    )
    publish("dusk changes", len(age), "lamps", peer="lamps of the city", peer_value=abs(after - before))
    p99 = float(np.percentile(age, 99) + np.percentile(lag, 99))
    publish("dusk age p99", p99, "s", peer="allowed", peer_value=AGE_ALLOWED_S)


if __name__ == "__main__":
    main()
