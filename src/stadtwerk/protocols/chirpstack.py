"""ChirpStack v4's MQTT integration: events up, commands down, in the JSON form of its protobuf messages.

Source: ChirpStack documentation, "Event types" and "Sending data"; messages integration.UplinkEvent,
integration.DownlinkCommand and api.MulticastGroupQueueItem; of the gateways' own events gw.GatewayStats, which a
gateway sends every 30 s (stats_interval of ChirpStack's concentratord and gateway bridge).
"""

from __future__ import annotations

from typing import Annotated, Literal, NamedTuple, TypeVar

import msgspec

from stadtwerk.protocols.malformed import Malformed

MESSAGE_BYTES = 16_384
"""Largest JSON message read; a LoRaWAN payload has at most 242 bytes."""

APPLICATION = "lighting"

Eui = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{16}$")]
"""An EUI-64 as 16 lower-case hexadecimal digits."""
U32 = Annotated[int, msgspec.Meta(ge=0, le=4_294_967_295)]
Port = Annotated[int, msgspec.Meta(ge=1, le=223)]
Group = Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern="^[^/+#]*$")]
Payload = Annotated[bytes, msgspec.Meta(max_length=242)]


class DeviceInfo(msgspec.Struct, frozen=True, rename="camel"):
    """Who sent it and what ChirpStack knows of the sender."""

    dev_eui: Eui
    device_name: str = ""
    tenant_id: str = ""
    tenant_name: str = ""
    application_id: str = ""
    application_name: str = ""
    device_profile_id: str = ""
    device_profile_name: str = ""
    device_class_enabled: str = "CLASS_C"
    tags: dict[str, str] = {}


class RxInfo(msgspec.Struct, frozen=True, rename="camel"):
    """How one gateway heard it: signal strength (dBm) and signal-to-noise ratio (dB)."""

    gateway_id: str
    uplink_id: U32 = 0
    ns_time: str | None = None
    rssi: int = 0
    snr: float = 0.0
    crc_status: str = "CRC_OK"


class Lora(msgspec.Struct, frozen=True, rename="camel"):
    """LoRa modulation: bandwidth (Hz), spreading factor, code rate."""

    bandwidth: int = 125_000
    spreading_factor: int = 7
    code_rate: str = "CR_4_5"


class Modulation(msgspec.Struct, frozen=True, rename="camel"):
    """Which modulation carried it."""

    lora: Lora | None = None


class TxInfo(msgspec.Struct, frozen=True, rename="camel"):
    """How it was sent: frequency (Hz) and modulation."""

    frequency: int = 868_100_000
    modulation: Modulation = Modulation(Lora())


class UplinkEvent(msgspec.Struct, frozen=True, rename="camel"):
    """One payload a device sent, de-duplicated by the network server; `time` is RFC 3339."""

    device_info: DeviceInfo
    f_cnt: U32 = 0
    f_port: Annotated[int, msgspec.Meta(ge=0, le=255)] = 0
    data: Payload = b""
    time: str | None = None
    deduplication_id: str = ""
    dev_addr: str = ""
    adr: bool = False
    dr: int = 0
    confirmed: bool = False
    rx_info: tuple[RxInfo, ...] = ()
    tx_info: TxInfo | None = None


class DownlinkCommand(msgspec.Struct, frozen=True, rename="camel"):
    """One payload for one device."""

    dev_eui: Eui
    f_port: Port
    data: Payload
    confirmed: bool = False


class MulticastDownlink(msgspec.Struct, frozen=True, rename="camel"):
    """One payload for a group of devices."""

    multicast_group_id: Group
    f_port: Port
    data: Payload


class GatewayStats(msgspec.Struct, frozen=True, rename="camel"):
    """A gateway's sign of life with its counts since the one before; `time` is RFC 3339."""

    gateway_id: Eui
    time: str | None = None
    rx_packets_received: U32 = 0
    rx_packets_received_ok: U32 = 0
    tx_packets_received: U32 = 0
    tx_packets_emitted: U32 = 0


