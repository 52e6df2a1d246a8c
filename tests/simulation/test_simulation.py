"""Histories from seeds: the platform keeps its promises in all of them, and faults put in on purpose are caught."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from dataclasses import fields

import pytest

from simulation import run, swarm
from simulation.history import tell
from simulation.mutants import MUTANTS, Mutant
from simulation.options import Options, draw

PLAIN, ALL = 200, 10_000
"""Seeds told with every check, and with `--all`."""
WITHIN = 50
"""Each mutant is caught by one of the first so many seeds."""
DIGESTS = "from simulation.history import tell; print(*(tell(seed).digest for seed in range(6)))"


def all_good(seeds: range) -> None:
    """Tell histories on all cores; each broken one is named with the command that tells it again."""
    verdicts = swarm.run(seeds, processes=os.cpu_count() or 1)
    broken = [verdict for verdict in verdicts if verdict.fault]
    said = "\n".join(f"seed {one.seed}: {one.fault}\n  {swarm.command(one.seed)}" for one in broken[:20])
    assert not broken, f"{len(broken)} of {len(seeds)} histories broken\n{said}"


def test_seeds_are_good() -> None:
    """The first seeds, with every check."""
    all_good(range(PLAIN))


@pytest.mark.slow
@pytest.mark.alone
def test_ten_thousand_seeds_are_good() -> None:
    """Many more, with `./dev check --all`."""
    all_good(range(ALL))


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_mutants_are_caught_and_replay(mutant: Mutant) -> None:
    """A fault put in on purpose breaks a history soon; telling it again breaks at the same event, all before alike."""
    caught = next((verdict for seed in range(WITHIN) if (verdict := tell(seed, mutant)).fault), None)
    assert caught is not None, f"{mutant.name} survived {WITHIN} seeds"
    assert tell(caught.seed).fault is None
    again = tell(caught.seed, mutant)
    assert (again.fault, again.digest) == (caught.fault, caught.digest)
    assert again.log == caught.log


def test_the_same_seed_tells_the_same_history() -> None:
    """Event for event, also in another process with another order of hashes; another seed tells another."""
    here = [tell(seed).digest for seed in range(6)]
    path = os.pathsep.join(sys.path)
    environment = {**os.environ, "PYTHONPATH": path, "PYTHONHASHSEED": "4711"}
    there = subprocess.run(
        [sys.executable, "-c", DIGESTS], env=environment, capture_output=True, text=True, check=True
    ).stdout.split()
    assert here == there
    assert len(set(here)) == len(here)


def test_histories_are_eventful() -> None:
    """What can happen does happen: no check above is green because nothing went wrong."""
    lines = [line for seed in range(60) for line in tell(seed).log]
    seen = Counter(line.split()[1] for line in lines)
    wanted = ("ack", "apply", "broker", "calm", "commit", "crash", "down", "give-up", "in-flight", "order")
    for kind in (*wanted, "partition", "power", "refused", "start"):
        assert seen[kind] >= 5, f"{kind}: {seen[kind]}"
    ends = Counter(line.rsplit(maxsplit=1)[-1] for line in lines if "in-flight" in line)
    assert min(ends["kept"], ends["lost"]) >= 5


def test_the_runner_prints_what_a_replay_needs(capsys: pytest.CaptureFixture[str]) -> None:
    """Seed, every option drawn from it, every event, how it ended."""
    mutant = MUTANTS[0].name
    assert run.one(3, mutant, trace=True) == 1
    said = capsys.readouterr().out
    for field in fields(Options):
        assert f"  {field.name} = {getattr(draw(3), field.name)!r}" in said
    verdict = tell(3, MUTANTS[0])
    assert all(line in said for line in verdict.log)
    assert f"SHA-256 {verdict.digest}" in said
    assert run.many("0:3", mutant, 1) == 1
    assert swarm.command(0, mutant) in capsys.readouterr().out
