"""From a command or a payload to the messages that carry it: one for each multicast group, one for each device."""

from __future__ import annotations

from collections.abc import Sequence

from stadtwerk.protocols import chirpstack, columns, lampradio


def downlinks(command: lampradio.LampCommand, groups: Sequence[str], devices: Sequence[int]) -> list[tuple[str, bytes]]:
    """Write a command for multicast groups and single devices (EUI-64 numbers) as MQTT topics and bodies."""
    return frames(lampradio.COMMAND_PORT, lampradio.encode_command(command), groups, devices)


def frames(port: int, data: bytes, groups: Sequence[str], devices: Sequence[int]) -> list[tuple[str, bytes]]:
    """Write a payload for multicast groups and single devices (EUI-64 numbers) as MQTT topics and bodies."""
    messages = [
        (chirpstack.multicast_topic(group), chirpstack.encode(chirpstack.MulticastDownlink(group, port, data)))
        for group in groups
    ]
    for eui in map(columns.eui_text, devices):
        body = chirpstack.encode(chirpstack.DownlinkCommand(eui, port, data))
        messages.append((chirpstack.downlink_topic(eui), body))
    return messages
