"""Who a downlink is for: one lamp by its EUI, or the lamps of a multicast group."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from stadtwerk.protocols import chirpstack, lampgroup, lampradio
from stadtwerk.protocols.lampgroup import POLICY_PORT
from stadtwerk.protocols.lampplan import PROGRAM_PORT, ProgramPart, decode_part
from stadtwerk.protocols.lampradio import COMMAND_PORT, LampCommand
from stadtwerk.protocols.malformed import Malformed
from stadtwerk.twin.city import LORAWAN, RADIOS, City, Ix
from stadtwerk.twin.groups import GroupPart


class Call(NamedTuple):
    """A command, or a part of a plan or of a street's table, for lamps (k,), and whether it is for one alone."""

    ix: Ix
    command: LampCommand | ProgramPart | GroupPart
    alone: bool


class Addresses:
    """Knows every lamp that speaks LoRaWAN by its EUI and every group of them by its name."""

    def __init__(self, city: City) -> None:
        mine = city.spoken == RADIOS.index(LORAWAN)
        self._row = {eui: ix for ix, eui in enumerate(city.dev_eui) if mine[ix]}
        self._groups = {name: ix[mine[ix]] for name, ix in city.groups.items()}

    def read(self, topic: str, body: bytes) -> Call:
        """Decode a downlink and find its lamps; raises Malformed when it is none or is for nobody here."""
        kind, name = chirpstack.parse_topic(topic)
        if kind == "down":
            single = chirpstack.decode_downlink(body)
            if single.dev_eui != name or name not in self._row:
                raise Malformed("downlink-device", f"{name} is no lamp here, or another than {single.dev_eui}")
            return Call(np.array([self._row[name]]), _command(single.f_port, single.data), alone=True)
        if kind == "multicast":
            group = chirpstack.decode_multicast(body)
            if group.multicast_group_id != name or name not in self._groups:
                raise Malformed("downlink-group", f"{name} is no group here, or another than the message's")
            if group.f_port == POLICY_PORT:
                return Call(self._groups[name], GroupPart(name, lampgroup.decode_part(group.data)), alone=False)
            return Call(self._groups[name], _command(group.f_port, group.data), alone=False)
        raise Malformed("topic", f"{topic[:100]!r} is not for lamps")


def _command(port: int, data: bytes) -> LampCommand | ProgramPart:
    if port == PROGRAM_PORT:
        return decode_part(data)
    if port != COMMAND_PORT:
        raise Malformed("command-port", f"lamps do not listen on port {port}")
    return lampradio.decode_command(data)
