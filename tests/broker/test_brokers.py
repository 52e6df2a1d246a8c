"""Both brokers let in only whom they should, pass messages on, and keep what was promised."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from broker.mqtt import Broker, Client
from stadtwerk.adapters.broker import mosquitto
from stadtwerk.adapters.broker.users import USERS

TOPIC = "application/lighting/device/a000000000000001/event/up"
needs_mosquitto = pytest.mark.skipif(mosquitto.find() is None, reason="mosquitto is not installed")
KINDS = [pytest.param("mosquitto", marks=needs_mosquitto), "amqtt"]


@pytest.fixture(scope="module", params=KINDS)
def broker(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    with Broker(request.param, tmp_path_factory.mktemp("broker") / "run") as running:
        yield running


@pytest.mark.parametrize("user", USERS)
def test_the_right_password_opens(broker: Broker, user: str) -> None:
    with broker.client(user) as client:
        assert client.accepted


@pytest.mark.parametrize(
    ("user", "password"), [("platform", "wrong"), ("platform", ""), ("nobody", "wrong"), (None, None)]
)
def test_a_wrong_password_or_none_does_not(broker: Broker, user: str | None, password: str | None) -> None:
    with Client(broker.port, user, password) as client:
        assert not client.accepted


def test_one_users_password_is_not_the_others(broker: Broker) -> None:
    with Client(broker.port, "platform", broker.password("twin")) as client:
        assert not client.accepted


def test_messages_pass_in_order_and_whole(broker: Broker) -> None:
    """A gateway's largest message, 20,000 rows of 42 bytes, passes too."""
    payloads = [b"one", b"", b"two", bytes(20_000 * 42)]
    with broker.client("platform") as platform, broker.client("twin") as twin:
        platform.subscribe("application/lighting/device/+/event/up")
        for payload in payloads:
            twin.publish(TOPIC, payload)
        assert [platform.next() for _ in payloads] == payloads


def test_secrets_are_the_owners_only(broker: Broker) -> None:
    files = [broker.run / "mqtt.json", *broker.run.glob("*.passwd")]
    assert len(files) == 2
    for file in files:
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert file.name == "mqtt.json" or broker.password("twin") not in file.read_text()


def test_a_message_waits_for_a_session_that_is_away(broker: Broker) -> None:
    """The platform's session is persistent: what was acknowledged while it was away is delivered when it is back."""
    with broker.client("platform", "away", clean=False) as platform:
        platform.subscribe(TOPIC)
    with broker.client("twin") as twin:
        twin.publish(TOPIC, b"while away")
    with broker.client("platform", "away", clean=False) as platform:
        assert platform.resumed
        assert platform.next() == b"while away"


@needs_mosquitto
def test_mosquitto_keeps_a_waiting_message_over_its_own_restart(tmp_path: Path) -> None:
    run = tmp_path / "run"
    with Broker("mosquitto", run) as broker:
        with broker.client("platform", "away", clean=False) as platform:
            platform.subscribe(TOPIC)
        with broker.client("twin") as twin:
            twin.publish(TOPIC, b"before the restart")
    with Broker("mosquitto", run) as broker, broker.client("platform", "away", clean=False) as platform:
        assert platform.resumed
        assert platform.next() == b"before the restart"
