"""What is heard of the network itself: gateways' signs of life and cabinets' controllers, each admitted once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from stadtwerk.kernel.clock import EARLIEST_US, US, parse_iso
from stadtwerk.kernel.limits import CLOCK_AHEAD_S
from stadtwerk.kernel.observation import Observations
from stadtwerk.kernel.refusal import Refused
from stadtwerk.protocols import cabinetradio, chirpstack
from stadtwerk.protocols.malformed import Malformed


class Supervision:
    """Knows the gateways and the cabinets' controllers by their EUIs."""

    def __init__(self, gateways: Sequence[str], cabinets: Sequence[str], f_cnt: NDArray[np.float64]) -> None:
        self._gateways = {eui: row for row, eui in enumerate(gateways)}
        self._cabinets = {eui: row for row, eui in enumerate(cabinets) if eui}
        self._f_cnt = np.where(np.isnan(f_cnt), -1, f_cnt).astype(np.int64)
        self.rejected: Counter[str] = Counter()

    def takes(self, topic: str) -> bool:
        """Tell whether a message is about the network rather than from a lamp."""
        try:
            kind, sender = chirpstack.parse_topic(topic)
        except Malformed:
            return False
        return kind == "stats" or (kind == "up" and sender in self._cabinets)

    def admit(self, topic: str, body: bytes, now_us: int) -> Observations | None:
        """Turn a message into an observation, counting in `rejected` what was set aside; raises Malformed."""
        kind, sender = chirpstack.parse_topic(topic)
        return self._gateway(sender, body, now_us) if kind == "stats" else self._cabinet(sender, body, now_us)

    def _gateway(self, sender: str, body: bytes, now_us: int) -> Observations | None:
        stats = chirpstack.decode_stats(body)
        if stats.gateway_id != sender:
            raise Malformed("gateway-topic", f"{stats.gateway_id} speaks on the topic of {sender}")
        row, at_us = self._gateways.get(sender), _time_us(stats.time, now_us)
        if row is None:
            self.rejected["unknown-gateway"] += 1
        if row is None or not self._believable(at_us, now_us):
            return None
        heard, sent = stats.rx_packets_received_ok, stats.tx_packets_emitted
        return _observed("Gateway", row, at_us, {"rx_packets": heard, "tx_packets": sent})

    def _cabinet(self, sender: str, body: bytes, now_us: int) -> Observations | None:
        event = chirpstack.decode_uplink(body)
        if event.device_info.dev_eui != sender:
            raise Malformed("device-topic", f"{event.device_info.dev_eui} speaks on the topic of {sender}")
        if event.f_port != cabinetradio.CABINET_PORT:
            raise Malformed("port", f"port {event.f_port} carries nothing a cabinet says")
        status = cabinetradio.decode_cabinet(event.data)
        row, at_us = self._cabinets[sender], _time_us(event.time, now_us)
        if event.f_cnt <= self._f_cnt[row]:
            self.rejected["replayed-frame"] += 1
            return None
        if not self._believable(at_us, now_us):
            return None
        self._f_cnt[row] = event.f_cnt
        values = {
            "mains_lost": float(status.flags & cabinetradio.MAINS_LOST != 0),
            "door_open": float(status.flags & cabinetradio.DOOR_OPEN != 0),
            "dead_circuits": float(status.dead),
            "voltage_v": status.voltage_v,
            "power_w": status.power_w,
            "energy_kwh": status.energy_wh / 1000,
            "f_cnt": float(event.f_cnt),
        }
        return _observed("StreetlightControlCabinet", row, at_us, values)

    def _believable(self, at_us: int, now_us: int) -> bool:
        good = EARLIEST_US <= at_us <= now_us + CLOCK_AHEAD_S * US
        if not good:
            self.rejected["clock"] += 1
        return good


def _time_us(text: str | None, now_us: int) -> int:
    try:
        return parse_iso(text) if text else now_us
    except Refused as no:
        raise Malformed("time", str(no)) from no


def _observed(entity_type: str, row: int, at_us: int, values: dict[str, float]) -> Observations:
    columns = {name: np.array([value], np.float64) for name, value in values.items()}
    return Observations(entity_type, np.array([row], np.int32), np.array([at_us], np.int64), columns)
