"""Virtual time: sleeping costs nothing, order is fixed, and a crash stops before any step."""

from __future__ import annotations

import asyncio
import time

import pytest

from simulation.loop import Crash, VirtualLoop
from simulation.world import EPOCH_US, US, Broken, Done, World


def done() -> None:
    raise Done


def test_a_day_passes_in_no_time() -> None:
    """Tasks wake in the order of their time, and the city's clock follows the loop's."""
    world = World(1)
    loop = VirtualLoop(world)
    woke: list[tuple[str, int]] = []

    async def sleeper(name: str, hours: float) -> None:
        for _ in range(3):
            await asyncio.sleep(3600 * hours)
            woke.append((name, world.now_us() - EPOCH_US))

    loop.create_task(sleeper("slow", 2))
    loop.create_task(sleeper("quick", 1.5))
    world.at(86_400, done)
    began = time.monotonic()
    with pytest.raises(Done):
        loop.run_forever()
    assert time.monotonic() - began < 1
    hours = [(name, at_us / 3600 / US) for name, at_us in woke]
    assert hours == [("quick", 1.5), ("slow", 2), ("quick", 3), ("slow", 4), ("quick", 4.5), ("slow", 6)]
    loop.abandon()


@pytest.mark.parametrize("steps", range(6))
def test_a_crash_stops_before_any_step(steps: int) -> None:
    """After so many callbacks nothing runs any more, no clean-up either; the next process has a loop of its own."""
    world = World(1)
    loop = VirtualLoop(world)
    did: list[str] = []

    async def work() -> None:
        try:
            for number in range(10):
                did.append(str(number))
                await asyncio.sleep(0)
        finally:
            did.append("tidied")

    task = loop.create_task(work())
    loop.crash_after(steps)
    with pytest.raises(Crash):
        loop.run_forever()
    loop.abandon()
    world.pass_until(5)
    assert did == [str(number) for number in range(steps)]
    assert not task.done()


def test_standstill_is_noticed() -> None:
    """When all tasks wait for one another, the history is broken, not endless."""
    loop = VirtualLoop(World(1))

    async def wait() -> None:
        await asyncio.Event().wait()

    loop.create_task(wait())
    with pytest.raises(Broken, match="nothing will ever happen"):
        loop.run_forever()
    loop.abandon()


def test_an_unhandled_error_breaks_the_history() -> None:
    """An error in a callback, which a loop would only log, is a finding."""
    world = World(1)
    loop = VirtualLoop(world)
    loop.call_soon(lambda: 1 / 0)
    loop.call_later(1, lambda: None)
    with pytest.raises(Broken, match="ZeroDivisionError"):
        loop.run_forever()
    loop.abandon()
