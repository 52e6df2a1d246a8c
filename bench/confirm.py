"""A district of 8,000 lamps or more dimmed at real speed: how soon the city answers, how many lamps confirm in 60 s."""

from __future__ import annotations

import csv
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from city import RunningCity, duisburg, each_store, heard, silent_lamps
from figure import publish

SEEDS = (1, 2, 3, 4, 5)
LAMPS_MIN = 8_000
SHARE_REQUIRED = 0.995
ANSWER_ALLOWED_MS = 100


def one_seed(folder: Path, data: Path, seed: int, options: Sequence[str] = ()) -> tuple[float, float, int]:
    """Return milliseconds until the 202, the share of answering lamps that confirmed, and the lamps asked."""
    with (folder / "lamps.csv").open(encoding="utf-8", newline="") as file:
        districts = Counter(lamp["district"] for lamp in csv.DictReader(file))
    district = min((name for name, n in districts.items() if n >= LAMPS_MIN), key=lambda name: districts[name])
    with RunningCity(folder, data, "--seed", str(seed), *options) as city:
        heard(city)
        body = {
            "target": {"district": district},
            "level_percent": 40,
            "spare": True,
            "until": (datetime.now(UTC) + timedelta(hours=1)).isoformat(),
            "reason": "bench",
        }
        began = time.perf_counter()
        command = city.client.post("/api/commands/lighting.set-level", body)
        answer_ms = (time.perf_counter() - began) * 1000
        while city.client.get(f"/api/commands/{command['id']}")["state"] not in ("confirmed", "expired"):
            time.sleep(1)
        final = city.client.get(f"/api/commands/{command['id']}")
        late = city.client.get(f"/api/commands/{command['id']}/targets?outcome=expired")
        silent = silent_lamps(folder, data, command["requested_at"])
        missed = set(late["lamps"]) - silent
        able = final["targets"] - len(silent & set(late["lamps"]))
        assert sum(late["reasons"].values()) == final["targets"] - final["confirmed"]
    return answer_ms, 1 - len(missed) / able, final["targets"]


def main() -> None:
    """Run five seeds of the world on the same city, on each store, and publish the worst of each figure."""
    folder = duisburg()
    with each_store() as stores:
        for name, options in stores:
            answers, shares = [], []
            for seed in SEEDS:
                with tempfile.TemporaryDirectory() as data:
                    answer_ms, share, lamps = one_seed(folder, Path(data), seed, options())
                answers.append(answer_ms)
                shares.append(share)
                told = f"{lamps} lamps, 202 in {answer_ms:.0f} ms, {share:.4%} confirmed"
                print(f"  {name}, seed {seed}: {told}", file=sys.stderr)
            share, answer_ms = min(shares), max(answers)
            publish(f"confirm {name} worst share", share, "of answering", peer="required", peer_value=SHARE_REQUIRED)
            publish(f"confirm {name} worst answer", answer_ms, "ms", peer="allowed", peer_value=ANSWER_ALLOWED_MS)


if __name__ == "__main__":
    main()
