"""The gateways' line buffers while the broker is away, drops the oldest, and says so."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from stadtwerk.twin import mqtt
from stadtwerk.twin.gateways import Outgoing
from stadtwerk.twin.mqtt import Link
from twin.conftest import NOON_US
from twin.folder import make_city
from twin.living import decode
from twin.platform_end import BROKERS, Broker, Platform, kill, run_module


def silent(event: str, **figures: object) -> None:
    """Say nothing."""


def link_to(port: int, gateways: int = 2) -> Link:
    return Link(mqtt.Broker(port), gateways, hear=lambda topic, body: None, log=silent)


def numbered(gateway: int, count: int) -> list[Outgoing]:
    return [Outgoing(gateway, f"gateway/g{gateway}/event/columns", b"%d" % n, 1) for n in range(count)]


def test_a_full_buffer_drops_the_oldest_and_counts_them() -> None:
    async def story() -> None:
        link = link_to(1)
        link.offer(numbered(0, mqtt.BUFFER_MESSAGES + 7))
        link.offer(numbered(1, 3))
        assert (link.dropped, link.waiting) == (7, mqtt.BUFFER_MESSAGES + 3)
        assert link._queues[0][0].body == b"7"

    asyncio.run(story())


@pytest.mark.parametrize("kind", BROKERS)
def test_what_was_buffered_arrives_whole_and_in_order(tmp_path: Path, kind: str) -> None:
    async def story(broker: Broker) -> None:
        async with Platform(broker, NOON_US).open() as platform:
            link = link_to(broker.port)
            link.offer(numbered(0, 300))
            link.offer(numbered(1, 300))
            broker.start()
            await platform.until(lambda: platform.subscribed)
            running = asyncio.create_task(link.run())
            async with asyncio.timeout(30):
                await link.drained()
            await platform.until(lambda: len(platform.messages) >= 600)
            running.cancel()
            assert (link.acknowledged, link.dropped, link.waiting) == (600, 0, 0)
            for gateway in (0, 1):
                mine = [m.body for m in platform.messages if m.topic.startswith(f"gateway/g{gateway}/")]
                assert mine == [b"%d" % n for n in range(300)]

    broker = Broker(tmp_path / "broker", kind)
    try:
        asyncio.run(story(broker))
    finally:
        broker.kill()


def test_at_real_time_the_twin_needs_no_clock(tmp_path: Path) -> None:
    async def story(broker: Broker) -> None:
        broker.start()
        async with Platform(broker, NOON_US).open() as platform:
            await platform.until(lambda: platform.subscribed)
            city = make_city(tmp_path / "city", 400)
            words = ["--city", str(city), "--state", str(tmp_path / "state"), "--mqtt-port", str(broker.port)]
            child = run_module("stadtwerk.twin", *words, log=tmp_path / "twin.log")
            try:
                await platform.until(lambda: len(platform.messages) >= 5)
            finally:
                kill(child)
            assert all(h.f_cnt == 1 for h in decode(platform.messages[:5]))

    broker = Broker(tmp_path / "broker", BROKERS[0])
    try:
        asyncio.run(story(broker))
    finally:
        broker.kill()
