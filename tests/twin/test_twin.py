"""The twin as a process of its own: a real broker, a clock in the test's hands, and kill -9."""

from __future__ import annotations

import asyncio
import contextlib
import json
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from stadtwerk.kernel.clock import US
from stadtwerk.protocols import chirpstack, lampradio
from stadtwerk.protocols.chirpstack import MulticastDownlink
from stadtwerk.protocols.lampradio import LampCommand
from stadtwerk.twin.__main__ import arguments, main
from twin.conftest import NOON_US
from twin.folder import PERFECT_RADIO, make_city
from twin.living import Heard, decode
from twin.platform_end import BROKERS, Broker, Platform, kill, run_module

SET = LampCommand(lampradio.OP_SET, 7, 30.0, 0, NOON_US // US + 3600)


@pytest.fixture(params=BROKERS)
def broker(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Broker]:
    broker = Broker(tmp_path / "broker", request.param)
    broker.start()
    yield broker
    broker.kill()


def start_twin(folder: Path, broker: Broker, platform: Platform) -> subprocess.Popen[bytes]:
    city = make_city(folder / "city", 100, radio=PERFECT_RADIO)
    words = ["--city", str(city), "--state", str(folder / "state"), "--mqtt-port", str(broker.port)]
    words += ["--clock-port", str(platform.clock_port), "--speed", "10000", "--seed", "3"]
    return run_module("stadtwerk.twin", *words, log=folder / "twin.log")


@contextlib.asynccontextmanager
async def city_at_noon(folder: Path, broker: Broker) -> AsyncIterator[tuple[Platform, subprocess.Popen[bytes]]]:
    async with Platform(broker, NOON_US).open() as platform:
        child = start_twin(folder, broker, platform)
        try:
            await platform.next_line()
            yield platform, child
        finally:
            kill(child)


def events(folder: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (folder / "twin.log").read_text().splitlines()]


async def dim(platform: Platform) -> list[Heard]:
    """Dim the city, step until all lamps should have answered, return what came since."""
    before = len(platform.messages)
    body = chirpstack.encode(MulticastDownlink("city", lampradio.COMMAND_PORT, lampradio.encode_command(SET)))
    await platform.publish(chirpstack.multicast_topic("city"), body)
    answered: set[int] = set()
    while len(answered) < 100:
        await platform.step()
        answered = {h.eui for h in decode(platform.messages[before:]) if h.status["token"] == 7}
        assert platform.now_us < NOON_US + 600 * US
    return decode(platform.messages[before:])


def test_lockstep_command_kill_and_return(tmp_path: Path, broker: Broker) -> None:
    async def story() -> None:
        async with city_at_noon(tmp_path, broker) as (platform, child):
            sent = await platform.step(70)
            await platform.until(lambda: len(platform.messages) >= sent)
            assert len({h.eui for h in decode(platform.messages)}) == 100
            answers = await dim(platform)
            frames = {h.eui: h.f_cnt for h in answers}
            kill(child)
            count = len(platform.messages)
            again = start_twin(tmp_path, broker, platform)
            try:
                await platform.next_line()
                sent = await platform.step(62)
                await platform.until(lambda: len(platform.messages) >= count + sent)
            finally:
                kill(again)
            back = decode(platform.messages[count:])
            assert {h.eui for h in back} == frames.keys()
            assert all(h.status["token"] == 7 and h.status["flags"] == lampradio.OVERRIDE_ACTIVE for h in back)
            assert all(h.f_cnt > frames[h.eui] for h in back)

    asyncio.run(story())
    assert [e["story"] for e in events(tmp_path) if e["event"] == "memory"] == ["new", "kept"]


def test_the_world_waits_for_a_broker_that_was_killed(tmp_path: Path, broker: Broker) -> None:
    async def story() -> None:
        async with city_at_noon(tmp_path, broker) as (platform, _):
            await platform.step(5)
            broker.kill()
            broker.start()
            await platform.step(70)
            assert await dim(platform)

    asyncio.run(story())
    connected = [e for e in events(tmp_path) if e["event"] == "broker-connected"]
    assert len(connected) >= 2


def test_a_clock_that_talks_nonsense_is_left_and_tried_again(tmp_path: Path, broker: Broker) -> None:
    async def story() -> None:
        async with city_at_noon(tmp_path, broker) as (platform, _):
            await platform.step(3)
            assert platform._line is not None
            platform._line[1].write(b"processed!\n")
            await platform.next_line()
            # the step it had reported but not seen answered is not lived twice
            platform.now_us += US
            await platform.step(3)

    asyncio.run(story())
    assert any(e["event"] == "clock-lost" for e in events(tmp_path))


def test_a_city_that_cannot_be_used_ends_the_twin_with_the_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--city", str(tmp_path), "--state", str(tmp_path), "--mqtt-port", "1"]) == 2
    assert "city.json" in json.loads(capsys.readouterr().err)["error"]


@pytest.mark.parametrize("words", [["--speed", "0"], ["--speed", "nan"], ["--speed", "-1"], ["--speed", "60"]])
def test_a_speed_that_makes_no_sense_is_refused(words: list[str]) -> None:
    with pytest.raises(SystemExit):
        arguments(["--city", "c", "--state", "s", "--mqtt-port", "1", *words])
