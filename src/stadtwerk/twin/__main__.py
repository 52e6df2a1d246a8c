"""Start the twin: `python -m stadtwerk.twin --city FOLDER --state DIR --mqtt-port N`."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import sys
import time
from pathlib import Path

from stadtwerk.kernel.clock import iso
from stadtwerk.protocols.malformed import Malformed
from stadtwerk.twin.city import City, CityError, read_city
from stadtwerk.twin.clock import Lockstep, WallClock, real_time
from stadtwerk.twin.log import Log, json_log
from stadtwerk.twin.lwm2m.fleet import Fleet
from stadtwerk.twin.mqtt import Broker, Link
from stadtwerk.twin.talq.line import TalqLine
from stadtwerk.twin.world import World

STATS_S = 60.0
COMPLAINTS_MAX = 100
"""Refused downlinks written to the log one by one; after that only their number."""


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    return host.removeprefix("[").removesuffix("]"), int(port)


def arguments(argv: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="stadtwerk.twin", description=__doc__)
    parser.add_argument("--city", type=Path, required=True, help="city folder")
    parser.add_argument("--state", type=Path, required=True, help="folder of lamps.mem and faults.jsonl")
    parser.add_argument("--mqtt-port", type=int, required=True)
    parser.add_argument("--clock-port", type=int, default=0, help="lockstep with the platform; 0: real time")
    parser.add_argument("--lwm2m", type=_address, help="address of the LwM2M server")
    parser.add_argument("--speed", type=float, default=1.0, help="city seconds per second in lockstep")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--limit-lamps", type=int)
    parser.add_argument("--talq-port", type=int, default=0, help="where the CMS of TALQ gateways listens; 0: nowhere")
    options = parser.parse_args(argv)
    if not options.speed > 0:
        parser.error("--speed must be above 0")
    if options.speed != 1 and not options.clock_port:
        parser.error("--speed other than 1 needs --clock-port")
    return options


class Twin:
    """The world and its two lines, to the broker and to the platform's clock."""

    def __init__(self, city: City, options: argparse.Namespace, log: Log) -> None:
        self._city, self._options, self._log = city, options, log
        self._world: World | None = None
        self._fleet: Fleet | None = None
        self._spent_s = 0.0
        broker = Broker(
            options.mqtt_port,
            os.environ.get("STADTWERK_MQTT_USER"),
            os.environ.get("STADTWERK_MQTT_PASSWORD"),
        )
        self._link = Link(broker, len(city.gateway_id), hear=self._hear, log=log)
        self._talq = TalqLine(city, options.talq_port, log)

    async def run(self) -> None:
        """Live for ever."""
        options = self._options
        asyncio.get_running_loop().set_exception_handler(self._stray)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._link.run())
            tasks.create_task(self._tell())
            await self._talq.open(tasks)
            if not options.clock_port:
                await real_time(self._live, WallClock())
            lockstep = Lockstep(
                self._live,
                port=options.clock_port,
                speed=options.speed,
                settle=self._settle,
                sent=lambda: self._link.acknowledged,
                log=self._log,
            )
            await lockstep.run()

    async def _settle(self) -> None:
        """Wait until all that was said is taken."""
        await self._link.drained()
        await self._talq.settled()

    def _stray(self, _: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
        """Write down what went wrong outside of any task, such as a socket that closed under the MQTT library."""
        error = context.get("exception", "")
        self._log(
            "loop-error", level="warning", what=context.get("message"), error=f"{type(error).__name__} {error}"[:200]
        )

    def _live(self, now_us: int) -> None:
        began = time.perf_counter()
        if self._world is None:
            options, talq = self._options, self._talq.gateways
            self._world = World(self._city, options.state, seed=options.seed, now_us=now_us, talq=talq)
            self._log("memory", story=self._world.memory_story, lamps=len(self._city), now=iso(now_us))
            self._fleet = Fleet(self._world, self._options.lwm2m) if self._options.lwm2m else None
        self._link.offer(self._world.step(now_us))
        self._talq.wake()
        if self._fleet is not None:
            self._fleet.step(self._world.now_us, self._world.spoke)
        self._spent_s += time.perf_counter() - began

    def _hear(self, topic: str, body: bytes) -> None:
        if self._world is None:
            return
        try:
            self._world.hear(topic, body)
        except Malformed as error:
            if self._world.counts.refused <= COMPLAINTS_MAX:
                self._log("downlink-refused", level="warning", code=error.code, detail=error.detail, topic=topic[:100])

    async def _tell(self) -> None:
        """Write the figures of each minute."""
        while True:
            await asyncio.sleep(STATS_S)
            if self._world is None:
                continue
            world, link = self._world, self._link
            counts = world.counts
            self._log(
                "stats",
                now=iso(world.now_us),
                steps=counts.steps,
                step_ms=round(1000 * self._spent_s / max(counts.steps, 1), 3),
                uplinks=counts.uplinks,
                messages=counts.messages,
                downlinks=counts.downlinks,
                refused=counts.refused,
                lost_up=world.air.lost_up,
                lost_down=world.air.lost_down,
                repeated=world.air.repeated,
                acknowledged=link.acknowledged,
                waiting=link.waiting,
                dropped=link.dropped,
                lwm2m=self._fleet.registered if self._fleet else 0,
                lit=int((world.lamps.emitted > 0).sum()),
                power_kw=round(float(world.lamps.power_w.sum()) / 1000, 1),
            )


def main(argv: list[str] | None = None) -> int:
    """Run the twin until it is ended; 2 when the city cannot be used."""
    options = arguments(argv)
    log = json_log()
    began = time.perf_counter()
    try:
        city = read_city(options.city, options.limit_lamps)
    except CityError as error:
        log("city-refused", level="critical", error=str(error))
        return 2
    log("city", name=city.name, lamps=len(city), seconds=round(time.perf_counter() - began, 3))
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(Twin(city, options, log).run())
    return 0


if __name__ == "__main__":
    sys.exit(main())
