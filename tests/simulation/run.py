"""Tells histories on the command line: `python -m simulation.run --seed 7 --trace`, or many with `--seeds 0:1000`."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter

from simulation import swarm
from simulation.history import tell
from simulation.mutants import MUTANTS
from simulation.options import draw


def main() -> int:
    """Run one seed or many; 1 if a history breaks."""
    parser = argparse.ArgumentParser(prog="python -m simulation.run", description=__doc__)
    parser.add_argument("--seed", type=int, help="tell this one history")
    parser.add_argument("--seeds", default="0:200", help="first:last+1")
    parser.add_argument("--mutant", default="", choices=["", *(mutant.name for mutant in MUTANTS)])
    parser.add_argument("--trace", action="store_true", help="print each event as it happens")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    if options.seed is not None:
        return one(options.seed, options.mutant, trace=options.trace)
    return many(options.seeds, options.mutant, options.processes)


def one(seed: int, mutant: str, *, trace: bool) -> int:
    """Tell one history: its options, its events, how it ended."""
    print(f"seed {seed}\n{draw(seed)}\n")
    verdict = tell(seed, swarm.mutant_named(mutant), trace=trace)
    print(f"\nseed {seed}: {verdict.fault or 'good'}; {len(verdict.log)} events, SHA-256 {verdict.digest}")
    return 1 if verdict.fault else 0


def many(seeds: str, mutant: str, processes: int) -> int:
    """Tell many histories and count how they ended."""
    first, last = map(int, seeds.split(":"))
    began, faults = time.monotonic(), Counter[str]()
    for told, verdict in enumerate(swarm.run(range(first, last), mutant=mutant, processes=processes), 1):
        if told % 1000 == 0:
            print(f"{told} of {last - first} told, {faults.total()} broken", flush=True)
        if verdict.fault:
            faults["".join(sign for sign in verdict.fault if not sign.isdigit())] += 1
            if faults.total() <= 5:
                print(f"seed {verdict.seed}: {verdict.fault}\n  {swarm.command(verdict.seed, mutant)}")
    for fault, n in faults.most_common():
        print(f"{n:6} x {fault}")
    print(f"{faults.total()} of {last - first} histories broken, {time.monotonic() - began:.1f} s")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
