"""The platform as LwM2M server over real UDP sockets: who comes, what is told, what is taken over, what is set aside."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable

import pytest
import uvloop
from aiocoap import Code, Context, Message
from aiocoap.numbers.constants import Unreliable
from aiocoap.resource import Resource, Site

from adapters.lwm2m.lamp import EUIS, START_S, Lamp, Ledger, Stage, stage
from stadtwerk.adapters.lwm2m import door
from stadtwerk.adapters.lwm2m.address import read_address
from stadtwerk.kernel.refusal import Refused
from stadtwerk.protocols.lampradio import OP_CLEAR, OP_SET, LampCommand
from stadtwerk.protocols.lwm2m import registry
from stadtwerk.protocols.lwm2m.registration import LIFETIME_S

FIRST = EUIS[0]
UNTIL_S = START_S + 3_600


def played(scene: Callable[[Stage], Awaitable[None]]) -> Stage:
    """Play a scene before a server of its own."""

    async def play() -> Stage:
        async with stage() as here:
            await scene(here)
            return here

    return uvloop.run(play())


async def join(here: Stage, eui: int = FIRST, *, name: str = "") -> Lamp:
    """Bring a lamp in and wait until the server heard both of its objects."""
    lamp = Lamp(here.clock, here.port, eui, name)
    here.begin(lamp.live())
    row = EUIS.index(eui)
    await here.until(lambda: {"level_percent", "voltage_v"} <= here.ledger.rows.get(row, {}).keys())
    return lamp


async def asked(here: Stage, *requests: tuple[Code, str, bytes]) -> list[Code]:
    """Ask the server directly, as a client of no standing, and return its answers' codes."""
    context = await Context.create_server_context(Site(), bind=("127.0.0.1", 0), transports=["udp6"])
    codes = []
    for code, path, body in requests:
        request = Message(code=code, uri=f"coap://127.0.0.1:{here.port}{path}", payload=body)
        codes.append((await context.request(request, handle_blockwise=False).response).code)
    await context.shutdown()
    return codes


def test_a_lamp_comes_and_tells_what_it_is() -> None:
    async def scene(here: Stage) -> None:
        await join(here)
        assert here.radio.clients == 1

    told = played(scene).ledger.rows[0]
    assert told["voltage_v"] == 230.0
    assert told["energy_kwh"] == pytest.approx(12.345)
    assert (told["level_percent"], told["power_w"], told["flags"]) == (100.0, 30.0, 0.0)


def test_a_command_is_written_taken_over_and_cleared() -> None:
    async def scene(here: Stage) -> None:
        lamp = await join(here)
        assert await here.radio.call(LampCommand(OP_SET, 7, 40.0, ramp_s=5, until_s=UNTIL_S), [], [FIRST])
        told = here.ledger.rows[0]
        await here.until(lambda: told.get("token") == 7)
        command = lamp.body.commands[-1]
        assert (command.level_percent, command.ramp_s, command.until_s) == (40.0, 5, UNTIL_S)
        await here.until(lambda: told["level_percent"] == 40.0 and told["power_w"] == 12.0 and told["flags"] == 4)
        await here.radio.call(LampCommand(OP_CLEAR, 8), [], [FIRST])
        await here.until(lambda: told["token"] == 8 and told["level_percent"] == 100.0)
        assert lamp.body.commands[-1].op == OP_CLEAR

    played(scene)


def test_of_two_commands_the_newer_counts() -> None:
    async def scene(here: Stage) -> None:
        lamp = await join(here)
        for token, level in ((3, 30.0), (5, 50.0), (4, 40.0)):
            await here.radio.call(LampCommand(OP_SET, token, level, until_s=UNTIL_S), [], [FIRST])
        await here.until(lambda: here.ledger.rows[0].get("token") == 5)
        await asyncio.sleep(0.3)
        assert lamp.body.commands[-1].level_percent == 50.0

    played(scene)


def test_after_the_server_died_the_lamps_come_back_by_themselves() -> None:
    async def scene(here: Stage) -> None:
        lamps = [await join(here, eui) for eui in EUIS]
        await here.restart()
        await here.until(lambda: here.radio.clients == len(lamps))
        await here.radio.call(LampCommand(OP_SET, 9, 20.0, until_s=UNTIL_S), [], list(EUIS))
        await here.until(lambda: all(here.ledger.rows[row].get("token") == 9 for row in range(3)))

    played(scene)


