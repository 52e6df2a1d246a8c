"""All gateways of the twin that speak TALQ, between the air and their lines to the CMS."""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.typing import NDArray

from stadtwerk.protocols.talq.wire import Answer, Request
from stadtwerk.twin.city import RADIOS, TALQ, City
from stadtwerk.twin.radio import Frames
from stadtwerk.twin.talq.gateway import Call, TalqGateway

CALLS_MAX = 10_000
"""Most calls that wait for the next step; the oldest give way."""


class TalqGateways:
    """The gateways that have lamps of TALQ; `mine` are their rows (g,), `lost` those that cannot be reached now."""

    def __init__(self, city: City, uri: str) -> None:
        self._gateway, self._spoken = city.gateway, city.spoken == RADIOS.index(TALQ)
        rows = np.unique(city.gateway[self._spoken]).tolist()
        self.all = [
            TalqGateway(city, row, np.flatnonzero(city.gateway == row), f"{uri}/{city.gateway_eui[row]}/")
            for row in rows
        ]
        self.by_eui = {gateway.eui: gateway for gateway in self.all}
        self._by_row = {gateway.row: gateway for gateway in self.all}
        self.mine: NDArray[np.bool_] = np.isin(np.arange(len(city.gateway_id)), rows)
        self.lost: NDArray[np.bool_] = np.zeros(len(city.gateway_id), np.bool_)
        self._calls: deque[Call] = deque(maxlen=CALLS_MAX)

    def answer(self, gateway: TalqGateway, request: Request) -> Answer:
        """Answer a request of the CMS; lamps are called with the next step."""
        answer, calls = gateway.answer(request)
        self._calls.extend(calls)
        return answer

    def step(self, frames: Frames, lost: NDArray[np.bool_], now_us: int) -> tuple[Frames, list[Call]]:
        """Take the frames (k,) meant for these gateways; return the others, and whom to call now."""
        self.lost = lost
        if not self.all:
            return frames, []
        talq = self._spoken[frames["ix"]]
        mine, gateway = frames[talq], self._gateway[frames["ix"][talq]]
        for row in np.unique(gateway).tolist():
            self._by_row[row].hear(mine[gateway == row], now_us)
        calls = [call for one in self.all if not lost[one.row] for call in one.live(now_us)]
        calls += self._calls
        self._calls.clear()
        return frames[~talq], calls
