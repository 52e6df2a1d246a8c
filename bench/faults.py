"""The fault detector against a fault script it cannot read: any seed, 50,000 lamps for 30 nights unless told otherwise.

python bench/faults.py [--seed N] [--lamps N] [--nights N] [--json]
"""

from __future__ import annotations

import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # one core is one core

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(Path(__file__).parent), str(ROOT / "tests")]
from figure import publish
from systems.lighting.faults.judge import run


def main() -> None:
    """Score one seed and publish what came out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--lamps", type=int, default=50_000)
    parser.add_argument("--nights", type=int, default=30)
    parser.add_argument("--kinds", action="store_true", help="also every kind of its own")
    options, _ = parser.parse_known_args()
    told = run(options.lamps, options.nights, options.seed)
    seed, faults = f"seed {options.seed}", sum(told.scripted.values())
    about = f"{seed}: recall of {faults} faults, right cause and place, within 1 night"
    publish(about, told.recall, "", peer="at least", peer_value=0.98)
    publish(f"{seed}: false jobs", told.false_per_10k, "/10,000 lamp-nights", peer="at most", peer_value=1.0)
    publish(f"{seed}: mean nights to detect", told.mean_nights, "", peer="at most", peer_value=1.0)
    publish(f"{seed}: alarms a supply fault, most", max(told.alarms, default=0), "", peer="at most", peer_value=1.0)
    took = f"{seed}: {options.lamps} lamps, {options.nights} nights, CPU"
    publish(took, told.seconds, "s", peer="bound", peer_value=60.0)
    if options.kinds:
        for kind in sorted(told.scripted | told.false):
            late, false = told.late[kind], told.false[kind]
            print(f"{kind:16} {told.found[kind]:5} of {told.scripted[kind]:5}   late {late:4}   false {false:4}")


if __name__ == "__main__":
    main()
