"""Messages are those of ChirpStack v4: judged by its own protobuf definitions."""

from __future__ import annotations

import base64
import json

import msgspec
import pytest
from chirpstack_api import api, gw, integration
from google.protobuf import json_format
from hypothesis import given
from hypothesis import strategies as st

from stadtwerk.protocols import chirpstack
from stadtwerk.protocols.chirpstack import (
    DeviceInfo,
    DownlinkCommand,
    GatewayStats,
    MulticastDownlink,
    RxInfo,
    TxInfo,
    UplinkEvent,
)
from stadtwerk.protocols.malformed import Malformed

EUI = "00000000b0000001"
euis = st.integers(0, 2**64 - 1).map(lambda number: f"{number:016x}")
ports = st.integers(1, 223)
payloads = st.binary(max_size=242)
uplinks = st.builds(
    UplinkEvent,
    device_info=st.builds(DeviceInfo, dev_eui=euis, device_name=st.text(max_size=20), tags=st.just({"pole": "p1"})),
    f_cnt=st.integers(0, 2**32 - 1),
    f_port=ports,
    data=payloads,
    time=st.just("2026-11-24T12:00:00.250Z"),
    deduplication_id=st.uuids().map(str),
    dev_addr=st.just("00000001"),
    dr=st.integers(0, 7),
    rx_info=st.lists(st.builds(RxInfo, gateway_id=euis, rssi=st.integers(-140, 0), snr=st.just(-3.5)), max_size=2).map(
        tuple
    ),
    tx_info=st.just(TxInfo()),
)


@given(uplinks)
def test_uplinks_round_trip(event: UplinkEvent) -> None:
    assert chirpstack.decode_uplink(chirpstack.encode(event)) == event


@pytest.mark.judge("chirpstack")
@given(uplinks)
def test_chirpstack_reads_our_uplinks(event: UplinkEvent) -> None:
    seen = json_format.Parse(chirpstack.encode(event), integration.UplinkEvent())
    assert seen.device_info.dev_eui == event.device_info.dev_eui
    assert (seen.f_cnt, seen.f_port, seen.data) == (event.f_cnt, event.f_port, event.data)
    assert seen.time.ToJsonString() == "2026-11-24T12:00:00.250Z"
    assert [heard.rssi for heard in seen.rx_info] == [heard.rssi for heard in event.rx_info]
    assert seen.tx_info.modulation.lora.spreading_factor == 7


@pytest.mark.judge("chirpstack")
@given(uplinks)
def test_we_read_chirpstacks_uplinks(event: UplinkEvent) -> None:
    theirs = json_format.Parse(chirpstack.encode(event), integration.UplinkEvent())
    for full in (True, False):
        text = json_format.MessageToJson(theirs, always_print_fields_with_no_presence=full)
        seen = chirpstack.decode_uplink(text.encode())
        assert (seen.device_info.dev_eui, seen.f_cnt) == (event.device_info.dev_eui, event.f_cnt)
        assert (seen.f_port, seen.data) == (event.f_port, event.data)


@pytest.mark.judge("chirpstack")
@given(euis, ports, payloads)
def test_chirpstack_reads_our_downlinks(eui: str, port: int, data: bytes) -> None:
    command = DownlinkCommand(dev_eui=eui, f_port=port, data=data)
    body = chirpstack.encode(command)
    assert chirpstack.decode_downlink(body) == command
    seen = json_format.Parse(body, integration.DownlinkCommand())
    assert (seen.dev_eui, seen.f_port, seen.data, seen.confirmed) == (eui, port, data, False)


@pytest.mark.judge("chirpstack")
@given(ports, payloads)
def test_chirpstack_reads_our_multicasts(port: int, data: bytes) -> None:
    command = MulticastDownlink(multicast_group_id="district-mitte", f_port=port, data=data)
    body = chirpstack.encode(command)
    assert chirpstack.decode_multicast(body) == command
    request = {"queueItem": json.loads(body)}
    item = json_format.ParseDict(request, api.EnqueueMulticastGroupQueueItemRequest()).queue_item
    assert (item.multicast_group_id, item.f_port, item.data) == ("district-mitte", port, data)


@pytest.mark.judge("chirpstack")
@given(euis, st.integers(0, 2**32 - 1))
def test_chirpstack_reads_our_gateways_signs_of_life(eui: str, heard: int) -> None:
    stats = GatewayStats(eui, "2026-11-24T12:00:00Z", rx_packets_received=heard, tx_packets_emitted=7)
    seen = json_format.Parse(chirpstack.encode(stats), gw.GatewayStats())
    assert (seen.gateway_id, seen.rx_packets_received, seen.tx_packets_emitted) == (eui, heard, 7)
    for full in (True, False):
        text = json_format.MessageToJson(seen, always_print_fields_with_no_presence=full)
        assert chirpstack.decode_stats(text.encode()) == stats


def uplink_with(**changes: object) -> bytes:
    device = {"devEui": changes.pop("devEui", EUI)}
    return json.dumps({"deviceInfo": device, "fPort": 2, "fCnt": 1, "data": "", **changes}).encode()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[]",
        b"{}",
        b"[" * 10_000,
        uplink_with(devEui="B0"),
        uplink_with(devEui="00000000B0000001"),
        uplink_with(fCnt=-1),
        uplink_with(fCnt=2**32),
        uplink_with(fCnt=float("nan")),
        uplink_with(data="***"),
        uplink_with(data=base64.b64encode(bytes(243)).decode()),
    ],
)
def test_what_is_no_uplink_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed) as fault:
        chirpstack.decode_uplink(body)
    assert fault.value.code == "uplink-json"


def test_a_huge_message_is_not_read() -> None:
    with pytest.raises(Malformed, match="uplink-size"):
        chirpstack.decode_uplink(b" " * 10_000_000)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_message_or_malformed(body: bytes) -> None:
    for decode in (chirpstack.decode_uplink, chirpstack.decode_downlink, chirpstack.decode_multicast):
        with pytest.raises(Malformed):
            decode(body)


def test_downlinks_keep_their_limits() -> None:
    for change in ({"devEui": "x"}, {"fPort": 0}, {"fPort": 224}, {"fPort": "10"}):
        body = {"devEui": EUI, "fPort": 10, "data": "", **change}
        with pytest.raises(Malformed, match="downlink-json"):
            chirpstack.decode_downlink(msgspec.json.encode(body))
    with pytest.raises(Malformed, match="multicast-json"):
        chirpstack.decode_multicast(b'{"multicastGroupId":"a/b","fPort":10,"data":""}')


@pytest.mark.parametrize(
    ("topic", "kind", "name"),
    [
        (chirpstack.uplink_topic(EUI), "up", EUI),
        (chirpstack.downlink_topic(EUI), "down", EUI),
        (chirpstack.multicast_topic("city"), "multicast", "city"),
        (chirpstack.columns_topic("du-g01"), "columns", "du-g01"),
    ],
)
def test_topics_round_trip(topic: str, kind: str, name: str) -> None:
    assert chirpstack.parse_topic(topic) == (kind, name)


@pytest.mark.parametrize("topic", ["", "a", "gateway/x/event/up", "application/other/device/x/event/up"])
def test_other_topics_are_malformed(topic: str) -> None:
    with pytest.raises(Malformed, match="topic"):
        chirpstack.parse_topic(topic)
