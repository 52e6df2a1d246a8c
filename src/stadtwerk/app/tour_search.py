"""The process that searches tours: a problem on its input, better and better plans on its output, a line each."""

from __future__ import annotations

import os
import sys

import msgspec

from stadtwerk.systems.lighting.engine.tours import Plan, Problem, solve

NICE = 10
"""A search gives way to the city: it takes what others leave of the processor."""


class Found(msgspec.Struct, frozen=True, omit_defaults=True):
    """A better plan: its way in metres and the jobs that fit nowhere; the last one whole."""

    distance_m: int
    left: int
    plan: Plan | None = None


def _tell(found: Found) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(found) + b"\n")
    sys.stdout.flush()


def main() -> None:
    """Read, search, tell."""
    os.nice(NICE)
    problem = msgspec.json.decode(sys.stdin.buffer.read(), type=Problem)
    plan = solve(problem, lambda metres, left: _tell(Found(metres, left)))
    _tell(Found(plan.distance_m, len(plan.left), plan))


if __name__ == "__main__":
    main()
