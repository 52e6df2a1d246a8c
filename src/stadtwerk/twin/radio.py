"""The air between lamps and gateways: it loses, delays and repeats."""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stadtwerk.kernel.clock import US
from stadtwerk.protocols.lampplan import ProgramPart
from stadtwerk.protocols.lampradio import STATUS, LampCommand, StatusRows
from stadtwerk.twin.city import City, Ix
from stadtwerk.twin.groups import GroupPart

FRAMES_PER_LAMP = 4
"""Most frames in the air, as a multiple of the lamps; more collide and are lost."""
DOWNLINKS_MAX = 10_000
"""Most downlinks waiting at the gateways."""
TRANSMIT_POWER_DBM, LOSS_AT_1_M_DB, LOSS_PER_DECADE_DB = 14.0, 31.0, 31.0
"""Transmit power of the EU868 band; attenuation of a log-distance path in a city; estimates."""

FRAME = np.dtype([("at_us", "i8"), ("ix", "i4"), ("f_cnt", "u4"), ("rssi_dbm", "i2"), ("data", STATUS)])
"""One uplink on its way: arrival, lamp, frame counter, signal strength, payload."""

Frames = NDArray[np.void]
Mask = NDArray[np.bool_]


class Downlink(NamedTuple):
    """One command, or a part of a plan or of a table, on its way through one gateway to lamps (k,)."""

    at_us: int
    ix: Ix
    command: LampCommand | ProgramPart | GroupPart
    alone: bool


class Air:
    """Everything that is on its way, up and down, with its losses counted."""

    def __init__(self, city: City, rng: np.random.Generator) -> None:
        self._figures, self._rng, self._gateway = city.radio, rng, city.gateway
        self._rssi_dbm = _signal_dbm(city)
        self._frames: Frames = np.zeros(0, FRAME)
        self._frames_max = FRAMES_PER_LAMP * len(city)
        self._downlinks: deque[Downlink] = deque()
        self.gateway_lost: Mask = np.zeros(len(city.gateway_id), bool)
        self.lost_up = self.lost_down = self.repeated = 0

    def send_up(self, ix: Ix, f_cnt: NDArray[np.uint32], rows: StatusRows, *, twice: Mask, now_us: int) -> None:
        """Transmit a STATUS of each lamp (k,); `twice` (NbTrans=2) is lost only if both copies are."""
        loss = self._figures.uplink_loss
        heard = self._rng.random(len(ix)) >= np.where(twice, loss * loss, loss)
        heard &= ~self.gateway_lost[self._gateway[ix]]
        again = heard & (self._rng.random(len(ix)) < self._figures.duplicate_rate)
        self.lost_up += int(np.count_nonzero(~heard))
        self.repeated += int(np.count_nonzero(again))
        told = np.concatenate([np.flatnonzero(heard), np.flatnonzero(again)])
        room = max(self._frames_max - len(self._frames), 0)
        self.lost_up += max(len(told) - room, 0)
        told = told[:room]
        frames: Frames = np.zeros(len(told), FRAME)
        frames["at_us"] = now_us + self._delay_us(len(told))
        frames["ix"], frames["f_cnt"], frames["data"] = ix[told], f_cnt[told], rows[told]
        frames["rssi_dbm"] = np.clip(self._rssi_dbm[ix[told]] + self._rng.normal(0, 3, len(told)), -137, -30)
        self._frames = np.concatenate([self._frames, frames])

    def take_up(self, now_us: int) -> Frames:
        """Take the frames (k,) that have arrived by now, in order of arrival."""
        here = self._frames["at_us"] <= now_us
        if not here.any():
            return self._frames[:0]
        arrived, self._frames = self._frames[here], self._frames[~here]
        return arrived[np.argsort(arrived["at_us"], kind="stable")]

    def send_down(self, ix: Ix, command: LampCommand | ProgramPart | GroupPart, *, alone: bool, now_us: int) -> bool:
        """Hand a command for lamps (k,) to their gateways, each with its delay; False if they are full."""
        gateways = np.unique(self._gateway[ix])
        if len(self._downlinks) + len(gateways) > DOWNLINKS_MAX:
            return False
        for gateway, delay_us in zip(gateways, self._delay_us(len(gateways)), strict=True):
            members = ix[self._gateway[ix] == gateway]
            self._downlinks.append(Downlink(now_us + int(delay_us), members, command, alone))
        return True

    def take_down(self, now_us: int) -> list[Downlink]:
        """Take the downlinks that are on air by now, each with the lamps that heard it."""
        due = sorted((d for d in self._downlinks if d.at_us <= now_us), key=lambda d: d.at_us)
        if due:
            self._downlinks = deque(d for d in self._downlinks if d.at_us > now_us)
        heard = []
        for downlink in due:
            ix = downlink.ix
            missed = self._rng.random(len(ix)) < self._figures.downlink_loss
            missed |= self.gateway_lost[self._gateway[ix]]
            self.lost_down += int(np.count_nonzero(missed))
            heard.append(downlink._replace(ix=ix[~missed]))
        return heard

    def _delay_us(self, n: int) -> NDArray[np.int64]:
        low, high = self._figures.delay_min_s, self._figures.delay_max_s
        return (self._rng.uniform(low, high, n) * US).astype(np.int64)


def _signal_dbm(city: City) -> NDArray[np.float64]:
    """Compute the mean signal (n,) dBm of each lamp at its gateway by distance."""
    there = city.gateway_lon_lat[city.gateway]
    east_m = (there[:, 0] - city.lon) * np.cos(np.radians(city.lat)) * 111_320
    north_m = (there[:, 1] - city.lat) * 110_574
    decades = np.log10(np.maximum(np.hypot(east_m, north_m), 10))
    signal: NDArray[np.float64] = TRANSMIT_POWER_DBM - LOSS_AT_1_M_DB - LOSS_PER_DECADE_DB * decades
    return signal
