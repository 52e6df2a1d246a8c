"""The same path with a thousand lamps and with the whole city: generated, booted, counted, dimmed, confirmed."""

from __future__ import annotations

import json
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from path.running import ROOT, RunningCity, eventually
from stadtwerk.app.up import default_city

CORE_MB_ALLOWED = 600


@pytest.mark.parametrize("lamps", [1_000, pytest.param(None, marks=pytest.mark.slow)])
def test_the_path_at_size(lamps: int | None, tmp_path: Path) -> None:
    """The door counts just what the generator reports; a circuit is dimmed and every lamp of it that can, confirms."""
    folder = default_city(ROOT / "var", seed=1, lamps=lamps)
    counts = json.loads((folder / "city.json").read_text())["counts"]
    with RunningCity(folder, tmp_path / "data") as city:
        base = f"http://127.0.0.1:{city.port}"
        with urllib.request.urlopen(f"{base}/ngsi-ld/v1/entities?type=Streetlight&limit=1&count=true") as answer:
            assert int(answer.headers["NGSILD-Results-Count"]) == counts["lamps"]
        eventually(lambda: city.client.get("/api/health")["observed_rows"] >= 0.95 * counts["lamps"], timeout_s=180)
        lamp = city.client.get("/api/lighting/lamps/du-0000100")
        body = {
            "target": {"circuit": lamp["circuit"]},
            "level_percent": 30,
            "until": (datetime.now(UTC) + timedelta(hours=1)).isoformat(),
        }
        done = city.client.post("/api/commands/lighting.set-level?wait=30", body)
        assert done["confirmed"] >= 0.9 * done["targets"]
        resident_kb = _resident_kb(city.pid("core"))
    assert resident_kb <= CORE_MB_ALLOWED * 1024


def _resident_kb(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("VmRSS")))
