"""The watchdog over the loop."""

from __future__ import annotations

import asyncio
import logging
import time

import pytest

from stadtwerk.app.watchdog import RECENT_BEATS, Watchdog


def test_a_loop_that_is_held_up_is_seen() -> None:
    async def hold() -> Watchdog:
        dog = Watchdog()
        task = asyncio.create_task(dog.run())
        await asyncio.sleep(0)
        time.sleep(0.4)  # noqa: ASYNC251 - holding the loop up is what is tested
        await asyncio.sleep(0.01)
        task.cancel()
        return dog

    assert asyncio.run(hold()).worst_s == pytest.approx(0.15, abs=0.1)


def test_only_the_last_minute_counts_and_long_lags_are_told(caplog: pytest.LogCaptureFixture) -> None:
    dog = Watchdog()
    dog.note(3.0)
    assert dog.worst_s == 3.0
    assert "held up for 3.00 s" in caplog.text
    for _ in range(RECENT_BEATS):
        dog.note(0.001)
    assert dog.worst_s == 0.001
    assert dog.lag.n == RECENT_BEATS + 1
    assert caplog.records[0].levelno == logging.WARNING
