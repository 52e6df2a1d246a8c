"""Long work bit by bit, so that other requests get their turn in between."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from time import perf_counter
from typing import TypeVar, cast

from stadtwerk.doors.ngsild.broker_port import Broker

TURN_S = 0.01
"""How long a piece of work goes on before others get their turn, seconds."""

ENDED_AT_ONCE = 500
"""Transient entities that end in one go."""

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


async def let_end(broker: Broker) -> None:
    """Let transient entities end whose time is over, so that nobody is shown them (clause 4.22)."""
    began = perf_counter()
    while broker.expire(ENDED_AT_ONCE) >= ENDED_AT_ONCE:
        began = await turn(began)
