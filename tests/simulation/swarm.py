"""Many histories on all cores."""

from __future__ import annotations

import gc
import multiprocessing
from collections.abc import Iterable, Iterator

from simulation.history import Verdict, tell
from simulation.mutants import MUTANTS, NONE, Mutant

LOT = 50
"""Histories between two collections of garbage: abandoned loops are full of cycles."""


def mutant_named(name: str) -> Mutant:
    """Find a mutant by its name; the empty name is the platform as it is."""
    return next(mutant for mutant in (NONE, *MUTANTS) if mutant.name == name)


def command(seed: int, mutant: str = "") -> str:
    """Write the command that tells a history again."""
    wrong = f' --mutant "{mutant}"' if mutant else ""
    return f"PYTHONPATH=src:tests .venv/bin/python -m simulation.run --seed {seed}{wrong} --trace"


def run(seeds: Iterable[int], *, mutant: str = "", processes: int = 1) -> Iterator[Verdict]:
    """Tell the histories of seeds, in any order; only broken ones keep their log."""
    jobs = ((seed, mutant) for seed in seeds)
    if processes == 1:
        yield from map(_lot_of_one, jobs)
        return
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        yield from pool.imap_unordered(_lot_of_one, jobs, chunksize=LOT)


def _lot_of_one(job: tuple[int, str]) -> Verdict:
    seed, mutant = job
    gc.disable()
    verdict = tell(seed, mutant_named(mutant))
    if seed % LOT == 0:
        gc.enable()
        gc.collect()
    if verdict.fault is None:
        return Verdict(verdict.seed, None, verdict.digest, [])
    return verdict
