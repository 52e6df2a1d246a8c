"""Helpers that live a world on and speak to it as the platform would."""

from __future__ import annotations

import msgspec
import numpy as np

from stadtwerk.kernel.clock import US
from stadtwerk.protocols import chirpstack, columns, lampradio
from stadtwerk.protocols.chirpstack import DownlinkCommand, MulticastDownlink
from stadtwerk.protocols.lampradio import LampCommand
from stadtwerk.twin.gateways import Outgoing
from stadtwerk.twin.world import World


class Heard(msgspec.Struct):
    """One uplink as the platform sees it."""

    eui: int
    f_cnt: int
    status: np.void


def live(world: World, seconds: int) -> list[Heard]:
    """Live on second by second; return all uplinks."""
    heard: list[Heard] = []
    for _ in range(seconds):
        heard += decode(world.step(world.now_us + US))
    return heard


def decode(messages: list[Outgoing]) -> list[Heard]:
    """Read the lamps' messages of both forms."""
    heard = []
    for message in messages:
        kind, _ = chirpstack.parse_topic(message.topic)
        if kind == "stats":
            continue
        if kind == "columns":
            many = columns.decode_columns(message.body)
            rows = lampradio.decode_status(many.data)
            heard += [Heard(int(e), int(f), row) for e, f, row in zip(many.dev_eui, many.f_cnt, rows, strict=True)]
        else:
            event = chirpstack.decode_uplink(message.body)
            if event.f_port != lampradio.STATUS_PORT:
                continue
            row = lampradio.decode_status(event.data)[0]
            heard.append(Heard(columns.eui_number(event.device_info.dev_eui), event.f_cnt, row))
    return heard


def call(world: World, group: str, command: LampCommand) -> None:
    """Send a command to a group."""
    body = chirpstack.encode(MulticastDownlink(group, lampradio.COMMAND_PORT, lampradio.encode_command(command)))
    world.hear(chirpstack.multicast_topic(group), body)


def call_one(world: World, ix: int, command: LampCommand) -> None:
    """Send a command to one lamp."""
    eui = world.city.dev_eui[ix]
    body = chirpstack.encode(DownlinkCommand(eui, lampradio.COMMAND_PORT, lampradio.encode_command(command)))
    world.hear(chirpstack.downlink_topic(eui), body)
