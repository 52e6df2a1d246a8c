"""Long work bit by bit, so that other requests get their turn in between."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from time import perf_counter
from typing import TypeVar, cast

TURN_S = 0.01
"""How long a piece of work goes on before others get their turn, seconds."""

T = TypeVar("T")


async def turn(began: float) -> float:
    """Let others in between if work went on for long since `began` (perf_counter); return since when it goes on."""
    if perf_counter() - began < TURN_S:
        return began
    await asyncio.sleep(0)
    return perf_counter()


async def in_turns(steps: Generator[None, None, T]) -> T:
    """Run a long piece of work to its end."""
    began = perf_counter()
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return cast("T", end.value)
        began = await turn(began)