def test_who_says_nothing_is_let_go_and_may_come_again() -> None:
    async def scene(here: Stage) -> None:
        lamp = await join(here)
        lamp.able = False
        await asyncio.sleep(0.3)
        words = here.ledger.words
        here.clock.advance(LIFETIME_S + registry.GRACE_US / 1e6 + 1)
        await here.until(lambda: here.radio.clients == 0)
        assert here.ledger.words == words
        lamp.able = True
        await here.until(lambda: here.radio.clients == 1 and here.ledger.words > words)

    played(scene)


def test_a_sleeper_is_told_when_it_wakes() -> None:
    """A client in queue mode that sleeps is asked nothing; the command waits for its next word, sixty seconds at most."""

    async def scene(here: Stage) -> None:
        asked_of_it: list[Message] = []
        site = Sleeper(asked_of_it)
        context = await Context.create_server_context(site, bind=("127.0.0.1", 0), transports=["udp6"])

        async def say(path: str, body: bytes = b"") -> Message:
            request = Message(code=Code.POST, uri=f"coap://127.0.0.1:{here.port}{path}", payload=body)
            return await context.request(request, handle_blockwise=False).response

        answer = await say(f"/rd?ep={FIRST:016x}&lwm2m=1.1&Q&lt=600", b"</3416/0>")
        place = "/" + "/".join(answer.opt.location_path)
        await here.until(lambda: asked_of_it)
        asked_of_it.clear()
        here.clock.advance(100)
        await here.radio.call(LampCommand(OP_SET, 7, 40.0, until_s=UNTIL_S), [], [FIRST])
        await asyncio.sleep(0.3)
        assert not asked_of_it
        await say(place)
        await here.until(lambda: any(request.code == Code.POST for request in asked_of_it))
        here.clock.advance(100)
        await here.radio.call(LampCommand(OP_SET, 8, 40.0, until_s=UNTIL_S), [], [FIRST])
        here.clock.advance(61)
        asked_of_it.clear()
        await say(place)
        await asyncio.sleep(0.3)
        assert not any(request.code == Code.POST for request in asked_of_it)
        await context.shutdown()

    played(scene)


class Sleeper(Resource):
    """Has nothing to tell, and remembers what it was asked."""

    def __init__(self, asked_of_it: list[Message]) -> None:
        super().__init__()
        self._asked = asked_of_it

    async def render(self, request: Message) -> Message:
        self._asked.append(request)
        return Message(code=Code.NOT_FOUND)


def test_who_is_unknown_or_speaks_nonsense_is_refused_in_words() -> None:
    async def scene(here: Stage) -> None:
        good = f"/rd?ep={FIRST:016x}&lwm2m=1.1"
        codes = await asked(
            here,
            (Code.POST, "/rd?ep=stranger&lwm2m=1.1", b"</3416/0>"),
            (Code.POST, f"/rd?ep={FIRST:016x}", b"</3416/0>"),
            (Code.POST, good, b"nonsense"),
            (Code.POST, good, b"</3/0>"),
            (Code.POST, "/rd/77", b""),
            (Code.DELETE, "/rd/77", b""),
            (Code.POST, "/elsewhere", b""),
            (Code.GET, "/rd", b""),
            (Code.POST, good, b"</3416/0>"),
        )
        assert [code.dotted for code in codes] == ["4.03", *["4.00"] * 3, *["4.04"] * 3, "4.05", "2.01"]
        refused = {"lwm2m-unknown-device": 1, "lwm2m-version": 1, "lwm2m-links": 1, "lwm2m-no-lamp": 1}
        assert here.radio.rejected == refused

    played(scene)


def test_who_goes_is_followed_no_more() -> None:
    async def scene(here: Stage) -> None:
        context = await Context.create_server_context(Site(), bind=("127.0.0.1", 0), transports=["udp6"])
        root = f"coap://127.0.0.1:{here.port}"
        come = Message(code=Code.POST, uri=f"{root}/rd?ep={FIRST:016x}&lwm2m=1.1", payload=b"</3416/0>")
        answer = await context.request(come, handle_blockwise=False).response
        assert here.radio.clients == 1
        leave = Message(code=Code.DELETE, uri=root + "/" + "/".join(answer.opt.location_path))
        assert (await context.request(leave, handle_blockwise=False).response).code == Code.DELETED
        assert here.radio.clients == 0
        await context.shutdown()

    played(scene)


