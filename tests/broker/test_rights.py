"""Each user says and hears only what is its own, at both brokers; what is too large ends a connection, not the broker."""

from __future__ import annotations

import queue
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from broker.mqtt import Broker
from stadtwerk.adapters.broker import limits, mosquitto
from stadtwerk.adapters.broker.users import may
from stadtwerk.protocols import chirpstack

UP = chirpstack.uplink_topic("a000000000000001")
DOWN = chirpstack.downlink_topic("a000000000000001")
needs_mosquitto = pytest.mark.skipif(mosquitto.find() is None, reason="mosquitto is not installed")


@pytest.fixture(scope="module", params=[pytest.param("mosquitto", marks=needs_mosquitto), "amqtt"])
def broker(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    with Broker(request.param, tmp_path_factory.mktemp("rights") / "run") as running:
        yield running


def test_the_rights_are_those_the_protocol_needs() -> None:
    groups, columns = chirpstack.multicast_topic("city"), chirpstack.columns_topic("g1")
    assert all(may("twin", topic, says=True) for topic in (UP, columns))
    assert all(may("platform", topic, says=True) for topic in (DOWN, groups))
    assert all(may("platform", topic, says=False) for topic in (chirpstack.UPLINKS, chirpstack.COLUMNS))
    assert may("twin", chirpstack.COMMANDS, says=False)
    assert not any(may("twin", topic, says=True) for topic in (DOWN, groups, "$SYS/x", "retained", UP + "/more"))
    assert not any(may("platform", topic, says=True) for topic in (UP, columns))
    assert not any(may("nobody", topic, says=says) for topic in (UP, DOWN) for says in (True, False))
    assert not any(
        may("platform", topic, says=False) for topic in ("#", "application/#", "application/+/device/+/event/#")
    )


def test_the_world_gives_no_commands(broker: Broker) -> None:
    with broker.client("platform") as platform, broker.client("twin") as twin:
        twin.subscribe(chirpstack.COMMANDS)
        platform.subscribe(chirpstack.UPLINKS)
        twin.publish(DOWN, b"forged")
        platform.publish(DOWN, b"true")
        assert twin.next() == b"true"
        platform.publish(UP, b"forged")
        twin.publish(UP, b"true")
        assert platform.next() == b"true"
        with pytest.raises(queue.Empty):
            twin.next(0.2)


def test_a_message_too_large_ends_its_connection_only(broker: Broker) -> None:
    with broker.client("platform") as platform:
        platform.subscribe(chirpstack.UPLINKS)
        with broker.client("twin") as giant:
            giant.offer_and_be_cut(UP, bytes(limits.PACKET_BYTES + 1))
        with broker.client("twin") as twin:
            twin.publish(UP, b"after")
        assert platform.next() == b"after"


@needs_mosquitto
def test_waiting_messages_outlive_mosquittos_violent_death(tmp_path: Path) -> None:
    """What mosquitto had written down, every five seconds, is there after a kill; here it is told to write at once."""
    run = tmp_path / "run"
    with Broker("mosquitto", run) as broker:
        with broker.client("platform", "away", clean=False) as platform:
            platform.subscribe(UP)
        with broker.client("twin") as twin:
            twin.publish(UP, b"kept")
        broker.save()
        broker.process.kill()
    with Broker("mosquitto", run) as broker, broker.client("platform", "away", clean=False) as platform:
        assert platform.resumed
        assert platform.next() == b"kept"


def test_the_process_is_the_broker_itself(broker: Broker) -> None:
    """A kill of the process reaches the broker: no shell or launcher stands between."""
    program = Path(f"/proc/{broker.process.pid}/comm").read_text().strip()
    assert program == Path(shutil.which("mosquitto", path="/usr/sbin:/usr/bin") or "").name or broker.kind == "amqtt"
