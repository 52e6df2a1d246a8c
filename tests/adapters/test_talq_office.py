"""The CMS's desk: who is who, what is told of lamps, what is kept, what a connection may do."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.talq_socket import listening
from conformance.talq.pair import namer
from stadtwerk.adapters.talq import listener as bounds
from stadtwerk.adapters.talq.office import Office
from stadtwerk.adapters.talq.translate import Lamps, Translator
from stadtwerk.app.talq import read_talq
from stadtwerk.kernel.clock import US, SteppedClock, iso
from stadtwerk.kernel.observation import Observations
from stadtwerk.kernel.refusal import Refused
from stadtwerk.protocols.talq.client import Client, bootstrap, report
from stadtwerk.protocols.talq.cms import CmsSide
from stadtwerk.protocols.talq.gateway import GatewaySide
from stadtwerk.protocols.talq.kept import Kept
from stadtwerk.protocols.talq.model import Device, Document, LogReport, Network
from stadtwerk.protocols.talq.wire import NIL, Answer, Request
from stadtwerk.stores.sqlite.writer import SqliteFile
from stadtwerk.stores.talq import TalqStore
from stadtwerk.vocab.lighting import LAMP_COLUMNS

NOW_US = 1_790_000_000 * US
AT = iso(NOW_US)
SERIAL, OTHER = "00000000000000a1", "00000000000000a2"
GATEWAY = UUID(int=77)
WORDS = (
    *("address", "name", "class", "functions", "id", "type", "value", "timestamp", "data", "srcAddress"),
    *("attributeName", "attributeValue", "eventType", "startEndFlag", "actualLightState", "feedbackLightCommand"),
    *("lampFailure", "state", "reason", "cmsRefId", "functionId", "events"),
)
LOG_DATA = {
    "type": st.sampled_from(["AttributeLogData", "EventLogData", "StateChangeEventLogData"]),
    "srcAddress": st.sampled_from([str(UUID(int=1)), f"{UUID(int=1)}/act", f"{UUID(int=1)}/none", "x"]),
    "attributeName": st.sampled_from(["actualLightState", "feedbackLightCommand", "activePower", "lampFailure"]),
    "eventType": st.sampled_from(["lampFailure", "other"]),
}
FUNCTIONS = (("basic", "BasicFunction"), ("comm", "CommunicationFunction"), ("act", "LampActuatorFunction"))


def in_loop(test: Callable[..., Awaitable[None]]) -> Callable[..., None]:
    """Run a test that waits."""

    @functools.wraps(test)
    def run(*args: Any, **given: Any) -> None:
        asyncio.run(test(*args, **given))

    return run


def attribute(kind: str, value: Any, at: str = AT) -> Document:
    return {"type": f"Attribute{kind}", "value": value, "timestamp": at}


def device(number: int, *, eui: str = "", asset: str = "") -> Device:
    functions: list[Document] = [{"id": name, "type": kind} for name, kind in FUNCTIONS]
    functions[0]["assetId"], functions[1]["physicalAddress"] = attribute("String", asset), attribute("String", eui)
    return Device(address=UUID(int=number), name=f"lamp {number}", class_="lamp", functions=functions)


def lamps() -> Lamps:
    """Three lamps, the first two behind the first gateway; the third is not reached by TALQ."""
    return Lamps(
        np.array([0xB1, 0xB2, 0xB3], np.uint64),
        ["l1", "l2", "l3"],
        np.array([0, 0, 1], np.int32),
        np.array([True, True, False]),
        np.zeros(3, np.uint8),
        LAMP_COLUMNS,
    )


@pytest.fixture
def translator() -> Translator:
    made = Translator(lamps())
    made.learn(GATEWAY, 0, [device(1, eui="00:00:00:00:00:00:00:B1"), device(2, asset="l2")])
    return made


def logged(translator: Translator, *data: Document) -> Observations | None:
    known = {str(UUID(int=n)): device(n) for n in (1, 2, 3)}
    return translator.read_log(LogReport("values", [{"data": one} for one in data]), known, NOW_US)


def value(number: int, function: str, name: str, told: Document) -> Document:
    source = f"{UUID(int=number)}/{function}"
    return {"type": "AttributeLogData", "srcAddress": source, "attributeName": name, "attributeValue": told}


def event(number: int, kind: str, *, begins: bool) -> Document:
    return {
        "type": "EventLogData",
        "srcAddress": str(UUID(int=number)),
        "eventType": kind,
        "startEndFlag": begins,
        "timestamp": AT,
    }


def feedback(reason: str, reference: str = "", at: str = AT) -> Document:
    command = {"state": {"name": "LevelState", "value": 40}, "reason": reason, "cmsRefId": reference}
    return attribute("Command", command, at)


def column(seen: Observations | None, name: str) -> list[float]:
    assert seen is not None
    return [float(one) for one in seen.columns[name]]


def test_lamps_are_found_by_address_or_asset_and_only_at_their_own_gateway(translator: Translator) -> None:
    assert translator.devices([0xB1, 0xB2, 0xB3, 0xFF]) == {GATEWAY: {UUID(int=1): 0, UUID(int=2): 1}}
    translator.learn(UUID(int=78), 1, [device(9, eui="b1"), device(3, asset="l3")])
    assert translator.rejected == {"foreign-gateway": 1}
    translator.forget([device(1)])
    assert translator.devices([0xB1]) == {}
    translator.leave(GATEWAY)
    assert translator.devices([0xB2]) == {}


def test_what_is_told_at_one_moment_is_one_row_and_nothing_else_is_invented(translator: Translator) -> None:
    level = attribute("LevelState", {"name": "LevelState", "value": 40})
    seen = logged(translator, value(1, "act", "actualLightState", level), value(1, "act", "other", level))
    assert seen is not None
    assert (seen.rows.tolist(), seen.observed_at_us.tolist()) == ([0], [NOW_US])
    assert column(seen, "level_percent") == [40.0]
    assert all(np.isnan(column(seen, name)).all() for name in LAMP_COLUMNS if name != "level_percent")
    assert logged(translator, value(3, "act", "actualLightState", level)) is None


def test_an_order_is_known_by_its_reference_and_the_end_of_one_by_its_time(translator: Translator) -> None:
    seen = logged(translator, value(1, "act", "feedbackLightCommand", feedback("override", "17")))
    assert (column(seen, "token"), column(seen, "flags")) == ([17.0], [4.0])
    for reference in ("", "none", "0", "-1", str(2**32), "٣"):
        seen = logged(translator, value(1, "act", "feedbackLightCommand", feedback("override", reference)))
        assert np.isnan(column(seen, "token")).all()
    translator.cleared[0] = (18, NOW_US)
    early, late = (iso(NOW_US + s * US) for s in (-3, 1))
    before = logged(translator, value(1, "act", "feedbackLightCommand", feedback("program", at=early)))
    assert np.isnan(column(before, "token")).all()
    after = logged(translator, value(1, "act", "feedbackLightCommand", feedback("program", at=late)))
    assert (column(after, "token"), column(after, "flags")) == ([18.0], [0.0])


def test_a_failure_begins_and_ends_beside_the_other_flags(translator: Translator) -> None:
    logged(translator, value(1, "act", "feedbackLightCommand", feedback("override", "17")))
    assert column(logged(translator, event(1, "lampFailure", begins=True)), "flags") == [5.0]
    assert column(logged(translator, event(1, "lampFailure", begins=False)), "flags") == [4.0]
    assert logged(translator, event(1, "cabinetDoorOpen", begins=True)) is None


def test_a_time_that_cannot_be_is_set_aside(translator: Translator) -> None:
    level = {"name": "LevelState", "value": 40}
    for at in ("1999-01-01T00:00:00Z", iso(NOW_US + 3_600 * US), "yesterday"):
        assert logged(translator, value(1, "act", "actualLightState", attribute("LevelState", level, at))) is None
    assert translator.rejected == {"clock": 3}


class Desk:
    """An office over a store, and a gateway with two lamps."""

    def __init__(self, path: Path) -> None:
        self.seen: list[Observations] = []
        self.clock = SteppedClock(NOW_US)
        self.office = Office(
            lambda hear: CmsSide(UUID(int=5), "http://127.0.0.1/", uuid4, hear),
            Translator(lamps()),
            TalqStore(SqliteFile(path)),
            {SERIAL: 0, OTHER: 1},
            self.hear,
            self.clock,
        )

    async def hear(self, seen: Observations) -> None:
        self.seen.append(seen)

    def gateways(self) -> list[float]:
        return [float(row) for seen in self.seen if seen.entity_type == "Gateway" for row in seen.rows]


class Visitor:
    """A gateway as it comes in, without a socket."""

    def __init__(self, serial: str = SERIAL) -> None:
        own: list[Document] = [
            {"id": "basic", "type": "BasicFunction", "serial": attribute("String", serial)},
            {"id": "gateway", "type": "GatewayFunction", "gatewayUri": attribute("Uri", "http://127.0.0.1:9/")},
        ]
        classes: list[Document] = [
            {"name": "gateway", "functions": [{"functionId": row["id"], "type": row["type"]} for row in own]},
            {"name": "lamp", "functions": [{"functionId": name, "type": kind} for name, kind in FUNCTIONS]},
        ]
        devices = [device(1, eui="b1"), device(2, asset="l2")]
        gateway = Device(address=NIL, name="gateway", class_="gateway", functions=own)
        self.network = Network(gateway, classes, [{"name": "ControlService"}], devices)
        self.side = GatewaySide(self.network, lambda order: None)
        self.client = Client(namer())

    async def come_in(self, ask: Callable[[Request], Awaitable[Answer]]) -> None:
        talk = bootstrap(self.side, self.network, self.client)
        request = next(talk)
        try:
            while True:
                request = talk.send(await ask(request))
        except StopIteration:
            return


@in_loop
async def test_who_came_in_is_known_after_a_restart_with_lamps_and_loggers(tmp_path: Path) -> None:
    desk, visitor, arrived = Desk(tmp_path / "talq.db"), Visitor(), []
    desk.office.on_arrival = arrived.append
    await visitor.come_in(lambda request: desk.office.answer(request, None))
    address = visitor.side.address
    assert arrived == [address]
    assert desk.gateways() == [0.0]
    await desk.office.log_by(address, [{"address": "values", "ownerCMS": str(UUID(int=5))}])
    level = attribute("LevelState", {"name": "LevelState", "value": 40})
    told = report(visitor.client, LogReport("values", [{"data": value(1, "act", "actualLightState", level)}]))
    gone = visitor.client.ask("DELETE", f"/devices/{UUID(int=2)}")
    assert (await desk.office.answer(gone, None)).status == 200
    desk.office.close()

    again = Desk(tmp_path / "talq.db")
    assert again.office.ready == [address]
    assert again.office.translator.devices([0xB1, 0xB2]) == {address: {UUID(int=1): 0}}
    assert (await again.office.answer(told, None)).status == 201
    assert column(again.seen[0], "level_percent") == [40.0]
    again.office.close()


@in_loop
async def test_only_gateways_of_the_city_come_in_and_only_by_their_own_certificate(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "talq.db")
    stranger = Visitor("00000000000000ff")
    first = next(bootstrap(stranger.side, stranger.network, stranger.client))
    assert (await desk.office.answer(first, None)).status == 403
    visitor = Visitor()
    first = next(bootstrap(visitor.side, visitor.network, visitor.client))
    assert (await desk.office.answer(first, frozenset((OTHER,)))).status == 403
    await visitor.come_in(lambda request: desk.office.answer(request, frozenset(("x", SERIAL))))
    asked = visitor.client.ask("GET", "/devices")
    assert (await desk.office.answer(asked, frozenset((OTHER,)))).status == 403
    assert (await desk.office.answer(asked, frozenset((SERIAL,)))).status == 200
    desk.office.close()


@in_loop
async def test_a_gateway_read_anew_is_taken_whole_or_not_at_all(tmp_path: Path) -> None:
    desk, visitor = Desk(tmp_path / "talq.db"), Visitor()
    await visitor.come_in(lambda request: desk.office.answer(request, None))
    own = desk.office.side.gateways[visitor.side.address].devices.get(str(visitor.side.address))
    services, classes = visitor.network.services, visitor.network.classes
    await desk.office.renew(Network(own, classes, services, [device(2, asset="l2")]))
    assert list(desk.office.translator.devices([0xB1, 0xB2]).values()) == [{UUID(int=2): 1}]
    wrong = device(3)
    wrong.class_ = "none"
    with pytest.raises(Exception, match="class none is not known"):
        await desk.office.renew(Network(own, classes, services, [wrong]))
    assert list(desk.office.translator.devices([0xB1, 0xB2]).values()) == [{UUID(int=2): 1}]
    desk.office.close()


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=4),
    max_leaves=12,
)


@given(
    st.sampled_from(["POST", "PUT", "PATCH"]),
    st.sampled_from(["/devices", "/device-classes", "/services", "/log-reports", f"/devices/{UUID(int=1)}"]),
    st.lists(json_values, max_size=2),
    st.data(),
)
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_sent_is_answered(
    visited: tuple[Desk, Visitor], method: str, path: str, rows: list[Any], data: st.DataObject
) -> None:
    desk, visitor = visited
    body: Any = rows
    if path == "/log-reports":
        told = {**data.draw(st.fixed_dictionaries(LOG_DATA)), **(rows[0] if rows and isinstance(rows[0], dict) else {})}
        body = {"address": "values", "entries": [{"data": told}]}
    elif path == "/devices":
        known = {"address": str(UUID(int=1)), "name": "lamp", "class": "lamp"}
        body = [{**known, "functions": [{"id": "act", "type": "LampActuatorFunction", **one}]} for one in dicts(rows)]
    answer = asyncio.run(desk.office.answer(visitor.client.ask(method, path, body), None))
    assert answer.status in (200, 201, 400, 403, 404, 405, 409, 422)


def dicts(rows: list[Any]) -> list[dict[str, Any]]:
    return [row for row in rows if isinstance(row, dict)]


@pytest.fixture
def visited(tmp_path: Path) -> Iterator[tuple[Desk, Visitor]]:
    """An office with a gateway that has come in and logs."""
    desk, visitor = Desk(tmp_path / "talq.db"), Visitor()
    asyncio.run(visitor.come_in(lambda request: desk.office.answer(request, None)))
    asyncio.run(desk.office.log_by(visitor.side.address, [{"address": "values", "ownerCMS": "x"}]))
    yield desk, visitor
    desk.office.close()


async def exchange(port: int, sent: bytes) -> bytes:
    """Send bytes and read until the other side ends; nothing where it does so without a word."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(sent)
    told = b""
    with contextlib.suppress(ConnectionError):
        told = await asyncio.wait_for(reader.read(), 5)
    writer.close()
    return told


