"""From a command to the messages that carry it: one for each multicast group, one for each single device."""

from __future__ import annotations

from collections.abc import Sequence

from stadtwerk.protocols import chirpstack, columns, lampradio


def downlinks(command: lampradio.LampCommand, groups: Sequence[str], devices: Sequence[int]) -> list[tuple[str, bytes]]:
    """Write a command for multicast groups and single devices (EUI-64 numbers) as MQTT topics and bodies."""
    data, port = lampradio.encode_command(command), lampradio.COMMAND_PORT
    messages = [
        (chirpstack.multicast_topic(group), chirpstack.encode(chirpstack.MulticastDownlink(group, port, data)))
        for group in groups
    ]
    for eui in map(columns.eui_text, devices):
        body = chirpstack.encode(chirpstack.DownlinkCommand(eui, port, data))
        messages.append((chirpstack.downlink_topic(eui), body))
    return messages