def test_malformed_datagrams_are_counted_and_the_rest_goes_on() -> None:
    async def scene(here: Stage) -> None:
        lamp = await join(here)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            for datagram in (
                b"",
                b"\xff",
                b"\x40",
                b"\x4f\x01\0\0",
                b"\x40\x01\0\2\xb2\xff\xfe",
                b"\x40\x01\0\2\xdd",
                bytes(1_400),
            ):
                stranger.sendto(datagram, ("127.0.0.1", here.port))
        await here.until(lambda: here.radio.rejected.total() >= 6)
        assert here.radio.rejected["coap-size"] == 1
        assert here.radio.rejected["coap-datagram"] >= 5
        await here.radio.call(LampCommand(OP_SET, 2, 10.0, until_s=UNTIL_S), [], [FIRST])
        await here.until(lambda: here.ledger.rows[0].get("token") == 2)
        assert lamp.body.commands[-1].level_percent == 10.0

    played(scene)


def test_too_many_requests_in_a_second_are_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "REQUESTS_A_SECOND", 20)

    async def scene(here: Stage) -> None:
        context = await Context.create_server_context(Site(), bind=("127.0.0.1", 0), transports=["udp6"])
        uri = f"coap://127.0.0.1:{here.port}/rd/1"
        several = [
            context.request(
                Message(code=Code.POST, uri=uri, transport_tuning=Unreliable), handle_blockwise=False
            ).response
            for _ in range(60)
        ]
        await here.until(lambda: here.radio.rejected["coap-flood"] >= 20)
        for one in several:
            one.cancel()
        await context.shutdown()

    played(scene)


def test_what_a_lamp_says_wrongly_is_named() -> None:
    """A lamp that answers with a level above 100 in the format it was asked in, cut off, or in one nobody asked for."""
    answers = [
        (11_542, b"\xc1\x03\x65", "lwm2m-range"),
        (11_542, b"\xc8\x03", "lwm2m-tlv-length"),
        (60, b"\x00", "lwm2m-format"),
    ]

    async def scene(here: Stage) -> None:
        for number, body, reason in answers:
            site = Liar(number, body)
            context = await Context.create_server_context(site, bind=("127.0.0.1", 0), transports=["udp6"])
            uri = f"coap://127.0.0.1:{here.port}/rd?ep={FIRST:016x}&lwm2m=1.1"
            come = Message(code=Code.POST, uri=uri, payload=b"</3416/0>")
            await context.request(come, handle_blockwise=False).response
            await here.until(lambda reason=reason: here.radio.rejected[reason] == 1)
            await context.shutdown()
        assert here.ledger.words == 0

    played(scene)


class Liar(Resource):
    """Answers everything with the same bytes."""

    def __init__(self, number: int, body: bytes) -> None:
        super().__init__()
        self._number, self._body = number, body

    async def render(self, request: Message) -> Message:
        return Message(code=Code.CONTENT, payload=self._body, content_format=self._number)


def test_a_stranger_who_closes_his_port_does_not_deafen_the_city() -> None:
    """The answer to a closed port comes back as an ICMP error: the event loop would stop reading the socket."""
    request = b"\x41\x02\x00\x01\x07\xb2rd\x4dep=stranger"

    async def scene(here: Stage) -> None:
        await join(here)
        for _ in range(3):
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
                for _ in range(5):
                    stranger.sendto(request, ("127.0.0.1", here.port))
        await here.until(lambda: here.radio.rejected.total() >= 3)
        await here.radio.call(LampCommand(OP_SET, 2, 10.0, until_s=UNTIL_S), [], [FIRST])
        await here.until(lambda: here.ledger.rows[0].get("token") == 2, timeout_s=5)

    played(scene)


@pytest.mark.parametrize(
    ("text", "plain", "good"),
    [
        ("127.0.0.1:5683", False, True),
        ("[::1]:5683", False, True),
        ("10.8.0.1:5683", False, False),
        ("0.0.0.0:5683", False, False),
        ("10.8.0.1:5683", True, True),
        ("city.example:5683", True, False),
        ("127.0.0.1:0", False, False),
        ("127.0.0.1", False, False),
    ],
)
def test_plain_coap_stays_on_the_machine_unless_told(text: str, plain: bool, good: bool) -> None:
    if good:
        assert str(read_address(text, plain=plain)) == text
    else:
        with pytest.raises(Refused, match="lwm2m"):
            read_address(text, plain=plain)


def test_whoever_listens_everywhere_is_reached_on_loopback() -> None:
    assert str(read_address("0.0.0.0:5683", plain=True).reached) == "127.0.0.1:5683"
    assert Ledger().words == 0
