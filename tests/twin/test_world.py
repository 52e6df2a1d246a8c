"""The world refuses nonsense, counts it and lives on; time never runs back; the seed decides."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stadtwerk.kernel.clock import US
from stadtwerk.protocols import chirpstack, lampradio
from stadtwerk.protocols.lampradio import LampCommand
from stadtwerk.protocols.malformed import Malformed
from stadtwerk.twin import radio
from stadtwerk.twin.city import read_city
from stadtwerk.twin.world import World
from twin.conftest import NOON_US, MakeWorld
from twin.folder import make_city
from twin.living import call, live

EUI = f"{0xB0_0000_0000:016x}"
REPORT = "AQMAAAAAAAAAAAAAAAAAAA=="


def downlink(**changes: object) -> bytes:
    return json.dumps({"devEui": EUI, "fPort": 10, "data": REPORT, **changes}).encode()


def test_a_good_downlink_is_taken(make_world: MakeWorld) -> None:
    world = make_world()
    world.hear(chirpstack.downlink_topic(EUI), downlink())
    assert (world.counts.downlinks, world.counts.refused) == (1, 0)


@pytest.mark.parametrize(
    ("topic", "body", "code"),
    [
        (chirpstack.downlink_topic(EUI), b"{", "downlink-json"),
        (chirpstack.downlink_topic("0" * 16), downlink(), "downlink-device"),
        (chirpstack.downlink_topic("0" * 16), downlink(devEui="0" * 16), "downlink-device"),
        (chirpstack.downlink_topic(EUI), downlink(fPort=12), "command-port"),
        (chirpstack.downlink_topic(EUI), downlink(fPort=11, data="AQM="), "part-length"),
        (chirpstack.downlink_topic(EUI), downlink(data="AQM="), "command-length"),
        (chirpstack.downlink_topic(EUI), downlink(data="Ag" + REPORT[2:]), "command-version"),
        (
            chirpstack.multicast_topic("nowhere"),
            b'{"multicastGroupId":"nowhere","fPort":10,"data":""}',
            "downlink-group",
        ),
        (chirpstack.multicast_topic("city"), b'{"multicastGroupId":"x","fPort":10,"data":""}', "downlink-group"),
        (chirpstack.uplink_topic(EUI), downlink(), "topic"),
        ("gateway", b"", "topic"),
    ],
)
def test_nonsense_is_named_and_counted(make_world: MakeWorld, topic: str, body: bytes, code: str) -> None:
    world = make_world()
    with pytest.raises(Malformed) as fault:
        world.hear(topic, body)
    assert fault.value.code == code
    assert world.counts.refused == 1


@settings(max_examples=50)
@given(st.binary(max_size=100))
def test_no_bytes_stop_the_world(tmp_path_factory: pytest.TempPathFactory, body: bytes) -> None:
    folder = tmp_path_factory.mktemp("noise")
    world = World(read_city(make_city(folder / "city", 3)), folder / "state", seed=1, now_us=NOON_US)
    for topic in (chirpstack.downlink_topic(EUI), chirpstack.multicast_topic("city")):
        with pytest.raises(Malformed):
            world.hear(topic, body)
    world.step(NOON_US + US)


def test_full_gateways_are_told_of(make_world: MakeWorld) -> None:
    world = make_world()
    for _ in range(radio.DOWNLINKS_MAX // 3):
        call(world, "city", LampCommand(lampradio.OP_REPORT, 0))
    with pytest.raises(Malformed, match="gateway-full"):
        call(world, "city", LampCommand(lampradio.OP_REPORT, 0))
    live(world, 2)
    call(world, "city", LampCommand(lampradio.OP_REPORT, 0))


def test_time_never_runs_back(make_world: MakeWorld) -> None:
    world = make_world()
    live(world, 100)
    energy = world.memory.energy_ws.copy()
    world.step(NOON_US)
    assert world.now_us == NOON_US + 100 * US
    assert (world.memory.energy_ws == energy).all()


def test_same_seed_same_city_to_the_byte(make_world: MakeWorld) -> None:
    def day(state: str, seed: int) -> list[bytes]:
        world = make_world(60, seed=seed, state=state, radio={}, faults={})
        call(world, "city", LampCommand(lampradio.OP_SET, 1, 30.0, 5, NOON_US // US + 60))
        return [message.body for _ in range(400) for message in world.step(world.now_us + US)]

    assert day("a", 1) == day("b", 1)
    assert day("c", 1) != day("d", 2)


def test_a_leap_of_many_hours_is_lived_at_once(make_world: MakeWorld) -> None:
    world = make_world()
    world.step(NOON_US + 30 * 3600 * US)
    live(world, 70)
    assert (world.lamps.emitted > 0).all()
