"""Eclipse Wakaama as a foreign client of our server and a foreign server of our lamps, over real UDP.

Exists only where STADTWERK_TEST_WAKAAMA_CLIENT and STADTWERK_TEST_WAKAAMA_SERVER name its example programs (judged
with fc4c431). The client's test object must have been given the number and the resources 1, 3, 5, 7, 15, 46, 47 and
50 to 54 of an outdoor lamp controller: the program as it comes has none.
"""

from __future__ import annotations

import asyncio
import os
import re
import time
from asyncio.subprocess import PIPE, STDOUT, Process

import pytest

from adapters.lwm2m.lamp import EUIS, Lamp, Stage, free_port, stage
from stadtwerk.kernel.clock import SteppedClock
from stadtwerk.protocols.lampradio import OP_CLEAR, OP_SET, LampCommand

CLIENT = os.environ.get("STADTWERK_TEST_WAKAAMA_CLIENT", "")
SERVER = os.environ.get("STADTWERK_TEST_WAKAAMA_SERVER", "")
ASKED = {
    "read 0 /3416/0/3": '0: "3", 2: 100',
    "write 0 /3416/0/1 50": "2.04",
    "read 0 /3416/0/1": '0: "1", 2: 50',
    "read 0 /3416/0": '0: "54", 4: true',
    "read 0 /3418/0": '0: "1", 2: 230',
    "read 0 /3": '3: "stadtwerk twin"',
    "write 0 /3416/0/3 50": "4.05",
    "write 0 /3416/0/1 101": "4.00",
    "exec 0 /3416/0/16": "2.04",
    "exec 0 /3416/0/3": "4.05",
    "read 0 /3416/0/99": "4.04",
    "observe 0 /3416/0/3": 'number 0[^N]*0: "3", 2: 50',
    "write 0 /3416/0/51 0": "2.04",
    "list": 'number [1-9][^N]*0: "3", 2: 100',
}
"""What the foreign server is told to ask, in this order, and what it must have understood of the answers after it."""


async def started(program: str, *arguments: str) -> Process:
    return await asyncio.create_subprocess_exec(program, "-4", *arguments, stdin=PIPE, stdout=PIPE, stderr=STDOUT)


async def ended(process: Process) -> str:
    if process.returncode is None:
        process.kill()
    said, _ = await process.communicate()
    return said.decode(errors="replace")


async def type_in(process: Process, line: str) -> None:
    assert process.stdin
    process.stdin.write(f"{line}\n".encode())
    await process.stdin.drain()


async def client_scene(here: Stage) -> None:
    """The client registers, is read and observed, obeys, returns to its program and leaves."""
    name = ["-n", f"{EUIS[0]:016x}", "-l", str(free_port()), "-t", "20"]
    client = await started(CLIENT, "-h", "127.0.0.1", "-p", str(here.port), *name)
    try:
        await here.until(lambda: here.ledger.rows.get(0, {}).get("level_percent") == 100)
        told = here.ledger.rows[0]
        assert (told["burning_h"], told["energy_kwh"], told["power_w"], told["flags"]) == (1234.5, 12.25, 30, 0)
        until_s = int(time.time()) + 3_600
        await here.radio.call(LampCommand(OP_SET, 7, 40.0, ramp_s=5, until_s=until_s), [], [EUIS[0]])
        await here.until(lambda: told.get("token") == 7)
        assert (told["level_percent"], told["power_w"], told["flags"]) == (40, pytest.approx(12), 4)
        await here.radio.call(LampCommand(OP_CLEAR, 8), [], [EUIS[0]])
        await here.until(lambda: told["token"] == 8)
        assert (told["level_percent"], told["flags"]) == (100, 0)
        assert not here.radio.rejected
        await type_in(client, "quit")
        await here.until(lambda: here.radio.clients == 0)
    finally:
        said = await ended(client)
    assert f"lamp: command 40 until {until_s}" in said
    assert "STATE_READY" in said


async def server_scene() -> str:
    """The server takes our lamp in and asks what it is told to ask."""
    port, clock = free_port(), SteppedClock(1_790_000_000 * 1_000_000)
    server = await started(SERVER, "-l", str(port))
    lamp = Lamp(clock, port)
    living = asyncio.create_task(lamp.live())
    try:
        async with asyncio.timeout(15):
            while not lamp.endpoint.registered:  # noqa: ASYNC110 - another process decides
                await asyncio.sleep(0.05)
        for line in ASKED:
            await type_in(server, line)
            await asyncio.sleep(0.25)
        assert lamp.body.hours == 0
        assert [command.op for command in lamp.body.commands] == [OP_SET, OP_CLEAR]
    finally:
        living.cancel()
        said = await ended(server)
    return said


if CLIENT:

    @pytest.mark.judge("wakaama-client")
    def test_a_foreign_client_is_a_lamp_like_any_other() -> None:
        async def play() -> None:
            async with stage() as here:
                await client_scene(here)

        asyncio.run(play())


if SERVER:

    @pytest.mark.judge("wakaama-server")
    def test_a_foreign_server_understands_our_lamps() -> None:
        said = asyncio.run(server_scene())
        assert "New client #0 registered" in said
        at = 0
        for line, wanted in ASKED.items():
            found = re.compile(wanted, re.DOTALL).search(said, at)
            assert found, f"{line}: no {wanted} in {said[at:]}"
            at = found.end()
