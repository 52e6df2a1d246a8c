"""The city under a virtual clock: histories and wake-ups per CPU-second, beside bare ways to let time pass."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import heapq
import selectors
import sys
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1] / "tests"), str(Path(__file__).parent)]
from figure import publish
from simulation.history import tell
from simulation.loop import VirtualLoop
from simulation.world import Done, World

SEEDS = 200
DEVICES, PERIOD_S, WAKE_UPS = 200, 60.0, 200_000
PEER_WAKE_UPS = 40_000


def histories() -> float:
    """Return whole histories of the platform per CPU-second, each with all its checks."""
    tell(0)
    gc.disable()
    cpu = time.process_time()
    for seed in range(SEEDS):
        assert tell(seed).fault is None
        if seed % 50 == 0:
            gc.collect()
    gc.enable()
    return SEEDS / (time.process_time() - cpu)


def virtual() -> float:
    """Return wake-ups of sleeping tasks per CPU-second on our loop."""
    world = World(1)
    loop = VirtualLoop(world)
    woken = 0

    def stop() -> None:
        raise Done

    async def device(phase_s: float) -> None:
        nonlocal woken
        await asyncio.sleep(phase_s)
        while True:
            woken += 1
            await asyncio.sleep(PERIOD_S)

    for number in range(DEVICES):
        loop.create_task(device(number * PERIOD_S / DEVICES))
    world.at(PERIOD_S * WAKE_UPS / DEVICES, stop)
    cpu = time.process_time()
    with contextlib.suppress(Done):
        loop.run_forever()
    cpu = time.process_time() - cpu
    loop.abandon()
    return woken / cpu


class Polling(selectors.DefaultSelector):  # type: ignore[valid-type,misc]
    """Adds the wait to the time and asks the system only what is ready now, as looptime and its kin do."""

    passed_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Return at once what is ready, having let time pass."""
        self.passed_s += timeout or 0.0
        return super().select(0)


def polling() -> float:
    """Return wake-ups per CPU-second of the same tasks on asyncio's own loop with such a selector."""
    selector = Polling()
    loop = asyncio.SelectorEventLoop(selector)
    loop.time = lambda: selector.passed_s  # type: ignore[method-assign]
    woken = 0

    async def device(phase_s: float) -> None:
        nonlocal woken
        await asyncio.sleep(phase_s)
        for _ in range(PEER_WAKE_UPS // DEVICES):
            woken += 1
            await asyncio.sleep(PERIOD_S)

    async def devices() -> None:
        await asyncio.gather(*(device(number * PERIOD_S / DEVICES) for number in range(DEVICES)))

    cpu = time.process_time()
    loop.run_until_complete(devices())
    cpu = time.process_time() - cpu
    loop.close()
    return woken / cpu


def bare_heap() -> float:
    """Return steps per CPU-second of a heap of times and nothing else: the bound."""
    heap = [(number * PERIOD_S / DEVICES, number) for number in range(DEVICES)]
    heapq.heapify(heap)
    cpu = time.process_time()
    for _ in range(WAKE_UPS):
        when, number = heap[0]
        heapq.heapreplace(heap, (when + PERIOD_S, number))
    return WAKE_UPS / (time.process_time() - cpu)


def main() -> None:
    """Run all and publish."""
    wake_ups = max(virtual() for _ in range(3))
    publish("simulation wake-ups", wake_ups, "/CPU-s", peer="polling selector", peer_value=max(polling(), polling()))
    publish("simulation wake-ups, bound", wake_ups, "/CPU-s", peer="bare heap", peer_value=bare_heap())
    publish("simulation", histories(), "histories/CPU-s", peer="required", peer_value=40)


if __name__ == "__main__":
    main()
