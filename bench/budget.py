"""What each process of the city costs at real speed with all 52,000 lamps: CPU share and memory beside their budgets.

    python bench/budget.py [--minutes 5] [--json]     prints the table of docs/status.md as well

Other work on the machine does not count: what is measured is each process's own CPU time.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from city import RunningCity, duisburg, each_store, heard
from figure import publish
from stadtwerk.supervise.processes import Usage, usages

CITY_ALLOWED_CORES = 1.2
"""The whole city at real speed (DESIGN.md, section 6)."""
BUDGETS = {"core": (0.20, 600), "twin": (0.10, 300), "broker": (0.05, 100), "historian": (0.10, 400)}
"""Share of a core and megabytes that a process may take; one without an entry has a hundredth of the city's."""
OTHERS = (0.012, 200)
MEGABYTE = 1e6
PAGE_S = 5.0


def spent(city: RunningCity, minutes: float) -> tuple[dict[str, Usage], dict[str, Usage], float]:
    """Let the city live with one screen open; return what each process used before and after, and the seconds."""
    run = city.data / "run"
    screen = subprocess.Popen(
        ["curl", "-sN", "-H", f"Authorization: Bearer {city.key}", f"http://127.0.0.1:{city.port}/api/stream"],
        stdout=subprocess.DEVNULL,
    )
    before, began = usages(run), time.monotonic()
    end = began + minutes * 60
    while time.monotonic() < end:
        time.sleep(min(PAGE_S, max(0.0, end - time.monotonic())))
        city.client.get("/api/health")
    after, seconds = usages(run), time.monotonic() - began
    screen.kill()
    screen.wait()
    return before, after, seconds


def main() -> None:
    """Measure the whole city on each store."""
    minutes = float(sys.argv[sys.argv.index("--minutes") + 1]) if "--minutes" in sys.argv else 5.0
    with each_store() as stores:
        for name, options in stores:
            measure(name, options(), minutes)


def measure(store: str, options: Sequence[str], minutes: float) -> None:
    """Boot the city on a store, let it settle, measure, publish; the database's server is not counted."""
    with tempfile.TemporaryDirectory() as data, RunningCity(duisburg(), Path(data), *options) as city:
        heard(city)
        before, after, seconds = spent(city, minutes)
    gone = [name for name, used in before.items() if name not in after or after[name].pid != used.pid]
    assert not gone, f"restarted while measured: {gone}"
    whole = 0.0
    rows = [f"on {store}", "", "| process | CPU | memory |", "|---|---|---|"]
    for name, used in before.items():
        share = (after[name].cpu_s - used.cpu_s) / seconds
        memory = after[name].rss_bytes / MEGABYTE
        allowed, megabytes = BUDGETS.get(name, OTHERS)
        publish(f"budget {store} {name} CPU", share, "of a core", peer="allowed", peer_value=allowed)
        publish(f"budget {store} {name} memory", memory, "MB", peer="allowed", peer_value=megabytes)
        rows.append(f"| {name} ({used.program}) | {share:.1%} | {memory:.0f} MB |")
        whole += share
    publish(f"budget {store} city CPU", whole, "cores", peer="allowed", peer_value=CITY_ALLOWED_CORES)
    rows.append(f"| all | {whole:.1%} | {sum(used.rss_bytes for used in after.values()) / MEGABYTE:.0f} MB |")
    print("\n".join(rows), file=sys.stderr)


if __name__ == "__main__":
    main()
