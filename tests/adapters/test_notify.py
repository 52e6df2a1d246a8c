"""Notifications over real sockets: HTTP and MQTT (ETSI GS CIM 009 clauses 6.3.8, 7.2)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from broker.mqtt import Broker
from stadtwerk.adapters.broker import mosquitto
from stadtwerk.adapters.notify_http import HttpNotifications
from stadtwerk.adapters.notify_mqtt import MqttNotifications
from stadtwerk.context.subscriptions.endpoint import Endpoint, NotTaken, read_endpoint, read_networks

HEAD = json.dumps({"Content-Type": "application/json", "Link": '<https://x.example/c>; rel="r"'})
BODY = '{"type":"Notification","data":[{"name":"París"}]}'.encode()
TOPIC = "application/lighting/device/a000000000000001/command/down"


def post(answer: bytes, *, denied: tuple[str, ...] = (), silent_s: float = 0, **endpoint: Any) -> bytes:
    """Send one notification to a server that gives one answer after a while; return what was said."""
    said = b""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal said
        said = await reader.read(65_536)
        await asyncio.sleep(silent_s)
        writer.write(answer)
        await writer.drain()
        writer.close()

    async def run() -> None:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        notifications = HttpNotifications(denied=read_networks(denied))
        uri = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/told?x=1"
        try:
            await notifications.send(Endpoint(uri, **endpoint), HEAD, BODY)
        finally:
            await notifications.close()
            server.close()
            await server.wait_closed()

    asyncio.run(run())
    return said


def test_a_notification_is_posted_as_it_is() -> None:
    said = post(b"HTTP/1.1 204 No Content\r\n\r\n", receiver=(("X-Additional-Key", "a b"),))
    head, _, body = said.partition(b"\r\n\r\n")
    assert head.startswith(b"POST /told?x=1 HTTP/1.1\r\n")
    assert b'\r\nLink: <https://x.example/c>; rel="r"\r\n' in head
    assert b"\r\nX-Additional-Key: a b\r\n" in head
    assert body == BODY


@pytest.mark.parametrize(("status", "final"), [(400, True), (415, True), (404, False), (429, False), (500, False)])
def test_what_is_not_taken_says_whether_it_ever_will_be(status: int, final: bool) -> None:
    with pytest.raises(NotTaken, match=str(status)) as caught:
        post(b"HTTP/1.1 %d No\r\nContent-Length: 0\r\n\r\n" % status)
    assert caught.value.final is final


def test_no_answer_is_no() -> None:
    with pytest.raises(NotTaken):
        post(b"")
    with pytest.raises(NotTaken, match="in time"):
        post(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", silent_s=0.2, timeout_s=0.05)


def test_nothing_goes_into_denied_networks() -> None:
    with pytest.raises(NotTaken, match="not sent to"):
        post(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", denied=("127.0.0.0/8",))


needs_mosquitto = pytest.mark.skipif(mosquitto.find() is None, reason="mosquitto is not installed")


@pytest.fixture(params=[pytest.param("mosquitto", marks=needs_mosquitto), "amqtt"])
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Broker]:
    with Broker(request.param, tmp_path / "run") as running:
        yield running


def endpoint(broker: Broker, password: str, qos: str) -> Endpoint:
    """Return an endpoint at a broker; amqtt speaks version 3.1.1 only."""
    version = "mqtt3.1.1" if broker.kind == "amqtt" else "mqtt5.0"
    return read_endpoint(
        {
            "uri": f"mqtt://platform:{password}@127.0.0.1:{broker.port}/{TOPIC}",
            "receiverInfo": [{"key": "X-Key", "value": "1"}],
            "notifierInfo": [{"key": "MQTT-Version", "value": version}, {"key": "MQTT-QoS", "value": qos}],
        }
    )


@pytest.mark.parametrize("qos", ["0", "1", "2"])
def test_a_notification_is_published_with_its_headers_inside(broker: Broker, qos: str) -> None:
    async def run() -> None:
        notifications = MqttNotifications()
        for _ in range(2):
            await notifications.send(endpoint(broker, broker.password("platform"), qos), HEAD, BODY)
        await notifications.close()

    with broker.client("twin") as twin:
        twin.subscribe(TOPIC.replace("a000000000000001", "+"))
        asyncio.run(run())
        for _ in range(2):
            assert json.loads(twin.next()) == {"metadata": {**json.loads(HEAD), "X-Key": "1"}, "body": json.loads(BODY)}


def test_a_wrong_password_or_a_denied_broker_is_no(broker: Broker) -> None:
    async def run(password: str, denied: tuple[str, ...]) -> None:
        notifications = MqttNotifications(read_networks(denied))
        try:
            await notifications.send(endpoint(broker, password, "1"), HEAD, BODY)
        finally:
            await notifications.close()

    with pytest.raises(NotTaken):
        asyncio.run(run("wrong", ()))
    with pytest.raises(NotTaken, match="not sent to"):
        asyncio.run(run(broker.password("platform"), ("127.0.0.0/8",)))