Message = UplinkEvent | DownlinkCommand | MulticastDownlink | GatewayStats
M = TypeVar("M", UplinkEvent, DownlinkCommand, MulticastDownlink, GatewayStats)

_encoder = msgspec.json.Encoder()
_uplink = msgspec.json.Decoder(UplinkEvent)
_downlink = msgspec.json.Decoder(DownlinkCommand)
_multicast = msgspec.json.Decoder(MulticastDownlink)
_stats = msgspec.json.Decoder(GatewayStats)


def encode(message: Message) -> bytes:
    """Write a message as ChirpStack's JSON (camelCase, data in base64)."""
    return _encoder.encode(message)


def decode_uplink(body: bytes) -> UplinkEvent:
    """Read an uplink event; Malformed if it is not one."""
    return _decode(_uplink, body, "uplink")


def decode_downlink(body: bytes) -> DownlinkCommand:
    """Read a downlink for one device; Malformed if it is not one."""
    return _decode(_downlink, body, "downlink")


def decode_multicast(body: bytes) -> MulticastDownlink:
    """Read a downlink for a group; Malformed if it is not one."""
    return _decode(_multicast, body, "multicast")


def decode_stats(body: bytes) -> GatewayStats:
    """Read a gateway's sign of life; Malformed if it is not one."""
    return _decode(_stats, body, "stats")


def _decode(decoder: msgspec.json.Decoder[M], body: bytes, kind: str) -> M:
    if len(body) > MESSAGE_BYTES:
        raise Malformed(f"{kind}-size", f"{len(body)} bytes, at most {MESSAGE_BYTES}")
    try:
        return decoder.decode(body)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Malformed(f"{kind}-json", str(error)[:200]) from error


Kind = Literal["up", "columns", "stats", "down", "multicast"]


class Topic(NamedTuple):
    """What an MQTT topic speaks of: kind of message and id of device, gateway or group."""

    kind: Kind
    id: str


UPLINKS = f"application/{APPLICATION}/device/+/event/up"
COLUMNS = "gateway/+/event/columns"
STATS = "gateway/+/event/stats"
COMMANDS = f"application/{APPLICATION}/+/+/command/down"
"""Subscription filters: the platform listens to the first three, the lamps to the fourth."""


def uplink_topic(dev_eui: str) -> str:
    """Name the topic of a device's uplinks."""
    return f"application/{APPLICATION}/device/{dev_eui}/event/up"


def columns_topic(gateway_id: str) -> str:
    """Name the topic of a gateway's columnar messages."""
    return f"gateway/{gateway_id}/event/columns"


def stats_topic(gateway_eui: str) -> str:
    """Name the topic of a gateway's signs of life."""
    return f"gateway/{gateway_eui}/event/stats"


def downlink_topic(dev_eui: str) -> str:
    """Name the topic of a device's downlinks."""
    return f"application/{APPLICATION}/device/{dev_eui}/command/down"


def multicast_topic(group: str) -> str:
    """Name the topic of a group's downlinks."""
    return f"application/{APPLICATION}/multicast-group/{group}/command/down"


def parse_topic(topic: str) -> Topic:
    """Tell what a topic speaks of; Malformed if it is none of ours."""
    match topic.split("/"):
        case ["application", "lighting", "device", eui, "event", "up"]:
            return Topic("up", eui)
        case ["application", "lighting", "device", eui, "command", "down"]:
            return Topic("down", eui)
        case ["application", "lighting", "multicast-group", group, "command", "down"]:
            return Topic("multicast", group)
        case ["gateway", gateway, "event", "columns"]:
            return Topic("columns", gateway)
        case ["gateway", eui, "event", "stats"]:
            return Topic("stats", eui)
    raise Malformed("topic", f"nobody listens to {topic[:100]!r}")