async def echo(request: Request, names: Any) -> Answer:
    body = json.dumps([request.method, request.path, len(request.body), names]).encode()
    return Answer(200, {"content-length": str(len(body))}, body)


@in_loop
async def test_the_listener_answers_one_after_the_other_and_ends_what_is_no_http() -> None:
    post = b"POST /devices HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 3\r\n\r\nabc"
    async with listening(echo) as port:
        told = await exchange(port, post + b"GET /a HTTP/1.1\r\nconnection: close\r\n\r\nGET /b HTTP/1.1\r\n\r\n")
        assert told.startswith(b"HTTP/1.1 100 Continue")
        assert b'["POST", "/devices", 3, null]' in told
        assert b'["GET", "/a", 0, null]' in told
        assert b"/b" not in told
        assert (await exchange(port, b"nonsense\r\n\r\n")).startswith(b"HTTP/1.1 400")
        chunked = b"POST /devices HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n"
        assert (await exchange(port, chunked)).startswith(b"HTTP/1.1 411")
        large = b"POST /devices HTTP/1.1\r\ncontent-length: 99999999\r\n\r\n"
        assert (await exchange(port, large)).startswith(b"HTTP/1.1 413")
        assert await exchange(port, b"GET /" + b"x" * 20_000) == b""


@in_loop
async def test_connections_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "TALQ_CONNECTIONS", 1)
    async with listening(echo) as port:
        _, first = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.sleep(0.05)
        reader, second = await asyncio.open_connection("127.0.0.1", port)
        assert await asyncio.wait_for(reader.read(), 5) == b""
        for writer in (first, second):
            writer.close()
        await asyncio.sleep(0.05)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('host = "0.0.0.0"', "need certificates"),
        ('certificate = "a.pem"', "come together"),
        ("hosts = 1", "not understood"),
        ('public_url = "ftp://x"', "not understood"),
    ],
)
def test_talq_toml_is_safe_or_refused(tmp_path: Path, text: str, reason: str) -> None:
    assert read_talq(tmp_path).certificates(tmp_path) is None
    (tmp_path / "talq.toml").write_text(text)
    with pytest.raises(Refused) as refused:
        read_talq(tmp_path)
    assert reason in f"{refused.value.refusal.title} {refused.value.refusal.detail}"


def rows(store: TalqStore) -> Iterator[tuple[str, str]]:
    return ((row.kind, row.name) for row in store.rows())


def test_the_store_keeps_forgets_and_begins_a_gateway_anew(tmp_path: Path) -> None:
    store = TalqStore(SqliteFile(tmp_path / "talq.db"))
    store.put([Kept("a", "device", "1", b"x"), Kept("a", "device", "2", b"y"), Kept("b", "device", "1", b"z")])
    store.put([Kept("a", "device", "1", None)])
    assert list(rows(store)) == [("device", "2"), ("device", "1")]
    store.put([Kept("a", "class", "c", b"{}")], instead_of="a")
    assert list(rows(store)) == [("class", "c"), ("device", "1")]
