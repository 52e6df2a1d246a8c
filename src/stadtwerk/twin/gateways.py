"""The radio gateways and their network server: they turn frames into messages, and messages into commands."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from stadtwerk.kernel.clock import US, iso
from stadtwerk.protocols import chirpstack
from stadtwerk.protocols.cabinetradio import CABINET_PORT
from stadtwerk.protocols.chirpstack import DeviceInfo, GatewayStats, RxInfo, TxInfo, UplinkEvent
from stadtwerk.protocols.columns import ROWS_MAX, GatewayColumns, encode_columns
from stadtwerk.protocols.lampgroup import GROUP_PORT
from stadtwerk.protocols.lampradio import STATUS, STATUS_PORT
from stadtwerk.twin.cabinets import SIGNAL_DBM, CabinetFrame
from stadtwerk.twin.city import City
from stadtwerk.twin.groups import GroupFrame
from stadtwerk.twin.radio import Frames

SINGLE_MAX = 4
"""Uplinks in a second up to which a gateway sends each as a message of its own."""
STATS_S = 30
"""A gateway gives a sign of life so often, seconds (stats_interval)."""
_TENANT = str(UUID(int=0x57AD7_0001))
_APPLICATION = str(UUID(int=0x57AD7_0002))
_PROFILE = str(UUID(int=0x57AD7_0003))
_RADIO = TxInfo()


class _Sender(NamedTuple):
    """A device as the network server knows it."""

    name: str
    eui: str
    address: int
    profile: str
    port: int


class Outgoing(NamedTuple):
    """A message a gateway wants to publish, and how many uplinks it carries."""

    gateway: int
    topic: str
    body: bytes
    uplinks: int


class Gateways:
    """Forwards frames: singly while they are few, in columns once a second above four a second."""

    def __init__(self, city: City, rng: np.random.Generator) -> None:
        self._city, self._rng = city, rng
        self._held: Frames | None = None
        self._heard = np.zeros(len(city.gateway_id), np.int64)
        self._busy = self._heard > SINGLE_MAX
        self._second = 0
        self._received = np.zeros(len(city.gateway_id), np.int64)
        self._stats_at_us: NDArray[np.int64] | None = None

    def forward(self, frames: Frames, now_us: int) -> list[Outgoing]:
        """Turn frames (k,) that arrived into messages; a busy gateway keeps its own until the second ends."""
        here = np.bincount(self._city.gateway[frames["ix"]], minlength=len(self._heard))
        self._heard += here
        self._received += here
        if self._held is not None:
            frames = np.concatenate([self._held, frames])
        gateway = self._city.gateway[frames["ix"]]
        if now_us // US == self._second:
            ready = ~self._busy[gateway]
            self._held = frames[~ready]
            frames, gateway = frames[ready], gateway[ready]
        else:
            self._busy = self._heard > SINGLE_MAX
            self._heard[:] = 0
            self._second, self._held = now_us // US, None
        return self._messages(frames, gateway, now_us)

    def pass_on(self, frames: list[CabinetFrame]) -> list[Outgoing]:
        """Turn the frames of cabinets' controllers into messages, each on its own."""
        cabinets, messages = self._city.cabinets, []
        for frame in frames:
            row, gateway = frame.row, int(cabinets.gateway[frame.row])
            self._received[gateway] += 1
            sender = _Sender(
                cabinets.id[row], cabinets.dev_eui[row], 0x0100_0000 + row, "cabinet controller", CABINET_PORT
            )
            event = self._event(
                gateway, sender, at_us=frame.at_us, f_cnt=frame.f_cnt, rssi_dbm=SIGNAL_DBM, data=frame.data
            )
            messages.append(Outgoing(gateway, chirpstack.uplink_topic(sender.eui), chirpstack.encode(event), 1))
        return messages

    def pass_reports(self, frames: Iterable[GroupFrame]) -> list[Outgoing]:
        """Turn the reports of streets' groups into messages of the lamps that spoke, each on its own."""
        city, messages = self._city, []
        for frame in frames:
            gateway = int(city.gateway[frame.ix])
            self._received[gateway] += 1
            name, eui = city.lamp_id[frame.ix], city.dev_eui[frame.ix]
            sender = _Sender(name, eui, frame.ix, "street lamp controller", GROUP_PORT)
            event = self._event(
                gateway, sender, at_us=frame.at_us, f_cnt=frame.f_cnt, rssi_dbm=SIGNAL_DBM, data=frame.data
            )
            messages.append(Outgoing(gateway, chirpstack.uplink_topic(eui), chirpstack.encode(event), 1))
        return messages

    def signs_of_life(self, now_us: int, lost: NDArray[np.bool_]) -> list[Outgoing]:
        """Let the gateways that are not lost say every 30 s that they are there, each at its own second."""
        n = len(self._received)
        if self._stats_at_us is None:
            self._stats_at_us = now_us + np.arange(n) * STATS_S * US // max(n, 1)
        messages = []
        for row in np.flatnonzero(self._stats_at_us <= now_us).tolist():
            self._stats_at_us[row] += (
                max(1, (now_us - int(self._stats_at_us[row])) // (STATS_S * US) + 1) * STATS_S * US
            )
            if not lost[row]:
                messages.append(self._stats(row, now_us))
            self._received[row] = 0
        return messages

    def _stats(self, row: int, now_us: int) -> Outgoing:
        eui, heard = self._city.gateway_eui[row], int(self._received[row])
        stats = GatewayStats(eui, iso(now_us), rx_packets_received=heard, rx_packets_received_ok=heard)
        return Outgoing(row, chirpstack.stats_topic(eui), chirpstack.encode(stats), 0)

    def _messages(self, frames: Frames, gateway: NDArray[np.int64], now_us: int) -> list[Outgoing]:
        heard = np.bincount(gateway, minlength=len(self._busy))
        few = heard[gateway] <= SINGLE_MAX
        messages = self._singles(frames[few])
        for row in np.flatnonzero(heard > SINGLE_MAX).tolist():
            mine = frames[gateway == row]
            parts = (mine[at : at + ROWS_MAX] for at in range(0, len(mine), ROWS_MAX))
            messages += [self._columns(part, row, now_us) for part in parts]
        return messages

    def _columns(self, frames: Frames, gateway: int, now_us: int) -> Outgoing:
        gateway_id = self._city.gateway_id[gateway]
        columns = GatewayColumns(
            gateway_id=gateway_id,
            time_us=now_us,
            dev_eui=self._city.dev_eui_number[frames["ix"]],
            f_cnt=frames["f_cnt"],
            rssi_dbm=frames["rssi_dbm"],
            data=frames["data"],
        )
        return Outgoing(gateway, chirpstack.columns_topic(gateway_id), encode_columns(columns), len(frames))

    def _singles(self, frames: Frames) -> list[Outgoing]:
        rows = self._city.gateway[frames["ix"]].tolist()
        columns = [frames[name].tolist() for name in ("at_us", "ix", "f_cnt", "rssi_dbm")]
        size, air = STATUS.itemsize, frames["data"].tobytes()
        payloads = [air[at : at + size] for at in range(0, len(air), size)]
        messages = []
        for row, at_us, ix, f_cnt, rssi_dbm, data in zip(rows, *columns, payloads, strict=True):
            city = self._city
            sender = _Sender(city.lamp_id[ix], city.dev_eui[ix], ix, "street lamp controller", STATUS_PORT)
            event = self._event(row, sender, at_us=at_us, f_cnt=f_cnt, rssi_dbm=rssi_dbm, data=data)
            topic = chirpstack.uplink_topic(sender.eui)
            messages.append(Outgoing(row, topic, chirpstack.encode(event), 1))
        return messages

    def _event(
        self, gateway: int, sender: _Sender, *, at_us: int, f_cnt: int, rssi_dbm: int, data: bytes
    ) -> UplinkEvent:
        at = iso(at_us)
        random = self._rng.bytes(16).hex()
        device = DeviceInfo(
            tenant_id=_TENANT,
            tenant_name=self._city.name,
            application_id=_APPLICATION,
            application_name=chirpstack.APPLICATION,
            device_profile_id=_PROFILE,
            device_profile_name=sender.profile,
            device_name=sender.name,
            dev_eui=sender.eui,
        )
        heard = RxInfo(
            gateway_id=self._city.gateway_eui[gateway],
            uplink_id=int(random[:8], 16),
            ns_time=at,
            rssi=rssi_dbm,
            snr=min(max((rssi_dbm + 115) / 2, -20.0), 12.0),
        )
        return UplinkEvent(
            deduplication_id=f"{random[:8]}-{random[8:12]}-4{random[13:16]}-8{random[17:20]}-{random[20:]}",
            time=at,
            device_info=device,
            dev_addr=f"{sender.address:08x}",
            adr=True,
            dr=5,
            f_cnt=f_cnt,
            f_port=sender.port,
            data=data,
            rx_info=(heard,),
            tx_info=_RADIO,
        )
