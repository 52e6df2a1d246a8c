"""Signs of life of gateways and words of controllers are let in once, or set aside with a reason."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stadtwerk.adapters.lamp_radio.supervision import Supervision
from stadtwerk.kernel.clock import US, iso
from stadtwerk.protocols import cabinetradio, chirpstack
from stadtwerk.protocols.cabinetradio import CabinetStatus, encode_cabinet
from stadtwerk.protocols.chirpstack import DeviceInfo, GatewayStats, UplinkEvent
from stadtwerk.protocols.malformed import Malformed

NOW_US = 1_790_000_000 * US
GATEWAY, CABINET, LAMP = "00000000000000a1", "00000000000000c1", "00000000000000b1"


def network() -> Supervision:
    """Know one gateway and two cabinets, the second without a controller; the first was heard before (frame 10)."""
    return Supervision([GATEWAY], [CABINET, ""], np.array([10.0, np.nan]))


def word(f_cnt: int = 11, *, eui: str = CABINET, port: int = cabinetradio.CABINET_PORT, at_us: int = NOW_US) -> bytes:
    data = encode_cabinet(CabinetStatus(cabinetradio.MAINS_LOST, 0b10, 4, 0.0, 12.5, 3_000))
    return chirpstack.encode(UplinkEvent(DeviceInfo(eui), f_cnt, port, data, iso(at_us)))


def test_it_takes_what_is_about_the_network_and_nothing_else() -> None:
    here = network()
    assert here.takes(chirpstack.stats_topic(GATEWAY))
    assert here.takes(chirpstack.uplink_topic(CABINET))
    assert not here.takes(chirpstack.uplink_topic(LAMP))
    assert not here.takes(chirpstack.columns_topic("g1"))
    assert not here.takes("nonsense")


def test_a_gateways_sign_of_life_is_an_observation() -> None:
    stats = GatewayStats(GATEWAY, iso(NOW_US), 12, 11, 4, 3)
    seen = network().admit(chirpstack.stats_topic(GATEWAY), chirpstack.encode(stats), NOW_US)
    assert seen is not None
    assert (seen.entity_type, seen.rows.tolist(), seen.observed_at_us.tolist()) == ("Gateway", [0], [NOW_US])
    assert {name: value.tolist() for name, value in seen.columns.items()} == {"rx_packets": [11], "tx_packets": [3]}


def test_a_controllers_word_is_an_observation_in_its_units() -> None:
    seen = network().admit(chirpstack.uplink_topic(CABINET), word(), NOW_US)
    assert seen is not None
    assert {name: value.tolist()[0] for name, value in seen.columns.items()} == {
        "mains_lost": 1.0,
        "door_open": 0.0,
        "dead_circuits": 2.0,
        "voltage_v": 0.0,
        "power_w": 12.5,
        "energy_kwh": 3.0,
        "f_cnt": 11.0,
    }


@pytest.mark.parametrize(
    ("topic", "body", "reason"),
    [
        (chirpstack.uplink_topic(CABINET), word(10), "replayed-frame"),
        (chirpstack.uplink_topic(CABINET), word(at_us=NOW_US + 3_600 * US), "clock"),
        (
            chirpstack.stats_topic("00000000000000a9"),
            chirpstack.encode(GatewayStats("00000000000000a9")),
            "unknown-gateway",
        ),
        (chirpstack.stats_topic(GATEWAY), chirpstack.encode(GatewayStats(GATEWAY, "1970-01-01T00:00:00Z")), "clock"),
    ],
)
def test_what_is_not_believed_is_counted(topic: str, body: bytes, reason: str) -> None:
    here = network()
    assert here.admit(topic, body, NOW_US) is None
    assert dict(here.rejected) == {reason: 1}


@pytest.mark.parametrize(
    ("topic", "body", "code"),
    [
        (chirpstack.uplink_topic(CABINET), word(eui=LAMP), "device-topic"),
        (chirpstack.uplink_topic(CABINET), word(port=2), "port"),
        (chirpstack.uplink_topic(CABINET), b"{", "uplink-json"),
        (chirpstack.stats_topic(GATEWAY), chirpstack.encode(GatewayStats(CABINET)), "gateway-topic"),
        (chirpstack.stats_topic(GATEWAY), json.dumps({"gatewayId": GATEWAY, "time": "now"}).encode(), "time"),
        (chirpstack.stats_topic(GATEWAY), b"[]", "stats-json"),
    ],
)
def test_nonsense_is_named(topic: str, body: bytes, code: str) -> None:
    with pytest.raises(Malformed) as fault:
        network().admit(topic, body, NOW_US)
    assert fault.value.code == code


@given(st.binary(max_size=200), st.booleans())
def test_noise_is_malformed_at_most(body: bytes, stats: bool) -> None:
    topic = chirpstack.stats_topic(GATEWAY) if stats else chirpstack.uplink_topic(CABINET)
    with pytest.raises(Malformed):
        network().admit(topic, body, NOW_US)
